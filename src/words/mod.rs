//! The themes' own words: one embedded TOML file per language, read once.
//!
//! [`for_language`] finds the words for a language tag. Everything a page says by itself comes
//! from here: plain words, counted phrases in the right plural form, dates, and the names of the
//! kinds of posts. A key that does not exist yields the key itself, never a panic.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Time, Weekday};
use serde::Deserialize;

static ENGLISH: LazyLock<Words> = LazyLock::new(|| parse(include_str!("en.toml")));
static GERMAN: LazyLock<Words> = LazyLock::new(|| parse(include_str!("de.toml")));
static FRENCH: LazyLock<Words> = LazyLock::new(|| parse(include_str!("fr.toml")));
static SPANISH: LazyLock<Words> = LazyLock::new(|| parse(include_str!("es.toml")));
static JAPANESE: LazyLock<Words> = LazyLock::new(|| parse(include_str!("ja.toml")));
static ARABIC: LazyLock<Words> = LazyLock::new(|| parse(include_str!("ar.toml")));

/// The words for a BCP-47 language tag: those of its base language, else English.
///
/// `for_language("de-AT")` gives German. [`Words::code`] tells which language it became.
#[must_use]
pub fn for_language(tag: &str) -> &'static Words {
    known_language(tag).unwrap_or_else(|| LazyLock::force(&ENGLISH))
}

/// The name of a language in itself ("Deutsch"), if Lanai has words for it.
#[must_use]
pub fn native_name(tag: &str) -> Option<&'static str> {
    known_language(tag).map(Words::name)
}

fn known_language(tag: &str) -> Option<&'static Words> {
    let base = tag.split(['-', '_']).next().unwrap_or(tag).to_ascii_lowercase();
    let words = match base.as_str() {
        "en" => &ENGLISH,
        "de" => &GERMAN,
        "fr" => &FRENCH,
        "es" => &SPANISH,
        "ja" => &JAPANESE,
        "ar" => &ARABIC,
        _ => return None,
    };
    Some(LazyLock::force(words))
}

#[allow(
    clippy::expect_used,
    reason = "the files are part of the program, and a test reads every one"
)]
fn parse(source: &str) -> Words {
    toml::from_str(source).expect("an embedded words file is well formed")
}

/// Fills the gaps of a pattern: `{name}` becomes the value of `name`.
///
/// Values are put in as they are, braces in them mean nothing; a gap without a value stays.
///
/// ```text
/// format("Page {i} of {n}", &[("i", "3"), ("n", "12")]) == "Page 3 of 12"
/// ```
#[must_use]
pub fn format(pattern: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let gap = after.split_once('}').and_then(|(name, tail)| {
            let (_, value) = values.iter().find(|(key, _)| *key == name)?;
            Some((*value, tail))
        });
        if let Some((value, tail)) = gap {
            filled.push_str(value);
            rest = tail;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

/// All words of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    code: String,
    name: String,
    months: [String; 12],
    months_short: [String; 12],
    months_alone: [String; 12],
    weekdays: [String; 7],
    date: String,
    month_year: String,
    time: String,
    first_day: String,
    number: NumberStyle,
    range: Ranges,
    words: BTreeMap<String, String>,
    labels: BTreeMap<String, String>,
    phrases: BTreeMap<String, String>,
    kinds: BTreeMap<String, Kind>,
    contexts: BTreeMap<String, Relation>,
    read_status: BTreeMap<String, Relation>,
    rsvp: BTreeMap<String, Relation>,
    reply_policy: BTreeMap<String, String>,
    plural: BTreeMap<String, BTreeMap<Category, String>>,
}

/// How numbers are written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NumberStyle {
    group: String,
    group_from: usize,
    decimal: String,
}

/// Patterns for stretches of time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ranges {
    date_time: String,
    same_day: String,
    same_month: String,
    days: String,
    period: String,
}

/// The nouns for one kind of post.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    one: String,
    many: String,
    list: String,
    inline: String,
}

/// How a post speaks of the thing it is about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Relation {
    word: String,
    named: String,
}

/// The CLDR plural categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Category {
    Zero,
    One,
    Two,
    Few,
    Many,
    Other,
}

