//! What a response looks like, apart from its words: its links, names, signs and disguises, each
//! with a weight and a reason.

use super::lexicon::{CALLS, CHATS, CHEAP_ENDINGS, MONEY_NAMES, SHOP_NAMES, SHORTENERS};
use super::links::{Link, foreign_links};
use super::normal::{Straight, straighten};
use super::{address, address::host_of};
use crate::model::Mention;
use crate::text::autolink::addresses;
use crate::text::tokens::fold;

/// What a classifier reads of a response.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sample<'t> {
    /// The author's name.
    pub author: &'t str,
    /// The author's address.
    pub author_url: &'t str,
    /// The page it is on.
    pub source: &'t str,
    /// The page it answers.
    pub target: &'t str,
    /// Its title.
    pub title: &'t str,
    /// Its text as sanitised HTML.
    pub html: &'t str,
    /// Its text.
    pub text: &'t str,
}

impl<'t> Sample<'t> {
    /// What there is to read of a response.
    pub fn of(mention: &'t Mention) -> Self {
        Self {
            author: &mention.author.name,
            author_url: mention.author.url.as_deref().unwrap_or_default(),
            source: &mention.source,
            target: &mention.target,
            title: mention.name.as_deref().unwrap_or_default(),
            html: &mention.content,
            text: &mention.text,
        }
    }

    /// Title and text without written addresses, which are no words.
    pub(super) fn words(&self) -> String {
        let mut words = format!("{}\n", self.title);
        let mut from = 0;
        for address in addresses(self.text) {
            words.push_str(self.text.get(from..address.range.start).unwrap_or_default());
            words.push(' ');
            from = address.range.end;
        }
        words.push_str(self.text.get(from..).unwrap_or_default());
        words
    }
}

/// Something that speaks for advertising (or, below zero, against it), as logarithm of odds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sign {
    /// How much.
    pub(super) weight: f64,
    /// In words.
    pub(super) reason: String,
}

/// A response taken apart.
pub(super) struct Features {
    /// Title and text without disguises.
    pub(super) text: String,
    /// The author's name without disguises; empty where it is only the host.
    pub(super) name: String,

    /// What the links say, and the words of their hosts.
    pub(super) labels: String,
    /// The signs found.
    pub(super) signs: Vec<Sign>,
}

impl Features {
    /// Takes a response apart.
    pub(super) fn of(sample: &Sample<'_>) -> Self {
        let body = straighten(&sample.words());
        let host = host_of(sample.source);
        let named = !address::upwards(&host).any(|host| host == sample.author.to_lowercase());
        let name = if named { straighten(sample.author) } else { Straight::default() };
        let mut links = foreign_links(sample.html, sample.text, sample.target);
        // Names and subjects of social networks are links, and no more than words.
        links.retain(|link| !link.label.starts_with(['@', '#']) || link.label.contains(' '));
        let labels: Vec<&str> = links.iter().map(|link| link.label.as_str()).collect();
        let mut found = Found::default();
        found.disguises(&body, &name);
        found.links(&links, &body.text);
        found.hosts(&links, sample);
        found.name(&name.text);
        found.signs_in_text(&body.text);
        Self {
            labels: straighten(&labels.join("\n")).text,
            text: body.text,
            name: name.text,
            signs: found.signs,
        }
    }
}

#[derive(Default)]
struct Found {
    signs: Vec<Sign>,
}

impl Found {
    fn add(&mut self, weight: f64, reason: impl Into<String>) {
        self.signs.push(Sign { weight, reason: reason.into() });
    }

    fn disguises(&mut self, body: &Straight, name: &Straight) {
        match body.disguised.saturating_add(name.disguised) {
            0 => {}
            1 => self.add(1.4, "a word in disguise (letters of two scripts, or invisible signs)"),
            many => {
                self.add(
                    2.6,
                    format!("{many} words in disguise (two scripts, or invisible signs)"),
                );
            }
        }
        if body.fancy.saturating_add(name.fancy) >= 8 {
            self.add(1.6, "letters made of signs for formulas");
        }
    }

