//! `lanai mentions`: who waits at the door, and what is done about it. Works beside a daemon.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::Terminal;
use super::desk::open;
use crate::error::Failure;
use crate::mentions::desk::Desk;
use crate::mentions::knowledge::mention_of;
use crate::mentions::moderate::{
    Act, Trial, act, add_rule, forget, remove_rule, set_known_only, try_rule,
};
use crate::mentions::receive::sort_all_in;
use crate::moderation::{Action, Change, Origin, Row, Rule, Verdict, What};
use crate::site::moderation::{self, RulesFile};
use crate::store::{MentionState, StoredMention};
use crate::text::excerpt::excerpt;

/// See what others wrote about your pages, and decide what of it is shown.
#[derive(Debug, Args)]
pub(super) struct Mentions {
    #[command(subcommand)]
    command: Command,
    /// The site folder.
    #[arg(long, global = true, default_value = ".", value_name = "DIR")]
    site: PathBuf,
    /// Where the database lies, instead of the folder .lanai.
    #[arg(long, global = true, value_name = "DIR")]
    state: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List those that wait, or those in another state.
    List(List),
    /// Show one in full.
    Show {
        /// The beginning of its key, or its address.
        mention: String,
    },
    /// Publish, and let its author in from now on.
    Approve {
        /// The beginnings of their keys, or their addresses.
        #[arg(required = true)]
        mentions: Vec<String>,
    },
    /// Keep out, however often it is sent.
    Reject {
        /// The beginnings of their keys, or their addresses.
        #[arg(required = true)]
        mentions: Vec<String>,
    },
    /// Publish, and write in data/moderation.toml that its author is trusted.
    Trust {
        /// The beginnings of their keys, or their addresses.
        #[arg(required = true)]
        mentions: Vec<String>,
    },
    /// Say that one is no spam: it waits with the others.
    Keep {
        /// The beginnings of their keys, or their addresses.
        #[arg(required = true)]
        mentions: Vec<String>,
    },
    /// Take back what you decided about one.
    Undo {
        /// The beginnings of their keys, or their addresses.
        #[arg(required = true)]
        mentions: Vec<String>,
    },
    /// Refuse and never show: a person, a host, words, or many links.
    Block(RuleArgs),
    /// Keep, but do not show.
    Mute(RuleArgs),
    /// Let wait, even if by somebody you know.
    Hold(RuleArgs),
    /// List the rules.
    Rules,
    /// Take a rule back.
    Unblock {
        /// Its name in `lanai mentions rules`, or whom it is about.
        rule: String,
    },
    /// Say what happened to a mention, and why.
    Why {
        /// The beginning of its key, or its address.
        mention: String,
    },
    /// Erase a person everywhere: an author by their address, or a host.
    Forget {
        /// Who.
        who: String,
    },
    /// For bad days: let everybody wait whom you do not know.
    KnownOnly {
        /// Whether.
        #[arg(value_enum)]
        switch: Switch,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

#[derive(Debug, Args)]
struct List {
    /// Which: waiting, published, held, spam, refused, rejected, failed, missing, deleted.
    #[arg(long, default_value = "held")]
    only: String,
    /// How many at most.
    #[arg(long, default_value_t = 100)]
    most: u32,
    /// Print them for scripts.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct RuleArgs {
    /// A person by their address (https://…), or a host (spam.example).
    #[arg(required_unless_present_any = ["words", "links"])]
    who: Option<String>,
    /// What is said: one of these words or phrases is enough.
    #[arg(long, conflicts_with = "who", value_name = "WORDS")]
    words: Vec<String>,
    /// More links than this.
    #[arg(long, conflicts_with_all = ["who", "words"], value_name = "NUMBER")]
    links: Option<usize>,
    /// Why, for yourself.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The last day on which it holds (2024-05-01).
    #[arg(long, value_name = "DAY")]
    until: Option<Date>,
    /// Write it into data/moderation.toml, not into data/private.
    #[arg(long)]
    public: bool,
    /// Only show what it would change.
    #[arg(long = "try")]
    is_trial: bool,
}

pub(super) fn run(command: &Mentions, now: Timestamp) -> Result<(), Failure> {
    super::wait(async {
        let desk = open(&command.site, command.state.as_deref()).await?;
        // What the daemon has not sorted in yet is there, too.
        sort_all_in(&desk.store, &desk.site).await?;
        work(&desk, &command.command, now).await
    })
}

async fn work(desk: &Desk, command: &Command, now: Timestamp) -> Result<(), Failure> {
    match command {
        Command::List(list) => show_list(desk, list).await,
        Command::Show { mention } => show(&find(desk, mention).await?),
        Command::Why { mention } => why(desk, &find(desk, mention).await?).await,
        Command::Approve { mentions } => all(desk, mentions, Act::Approve, now).await,
        Command::Reject { mentions } => all(desk, mentions, Act::Reject, now).await,
        Command::Trust { mentions } => all(desk, mentions, Act::Trust, now).await,
        Command::Keep { mentions } => all(desk, mentions, Act::Keep, now).await,
        Command::Undo { mentions } => all(desk, mentions, Act::Undo, now).await,
        Command::Block(rule) => add(desk, Action::Block, rule, now).await,
        Command::Mute(rule) => add(desk, Action::Mute, rule, now).await,
        Command::Hold(rule) => add(desk, Action::Hold, rule, now).await,
        Command::Rules => show_rules(desk),
        Command::Unblock { rule } => unblock(desk, rule, now).await,
        Command::Forget { who } => {
            let words = forget(desk, who).await?;
            Terminal::detect().say(&words);
            Ok(())
        }
        Command::KnownOnly { switch } => {
            let is_on = *switch == Switch::On;
            set_known_only(desk, is_on, now).await?;
            Terminal::detect().say(if is_on {
                "from now on everybody waits whom you do not know"
            } else {
                "the door is as it was before"
            });
            Ok(())
        }
    }
}

/// The one mention that a name means.
async fn find(desk: &Desk, name: &str) -> Result<StoredMention, Failure> {
    let mut found = desk.store.mentions_by(&desk.site, name).await?;
    match found.len() {
        0 => Err(Failure::with_hint(
            format!("there is no mention {name}"),
            "`lanai mentions list` shows those that wait, with their keys",
        )),
        1 => Ok(found.remove(0)),
        more => Err(Failure::with_hint(
            format!("{name} means {more} mentions"),
            format!(
                "name one by more letters of its key: {}",
                found.iter().take(10).map(key).collect::<Vec<_>>().join(", ")
            ),
        )),
    }
}

async fn all(desk: &Desk, names: &[String], what: Act, now: Timestamp) -> Result<(), Failure> {
    let mut keys = Vec::with_capacity(names.len());
    for name in names {
        keys.push(find(desk, name).await?.key);
    }
    let terminal = Terminal::detect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    act(desk, &keys, what, now, |mention, words| {
        terminal.say(&format!("{}: {words}", mention.source));
    })
    .await
}

async fn show_list(desk: &Desk, list: &List) -> Result<(), Failure> {
    let state = MentionState::of(&list.only).ok_or_else(|| {
        let names: Vec<&str> = MentionState::ALL.iter().map(|state| state.name()).collect();
        Failure::with_hint(
            format!("there is no state {}", list.only),
            format!("write one of these: {}", names.join(", ")),
        )
    })?;
    let found = desk.store.mentions(&desk.site, state, list.most).await?;
    if list.json {
        let all: Vec<Value> = found.iter().map(as_json).collect();
        return super::print(format!("{:#}\n", json!({ "mentions": all })).as_bytes(), "the list");
    }
    if found.is_empty() {
        Terminal::detect().say(&format!("none are {}", state.name()));
    }
    let mut text = String::new();
    for mention in &found {
        text.push_str(&line(mention));
    }
    super::print(text.as_bytes(), "the list")
}

fn key(mention: &StoredMention) -> &str {
    mention.key.get(..8).unwrap_or(&mention.key)
}

fn line(mention: &StoredMention) -> String {
    let shown = mention_of(mention);
    let name = shown.as_ref().map_or(mention.host.as_str(), |shown| shown.author.name.as_str());
    let text = shown.as_ref().map(|shown| excerpt(&shown.text, 100)).unwrap_or_default();
    let text = if text.is_empty() { mention.source.clone() } else { text };
    format!("{}  {}  {name} ({}): {text}\n", key(mention), mention.page, mention.host)
}

fn as_json(mention: &StoredMention) -> Value {
    let shown = mention_of(mention);
    json!({
        "key": mention.key,
        "state": mention.state.name(),
        "why": mention.words,
        "source": mention.source,
        "target": mention.target,
        "page": mention.page,
        "host": mention.host,
        "author": mention.author,
        "name": shown.as_ref().map(|shown| shown.author.name.clone()),
        "text": shown.as_ref().map(|shown| shown.text.clone()),
        "trust": mention.trust,
        "robo": mention.robo,
        "flame": mention.flame,
        "received": mention.received,
        "checked": mention.checked,
    })
}

fn show(mention: &StoredMention) -> Result<(), Failure> {
    let mut text = format!(
        "{} {}\nsource  {}\ntarget  {}\nwhy     {}\n",
        mention.key,
        mention.state.name(),
        mention.source,
        mention.target,
        mention.words
    );
    if let Some(shown) = mention_of(mention) {
        let url = shown.author.url.as_deref().unwrap_or("no address");
        let known = if shown.verified { "verified" } else { "not verified" };
        text.push_str(&format!("author  {} ({url}, {known})\n", shown.author.name));
        if let Some(name) = &shown.name {
            text.push_str(&format!("title   {name}\n"));
        }
        text.push_str(&format!("\n{}\n", shown.text));
    }
    super::print(text.as_bytes(), "the mention")
}

async fn why(desk: &Desk, mention: &StoredMention) -> Result<(), Failure> {
    let mut text = format!("{} → {}\n", mention.source, mention.target);
    for (at, words) in desk.store.history(&desk.site, &mention.key).await? {
        let at = at.to_zoned(desk.config.time_zone.clone());
        text.push_str(&format!("{}  {words}\n", at.strftime("%Y-%m-%d %H:%M:%S")));
    }
    text.push_str(&format!("now {}: {}\n", mention.state.name(), mention.words));
    text.push_str(&format!(
        "advertising {} of 100, attack {} of 100; {}\n",
        mention.robo,
        mention.flame,
        mention.trust.as_deref().unwrap_or("nothing is known of its author yet")
    ));
    super::print(text.as_bytes(), "the history")
}

impl RuleArgs {
    fn what(&self) -> Result<What, Failure> {
        if let Some(links) = self.links {
            return Ok(What::Links(links));
        }
        match &self.who {
            None => Ok(What::Words(self.words.clone())),
            Some(who) if who.contains("://") => Ok(What::Author(who.clone())),
            Some(who) if crate::moderation::is_domain(who) => Ok(What::Domain(who.clone())),
            Some(who) => Err(Failure::with_hint(
                format!("{who} is neither an address nor a host"),
                "write https://spam.example/somebody for one person, spam.example for all of a site",
            )),
        }
    }
}

async fn add(desk: &Desk, action: Action, rule: &RuleArgs, now: Timestamp) -> Result<(), Failure> {
    let terminal = Terminal::detect();
    let (file, origin) = match rule.public {
        true => (RulesFile::Public, Origin::Public),
        false => (RulesFile::Private, Origin::Private),
    };
    let since = Some(desk.today(now));
    let row = Row::Rule(Rule {
        reason: rule.reason.clone(),
        since,
        until: rule.until,
        origin,
        ..Rule::new(action, rule.what()?)
    });
    if rule.is_trial {
        let changed = try_rule(desk, &Change::Add(row), now).await?;
        if changed.is_empty() {
            terminal.say("it would change nothing of what is known");
        }
        let text: String = changed.iter().map(trial).collect();
        return super::print(text.as_bytes(), "the trial");
    }
    let changed = add_rule(desk, file, &row, now).await?;
    terminal.say(&format!(
        "rule {}; known mentions that changed their place: {changed}; `lanai mentions unblock {}` takes it back",
        row.id(),
        row.id()
    ));
    Ok(())
}

fn trial(trial: &Trial) -> String {
    let words = |verdict| match verdict {
        Verdict::Publish => "published",
        Verdict::Hold => "waits",
        Verdict::Spam => "folded away",
        Verdict::Refuse => "refused",
    };
    format!(
        "{}  {} → {}  {}\n",
        key(&trial.stored),
        words(trial.before),
        words(trial.after),
        trial.stored.source
    )
}

fn show_rules(desk: &Desk) -> Result<(), Failure> {
    let rules = moderation::read(&desk.root)?;
    let mut text = String::new();
    for row in rules.rows() {
        let words = match &row {
            Row::Rule(rule) => rule.in_words(),
            Row::Approve(approved) => format!("{} is trusted", approved.who),
            Row::Subscribe(list) => format!("the block list {}", list.url),
        };
        text.push_str(&format!("{}  {words}\n", row.id()));
    }
    if text.is_empty() {
        Terminal::detect().say("there are no rules");
    }
    super::print(text.as_bytes(), "the rules")
}

async fn unblock(desk: &Desk, name: &str, now: Timestamp) -> Result<(), Failure> {
    let rules = moderation::read(&desk.root)?;
    let is_about = |row: &Row| match row {
        Row::Rule(rule) => match &rule.what {
            What::Author(who) | What::Domain(who) => who == name,
            What::Words(_) | What::Links(_) => false,
        },
        // By its own name only: whoever takes a block back means the block.
        Row::Approve(_) => false,
        Row::Subscribe(list) => list.url == name,
    };
    let ids: Vec<String> =
        rules.rows().filter(|row| row.id() == name || is_about(row)).map(|row| row.id()).collect();
    let mut removed = 0;
    for id in ids {
        removed += usize::from(remove_rule(desk, &id, now).await?);
    }
    if removed == 0 {
        return Err(Failure::with_hint(
            format!("there is no rule {name}"),
            "`lanai mentions rules` lists them",
        ));
    }
    let count = if removed == 1 { "one rule".to_owned() } else { format!("{removed} rules") };
    Terminal::detect().say(&format!("taken back: {count}"));
    Ok(())
}