/// The plural category of a whole number, by the CLDR rules for the languages here.
fn category(language: &str, n: u64) -> Category {
    match language {
        "ja" => Category::Other,
        "ar" => arabic_category(n),
        "fr" if n < 2 => Category::One,
        "fr" | "es" if n != 0 && n.is_multiple_of(1_000_000) => Category::Many,
        "fr" => Category::Other,
        _ if n == 1 => Category::One,
        _ => Category::Other,
    }
}

fn arabic_category(n: u64) -> Category {
    match (n, n % 100) {
        (0, _) => Category::Zero,
        (1, _) => Category::One,
        (2, _) => Category::Two,
        (_, 3..=10) => Category::Few,
        (_, 11..=99) => Category::Many,
        _ => Category::Other,
    }
}

/// The entry for `key`, or the key itself: a missing word is seen, and nothing breaks.
fn text_of<'a>(map: &'a BTreeMap<String, String>, key: &'a str) -> &'a str {
    map.get(key).map_or(key, String::as_str)
}

/// The `number`th of a list that counts from 1.
fn nth(list: &[String], number: i8) -> &str {
    usize::try_from(number)
        .ok()
        .and_then(|number| number.checked_sub(1))
        .and_then(|index| list.get(index))
        .map_or("", String::as_str)
}

impl Words {
    /// The base language of these words: "en", "de", "fr", "es", "ja" or "ar".
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The name of the language in itself: "Deutsch".
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A plain word: one of the theme words (`w` in templates), or a label inside posts.
    #[must_use]
    pub fn word<'a>(&'a self, key: &'a str) -> &'a str {
        self.words.get(key).map_or_else(|| text_of(&self.labels, key), String::as_str)
    }

    /// All theme words, as templates see them in `w`.
    #[must_use]
    pub fn words_map(&self) -> &BTreeMap<String, String> {
        &self.words
    }

    /// The title of an alert: "note", "tip", "important", "warning" or "caution".
    #[must_use]
    pub fn alert(&self, alert: &str) -> &str {
        self.labels.get(&format!("alert_{alert}")).map_or("", String::as_str)
    }

    /// A phrase with its gaps filled: `phrase("page_of", &[("i", "3"), ("n", "12")])`.
    #[must_use]
    pub fn phrase(&self, key: &str, values: &[(&str, &str)]) -> String {
        format(text_of(&self.phrases, key), values)
    }

    /// A phrase with two counts in it, `{i}` and `{n}`: "of_position" and "page_of".
    #[must_use]
    pub fn i_of_n(&self, key: &str, i: u64, n: u64) -> String {
        self.phrase(key, &[("i", &self.number(i)), ("n", &self.number(n))])
    }

    /// A rating: "4 of 5", "3,5 von 5".
    #[must_use]
    pub fn stars(&self, rating: f64, best: f64) -> String {
        self.phrase("stars", &[("i", &self.decimal(rating)), ("n", &self.decimal(best))])
    }

    /// A counted phrase in the plural form that belongs to `n`: "12 responses".
    #[must_use]
    pub fn plural(&self, key: &str, n: u64) -> String {
        let pattern = self.plural.get(key).and_then(|forms| {
            forms.get(&category(&self.code, n)).or_else(|| forms.get(&Category::Other))
        });
        format(pattern.map_or("{n}", String::as_str), &[("n", &self.number(n))])
    }

    /// A whole number with its digits grouped: "12,345". Always European digits.
    #[must_use]
    pub fn number(&self, n: u64) -> String {
        let digits = n.to_string();
        if digits.len() < self.number.group_from {
            return digits;
        }
        let mut grouped = String::with_capacity(digits.len() + 8);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push_str(&self.number.group);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// A number with the decimal sign of the language: "3.5", "3,5".
    #[must_use]
    pub fn decimal(&self, number: f64) -> String {
        number.to_string().replace('.', &self.number.decimal)
    }
}

/// Dates and times.
impl Words {
    /// A date: "12 May 2024".
    #[must_use]
    pub fn date(&self, date: Date) -> String {
        let values = [
            ("day", self.day(date)),
            ("month", self.month(date.month()).to_owned()),
            ("month_number", date.month().to_string()),
            ("year", date.year().to_string()),
        ];
        fill(&self.date, &values)
    }

