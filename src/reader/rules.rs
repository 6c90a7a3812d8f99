//! Whether a post is hidden, and by which rule: the rows of `data/private/reader.toml`, and whom the
//! owner blocks or mutes at their own site. Pure: rules and facts in, a decision out.
//!
//! A block comes first, then what is kept whatever other rules say, then mutes and rules in the
//! file's order, then the mutes of the site.

use std::sync::Arc;

use jiff::civil::Date;

use super::entry::{Entry, File};
use super::look::Look;
pub use super::look::{Facts, Source};
use crate::moderation::{
    Action as HouseAction, Circle, Moderation, Parts, Phrase, Row as HouseRow, Rule as HouseRule,
    Trust, What, domain, is_within, upwards,
};
use crate::site::reader::{Action, Condition, Nearness, Part, Row, Rule};
use crate::stamp::Stamper;

/// Why a post is not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// The name of the rule.
    pub rule: String,
    /// The rule in words.
    pub words: String,
}

/// Whom the owner knows, and a mark that is another one whenever that is somebody else.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Whom the owner knows.
    pub circle: Circle,
    /// The mark.
    pub mark: String,
}

/// The rules of one reader, ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    rules: Vec<Prepared>,
    house: Arc<House>,
    known: Arc<Known>,
}

/// Whom the owner blocks or mutes at their own site.
#[derive(Debug, Default)]
struct House {
    rules: Moderation,
    /// Whether one of them is about words.
    has_words: bool,
}

/// A rule, its words and addresses in the form in which they are compared.
#[derive(Debug, Clone)]
struct Prepared {
    rule: Rule,
    id: String,
    /// What costs least comes first.
    tests: Vec<Test>,
}

/// A condition, ready to be asked.
#[derive(Debug, Clone)]
enum Test {
    Channel(String),
    Kind(&'static str),
    Has(Part),
    Language(Vec<String>),
    Feed(String),
    Person(Parts),
    Domain(String),
    Trust(Nearness),
    Tag(Vec<Phrase>),
    Author(Vec<Phrase>),
    Title(Vec<Phrase>),
    Link(Parts),
    LinkHost(String),
    Text(Vec<Phrase>),
    Said(Vec<Phrase>),
    FlameOver(u8),
    RoboOver(u8),
    /// What cannot be compared meets nothing.
    Never,
}

/// A change of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// One rule more, in place of one that does the same.
    Add(Rule),
    /// The rule of that name less ([`Rule::id`]).
    Remove(String),
}

impl Rules {
    /// The rules of rows, and those of the house that say whom the owner does not want to hear.
    #[must_use]
    pub fn new(rows: &[Row], moderation: &Moderation, known: Known) -> Self {
        let rules = rows.iter().filter_map(|row| match row {
            Row::Rule(rule) => Some(Prepared::new(rule.clone())),
            Row::Search(_) => None,
        });
        let counts = |rule: &&HouseRule| {
            rule.action != HouseAction::Hold && !matches!(rule.what, What::Links(_))
        };
        let house: Vec<HouseRow> =
            moderation.rules().iter().filter(counts).cloned().map(HouseRow::Rule).collect();
        let is_words = |row: &HouseRow| matches!(row, HouseRow::Rule(rule) if matches!(rule.what, What::Words(_)));
        let house = House { has_words: house.iter().any(is_words), rules: Moderation::new(house) };
        Self { rules: rules.collect(), house: Arc::new(house), known: Arc::new(known) }
    }