    fn links(&mut self, links: &[Link], text: &str) {
        let words = count_words(text);
        let linked: usize = links.iter().map(|link| count_words(&link.label).max(1)).sum();
        match links.len() {
            0 => return,
            many if many >= 3 && linked.saturating_mul(2) > words => {
                self.add(3.2, format!("{many} links, and little beside them"));
            }
            many if many >= 3 && words < many.saturating_mul(8) => {
                self.add(1.8, format!("{many} links in {words} words"));
            }
            many if many >= 20 => self.add(1.2, format!("{many} links")),
            _ if words == 0 => self.add(2.2, "links and no words"),
            _ if words < 8 => self.add(0.6, "a link, and hardly any words"),
            _ => self.add(0.3, "a link to somewhere else"),
        }
        let mut hosts: Vec<&str> = links.iter().map(|link| link.host.as_str()).collect();
        hosts.sort_unstable();
        let most = hosts.chunk_by(|a, b| a == b).map(<[&str]>::len).max().unwrap_or(0);
        if most >= 3 {
            self.add(1.0, format!("{most} links to the same host"));
        }
    }

    fn hosts(&mut self, links: &[Link], sample: &Sample<'_>) {
        let own = [host_of(sample.author_url), host_of(sample.source)];
        let mut hosts: Vec<&str> = links.iter().map(|link| link.host.as_str()).collect();
        hosts.extend(own.iter().map(String::as_str));
        hosts.sort_unstable();
        hosts.dedup();
        if let Some(host) = hosts.iter().find(|host| SHORTENERS.contains(host)) {
            self.add(1.6, format!("a link that hides where it leads ({host})"));
        }
        if let Some(host) = hosts.iter().find(|host| CHATS.contains(host)) {
            self.add(1.8, format!("an invitation to a private chat ({host})"));
        }
        if let Some((host, piece)) = hosts.iter().find_map(|host| Some((host, money_name(host)?))) {
            self.add(2.2, format!("a host named for what it sells ({piece} in {host})"));
        }
        if let Some(host) = hosts.iter().find(|host| host.matches('-').count() >= 2) {
            self.add(1.2, format!("a host named like a slogan ({host})"));
        }
        let cheap = |host: &&&str| {
            host.rsplit_once('.').is_some_and(|(_, ending)| CHEAP_ENDINGS.contains(&ending))
        };
        if let Some(host) = hosts.iter().find(cheap) {
            self.add(0.7, format!("a name that costs next to nothing ({host})"));
        }
        let own = own
            .iter()
            .map(String::as_str)
            .find(|own| !own.is_empty() && links.iter().any(|link| link.host == *own));
        if let Some(host) = own {
            self.add(1.0, format!("a link to the author's own site ({host})"));
        }
        let calls = |link: &&Link| {
            let label = fold(&link.label);
            let first = label.split_whitespace().next().unwrap_or_default();
            CALLS.contains(&first.trim_end_matches(['.', '!', ',']))
        };
        if let Some(link) = links.iter().find(calls) {
            let label: String = link.label.chars().take(40).collect();
            self.add(0.7, format!("a link that calls to do something ({label})"));
        }
        if hosts.iter().any(|host| host.chars().filter(char::is_ascii_digit).count() >= 3) {
            self.add(0.5, "a number in the name of a host");
        }
        if links.iter().any(|link| is_tracked(&link.href)) {
            self.add(0.8, "a link that counts who brought you");
        }
    }

    fn name(&mut self, name: &str) {
        let folded = fold(name);
        if folded.contains("://") || folded.contains("www.") || has_ending(&folded) {
            self.add(2.8, "an address as a name");
        }
        if folded.chars().filter(char::is_ascii_digit).count() >= 7 {
            self.add(2.6, "a number in the name");
        }
        let words = count_words(name);
        if words >= 5 {
            self.add(0.8, format!("a name of {words} words"));
        }
        let shop = |word: &&str| SHOP_NAMES.contains(word);
        if let Some(word) = folded.split_whitespace().find(shop).filter(|_| words >= 2) {
            self.add(2.2, format!("a name as a shop has it ({word})"));
        }
        let last = folded.split_whitespace().next_back().unwrap_or_default();
        let year = last.parse::<u16>().is_ok_and(|year| (2000..2100).contains(&year));
        if year && words >= 2 {
            self.add(2.0, "a year in the name");
        }
    }