    /// A time of day on the 24-hour clock: "14:05".
    #[must_use]
    pub fn time(&self, time: Time) -> String {
        let values =
            [("hour", format!("{:02}", time.hour())), ("minute", format!("{:02}", time.minute()))];
        fill(&self.time, &values)
    }

    /// A date with its time: "12 May 2024, 14:05".
    #[must_use]
    pub fn date_time(&self, moment: DateTime) -> String {
        let values = [("date", self.date(moment.date())), ("time", self.time(moment.time()))];
        fill(&self.range.date_time, &values)
    }

    /// A month with its year inside a text: "May 2024", "mai 2024".
    #[must_use]
    pub fn month_year(&self, year: i16, month: i8) -> String {
        self.month_year_with(year, month, self.month(month))
    }

    /// A month with its year as a heading: "May 2024", "Mai 2024".
    #[must_use]
    pub fn month_year_title(&self, year: i16, month: i8) -> String {
        self.month_year_with(year, month, self.month_alone(month))
    }

    fn month_year_with(&self, year: i16, month: i8, name: &str) -> String {
        let values = [
            ("month", name.to_owned()),
            ("month_number", month.to_string()),
            ("year", year.to_string()),
        ];
        fill(&self.month_year, &values)
    }

    /// When an event is: one date, hours of a day, or a stretch of days.
    ///
    /// "12 May 2024", "12 May 2024, 18:00–21:00", "12–14 May 2024", "30 May 2024 – 2 June 2024".
    #[must_use]
    pub fn event(&self, start: DateTime, end: Option<DateTime>, all_day: bool) -> String {
        let text = |moment: DateTime| {
            if all_day { self.date(moment.date()) } else { self.date_time(moment) }
        };
        let Some(end) = end else { return text(start) };
        let (from, to) = (start.date(), end.date());
        if all_day && from == to {
            self.date(from)
        } else if all_day && from.first_of_month() == to.first_of_month() {
            self.days_of_month(from, to)
        } else if from == to {
            let values = [
                ("date", self.date(from)),
                ("start", self.time(start.time())),
                ("end", self.time(end.time())),
            ];
            fill(&self.range.same_day, &values)
        } else {
            fill(&self.range.days, &[("start", text(start)), ("end", text(end))])
        }
    }

    fn days_of_month(&self, from: Date, to: Date) -> String {
        let values = [
            ("from", self.day(from)),
            ("to", self.day(to)),
            ("month", self.month(from.month()).to_owned()),
            ("month_number", from.month().to_string()),
            ("year", from.year().to_string()),
        ];
        fill(&self.range.same_month, &values)
    }

    /// A stretch of a CV from one month or year to another: "2019 – today".
    #[must_use]
    pub fn period(&self, start: &str, end: &str) -> String {
        format(&self.range.period, &[("start", start), ("end", end)])
    }

    /// The name of a month (1 to 12) as it stands inside a date; "" for other numbers.
    #[must_use]
    pub fn month(&self, number: i8) -> &str {
        nth(&self.months, number)
    }

    /// The short name of a month (1 to 12).
    #[must_use]
    pub fn month_short(&self, number: i8) -> &str {
        nth(&self.months_short, number)
    }

    /// The name of a month (1 to 12) alone, as a heading.
    #[must_use]
    pub fn month_alone(&self, number: i8) -> &str {
        nth(&self.months_alone, number)
    }

    /// The name of a weekday.
    #[must_use]
    pub fn weekday(&self, weekday: Weekday) -> &str {
        nth(&self.weekdays, weekday.to_monday_one_offset())
    }

    fn day(&self, date: Date) -> String {
        if date.day() == 1 { self.first_day.clone() } else { date.day().to_string() }
    }
}

/// Kinds of posts and what they are about.
impl Words {
    /// The noun for one post of a kind: "Note".
    #[must_use]
    pub fn kind_one<'a>(&'a self, kind: &'a str) -> &'a str {
        self.kinds.get(kind).map_or(kind, |kind| &kind.one)
    }

    /// The noun for several posts of a kind: "Notes".
    #[must_use]
    pub fn kind_many<'a>(&'a self, kind: &'a str) -> &'a str {
        self.kinds.get(kind).map_or(kind, |kind| &kind.many)
    }

    /// The title of the list page of a kind: "Listening".
    #[must_use]
    pub fn kind_list_title<'a>(&'a self, kind: &'a str) -> &'a str {
        self.kinds.get(kind).map_or(kind, |kind| &kind.list)
    }

