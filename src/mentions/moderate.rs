//! What the owner does about mentions: lets them in, keeps them out, changes their mind, forgets. The
//! command line and the daemon's pages both come here.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::daily::DAILY;
use super::desk::Desk;
use super::judge::{Judgement, Subject, identity, judge, policy_of, subject};
use super::knowledge::KNOWN_ONLY;
use super::pictures;
use super::place::{by_the_owners_word, is_copy, take_down};
use super::receive::{VERIFY, page_of, sort_all_in};
use crate::error::Failure;
use crate::formats::jf2::{MentionFile, read_mention};
use crate::model::Permalink;
use crate::moderation::{
    Action, Approved, Change, Changed, Facts, Identity, Origin, Row, Rule, Verdict, What, try_out,
};
use crate::site::mentions as files;
use crate::site::moderation::{RulesFile, add, remove};
use crate::store::{MentionState, NewJob, Settled, StoredMention, Word};

/// Mentions that are read from the database at a time.
const PAGE: u16 = 200;

/// Mentions of a state that are judged again at once after a change of the rules; the daemon does the
/// rest.
const AT_ONCE: usize = 2_000;

/// Mentions of a state that a rule is tried out on, and of a person that are let in with them.
const MOST: u16 = 10_000;

/// The work of judging what is known by the rules as they are now.
pub const JUDGE: &str = "judge";

/// What is done about a mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It is published; so is what the same person writes from now on.
    Approve,
    /// The same, and a row in `data/moderation.toml` says so, which outlives the database.
    Trust,
    /// It is not published, however often it is sent.
    Reject,
    /// It is no spam, and waits with the others.
    Keep,
    /// What was decided is taken back.
    Undo,
    /// Its author is blocked.
    Block,
    /// Its host is blocked.
    BlockHost,
    /// Everything of its author is erased.
    Forget,
}

/// Does the same about some mentions; `tell` hears of each what was done, in words.
///
/// # Errors
/// A mention of which nothing is known, files or a database that cannot be written.
pub async fn act(
    desk: &Desk,
    keys: &[&str],
    act: Act,
    now: Timestamp,
    tell: impl Fn(&StoredMention, &str),
) -> Result<(), Failure> {
    let mut hosts = BTreeSet::new();
    for key in keys {
        let (stored, words) = one(desk, key, act, now).await?;
        tell(&stored, &words);
        hosts.insert(stored.host);
    }
    desk.forget_knowledge().await?;
    if matches!(act, Act::Approve | Act::Trust) {
        let_in(desk, &hosts, now).await?;
    }
    Ok(())
}

/// Whom the owner let in comes in with all that they sent.
async fn let_in(desk: &Desk, hosts: &BTreeSet<String>, now: Timestamp) -> Result<(), Failure> {
    for host in hosts {
        for state in [MentionState::Held, MentionState::Spam] {
            for stored in desk.store.mentions_of_host(&desk.site, (state, host), MOST).await? {
                judge_one(desk, &stored, now).await?;
            }
        }
    }
    Ok(())
}

async fn one(
    desk: &Desk,
    key: &str,
    act: Act,
    now: Timestamp,
) -> Result<(StoredMention, String), Failure> {
    let stored = desk.store.mention(&desk.site, key).await?.ok_or_else(|| {
        Failure::with_hint(
            "there is no such mention",
            "`lanai mentions list` shows those there are",
        )
    })?;
    let case = Case { desk, stored: &stored, now };
    let words = match act {
        Act::Approve => case.approve("you approved it").await?,
        Act::Trust => {
            let known = case.trust()?;
            format!("{}; {known}", case.approve(TRUSTED).await?)
        }
        Act::Reject => case.reject().await?,
        Act::Undo => case.undo().await?,
        Act::Keep => case.keep().await?,
        Act::Block => block(desk, &case.author_rule(), now).await?,
        Act::BlockHost => block(desk, &What::Domain(stored.host.clone()), now).await?,
        Act::Forget => forget(desk, case.author().unwrap_or(&stored.source)).await?,
    };
    Ok((stored, words))
}

/// What is noted of a mention whose author was trusted with it.
const TRUSTED: &str = "you approved it, and trust its author";

/// A mention that something is done about.
struct Case<'c> {
    desk: &'c Desk,
    stored: &'c StoredMention,
    now: Timestamp,
}