    fn signs_in_text(&mut self, text: &str) {
        let markup = ["[url=", "[url]", "[link=", "[/url]", "<a href="];
        if markup.iter().any(|tag| text.to_ascii_lowercase().contains(tag)) {
            self.add(3.2, "the markup of other forums");
        }
        if is_template(text) {
            self.add(3.2, "a template that was not filled in");
        }
        if has_phone(text) {
            self.add(2.2, "a telephone number");
        }
        if text.split(|c: char| !c.is_alphanumeric()).any(is_wallet) {
            self.add(3.2, "the address of a wallet");
        }
        if shouts(text) {
            self.add(0.8, "capital letters throughout");
        }
        if longest_row(text) >= 5 {
            self.add(0.5, "signs repeated many times");
        }
        let emoji = text.chars().filter(|c| is_emoji(*c)).count();
        if emoji >= 5 && emoji.saturating_mul(3) > count_words(text) {
            self.add(2.4, format!("{emoji} emoji and few words"));
        }
        let money = text.matches(['$', '€', '£', '%']).count();
        if money >= 2 {
            self.add(0.6, "prices");
        }
    }
}

/// Words of a text, written with spaces or not.
pub(super) fn count_words(text: &str) -> usize {
    let spaced =
        text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count();
    let dense = text.chars().filter(|c| crate::text::tokens::is_dense(*c)).count();
    spaced.max(dense.div_euclid(2))
}

/// The piece of a host's name that says what it sells.
fn money_name(host: &str) -> Option<&'static str> {
    // Only what somebody registered; `example` is in every test of everybody.
    let name = host.rsplit_once('.').map_or(host, |(name, _)| name);
    let joined: String = name.chars().filter(|c| *c != '-').collect();
    MONEY_NAMES.split('|').map(str::trim).find(|piece| {
        // A short piece may be a part of an honest word.
        let whole = name.split(['.', '-']).any(|part| part == *piece);
        if piece.len() <= 4 { whole } else { joined.contains(piece) }
    })
}

fn is_tracked(href: &str) -> bool {
    let query = href.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        matches!(name, "aff" | "affid" | "aff_id" | "ref" | "refid" | "tag" | "clickid" | "partner")
    })
}

fn has_ending(name: &str) -> bool {
    name.split_whitespace().any(|word| {
        word.rsplit_once('.').is_some_and(|(before, ending)| {
            before.len() > 2
                && (matches!(ending, "com" | "net" | "org" | "info" | "biz" | "ru" | "io" | "co")
                    || CHEAP_ENDINGS.contains(&ending))
        })
    })
}

/// `{great|nice} post`, `%keyword%`, `[[city]]`.
fn is_template(text: &str) -> bool {
    let spun = text.split('{').skip(1).any(|piece| {
        let inside = piece.split('}').next().unwrap_or_default();
        inside.len() < piece.len() && inside.contains('|') && !inside.contains(['\n', ';', '('])
    });
    let lower = text.to_ascii_lowercase();
    spun || ["%keyword%", "%name%", "%url%", "#keyword#", "{keyword}", "%anchor"]
        .iter()
        .any(|hole| lower.contains(hole))
}