    /// The noun for several posts of a kind inside a sentence: "notes".
    #[must_use]
    pub fn kind_inline<'a>(&'a self, kind: &'a str) -> &'a str {
        self.kinds.get(kind).map_or(kind, |kind| &kind.inline)
    }

    /// The word before what a post is about: "Liked" for `like-of`; also "checkin" and "review".
    #[must_use]
    pub fn context<'a>(&'a self, relation: &'a str) -> &'a str {
        word_of(&self.contexts, relation)
    }

    /// A name for a post from what it is about: "Liked {name}".
    #[must_use]
    pub fn context_named(&self, relation: &str, name: &str) -> String {
        named_of(&self.contexts, relation, name)
    }

    /// The word for a reading status: "want", "reading" or "finished".
    #[must_use]
    pub fn read_status<'a>(&'a self, status: &'a str) -> &'a str {
        word_of(&self.read_status, status)
    }

    /// A name for a reading post: "Reading {name}".
    #[must_use]
    pub fn read_status_named(&self, status: &str, name: &str) -> String {
        named_of(&self.read_status, status, name)
    }

    /// The author's own answer to an event: "yes", "no", "maybe" or "interested".
    #[must_use]
    pub fn rsvp<'a>(&'a self, value: &'a str) -> &'a str {
        word_of(&self.rsvp, value)
    }

    /// A name for the author's answer: "Going to {name}".
    #[must_use]
    pub fn rsvp_named(&self, value: &str, name: &str) -> String {
        named_of(&self.rsvp, value, name)
    }

    /// The heading above the guests who gave the same answer.
    #[must_use]
    pub fn rsvp_group<'a>(&'a self, value: &'a str) -> &'a str {
        self.word(rsvp_key(value))
    }

    /// How many guests gave an answer: "3 going".
    #[must_use]
    pub fn rsvp_count(&self, value: &str, n: u64) -> String {
        self.plural(rsvp_key(value), n)
    }

