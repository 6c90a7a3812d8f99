//! One mention from its page to its place: look, judge, file, note. Each step may be done twice, so
//! that whoever dies in between is followed by somebody who does it again.

use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use super::desk::Desk;
use super::judge::judge;
use super::place::{Finding, is_copy, put, take_down};
use super::receive::{Names, VERIFY, key, page_of};
use super::verify::{Claim, Look, Seen, look};
use crate::error::Failure;
use crate::model::Permalink;
use crate::site::mentions as files;
use crate::stamp::Stamp;
use crate::store::{MentionState, NewJob, NewMention, Settled, StoredMention, Word};

/// When a page that could not be had is asked again: four times over a day (WM-V-10).
const RETRIES: [Duration; 4] = [
    Duration::from_secs(5 * 60),
    Duration::from_secs(45 * 60),
    Duration::from_secs(5 * 3_600),
    Duration::from_secs(18 * 3_600),
];

/// When a page that is not there any more is asked again before it counts as deleted (WM-V-10).
const MISSING: [Duration; 2] =
    [Duration::from_secs(24 * 3_600), Duration::from_secs(7 * 24 * 3_600)];

/// When a page is looked at again though nobody asks (WM-V-21).
const AGAIN: Duration = Duration::from_secs(30 * 24 * 3_600);

/// How deep responses to responses are followed (WM-L-06).
const DEEPEST: usize = 3;

/// What has to be done about a mention later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Done,
    /// The same again.
    At(Timestamp),
}

/// Does what is due about a mention.
///
/// # Errors
/// A database or a file that fails: it has to be done again.
pub async fn settle(desk: &Desk, key: &str, now: Timestamp) -> Result<Next, Failure> {
    let Some(stored) = desk.store.mention(&desk.site, key).await? else { return Ok(Next::Done) };
    let case = Case { desk, stored: &stored, now };
    let page = match page_of(&desk.config, &desk.table, &stored.target) {
        Ok(page) => page,
        Err(why) => return case.leave(&why.to_string()).await,
    };
    let Ok(source) = Url::parse(&stored.source) else {
        return case.close(MentionState::Failed, "its address cannot be read").await;
    };
    let also = case.parent_addresses().await?;
    let target = stored.target.clone();
    let claim = Claim { source, target, also, received: stored.received };
    // Nobody is asked as long as what is found could not be judged.
    desk.knowledge(now).await?;
    let found = look(&desk.client, &claim).await;
    // Meanwhile the owner may have said something of it, or forgotten it.
    let Some(stored) = desk.store.mention(&desk.site, key).await? else { return Ok(Next::Done) };
    let case = Case { desk, stored: &stored, now };
    let next = match found {
        Look::Mentions(seen) => case.keep(&page, *seen).await,
        Look::Gone => case.close(MentionState::Deleted, "its author deleted the page").await,
        Look::Silent(_) if case.is_known() && !case.is_asked() => case.miss().await,
        Look::Silent(why) if case.is_known() => case.close(MentionState::Deleted, &why).await,
        Look::Silent(why) => case.close(MentionState::Failed, &why).await,
        Look::NotFound => case.miss().await,
        Look::Unasked(why) => case.leave(&why).await,
        Look::Denied(status) => case.deny(status).await,
        Look::Later(why, least) => case.put_off(&why, least).await,
    };
    case.hear_the_owner(next?).await
}

/// A mention that is worked on.
struct Case<'c> {
    desk: &'c Desk,
    stored: &'c StoredMention,
    now: Timestamp,
}