impl Case<'_> {
    async fn approve(&self, words: &str) -> Result<String, Failure> {
        let mut file = self.file()?;
        let page = page_of(&self.desk.config, &self.desk.table, &self.stored.target);
        let page = page.map_err(|why| Failure::run(why.to_string()))?;
        // New pictures are fetched by whoever looks at the page again.
        pictures::take_kept(self.desk, &mut file);
        files::write(&self.desk.root, &page, &self.stored.key, &file)?;
        self.decide(Some(Word::Approved), MentionState::Published, words).await?;
        let job = NewJob {
            site: &self.desk.site,
            kind: VERIFY,
            key: &self.stored.key,
            payload: &self.stored.host,
            due: self.now,
        };
        self.desk.store.enqueue(job).await?;
        Ok("published".to_owned())
    }

    /// Writes down that its author is trusted.
    fn trust(&self) -> Result<String, Failure> {
        let who = self.who();
        let Some(url) = self.stored.author.clone().filter(|_| who.author.is_some()) else {
            return Err(Failure::with_hint(
                "the page does not say who wrote it, so there is nobody to trust",
                "approve it alone: `lanai mentions approve`",
            ));
        };
        let words = format!("{who} is trusted from now on");
        let since = Some(self.desk.today(self.now));
        let row = Row::Approve(Approved { who, url, since });
        add(&self.desk.root, RulesFile::Public, &row)?;
        Ok(words)
    }

    async fn reject(&self) -> Result<String, Failure> {
        take_down(self.desk, self.stored)?;
        let words = "you rejected it; that holds however often it is sent";
        self.decide(Some(Word::Rejected), MentionState::Rejected, words).await?;
        Ok("rejected".to_owned())
    }

    async fn keep(&self) -> Result<String, Failure> {
        take_down(self.desk, self.stored)?;
        let words = "you said that it is no spam; it waits";
        self.decide(Some(Word::Kept), MentionState::Held, words).await?;
        Ok("it waits with the others".to_owned())
    }

    async fn undo(&self) -> Result<String, Failure> {
        // Whoever was trusted with it is not any more.
        if self.stored.words == TRUSTED {
            let row = Row::Approve(Approved { who: self.who(), url: String::new(), since: None });
            remove(&self.desk.root, &row.id())?;
        }
        take_down(self.desk, self.stored)?;
        self.decide(None, MentionState::Held, "you took your decision back; it waits").await?;
        Ok("it waits again".to_owned())
    }

    /// The author, or the host where the page does not say who wrote it.
    fn author_rule(&self) -> What {
        match self.author() {
            Some(url) => What::Author(url.to_owned()),
            None => What::Domain(self.stored.host.clone()),
        }
    }

    /// The address of the author, if it is certain that it is theirs: anybody may claim to be anybody.
    fn author(&self) -> Option<&str> {
        let is_certain = self.file().is_ok_and(|file| file.author.verified);
        self.stored.author.as_deref().filter(|_| is_certain)
    }

    fn file(&self) -> Result<MentionFile, Failure> {
        let content = self.stored.content.as_deref().unwrap_or_default();
        read_mention(content.as_bytes()).map_err(|_| {
            Failure::with_hint(
                "its page has not been read yet",
                "the daemon reads it; `lanai mentions why` says how far it is",
            )
        })
    }

    fn who(&self) -> Identity {
        identity(self.stored.author.as_deref(), self.stored, &self.stored.host)
    }

    async fn decide(
        &self,
        word: Option<Word>,
        state: MentionState,
        words: &str,
    ) -> Result<(), Failure> {
        let (store, site) = (&self.desk.store, &*self.desk.site);
        Ok(store.decide((site, &self.stored.key), (word, state), words, self.now).await?)
    }
}

/// Blocks somebody, in the file that is not public; what they sent before goes, too.
///
/// # Errors
/// Files or a database that cannot be written.
pub async fn block(desk: &Desk, what: &What, now: Timestamp) -> Result<String, Failure> {
    let since = Some(desk.today(now));
    let rule = Rule { since, origin: Origin::Private, ..Rule::new(Action::Block, what.clone()) };
    let words = match what {
        What::Author(who) | What::Domain(who) => format!("{who} is blocked"),
        What::Words(_) | What::Links(_) => "blocked".to_owned(),
    };
    Ok(match add_rule(desk, RulesFile::Private, &Row::Rule(rule), now).await? {
        0 => words,
        1 => format!("{words}; one mention changed its place"),
        count => format!("{words}; {count} mentions changed their place"),
    })
}