    /// Who may reply, as a sentence: "everyone", "known", "followed" or "none".
    #[must_use]
    pub fn reply_policy<'a>(&'a self, policy: &'a str) -> &'a str {
        text_of(&self.reply_policy, policy)
    }
}

fn rsvp_key(value: &str) -> &str {
    match value {
        "yes" => "going",
        "no" => "not_going",
        other => other,
    }
}

fn word_of<'a>(map: &'a BTreeMap<String, Relation>, key: &'a str) -> &'a str {
    map.get(key).map_or(key, |relation| &relation.word)
}

fn named_of(map: &BTreeMap<String, Relation>, key: &str, name: &str) -> String {
    format(map.get(key).map_or("{name}", |relation| &relation.named), &[("name", name)])
}

/// [`format`] for values made on the spot.
fn fill(pattern: &str, values: &[(&str, String)]) -> String {
    let values: Vec<(&str, &str)> =
        values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    format(pattern, &values)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::{date, time};

    use super::*;

    const LANGUAGES: [(&str, &str); 6] = [
        ("en", include_str!("en.toml")),
        ("de", include_str!("de.toml")),
        ("fr", include_str!("fr.toml")),
        ("es", include_str!("es.toml")),
        ("ja", include_str!("ja.toml")),
        ("ar", include_str!("ar.toml")),
    ];

    /// Every text of a file with its full key; plural forms count under their key.
    fn texts(source: &str) -> BTreeMap<String, Vec<String>> {
        fn walk(value: &toml::Value, key: &str, found: &mut BTreeMap<String, Vec<String>>) {
            match value {
                toml::Value::Table(table) => {
                    for (name, value) in table {
                        let plural_form = key.starts_with(".plural.");
                        let key =
                            if plural_form { key.to_owned() } else { format!("{key}.{name}") };
                        walk(value, &key, found);
                    }
                }
                toml::Value::Array(list) => list.iter().for_each(|value| walk(value, key, found)),
                other => {
                    let text = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
                    found.entry(key.to_owned()).or_default().push(text);
                }
            }
        }
        let mut found = BTreeMap::new();
        let table: toml::Table = toml::from_str(source).unwrap();
        walk(&toml::Value::Table(table), "", &mut found);
        found
    }

    /// The names of the gaps in a pattern.
    fn gaps(pattern: &str) -> BTreeSet<String> {
        let parts = pattern.split('{').skip(1);
        parts.map(|part| part.split_once('}').unwrap().0.to_owned()).collect()
    }

    #[test]
    fn every_file_is_read_under_its_own_code() {
        for (code, _) in LANGUAGES {
            let words = for_language(code);
            assert_eq!(words.code(), code);
            assert_eq!(native_name(code), Some(words.name()));
        }
    }

    #[test]
    fn every_language_has_exactly_the_keys_of_english() {
        let english: Vec<String> = texts(LANGUAGES[0].1).into_keys().collect();
        for (code, source) in LANGUAGES {
            let keys: Vec<String> = texts(source).into_keys().collect();
            assert_eq!(keys, english, "{code}");
        }
    }

    #[test]
    fn no_text_is_empty_or_has_straight_quotes() {
        for (code, source) in LANGUAGES {
            for (key, values) in texts(source) {
                for text in values {
                    assert!(!text.is_empty(), "{code}{key}");
                    assert!(!text.contains(['"', '\'']), "{code}{key}: {text}");
                    assert!(!text.contains("..."), "{code}{key}: {text}");
                }
            }
        }
    }

    #[test]
    fn patterns_have_the_gaps_of_english() {
        let english = texts(LANGUAGES[0].1);
        for (code, source) in LANGUAGES {
            for (key, values) in texts(source) {
                // Dates differ by design, and "one person" may be said without a digit.
                let free = [".date", ".month_year", ".range", ".plural", ".phrases.year_title"];
                if free.iter().any(|prefix| key.starts_with(prefix)) {
                    continue;
                }
                for text in values {
                    assert_eq!(gaps(&text), gaps(&english[&key][0]), "{code}{key}");
                }
            }
        }
    }

    #[test]
    fn date_patterns_only_use_gaps_that_are_filled() {
        for (code, _) in LANGUAGES {
            let words = for_language(code);
            let (start, end) = (date(2024, 4, 30), date(2024, 5, 2));
            let texts = [
                words.date(start),
                words.month_year(2024, 5),
                words.time(time(9, 5, 0, 0)),
                words.event(start.at(9, 0, 0, 0), None, false),
                words.event(start.at(9, 0, 0, 0), Some(start.at(10, 0, 0, 0)), false),
                words.event(start.at(9, 0, 0, 0), Some(end.at(10, 0, 0, 0)), false),
                words.event(start.at(0, 0, 0, 0), Some(end.at(0, 0, 0, 0)), true),
                words.event(date(2024, 5, 1).at(0, 0, 0, 0), Some(end.at(0, 0, 0, 0)), true),
                words.period("2019", "2020"),
                words.phrase("year_title", &[("year", "2024")]),
            ];
            for text in texts {
                assert!(!text.contains('{'), "{code}: {text}");
            }
        }
    }

    fn categories(code: &str) -> BTreeSet<Category> {
        use Category::{Few, Many, One, Other, Two, Zero};
        let list: &[Category] = match code {
            "en" | "de" => &[One, Other],
            "fr" | "es" => &[One, Many, Other],
            "ja" => &[Other],
            "ar" => &[Zero, One, Two, Few, Many, Other],
            _ => &[],
        };
        list.iter().copied().collect()
    }

    #[test]
    fn every_counted_phrase_has_every_category_of_its_language() {
        for (code, _) in LANGUAGES {
            for (key, forms) in &for_language(code).plural {
                let have: BTreeSet<Category> = forms.keys().copied().collect();
                assert_eq!(have, categories(code), "{code}: {key}");
                for (category, form) in forms {
                    let counted =
                        matches!(category, Category::Few | Category::Many | Category::Other);
                    let gaps = gaps(form);
                    assert!(!counted || gaps.contains("n"), "{code}: {key}: {form}");
                    assert!(gaps.iter().all(|gap| gap == "n"), "{code}: {key}: {form}");
                }
            }
        }
    }

    #[test]
    fn numbers_only_yield_categories_their_language_has() {
        for (code, _) in LANGUAGES {
            let numbers = (0..250).chain([1000, 1_000_000, 1_000_001, 2_000_000, u64::MAX]);
            let seen: BTreeSet<Category> = numbers.map(|n| category(code, n)).collect();
            assert_eq!(seen, categories(code), "{code}");
        }
    }

    #[test]
    fn arabic_has_six_categories() {
        use Category::{Few, Many, One, Other, Two, Zero};
        let expected = [
            (0, Zero),
            (1, One),
            (2, Two),
            (3, Few),
            (10, Few),
            (11, Many),
            (99, Many),
            (100, Other),
            (101, Other),
            (102, Other),
            (103, Few),
            (111, Many),
        ];
        for (n, want) in expected {
            assert_eq!(category("ar", n), want, "{n}");
        }
    }

    #[test]
    fn other_languages_count_by_their_own_rules() {
        use Category::{Many, One, Other};
        assert_eq!([0, 1, 2].map(|n| category("en", n)), [Other, One, Other]);
        assert_eq!([0, 1, 2].map(|n| category("de", n)), [Other, One, Other]);
        assert_eq!([0, 1, 2].map(|n| category("fr", n)), [One, One, Other]);
        assert_eq!([0, 1, 2].map(|n| category("es", n)), [Other, One, Other]);
        assert_eq!([0, 1, 2].map(|n| category("ja", n)), [Other, Other, Other]);
        assert_eq!(category("fr", 3_000_000), Many);
        assert_eq!(category("es", 1_000_000), Many);
        assert_eq!(category("en", 1_000_000), Other);
    }

    #[test]
    fn counted_phrases_read_well() {
        assert_eq!(for_language("en").plural("responses", 1), "1 response");
        assert_eq!(for_language("en").plural("fold", 1204), "Show the whole post (1,204 words)");
        assert_eq!(for_language("de").plural("replies", 1), "1 Antwort");
        assert_eq!(for_language("fr").plural("replies", 0), "0 réponse");
        assert_eq!(
            for_language("fr").plural("posts", 2_000_000),
            "2\u{202f}000\u{202f}000 de billets"
        );
        assert_eq!(for_language("es").plural("replies", 1204), "1204 respuestas");
        assert_eq!(for_language("ja").plural("replies", 3), "3件の返信");
        let arabic = [
            (0, "لا ردود"),
            (1, "رد واحد"),
            (2, "ردان"),
            (3, "3 ردود"),
            (11, "11 ردًا"),
            (100, "100 رد"),
            (102, "102 رد"),
        ];
        for (n, text) in arabic {
            assert_eq!(for_language("ar").plural("replies", n), text);
        }
    }

    #[test]
    fn dates_in_all_six_languages() {
        let expected = [
            ("en", "12 May 2024", "1 March 2024", "May 2024"),
            ("de", "12. Mai 2024", "1. März 2024", "Mai 2024"),
            ("fr", "12 mai 2024", "1er mars 2024", "Mai 2024"),
            ("es", "12 de mayo de 2024", "1 de marzo de 2024", "Mayo de 2024"),
            ("ja", "2024年5月12日", "2024年3月1日", "2024年5月"),
            ("ar", "12 مايو 2024", "1 مارس 2024", "مايو 2024"),
        ];
        for (code, day, first, heading) in expected {
            let words = for_language(code);
            assert_eq!(words.date(date(2024, 5, 12)), day);
            assert_eq!(words.date(date(2024, 3, 1)), first);
            assert_eq!(words.month_year_title(2024, 5), heading);
        }
        assert_eq!(for_language("fr").month_year(2024, 5), "mai 2024");
    }

    #[test]
    fn events_say_only_what_is_needed() {
        let start = date(2024, 5, 12).at(18, 0, 0, 0);
        let evening = date(2024, 5, 12).at(21, 0, 0, 0);
        let later = date(2024, 5, 14).at(12, 30, 0, 0);
        let june = date(2024, 6, 2).at(12, 30, 0, 0);
        let english = for_language("en");
        assert_eq!(english.event(start, None, false), "12 May 2024, 18:00");
        assert_eq!(english.event(start, None, true), "12 May 2024");
        assert_eq!(english.event(start, Some(evening), true), "12 May 2024");
        assert_eq!(english.event(start, Some(evening), false), "12 May 2024, 18:00–21:00");
        assert_eq!(english.event(start, Some(later), true), "12–14 May 2024");
        assert_eq!(english.event(start, Some(june), true), "12 May 2024 – 2 June 2024");
        assert_eq!(
            english.event(start, Some(later), false),
            "12 May 2024, 18:00 – 14 May 2024, 12:30"
        );
        assert_eq!(for_language("de").event(start, Some(later), true), "12.–14. Mai 2024");
        assert_eq!(for_language("fr").event(start, Some(later), true), "12–14 mai 2024");
        assert_eq!(for_language("ja").event(start, Some(later), true), "2024年5月12日〜14日");
    }

    #[test]
    fn language_tags_fall_back_to_their_base_and_then_to_english() {
        assert_eq!(for_language("de-AT").code(), "de");
        assert_eq!(for_language("AR_eg").code(), "ar");
        assert_eq!(for_language("pt-BR").code(), "en");
        assert_eq!(for_language("").code(), "en");
        assert_eq!(native_name("ja-JP"), Some("日本語"));
        assert_eq!(native_name("pt"), None);
    }

    #[test]
    fn months_and_weekdays_are_counted_like_jiff_does() {
        let words = for_language("en");
        assert_eq!(words.month(1), "January");
        assert_eq!(words.month_short(12), "Dec");
        assert_eq!(words.month_alone(12), "December");
        assert_eq!([words.month(0), words.month(13), words.month(-1)], ["", "", ""]);
        assert_eq!(words.weekday(date(2024, 5, 12).weekday()), "Sunday");
        assert_eq!(words.weekday(date(2024, 5, 13).weekday()), "Monday");
    }

    #[test]
    fn numbers_are_grouped_as_each_language_does() {
        let numbers = [0, 999, 1204, 12_345, 1_234_567];
        let written = |code: &str| numbers.map(|n| for_language(code).number(n));
        assert_eq!(written("en"), ["0", "999", "1,204", "12,345", "1,234,567"]);
        assert_eq!(written("de"), ["0", "999", "1.204", "12.345", "1.234.567"]);
        assert_eq!(written("es"), ["0", "999", "1204", "12\u{202f}345", "1\u{202f}234\u{202f}567"]);
        assert_eq!(for_language("en").stars(3.5, 5.0), "3.5 of 5");
        assert_eq!(for_language("de").stars(3.5, 5.0), "3,5 von 5");
        assert_eq!(for_language("en").i_of_n("page_of", 3, 12), "Page 3 of 12");
    }

    #[test]
    fn gaps_are_filled_once_and_unknown_ones_stay() {
        assert_eq!(format("{a} of {b}", &[("a", "{b}"), ("b", "2")]), "{b} of 2");
        assert_eq!(format("{a} and {x}", &[("a", "1")]), "1 and {x}");
        assert_eq!(format("{{a} } {", &[("a", "1")]), "{1 } {");
        assert_eq!(format("", &[]), "");
    }

    #[test]
    fn missing_keys_show_themselves() {
        let words = for_language("en");
        assert_eq!(words.word("no_such_word"), "no_such_word");
        assert_eq!(words.plural("no_such_phrase", 3), "3");
        assert_eq!(words.kind_one("game"), "game");
        assert_eq!(words.context_named("play-of", "Chess"), "Chess");
        assert_eq!(words.alert("joke"), "");
    }

    #[test]
    fn kinds_relations_and_answers_have_words() {
        let words = for_language("en");
        assert_eq!(words.word("older"), "Older");
        assert_eq!(words.word("untitled"), "Untitled");
        assert_eq!(words.words_map().get("older").map(String::as_str), Some("Older"));
        assert_eq!(words.alert("tip"), "Tip");
        assert_eq!(words.kind_list_title("listen"), "Listening");
        assert_eq!(words.kind_many("photo"), "Photos");
        assert_eq!(words.kind_inline("article"), "articles");
        assert_eq!(words.context("like-of"), "Liked");
        assert_eq!(words.read_status("want"), "Wants to read");
        assert_eq!(words.read_status_named("reading", "Emma"), "Reading Emma");
        assert_eq!(words.rsvp("yes"), "Going");
        assert_eq!(words.rsvp_named("yes", "Camp"), "Going to Camp");
        assert_eq!(words.rsvp_group("no"), "Not going");
        assert_eq!(words.rsvp_count("yes", 3), "3 going");
        assert_eq!(words.reply_policy("none"), "Replies are closed.");
    }
}