    /// Whether nothing is ever hidden by them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.house().is_empty()
    }

    /// The mutes and rules, in their order.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().map(|prepared| &prepared.rule)
    }

    /// The rules of the house that count here.
    #[must_use]
    pub fn house(&self) -> &[HouseRule] {
        self.house.rules.rules()
    }

    /// The same after a change.
    #[must_use]
    pub fn with(&self, change: &Change) -> Self {
        let mut rules = self.clone();
        let (id, more) = match change {
            Change::Add(rule) => (rule.id(), Some(Prepared::new(rule.clone()))),
            Change::Remove(id) => (id.clone(), None),
        };
        rules.rules.retain(|prepared| prepared.id != id);
        rules.rules.extend(more);
        rules
    }

    /// The channels that are kept out of the main timeline on a day. Nothing in them is hidden.
    #[must_use]
    pub fn quiet_channels(&self, today: Date) -> Vec<&str> {
        let today = self.rules().filter(|rule| rule.holds_on(today));
        today.filter_map(Rule::quiet_channel).collect()
    }

    /// What a rule is called in words, by its name.
    #[must_use]
    pub fn words_of(&self, id: &str) -> Option<String> {
        let own = self.rules.iter().find(|prepared| prepared.id == id);
        let house = || self.house().iter().find(|rule| rule.id() == id).map(HouseRule::in_words);
        own.map(|prepared| prepared.rule.in_words()).or_else(house)
    }

    /// A stamp that stays the same as long as the same is hidden: of the rules that hold on a day, of
    /// whom the owner follows (`follows` is a stamp of that), and of this program, which may judge
    /// otherwise than the one before it.
    #[must_use]
    pub fn stamp(&self, today: Date, follows: &str) -> String {
        let mut stamper = Stamper::default();
        let mut is_empty = true;
        let hides = |prepared: &&Prepared| prepared.rule.quiet_channel().is_none();
        for prepared in self.rules.iter().filter(hides).filter(|one| one.rule.holds_on(today)) {
            is_empty = false;
            stamper.text(&prepared.id);
        }
        for rule in self.house().iter().filter(|rule| holds_on(rule, today)) {
            is_empty = false;
            stamper.text(&rule.id());
        }
        // Without rules, nothing of the rest counts.
        if is_empty {
            return "none".to_owned();
        }
        stamper.text(follows).text(&self.known.mark).text(env!("CARGO_PKG_VERSION"));
        stamper.finish().to_string()
    }

    fn judge(&self, look: &Look<'_>, today: Date) -> Option<Hidden> {
        let house = self.house_rule(look, today);
        if let Some(rule) = house.filter(|rule| rule.action == HouseAction::Block) {
            return Some(Hidden { rule: rule.id(), words: rule.in_words() });
        }
        let meets = |one: &&Prepared| {
            one.rule.holds_on(today)
                && one.rule.quiet_channel().is_none()
                && one.tests.iter().all(|test| self.holds(test, look))
        };
        let is_keep = |one: &&Prepared| one.rule.action == Action::Keep;
        let own = self.rules.iter().filter(|one| !is_keep(one)).find(|one| meets(one));
        // What nothing hides need not be kept.
        if own.is_none() && house.is_none()
            || self.rules.iter().filter(is_keep).any(|one| meets(&one))
        {
            return None;
        }
        match own {
            Some(one) => Some(Hidden { rule: one.id.clone(), words: one.rule.in_words() }),
            None => house.map(|rule| Hidden { rule: rule.id(), words: rule.in_words() }),
        }
    }

    /// The strictest rule of the house that meets a post.
    fn house_rule(&self, look: &Look<'_>, today: Date) -> Option<&HouseRule> {
        if self.house().is_empty() {
            return None;
        }
        let said = self.house.has_words.then(|| look.said());
        let meeting = look
            .samples()
            .into_iter()
            .flat_map(|sample| self.house.rules.meeting_post(&sample, sample.source, said));
        meeting.filter(|rule| holds_on(rule, today)).min_by_key(|rule| rule.action)
    }

    fn holds(&self, test: &Test, look: &Look<'_>) -> bool {
        let Facts { entry, kind, channel, source } = look.facts;
        let any = |phrases: &[Phrase], said| phrases.iter().any(|phrase| phrase.is_in(said));
        match test {
            Test::Channel(name) => channel == name,
            Test::Kind(name) => kind == *name,
            Test::Has(part) => has(*part, entry, kind),
            Test::Language(known) => entry
                .language
                .as_ref()
                .is_some_and(|language| known.iter().any(|known| speaks(language, known))),
            Test::Feed(address) => {
                let feed = source.and_then(|source| Parts::of(&source.feed));
                feed.is_some_and(|feed| feed.whole() == *address)
            }
            Test::Person(person) => {
                let is_person = |one: &Parts| *one == *person || one.page() == person.whole();
                look.people().iter().any(is_person)
                    || look.passed_on().any(|page| page.is_below(person))
            }
            Test::Domain(host) => look.places().iter().any(|place| is_within(place.name(), host)),
            Test::Trust(nearness) => {
                look.trust(&self.known.circle).is_some_and(|trust| is_near(trust, *nearness))
            }
            Test::Tag(tags) => {
                let is_tagged = |tag: &Phrase| look.tags().iter().any(|said| tag.is_all_of(said));
                tags.iter().any(is_tagged)
            }
            Test::Author(names) => any(names, look.names()),
            Test::Title(words) => any(words, look.title()),
            Test::Link(address) => look.links().iter().any(|link| link.is_below(address)),
            Test::LinkHost(host) => {
                look.links().iter().any(|link| upwards(link.name()).any(|above| above == host))
            }
            Test::Text(words) => any(words, look.text()),
            Test::Said(words) => any(words, look.said()),
            Test::FlameOver(most) => look.flame() > *most,
            Test::RoboOver(most) => look.robo() > *most,
            Test::Never => false,
        }
    }
}