/// A mention that would change its place under another rule.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The mention.
    pub stored: StoredMention,
    /// What becomes of it as things are.
    pub before: Verdict,
    /// What would become of it.
    pub after: Verdict,
}

/// Tries a change of the rules out on what is known already; nothing is changed.
///
/// # Errors
/// Files or a database that cannot be read.
pub async fn try_rule(desk: &Desk, change: &Change, now: Timestamp) -> Result<Vec<Trial>, Failure> {
    let knowledge = desk.knowledge(now).await?;
    let (mut known, mut subjects) = (Vec::new(), Vec::new());
    for state in JUDGED {
        for stored in desk.store.mentions(&desk.site, state, u32::from(MOST)).await? {
            let content = stored.content.as_deref().unwrap_or_default();
            let Ok(file) = read_mention(content.as_bytes()) else { continue };
            let offline = StoredMention { vouch: None, ..stored };
            let found = (&file, offline.host.as_str());
            subjects.push(subject(desk, &knowledge, &offline, found, now).await?);
            known.push(offline);
        }
    }
    let policy = policy_of(&desk.config.access, &knowledge);
    let facts: Vec<Facts<'_>> = subjects.iter().map(Subject::facts).collect();
    let changed = try_out(&facts, &policy, change);
    let trial = |changed: Changed| {
        let stored = known.get(changed.at)?.clone();
        Some(Trial { stored, before: changed.before, after: changed.after })
    };
    Ok(changed.into_iter().filter_map(trial).collect())
}

/// Adds a rule and applies it to what is known already; says how many mentions changed their place.
///
/// # Errors
/// Files or a database that cannot be written.
pub async fn add_rule(
    desk: &Desk,
    file: RulesFile,
    row: &Row,
    now: Timestamp,
) -> Result<usize, Failure> {
    add(&desk.root, file, row)?;
    if matches!(row, Row::Subscribe(_)) {
        // The list is fetched by the daily work, today once more.
        let job = NewJob { site: &desk.site, kind: DAILY, key: DAILY, payload: "", due: now };
        desk.store.enqueue(job).await?;
    }
    judge_again(desk, now).await
}

/// Takes a rule back, and applies what is left; says whether there was one.
///
/// # Errors
/// Files or a database that cannot be written.
pub async fn remove_rule(desk: &Desk, id: &str, now: Timestamp) -> Result<bool, Failure> {
    if remove(&desk.root, id)?.is_none() {
        return Ok(false);
    }
    judge_again(desk, now).await?;
    Ok(true)
}

/// The states of what is judged by rules.
const JUDGED: [MentionState; 4] =
    [MentionState::Published, MentionState::Held, MentionState::Spam, MentionState::Refused];

/// Judges what is known already by the rules as they are now, the newest first; says how many changed
/// their place. What is more than can be done at once is left to the daemon.
///
/// # Errors
/// Files or a database that cannot be read or written.
async fn judge_again(desk: &Desk, now: Timestamp) -> Result<usize, Failure> {
    let (changed, is_all) = judge_some(desk, AT_ONCE, now).await?;
    if !is_all {
        let job = NewJob { site: &desk.site, kind: JUDGE, key: JUDGE, payload: "", due: now };
        desk.store.enqueue(job).await?;
    }
    Ok(changed)
}

/// Judges everything that is known already by the rules as they are now.
///
/// # Errors
/// Files or a database that cannot be read or written.
pub async fn judge_all(desk: &Desk, now: Timestamp) -> Result<(), Failure> {
    judge_some(desk, usize::MAX, now).await.map(drop)
}

/// Judges at most so many of each state; says how many changed their place, and whether those are all.
async fn judge_some(desk: &Desk, most: usize, now: Timestamp) -> Result<(usize, bool), Failure> {
    desk.forget_knowledge().await?;
    let (mut changed, mut is_all) = (0, true);
    for state in JUDGED {
        let (mut last, mut count): (Option<StoredMention>, usize) = (None, 0);
        loop {
            let after = (last.as_ref(), PAGE);
            let page = desk.store.mentions_after(&desk.site, state, after).await?;
            if page.is_empty() {
                break;
            }
            if count >= most {
                is_all = false;
                break;
            }
            count = count.saturating_add(page.len());
            for stored in &page {
                changed += usize::from(judge_one(desk, stored, now).await?);
            }
            last = page.into_iter().next_back();
        }
    }
    Ok((changed, is_all))
}

