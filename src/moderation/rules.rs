//! The owner's rules: who is blocked, muted or held, by address, host, words or links; who is
//! approved; which block lists count. The file they stand in is read and written by `site`.

use jiff::civil::Date;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::address::{Parts, domain, upwards};
use super::features::Sample;
use super::identity::Identity;
use super::links::foreign_links;
use super::phrases::{Phrase, Said};
use crate::model::{Mention, Person, Property};
use crate::stamp::Stamp;

/// What a rule does, from the strictest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Action {
    /// Refused and never shown.
    Block,
    /// Kept, not shown.
    Mute,
    /// Waits for the owner.
    Hold,
}

impl Action {
    /// The heading of such a rule in `data/moderation.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Mute => "mute",
            Self::Hold => "hold",
        }
    }
}

/// What a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum What {
    /// One person, by the address of their home page.
    Author(String),
    /// Everybody at a host and the hosts below it.
    Domain(String),
    /// Words or phrases, of which one is enough.
    Words(Vec<String>),
    /// More links than this to other sites.
    Links(usize),
}

/// Where a rule stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// In `data/moderation.toml`.
    Public,
    /// In `data/private/moderation.toml`.
    Private,
    /// In the block list of that address.
    List(String),
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it does.
    pub action: Action,
    /// What it is about.
    pub what: What,
    /// Why, in the owner's words.
    pub reason: Option<String>,
    /// Since when; for the owner.
    pub since: Option<Date>,
    /// The last day on which it holds.
    pub until: Option<Date>,
    /// Where it stands.
    pub origin: Origin,
}

impl Rule {
    /// A rule of the public file without reason and dates.
    pub fn new(action: Action, what: What) -> Self {
        Self { action, what, reason: None, since: None, until: None, origin: Origin::Public }
    }

    /// A short name that stays the same as long as the rule does the same. Reason, dates and file
    /// do not count.
    pub fn id(&self) -> String {
        id(self.action.name(), &self.what)
    }

    /// The rule in words: `the block of spam.example`.
    pub fn in_words(&self) -> String {
        let about = match &self.what {
            What::Author(address) | What::Domain(address) => address.clone(),
            What::Words(words) => format!("the words {}", words.join(", ")),
            What::Links(most) => format!("more than {most} links"),
        };
        let list = match &self.origin {
            Origin::List(address) => format!(" in the list {address}"),
            _ => String::new(),
        };
        let reason = self.reason.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
        format!("your rule to {} {about}{list}{reason}", self.action.name())
    }
}

fn id(heading: &str, what: &impl Serialize) -> String {
    Stamp::of_value(&(heading, what)).short_hex()
}

/// Somebody whose responses are published without asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// Who.
    pub who: Identity,
    /// The address as it was written.
    pub url: String,
    /// Since when.
    pub since: Option<Date>,
}

impl Approved {
    /// A short name that stays the same.
    pub fn id(&self) -> String {
        id("approve", &(&self.who.author, &self.who.host))
    }
}

/// A block list that somebody else keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Where it is.
    pub url: String,
    /// Since when.
    pub since: Option<Date>,
}

impl Subscription {
    /// A short name that stays the same.
    pub fn id(&self) -> String {
        id("subscribe", &self.url)
    }
}

/// A row of `data/moderation.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// `[[block]]`, `[[mute]]`, `[[hold]]`.
    Rule(Rule),
    /// `[[approve]]`.
    Approve(Approved),
    /// `[[subscribe]]`.
    Subscribe(Subscription),
}

impl Row {
    /// Its name for [`Row`]s of either file.
    pub fn id(&self) -> String {
        match self {
            Self::Rule(rule) => rule.id(),
            Self::Approve(approved) => approved.id(),
            Self::Subscribe(subscription) => subscription.id(),
        }
    }
}

/// All rules, ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct Moderation {
    rules: Vec<Rule>,
    approved: Vec<Approved>,
    subscriptions: Vec<Subscription>,
    /// Rules by host: a block list can have a hundred thousand.
    domains: FxHashMap<String, Vec<usize>>,
    /// Rules by the author's address.
    authors: FxHashMap<String, Vec<usize>>,
    /// Rules about what is said, with their phrases.
    said: Vec<(usize, Vec<Phrase>)>,
}

impl Moderation {
    /// The rules of rows.
    pub fn new(rows: impl IntoIterator<Item = Row>) -> Self {
        let mut moderation = Self::default();
        for row in rows {
            moderation.push(row);
        }
        moderation
    }

    /// Adds a row.
    pub fn push(&mut self, row: Row) {
        let rule = match row {
            Row::Rule(rule) => rule,
            Row::Approve(approved) => return self.approved.push(approved),
            Row::Subscribe(subscription) => return self.subscriptions.push(subscription),
        };
        let at = self.rules.len();
        match &rule.what {
            What::Author(address) => {
                if let Some(parts) = Parts::of(address) {
                    self.authors.entry(parts.whole()).or_default().push(at);
                }
            }
            What::Domain(written) => {
                // What is no host, such as `com`, meets nobody.
                if let Some(key) = domain(written) {
                    self.domains.entry(key).or_default().push(at);
                }
            }
            What::Words(words) => {
                self.said.push((at, words.iter().map(|word| Phrase::new(word)).collect()));
            }
            What::Links(_) => self.said.push((at, Vec::new())),
        }
        self.rules.push(rule);
    }