impl Prepared {
    fn new(rule: Rule) -> Self {
        let mut tests: Vec<Test> = rule.conditions.iter().map(Test::of).collect();
        tests.sort_by_key(Test::cost);
        Self { id: rule.id(), tests, rule }
    }
}

impl Test {
    fn of(condition: &Condition) -> Self {
        let phrases = |words: &[String]| words.iter().map(|word| Phrase::new(word)).collect();
        let address = |url: &str| Parts::of(url);
        let found = match condition {
            Condition::Feed(url) => address(url).map(|parts| Self::Feed(parts.whole())),
            Condition::Person(url) => address(url).map(Self::Person),
            Condition::Domain(host) => domain(host).map(Self::Domain),
            Condition::Link(place) if place.contains("://") => address(place).map(Self::Link),
            Condition::Link(host) => domain(host).map(Self::LinkHost),
            Condition::Channel(name) => Some(Self::Channel(name.clone())),
            Condition::Kind(kind) => Some(Self::Kind(kind.name())),
            Condition::Words(words) => Some(Self::Said(phrases(words))),
            Condition::Title(words) => Some(Self::Title(phrases(words))),
            Condition::Text(words) => Some(Self::Text(phrases(words))),
            Condition::Tag(tags) => Some(Self::Tag(phrases(tags))),
            Condition::Language(all) => Some(Self::Language(all.clone())),
            Condition::Author(names) => Some(Self::Author(phrases(names))),
            Condition::Has(part) => Some(Self::Has(*part)),
            Condition::RoboOver(most) => Some(Self::RoboOver(*most)),
            Condition::FlameOver(most) => Some(Self::FlameOver(*most)),
            Condition::Trust(nearness) => Some(Self::Trust(*nearness)),
        };
        found.unwrap_or(Self::Never)
    }

    /// How much it takes to find out.
    fn cost(&self) -> u8 {
        match self {
            Self::Never | Self::Channel(_) | Self::Kind(_) | Self::Has(_) | Self::Language(_) => 0,
            Self::Feed(_) | Self::Person(_) | Self::Domain(_) | Self::Trust(_) => 1,
            Self::Tag(_) | Self::Author(_) | Self::Title(_) => 2,
            Self::Link(_) | Self::LinkHost(_) | Self::Text(_) | Self::Said(_) => 3,
            Self::FlameOver(_) => 4,
            Self::RoboOver(_) => 5,
        }
    }
}

/// Whether a post is hidden on a day, and by which rule.
#[must_use]
pub fn judge(rules: &Rules, facts: &Facts<'_>, today: Date) -> Option<Hidden> {
    rules.judge(&Look::new(*facts), today)
}