/// Judges a mention once more; says whether it changed its place.
async fn judge_one(desk: &Desk, stored: &StoredMention, now: Timestamp) -> Result<bool, Failure> {
    let content = stored.content.as_deref().unwrap_or_default();
    let Ok(mut file) = read_mention(content.as_bytes()) else { return Ok(false) };
    if is_copy(desk, &stored.source, file.url.as_deref()) {
        return Ok(false);
    }
    // Nobody is asked for this.
    let offline = StoredMention { vouch: None, ..stored.clone() };
    let judged = judge(desk, &offline, (&file, &stored.host), now).await?;
    let judged = by_the_owners_word(stored, judged, stored.text_stamp.as_deref());
    let Judgement { state, words, .. } = judged;
    if state == stored.state || !is_as_it_was(desk, stored).await? {
        return Ok(false);
    }
    if state == MentionState::Published {
        pictures::take_kept(desk, &mut file);
        files::write(&desk.root, &Permalink::file(&stored.page), &stored.key, &file)?;
    } else {
        take_down(desk, stored)?;
    }
    let settled = Settled { state, words: &words, failures: 0, found: None };
    desk.store.settle(&desk.site, &stored.key, settled, now).await?;
    Ok(true)
}

/// Whether nobody did anything about a mention since it was read from the database: the owner has the
/// last word, and whoever was forgotten does not come back.
async fn is_as_it_was(desk: &Desk, stored: &StoredMention) -> Result<bool, Failure> {
    let today = desk.store.mention(&desk.site, &stored.key).await?;
    Ok(today.is_some_and(|today| {
        (today.state, today.decided_at, &today.text_stamp)
            == (stored.state, stored.decided_at, &stored.text_stamp)
    }))
}

/// Erases everything of somebody: an author by their address, or a host. Rules about them stay.
///
/// # Errors
/// Files or a database that cannot be read or written.
pub async fn forget(desk: &Desk, who: &str) -> Result<String, Failure> {
    sort_all_in(&desk.store, &desk.site).await?;
    let mut count = 0_usize;
    let wanted = normal(who);
    for spelling in spellings(who) {
        for stored in desk.store.mentions_by(&desk.site, &spelling).await? {
            take_down(desk, &stored)?;
            desk.store.forget_mention(&desk.site, &stored.key).await?;
            count += 1;
        }
    }
    // Files that came another way: imported, or restored from a backup.
    for (name, file) in files::read_all(&desk.root)? {
        let addresses = [file.author.url.as_deref(), Some(&file.source)];
        let host = host_of(&file.source);
        let is_theirs = addresses.into_iter().flatten().any(|address| normal(address) == wanted)
            || host.as_deref() == Some(who);
        if is_theirs {
            files::remove_file(&desk.root, &name)?;
            count += 1;
        }
    }
    let pictures = files::remove_pictures(&desk.root, files::Why::Forget, pictures::is_fetched)?;
    desk.forget_knowledge().await?;
    Ok(format!("{who} is forgotten: {count} mentions and {pictures} pictures erased"))
}

/// What is meant by an address, however it is written; a host or a key is only itself.
fn spellings(who: &str) -> Vec<String> {
    let Some((scheme, rest)) = who.split_once("://") else { return vec![who.to_owned()] };
    let other = if scheme == "http" { "https" } else { "http" };
    let plain = rest.trim_end_matches('/');
    let slash = |scheme: &str| [format!("{scheme}://{plain}"), format!("{scheme}://{plain}/")];
    [slash(scheme), slash(other)].concat()
}

fn host_of(address: &str) -> Option<String> {
    url::Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned))
}

/// An address without what does not count.
fn normal(address: &str) -> String {
    let plain = address.split_once("://").map_or(address, |(_, rest)| rest);
    plain.trim_start_matches("www.").trim_end_matches('/').to_lowercase()
}

/// Closes the door to all that the owner does not know, or opens it again.
///
/// # Errors
/// A database that cannot be written.
pub async fn set_known_only(desk: &Desk, on: bool, now: Timestamp) -> Result<(), Failure> {
    let value = if on { "on" } else { "off" };
    desk.store.keep_secret(&desk.site, KNOWN_ONLY, value).await?;
    desk.forget_knowledge().await?;
    if !on {
        judge_again(desk, now).await?;
    }
    Ok(())
}