impl Case<'_> {
    /// Whether its page was found to mention ours before.
    fn is_known(&self) -> bool {
        self.stored.content.is_some()
    }

    /// Whether somebody sent it since its page was looked at. If not, and there is no link, the page
    /// may be one of a network that lets nobody out, or of a bad day.
    fn is_asked(&self) -> bool {
        self.stored.checked.is_none_or(|checked| checked < self.stored.asked)
    }

    fn page(&self) -> Permalink {
        Permalink::file(&self.stored.page)
    }

    /// Whether the owner said something while this was done: then it is done again by their word.
    async fn hear_the_owner(&self, next: Next) -> Result<Next, Failure> {
        let Some(stored) = self.desk.store.mention(&self.desk.site, &self.stored.key).await? else {
            files::remove(&self.desk.root, &self.page(), &self.stored.key)?;
            return Ok(Next::Done);
        };
        let is_same = stored.decided_at == self.stored.decided_at;
        Ok(if is_same { next } else { Next::At(self.now) })
    }

    /// A page that mentions: judged, filed if it may be, and what answers it taken up.
    async fn keep(&self, page: &Permalink, seen: Seen) -> Result<Next, Failure> {
        if is_copy(self.desk, &self.stored.source, seen.response.file.url.as_deref()) {
            let why = "it is a copy of a page of this site";
            return self.close(MentionState::Refused, why).await;
        }
        let file = seen.response.file.clone();
        let host = seen.found.host_str().unwrap_or_default();
        let judged = judge(self.desk, self.stored, (&file, host), self.now).await?;
        let finding = Finding { file, host, page };
        let state = put(self.desk, self.stored, finding, judged, self.now).await?;
        if state == MentionState::Published {
            self.take_up_nested(&seen).await?;
        } else {
            self.drop_nested(&[]).await?;
        }
        Ok(self.again())
    }

    /// Its page is none of ours at the moment. What is filed stays, because the page may come back:
    /// the owner changed an address, or took a post back for a while.
    async fn leave(&self, words: &str) -> Result<Next, Failure> {
        if !self.is_known() {
            return self.close(MentionState::Failed, words).await;
        }
        self.note(self.stored.state, words, 0).await?;
        Ok(self.again())
    }

    /// The end of a mention: it stands nowhere.
    async fn close(&self, state: MentionState, words: &str) -> Result<Next, Failure> {
        take_down(self.desk, self.stored)?;
        // A no of the owner's is not forgotten over it.
        let state = match self.stored.decided {
            Some(Word::Rejected) => MentionState::Rejected,
            _ => state,
        };
        self.note(state, words, 0).await?;
        self.drop_nested(&[]).await?;
        Ok(Next::Done)
    }

    /// Its page is not there: a known one is hidden, and looked for twice more.
    async fn miss(&self) -> Result<Next, Failure> {
        let before = match self.stored.state {
            MentionState::Missing => self.stored.failures,
            _ => 0,
        };
        let wait = usize::try_from(before).ok().and_then(|before| MISSING.get(before));
        match wait {
            Some(wait) if self.is_known() => {
                take_down(self.desk, self.stored)?;
                let words = "its page is not there; it is hidden for now";
                self.note(MentionState::Missing, words, before.saturating_add(1)).await?;
                Ok(self.at(*wait))
            }
            Some(_) => self.close(MentionState::Failed, "there is no such page (404)").await,
            None => self.close(MentionState::Deleted, "its page is gone").await,
        }
    }

    async fn deny(&self, status: u16) -> Result<Next, Failure> {
        let words = format!("its page is not for everybody ({status})");
        if !self.is_known() {
            return self.close(MentionState::Failed, &words).await;
        }
        self.note(self.stored.state, &words, 0).await?;
        Ok(self.again())
    }

    async fn put_off(&self, why: &str, least: Duration) -> Result<Next, Failure> {
        let failures = self.stored.failures;
        if self.stored.state == MentionState::Missing {
            // Who is out of order does not say that the page is gone: that is not counted.
            self.note(MentionState::Missing, why, failures).await?;
            let [day, ..] = MISSING;
            return Ok(self.at(day.max(least)));
        }
        let wait = usize::try_from(failures).ok().and_then(|failures| RETRIES.get(failures));
        match wait {
            Some(wait) => {
                let words = format!("{why}; it is asked again");
                self.note(self.stored.state, &words, failures.saturating_add(1)).await?;
                Ok(self.at((*wait).max(least)))
            }
            None if self.is_known() => {
                self.note(self.stored.state, why, 0).await?;
                Ok(self.again())
            }
            None => self.close(MentionState::Failed, why).await,
        }
    }

    /// The addresses of the response that this one is said to answer.
    async fn parent_addresses(&self) -> Result<Vec<Url>, Failure> {
        let Some(via) = self.stored.via.as_deref() else { return Ok(Vec::new()) };
        let parent = self.desk.store.mention(&self.desk.site, via).await?;
        let Some(parent) = parent else { return Ok(Vec::new()) };
        let file = parent.content.as_deref().map(str::as_bytes);
        let own = file.and_then(|bytes| crate::formats::jf2::read_mention(bytes).ok()?.url);
        let all = [Some(parent.source), own].into_iter().flatten();
        Ok(all.filter_map(|address| Url::parse(&address).ok()).collect())
    }

    /// What answers a published response, by its own account: each is looked at like any other
    /// mention, because anybody may claim anything (WM-L-04).
    async fn take_up_nested(&self, seen: &Seen) -> Result<(), Failure> {
        let nested: Vec<&Url> = seen
            .response
            .nested
            .iter()
            .filter(|url| self.desk.config.own_path(url.as_str()).is_none())
            .collect();
        let keys: Vec<String> = nested.iter().map(|url| key(url, &self.stored.target)).collect();
        self.drop_nested(&keys).await?;
        if self.depth().await? >= DEEPEST {
            return Ok(());
        }
        for (url, key) in nested.into_iter().zip(&keys) {
            match self.desk.store.mention(&self.desk.site, key).await? {
                None => self.take_up(url, key).await?,
                // It may have changed, and nobody else would say so.
                Some(known) if known.via.as_ref() == Some(&self.stored.key) => {
                    let (site, due) = (&*self.desk.site, self.now);
                    let job = NewJob { site, kind: VERIFY, key, payload: &known.host, due };
                    self.desk.store.enqueue(job).await?;
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    async fn take_up(&self, url: &Url, key: &str) -> Result<(), Failure> {
        let site = &*self.desk.site;
        let names = Names::of(&self.desk.store, site).await?;
        let mention = NewMention {
            site,
            key,
            status: &names.status(key),
            source: url.as_str(),
            target: &self.stored.target,
            host: url.host_str().unwrap_or_default(),
            page: &self.stored.page,
            vouch: None,
            via: Some(&self.stored.key),
            at: self.now,
        };
        let job = NewJob { site, kind: VERIFY, key, payload: mention.host, due: self.now };
        let words = format!("{} shows it as an answer", self.stored.source);
        self.desk.store.accept(mention, &words, job).await?;
        Ok(())
    }

    /// Takes away what this response showed as answers and does not any more, with what came by
    /// them.
    async fn drop_nested(&self, keep: &[String]) -> Result<(), Failure> {
        let site = &*self.desk.site;
        let mut rest = self.desk.store.mentions_via(site, &self.stored.key).await?;
        rest.retain(|nested| !keep.contains(&nested.key));
        while let Some(nested) = rest.pop() {
            rest.extend(self.desk.store.mentions_via(site, &nested.key).await?);
            let page = Permalink::file(&nested.page);
            files::remove(&self.desk.root, &page, &nested.key)?;
            // Nobody sent it, so there is nobody to tell what became of it.
            self.desk.store.forget_mention(site, &nested.key).await?;
        }
        Ok(())
    }

    /// How many responses stand between this one and the page.
    async fn depth(&self) -> Result<usize, Failure> {
        let mut depth = 1;
        let mut via = self.stored.via.clone();
        while let Some(key) = via.filter(|_| depth < DEEPEST) {
            depth += 1;
            via = self.desk.store.mention(&self.desk.site, &key).await?.and_then(|m| m.via);
        }
        Ok(depth)
    }

    async fn note(&self, state: MentionState, words: &str, failures: u32) -> Result<(), Failure> {
        let settled = Settled { state, words, failures, found: None };
        self.desk.store.settle(&self.desk.site, &self.stored.key, settled, self.now).await?;
        Ok(())
    }

    /// In a month, give or take: mentions that came together are not asked for together.
    fn again(&self) -> Next {
        let [spread, ..] = *Stamp::of(self.stored.key.as_bytes()).bytes();
        self.at(AGAIN + Duration::from_secs(u64::from(spread) * 1_500))
    }

    fn at(&self, wait: Duration) -> Next {
        Next::At(self.now.checked_add(wait).unwrap_or(Timestamp::MAX))
    }
}