    /// The rules, in their order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The people who are approved.
    pub fn approved(&self) -> &[Approved] {
        &self.approved
    }

    /// The block lists that count.
    pub fn subscriptions(&self) -> &[Subscription] {
        &self.subscriptions
    }

    /// All rows: rules, then people, then lists.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        let rules = self.rules.iter().cloned().map(Row::Rule);
        let approved = self.approved.iter().cloned().map(Row::Approve);
        rules.chain(approved).chain(self.subscriptions.iter().cloned().map(Row::Subscribe))
    }

    /// The same without the rules whose last day is past.
    #[must_use]
    pub fn on(&self, today: Date) -> Self {
        let holds = |row: &Row| match row {
            Row::Rule(rule) => rule.until.is_none_or(|until| today <= until),
            _ => true,
        };
        Self::new(self.rows().filter(holds))
    }

    /// The rules that meet a response, the strictest first.
    pub fn meeting(&self, mention: &Mention) -> Vec<&Rule> {
        self.meeting_post(&Sample::of(mention), &mention.url, None)
    }

    /// The rules that meet a post: who wrote it, the page it is on, what it says. `said` is that, with
    /// the author's name, where somebody has made it ready already.
    pub fn meeting_post(&self, post: &Sample<'_>, url: &str, said: Option<&Said>) -> Vec<&Rule> {
        let mut found = Vec::new();
        if !self.authors.is_empty() {
            self.meeting_author(post, &mut found);
        }
        if !self.domains.is_empty() {
            self.meeting_domain(post, url, &mut found);
        }
        if !self.said.is_empty() {
            match said {
                Some(said) => self.meeting_words(post, said, &mut found),
                None => {
                    let said = format!("{}\n{}\n{}", post.author, post.title, post.text);
                    self.meeting_words(post, &Said::new(said), &mut found);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        let mut rules: Vec<&Rule> = found.into_iter().filter_map(|at| self.rules.get(at)).collect();
        rules.sort_by_key(|rule| rule.action);
        rules
    }

    /// Whether nothing is wanted from a page: its host or its author is blocked or muted.
    pub fn shuns(&self, page: &str, author: Option<&str>) -> bool {
        let mut found = Vec::new();
        self.author_is(author, &mut found);
        self.at_domain([author.unwrap_or_default(), page], &mut found);
        let mut rules = found.into_iter().filter_map(|at| self.rules.get(at));
        rules.any(|rule| rule.action != Action::Hold)
    }

    fn meeting_author(&self, post: &Sample<'_>, found: &mut Vec<usize>) {
        self.author_is(Some(post.author_url), found);
    }

    fn author_is(&self, author: Option<&str>, found: &mut Vec<usize>) {
        let Some(author) = author.and_then(Parts::of) else { return };
        // Something after a `?` or `#` must not make a blocked person another.
        for key in [author.whole(), author.page()] {
            found.extend(self.authors.get(&key).into_iter().flatten());
        }
    }

    fn meeting_domain(&self, post: &Sample<'_>, url: &str, found: &mut Vec<usize>) {
        self.at_domain([post.author_url, url, post.source], found);
    }

    fn at_domain<const N: usize>(&self, addresses: [&str; N], found: &mut Vec<usize>) {
        for address in addresses {
            let Some(parts) = Parts::of(address) else { continue };
            for host in upwards(parts.name()) {
                found.extend(self.domains.get(host).into_iter().flatten());
            }
        }
    }

    fn meeting_words(&self, post: &Sample<'_>, said: &Said, found: &mut Vec<usize>) {
        let links = std::cell::OnceCell::new();
        let count = || foreign_links(post.html, post.text, post.target).len();
        for (at, phrases) in &self.said {
            let meets = match self.rules.get(*at).map(|rule| &rule.what) {
                Some(What::Links(most)) => links.get_or_init(count) > most,
                _ => phrases.iter().any(|phrase| phrase.is_in(said)),
            };
            if meets {
                found.push(*at);
            }
        }
    }

    /// Whether a response is not to be shown.
    pub fn hides(&self, mention: &Mention) -> bool {
        self.meeting(mention).iter().any(|rule| rule.action != Action::Hold)
    }

    /// Whether the owner does not want to see somebody, whatever they write.
    pub fn hides_person(&self, home: &str, name: &str) -> bool {
        !self.rules.is_empty() && self.hides(&silence_of(home, name))
    }

    /// Takes the responses out that are not to be shown, nested ones included.
    pub fn remove_hidden(&self, mentions: &mut Vec<Mention>) {
        if self.rules.is_empty() {
            return;
        }
        mentions.retain(|mention| !self.hides(mention));
        for mention in mentions {
            self.remove_hidden(&mut mention.children);
        }
    }
}

/// What somebody sends who says nothing: rules are about what people send.
fn silence_of(home: &str, name: &str) -> Mention {
    Mention {
        source: home.to_owned(),
        target: String::new(),
        property: Property::FollowOf,
        url: home.to_owned(),
        author: Person { name: name.to_owned(), url: Some(home.to_owned()), ..Person::default() },
        verified: true,
        published: None,
        received: None,
        name: None,
        content: String::new(),
        text: String::new(),
        rsvp: None,
        in_reply_to: Vec::new(),
        syndication: Vec::new(),
        photos: Vec::new(),
        children: Vec::new(),
    }
}