/// Ten digits or more in a row, with the signs that stand in telephone numbers; beginning with a
/// `+`, or in groups.
fn has_phone(text: &str) -> bool {
    let mut row = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '.') {
            row.push(c);
            continue;
        }
        let digits = row.chars().filter(char::is_ascii_digit).count();
        let trimmed = row.trim();
        // A date, which comes with a time or a number behind it.
        let year = trimmed.split(['-', '.', ' ']).next().unwrap_or_default();
        let dated = year.len() == 4 && (year.starts_with("19") || year.starts_with("20"));
        let groups = trimmed.split([' ', '-', '.', '(', ')']).filter(|g| !g.is_empty());
        let grouped = groups.filter(|group| group.len() <= 5).count();
        if (10..=15).contains(&digits)
            && (trimmed.starts_with('+') || (!dated && (3..=5).contains(&grouped)))
        {
            return true;
        }
        row.clear();
    }
    false
}

/// A word that looks like an address of Bitcoin, Ethereum or Tron.
fn is_wallet(word: &str) -> bool {
    let base58 =
        word.chars().all(|c| c.is_ascii_alphanumeric() && !matches!(c, '0' | 'O' | 'I' | 'l'));
    let mixed = word.chars().any(|c| c.is_ascii_digit())
        && word.chars().any(|c| c.is_ascii_lowercase())
        && word.chars().any(|c| c.is_ascii_uppercase());
    let legacy = (26..=35).contains(&word.len()) && word.starts_with(['1', '3', 'T']) && base58;
    let segwit = word.starts_with("bc1") && (38..=62).contains(&word.len()) && word.is_ascii();
    let hex = word
        .strip_prefix("0x")
        .is_some_and(|rest| rest.len() == 40 && rest.chars().all(|c| c.is_ascii_hexdigit()));
    (legacy && mixed) || segwit || hex
}

/// Whether most letters of a text are capitals.
pub(super) fn shouts(text: &str) -> bool {
    let upper = text.chars().filter(|c| c.is_uppercase()).count();
    let lower = text.chars().filter(|c| c.is_lowercase()).count();
    upper >= 16 && upper > lower.saturating_mul(2)
}

/// How often the same letter, `!` or `?` stands in a row.
pub(super) fn longest_row(text: &str) -> usize {
    let (mut longest, mut row, mut before) = (0_usize, 0_usize, ' ');
    for c in text.chars() {
        row = if c == before { row.saturating_add(1) } else { 1 };
        before = c;
        if c.is_alphabetic() || matches!(c, '!' | '?' | '$') {
            longest = longest.max(row);
        }
    }
    longest
}

fn is_emoji(c: char) -> bool {
    matches!(u32::from(c), 0x1F300..=0x1FAFF | 0x2600..=0x27BF | 0x2B50 | 0x2B55)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wallets_and_hashes_are_two_things() {
        assert!(is_wallet("1BoatSLRHtKNngkdXEeobR76b53LETtpyT"));
        assert!(is_wallet("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"));
        assert!(is_wallet("0x52908400098527886E0F7030069857D2E4169EE7"));
        assert!(!is_wallet("43ff5f3"));
        assert!(!is_wallet("3f786850e387550fdab836ed7e6dc881"));
        assert!(!is_wallet("internationalisationandlocalisation"));
    }

    #[test]
    fn telephone_numbers_are_not_all_digits() {
        assert!(has_phone("call +1 555 010 9999 today"));
        assert!(has_phone("(555) 010-9999"));
        assert!(!has_phone("in 2019, 2020 and 2021"));
        assert!(!has_phone("ISBN 9783161484100"));
        assert!(!has_phone("2024-05-01 10:30"));
    }

    #[test]
    fn templates_and_code_are_two_things() {
        assert!(is_template("{Great|Nice} post about %keyword%"));
        assert!(is_template("a {b|c} d"));
        assert!(!is_template("match x { A(a) | B(a) => {} }"));
        assert!(!is_template("{ \"json\": 1 }"));
    }

    #[test]
    fn hosts_say_what_they_sell() {
        assert_eq!(money_name("best-online-casino.example"), Some("casino"));
        assert_eq!(money_name("seo.example"), Some("seo"));
        assert_eq!(money_name("museo.example"), None);
        assert_eq!(money_name("essex.example"), None);
        assert_eq!(money_name("jule.example"), None);
    }
}