/// Posts that would fare otherwise under other rules: which of the given ones, and what would hide
/// it then.
#[must_use]
pub fn try_out(
    facts: &[Facts<'_>],
    (before, after): (&Rules, &Rules),
    today: Date,
) -> Vec<(usize, Option<Hidden>)> {
    let changed = |(at, facts): (usize, &Facts<'_>)| {
        let look = Look::new(*facts);
        let (was, is) = (before.judge(&look, today), after.judge(&look, today));
        (was.is_some() != is.is_some()).then_some((at, is))
    };
    facts.iter().enumerate().filter_map(changed).collect()
}

fn holds_on(rule: &HouseRule, today: Date) -> bool {
    rule.until.is_none_or(|until| today <= until)
}

fn has(part: Part, entry: &Entry, kind: &str) -> bool {
    let is = |kind: &str| {
        let mime = |file: &File| file.mime.as_deref().is_some_and(|m| m.starts_with(kind));
        entry.files.iter().any(mime)
    };
    let html = entry.html.as_deref().unwrap_or_default();
    match part {
        Part::Photo => {
            kind == "photo" || entry.image.is_some() || is("image/") || html.contains("<img ")
        }
        Part::Audio => kind == "audio" || is("audio/") || html.contains("<audio"),
        Part::Video => kind == "video" || is("video/") || html.contains("<video"),
        Part::File => !entry.files.is_empty(),
        Part::Title => entry.title.as_deref().is_some_and(|title| !title.trim().is_empty()),
    }
}

/// Whether a language is another one, or a kind of it: `de-AT` is `de`.
fn speaks(language: &str, known: &str) -> bool {
    let begin = language.get(..known.len()).unwrap_or_default();
    let rest = language.get(known.len()..).unwrap_or_default();
    begin.eq_ignore_ascii_case(known) && (rest.is_empty() || rest.starts_with(['-', '_']))
}

fn is_near(trust: Trust, nearness: Nearness) -> bool {
    match nearness {
        Nearness::Me => trust == Trust::Me,
        Nearness::Followed => trust == Trust::Followed,
        Nearness::Approved => trust == Trust::Approved,
        Nearness::Known => trust <= Trust::Approved,
        Nearness::Stranger => trust > Trust::Approved,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::Kind;

    const TODAY: Date = date(2026, 5, 3);

    fn source() -> Source {
        Source {
            feed: "https://ana.example/feed.xml".to_owned(),
            home: "https://ana.example/".to_owned(),
            name: Some("Ana".to_owned()),
        }
    }

    fn entry(json: serde_json::Value) -> Entry {
        serde_json::from_value(json).unwrap()
    }

    fn note() -> Entry {
        entry(serde_json::json!({
            "link": "https://ana.example/notes/1",
            "title": "Fog at the Hafen",
            "html": "<p>Grüße vom <a href=\"https://shop.example/sale?x=1\">Markt</a>, 便宜的鞋子 🎰</p>",
            "summary": "<p>Quick</p>",
            "tags": ["Wetter", "ok"],
            "language": "de-AT",
            "files": [{"url": "https://ana.example/a.mp3", "mime": "audio/mpeg"}],
        }))
    }

    fn words(all: &[&str]) -> Vec<String> {
        all.iter().map(|word| (*word).to_owned()).collect()
    }

    fn rules(all: &[Rule]) -> Rules {
        let rows: Vec<Row> = all.iter().cloned().map(Row::Rule).collect();
        Rules::new(&rows, &Moderation::default(), Known::default())
    }

    fn meets_of(condition: &Condition, entry: &Entry, source: Option<&Source>) -> bool {
        let facts = Facts { entry, kind: "note", channel: "News", source };
        judge(&rules(&[Rule::mute(condition.clone())]), &facts, TODAY).is_some()
    }

    fn drops(condition: &Condition, entry: &Entry) -> bool {
        let facts = Facts { entry, kind: "note", channel: "News", source: Some(&source()) };
        let rule = Rule::new(Action::Drop, vec![condition.clone()]);
        judge(&rules(&[rule]), &facts, TODAY).is_some()
    }

    #[test]
    fn every_condition_meets_what_it_says_and_nothing_else() {
        use Condition as C;
        let one = |word: &str| words(&[word]);
        for (condition, is_met) in [
            (C::Channel("News".into()), true),
            (C::Channel("new".into()), false),
            (C::Kind(Kind::Note), true),
            (C::Kind(Kind::Like), false),
            (C::Has(Part::Audio), true),
            (C::Has(Part::File), true),
            (C::Has(Part::Title), true),
            (C::Has(Part::Photo), false),
            (C::Has(Part::Video), false),
            (C::Language(one("de")), true),
            (C::Language(one("DE-at")), true),
            (C::Language(words(&["en", "d"])), false),
            (C::Feed("http://www.ana.example/feed.xml".into()), true),
            (C::Feed("https://ana.example/".into()), false),
            (C::Person("https://ana.example".into()), true),
            (C::Person("https://ana.example/notes".into()), false),
            (C::Domain("Ana.Example".into()), true),
            (C::Domain("shop.example".into()), false),
            (C::Tag(one("#wetter")), true),
            (C::Tag(one("wett")), false),
            (C::Author(one("ana")), true),
            (C::Author(one("ben")), false),
            (C::Title(words(&["nothing", "the  hafen"])), true),
            (C::Title(one("markt")), false),
            (C::Text(one("GRÜSSE")), true),
            (C::Text(one("quick")), true),
            (C::Text(one("hafen")), false),
            (C::Words(one("的鞋")), true),
            (C::Words(one("🎰")), true),
            (C::Words(one("wetter")), true),
            (C::Words(one("hafе")), false),
            (C::Words(one("hаfen")), true),
            (C::Link("shop.example".into()), true),
            (C::Link("https://shop.example/sale".into()), true),
            (C::Link("https://shop.example/other".into()), false),
            (C::Link("ana.example".into()), true),
        ] {
            assert_eq!(drops(&condition, &note()), is_met, "{condition:?}");
        }
    }

    #[test]
    fn a_person_is_heard_of_wherever_they_write_and_whoever_passes_it_on() {
        let ben = Condition::Person("https://social.example/@ben".to_owned());
        for (json, is_met) in [
            (serde_json::json!({"authors": [{"url": "https://social.example/@ben/"}]}), true),
            (serde_json::json!({"authors": [{"url": "https://social.example/@ben?x=1"}]}), true),
            (serde_json::json!({"repost_of": ["https://social.example/@ben/12"]}), true),
            (serde_json::json!({"repost_of": ["https://social.example/@benno/12"]}), false),
            (serde_json::json!({"authors": [{"url": "https://social.example/@eve"}]}), false),
            (serde_json::json!({"authors": [{"name": "@ben"}]}), false),
        ] {
            assert_eq!(meets_of(&ben, &entry(json.clone()), Some(&source())), is_met, "{json}");
        }
        let domain = Condition::Domain("social.example".to_owned());
        let passed_on = serde_json::json!({"repost_of": ["https://a.social.example/12"]});
        assert!(meets_of(&domain, &entry(passed_on), None));
    }

    #[test]
    fn trust_is_told_where_it_can_be() {
        let moderation = Moderation::new([HouseRow::Approve(crate::moderation::Approved {
            who: crate::moderation::Identity::named("https://cleo.example/", None).unwrap(),
            url: String::new(),
            since: None,
        })]);
        let follow = crate::model::Follow { url: "https://ana.example/".into(), ..follow() };
        let circle = Circle::new(&["https://me.example/"], &[follow], &moderation, &[]);
        let known = || Known { circle: circle.clone(), mark: String::new() };
        for (authors, link, near) in [
            (serde_json::json!([]), "https://x.example/1", Some("followed")),
            (
                serde_json::json!([{"url": "https://me.example/"}]),
                "https://me.example/1",
                Some("me"),
            ),
            (
                serde_json::json!([{"url": "https://me.example/"}]),
                "https://evil.example/1",
                Some("stranger"),
            ),
            (
                serde_json::json!([{"url": "https://cleo.example/"}]),
                "https://cleo.example/1",
                Some("approved"),
            ),
            (
                serde_json::json!([{"url": "https://eve.example/"}]),
                "https://eve.example/1",
                Some("stranger"),
            ),
            (serde_json::json!([{"name": "Ana"}]), "https://ana.example/1", None),
        ] {
            let entry = entry(serde_json::json!({"authors": authors, "link": link}));
            let facts = Facts { entry: &entry, kind: "note", channel: "", source: Some(&source()) };
            for (name, nearness) in Nearness::ALL {
                let rule = Rule::new(Action::Drop, vec![Condition::Trust(nearness)]);
                let rules = Rules::new(&[Row::Rule(rule)], &moderation, known());
                let is_known = name == "known" && near.is_some_and(|near| near != "stranger");
                let is_met = near == Some(name) || is_known;
                assert_eq!(
                    judge(&rules, &facts, TODAY).is_some(),
                    is_met,
                    "{authors} {link} {name}"
                );
            }
        }
    }

    fn follow() -> crate::model::Follow {
        crate::model::Follow {
            url: String::new(),
            feed: None,
            title: None,
            nickname: None,
            photo: None,
            channel: None,
            xfn: Vec::new(),
            public: true,
            since: None,
            note: None,
        }
    }

    #[test]
    fn keeping_wins_over_hiding_but_not_over_a_block() {
        let (entry, source) = (note(), source());
        let facts = Facts { entry: &entry, kind: "note", channel: "", source: Some(&source) };
        let tagged = || Condition::Tag(words(&["wetter"]));
        let mute = Rule::mute(Condition::Words(words(&["markt"])));
        let also = Rule::mute(Condition::Kind(Kind::Note));
        let keep = Rule::new(Action::Keep, vec![tagged(), Condition::Has(Part::Title)]);
        let other = Rule::new(Action::Keep, vec![tagged(), Condition::Has(Part::Video)]);
        let by = |all: &[Rule], moderation: &Moderation| {
            let rows: Vec<Row> = all.iter().cloned().map(Row::Rule).collect();
            judge(&Rules::new(&rows, moderation, Known::default()), &facts, TODAY).map(|by| by.rule)
        };
        let house = |action, what| {
            let rule = HouseRule::new(action, what);
            (rule.id(), Moderation::new([HouseRow::Rule(rule)]))
        };
        let none = Moderation::default();
        assert_eq!(by(&[mute.clone(), also.clone()], &none), Some(mute.id()), "the first is named");
        assert_eq!(by(&[also.clone(), mute.clone()], &none), Some(also.id()));
        assert_eq!(by(&[mute.clone(), other], &none), Some(mute.id()));
        assert_eq!(by(&[mute.clone(), also, keep.clone()], &none), None);
        for what in [
            What::Author("https://ana.example".into()),
            What::Domain("ana.example".into()),
            What::Words(vec!["Hafen".into()]),
        ] {
            let (id, muted) = house(HouseAction::Mute, what.clone());
            assert_eq!(by(&[], &muted), Some(id));
            assert_eq!(by(std::slice::from_ref(&keep), &muted), None);
            let (id, blocked) = house(HouseAction::Block, what.clone());
            assert_eq!(by(std::slice::from_ref(&keep), &blocked), Some(id));
            assert_eq!(by(&[], &house(HouseAction::Hold, what).1), None, "here nothing waits");
        }
        assert_eq!(by(&[], &house(HouseAction::Block, What::Links(0)).1), None);
    }

    #[test]
    fn a_rule_ends_and_the_stamp_says_so() {
        let (entry, source) = (note(), source());
        let facts = Facts { entry: &entry, kind: "note", channel: "", source: Some(&source) };
        let person = Condition::Person("https://ana.example/".to_owned());
        let snooze = Rule { until: Some(TODAY), ..Rule::mute(person) };
        let (rules, after) = (rules(&[snooze]), TODAY.tomorrow().unwrap());
        assert!(judge(&rules, &facts, TODAY).is_some());
        assert!(judge(&rules, &facts, after).is_none());
        assert_eq!(rules.stamp(TODAY, "f"), rules.stamp(TODAY.yesterday().unwrap(), "f"));
        assert_ne!(rules.stamp(TODAY, "f"), rules.stamp(TODAY, "other"));
        assert_eq!(rules.stamp(after, "f"), Rules::default().stamp(TODAY, "other"));
    }

    #[test]
    fn a_quiet_channel_hides_nothing() {
        let entry = note();
        let facts = Facts { entry: &entry, kind: "note", channel: "News", source: None };
        let rules = rules(&[Rule::mute(Condition::Channel("News".to_owned()))]);
        assert_eq!(judge(&rules, &facts, TODAY), None);
        assert_eq!(rules.quiet_channels(TODAY), ["News"]);
        assert_eq!(rules.stamp(TODAY, "f"), Rules::default().stamp(TODAY, "f"));
    }

    #[test]
    fn nobody_reads_or_scores_what_no_rule_asks_for() {
        let (entry, source) = (note(), source());
        let facts = Facts { entry: &entry, kind: "note", channel: "", source: Some(&source) };
        let person = Condition::Person("https://eve.example/".to_owned());
        let score = Rule::new(Action::Drop, vec![Condition::RoboOver(0), person.clone()]);
        let look = Look::new(facts);
        let some = rules(&[score, Rule::mute(person), Rule::mute(Condition::Kind(Kind::Like))]);
        assert_eq!(some.judge(&look, TODAY), None);
        assert!(!look.is_read() && !look.is_scored());
        let asked = rules(&[Rule::new(Action::Drop, vec![Condition::RoboOver(0)])]);
        asked.judge(&look, TODAY);
        assert!(look.is_read() && look.is_scored());
    }

    #[test]
    fn scores_count_from_the_number_on() {
        let spam = entry(serde_json::json!({
            "link": "https://best-casino.example/1",
            "title": "Best online casino bonus",
            "html": "<p>Free casino bonus! Buy cheap viagra now <a href=\"https://casino-win.example/?ref=1\">click here</a></p>",
        }));
        assert!(drops(&Condition::RoboOver(60), &spam));
        assert!(!drops(&Condition::RoboOver(100), &spam));
        assert!(!drops(&Condition::RoboOver(60), &note()));
        let attack =
            entry(serde_json::json!({"html": "<p>You are a stupid idiot, shut up you moron!</p>"}));
        assert!(drops(&Condition::FlameOver(50), &attack));
        assert!(!drops(&Condition::FlameOver(50), &note()));
    }

    #[test]
    fn a_change_is_tried_out_without_being_made() {
        let (note, source) = (note(), source());
        let other = entry(serde_json::json!({"html": "<p>Markt</p>"}));
        let facts = [&note, &other].map(|entry| Facts {
            entry,
            kind: "note",
            channel: "",
            source: Some(&source),
        });
        let mute = Rule::mute(Condition::Words(words(&["markt"])));
        let now = rules(std::slice::from_ref(&mute));
        let gone = try_out(&facts, (&now, &now.with(&Change::Remove(mute.id()))), TODAY);
        assert_eq!(gone, [(0, None), (1, None)]);
        let keep = Rule::new(Action::Keep, vec![Condition::Has(Part::Title)]);
        assert_eq!(try_out(&facts, (&now, &now.with(&Change::Add(keep))), TODAY), [(0, None)]);
        let also = Rule::mute(Condition::Kind(Kind::Note));
        assert!(try_out(&facts, (&now, &now.with(&Change::Add(also.clone()))), TODAY).is_empty());
        let none = rules(&[]);
        let more = try_out(&facts, (&none, &none.with(&Change::Add(also.clone()))), TODAY);
        assert!(more.iter().all(|(_, by)| by.as_ref().is_some_and(|by| by.rule == also.id())));
        assert_eq!(more.len(), 2);
        assert_eq!(
            none.with(&Change::Add(also.clone())).words_of(&also.id()),
            Some(also.in_words())
        );
    }

    proptest::proptest! {
        #[test]
        fn no_post_and_no_word_is_too_strange(text in "\\PC{0,80}", word in "\\PC{1,6}") {
            let entry = entry(serde_json::json!({
                "title": text, "html": text, "tags": [text], "language": text,
                "authors": [{"name": text}],
            }));
            let word = vec![word];
            for condition in [
                Condition::Words(word.clone()),
                Condition::Language(word.clone()),
                Condition::Tag(word.clone()),
                Condition::Link("a.example".to_owned()),
                Condition::RoboOver(50),
                Condition::FlameOver(50),
            ] {
                drops(&condition, &entry);
            }
        }
    }
}
