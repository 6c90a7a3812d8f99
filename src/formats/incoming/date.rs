//! Dates as the feeds of others write them (FD-X-15). Dates that we write ourselves are left to
//! [`crate::formats::date`].

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan, Zoned};

/// Longer texts are no dates.
const LONGEST: usize = 120;

/// How the months begin in the languages of Europe, without accents in the first letters where a
/// language has none. The last that fits counts: French and Spanish have a day that begins as
/// March does.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene", "gen", "янв", "sty", "led", "ocak", "січ"],
    &["feb", "fév", "fev", "фев", "lut", "úno", "şub", "лют", "helmi"],
    &["mar", "mär", "maer", "mrz", "mrt", "maa", "мар", "bře", "бер"],
    &["apr", "avr", "abr", "апр", "kwi", "dub", "nis", "кві", "huhti"],
    &["may", "mai", "mag", "mei", "maj", "мая", "май", "kvě", "тра", "touko"],
    &["jun", "juin", "giu", "июн", "cze", "čer", "haz", "чер", "kesä"],
    &["jul", "juil", "lug", "июл", "lip", "tem", "лип", "heinä"],
    &["aug", "aoû", "aou", "ago", "авг", "sie", "srp", "ağu", "сер", "elo"],
    &["sep", "set", "сен", "wrz", "zář", "eyl", "вер", "syys"],
    &["oct", "okt", "out", "ott", "окт", "paź", "říj", "eki", "жов", "loka"],
    &["nov", "ноя", "lis", "kas", "лис", "marras"],
    &["dec", "dez", "déc", "dic", "des", "дек", "gru", "pro", "ara", "гру", "joulu"],
];

/// Names of zones and their minutes east of Greenwich. Of those that several parts of the world
/// use, the one that feeds mean.
const ZONES: [(&str, i32); 45] = [
    ("z", 0),
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("west", 60),
    ("bst", 60),
    ("cet", 60),
    ("mez", 60),
    ("met", 60),
    ("cest", 120),
    ("mesz", 120),
    ("mest", 120),
    ("eet", 120),
    ("sast", 120),
    ("eest", 180),
    ("msk", 180),
    ("msd", 240),
    ("ist", 330),
    ("ict", 420),
    ("wib", 420),
    ("novt", 420),
    ("sgt", 480),
    ("hkt", 480),
    ("awst", 480),
    ("jst", 540),
    ("kst", 540),
    ("acst", 570),
    ("aest", 600),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
    ("brt", -180),
    ("art", -180),
    ("ast", -240),
    ("adt", -180),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("hst", -600),
];

/// Reads a date. Without a zone it is taken as UTC.
pub(super) fn parse(text: &str) -> Option<Zoned> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return of_digits(text).or_else(|| of_words(text));
    }
    of_words(text)
}

/// A date of digits alone: seconds or milliseconds since 1970, or all its parts without signs.
fn of_digits(text: &str) -> Option<Zoned> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| whole.get(from..to)?.parse::<i16>().ok();
    let small = |from: usize, to: usize| part(from, to).and_then(|n| i8::try_from(n).ok());
    let utc = |at: DateTime| at.to_zoned(TimeZone::UTC).ok();
    let day = || Date::new(part(0, 4)?, small(4, 6)?, small(6, 8)?).ok();
    match whole.len() {
        4 => utc(Date::new(part(0, 4)?, 1, 1).ok()?.at(0, 0, 0, 0)),
        8 => utc(day()?.at(0, 0, 0, 0)),
        14 => utc(day()?.to_datetime(clock(small(8, 10)?, small(10, 12)?, small(12, 14)?)?)),
        9 | 10 => Some(Timestamp::from_second(whole.parse().ok()?).ok()?.to_zoned(TimeZone::UTC)),
        12 | 13 => {
            Some(Timestamp::from_millisecond(whole.parse().ok()?).ok()?.to_zoned(TimeZone::UTC))
        }
        _ => None,
    }
}

/// What a date was found to say.
#[derive(Default)]
struct Parts {
    /// Numbers beside the time, with how many digits they were written.
    numbers: Vec<(i16, usize)>,
    month: Option<i8>,
    /// Whether the month stood before all numbers.
    clock: Option<(i8, i8, i8)>,
    offset: Option<i32>,
    is_afternoon: Option<bool>,
    /// Whether the numbers were separated by slashes: then the month may come first.
    has_slashes: bool,
}

fn of_words(text: &str) -> Option<Zoned> {
    let text: String = text.chars().map(plain).collect();
    let mut parts = Parts::default();
    for word in text.split([' ', ',', '(', ')', '[', ']', ';']).filter(|word| !word.is_empty()) {
        parts.word(word)?;
    }
    parts.finish()
}

/// Signs of East Asian dates, and spaces of all kinds, as those that are known here.
fn plain(c: char) -> char {
    match c {
        '年' | '月' | '년' | '월' => '-',
        '时' | '時' | '点' => ':',
        '日' | '일' => ' ',
        '−' | '–' => '-',
        c if c.is_whitespace() || c.is_control() => ' ',
        c => c,
    }
}

impl Parts {
    /// Takes a word. None if it has a number that no date has.
    fn word(&mut self, word: &str) -> Option<()> {
        if word.contains(':') {
            self.with_time(word)
        } else if self.clock.is_some() && word.starts_with(['+', '-']) {
            self.offset = self.offset.or(numeric_offset(word));
            Some(())
        } else if word.starts_with(|c: char| c.is_ascii_digit()) {
            self.day(word)
        } else {
            // "May-24", as "06-Nov-94" but without a day in front.
            for name in word.split(['-', '/']).filter(|name| !name.is_empty()) {
                match name.parse() {
                    Ok(number) => self.numbers.push((number, name.len())),
                    Err(_) => self.name(name),
                }
            }
            Some(())
        }
    }

    /// A word with a time, maybe with a date before and a zone after it.
    fn with_time(&mut self, word: &str) -> Option<()> {
        if let Some(rest) = word.to_ascii_uppercase().strip_prefix("GMT") {
            self.offset = numeric_offset(rest);
            return Some(());
        }
        if self.clock.is_some() && word.starts_with(['+', '-']) {
            self.offset = numeric_offset(word);
            return Some(());
        }
        // The letter of a zone behind the time parts nothing.
        let before_time = |at: &usize| *at > 0 && Some(*at) < word.find(':');
        let (day, time) = match word.find(['T', 't', '_']).filter(before_time) {
            Some(at) => (word.get(..at)?, word.get(at + 1..)?),
            None => ("", word),
        };
        if !day.is_empty() {
            self.day(day)?;
        }
        let ends = |c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.');
        let (time, zone) = time.split_at(time.find(ends).unwrap_or(time.len()));
        let time = time.trim_end_matches([':', '.']);
        let mut fields = time.split(':').map(|field| field.split('.').next().unwrap_or_default());
        let mut field = || fields.next().map_or(Some(0), |field| field.parse::<i8>().ok());
        self.clock = Some((field()?, field()?, field()?));
        match numeric_offset(zone) {
            Some(offset) => self.offset = Some(offset),
            None => self.name(zone),
        }
        Some(())
    }

    /// A word that begins with a digit: a number, or a date with signs between.
    fn day(&mut self, word: &str) -> Option<()> {
        if word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit()) {
            for range in [0..4, 4..6, 6..8] {
                let part = word.get(range)?;
                self.numbers.push((part.parse().ok()?, part.len()));
            }
            return Some(());
        }
        if let Some((day, time)) = word.split_once(['T', 't']).filter(|(_, t)| !t.is_empty())
            && time.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        {
            self.day(day)?;
            return self.compact_time(time);
        }
        self.has_slashes |= word.contains('/');
        for part in word.split(['-', '/', '.']).filter(|part| !part.is_empty()) {
            let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            let (number, rest) = part.split_at(digits);
            if !number.is_empty() {
                self.numbers.push((number.parse().ok()?, number.len()));
            }
            // "1st", "2nd", "3º", "5am"
            match rest.to_ascii_lowercase().as_str() {
                "" | "st" | "nd" | "rd" | "th" | "er" | "º" | "ª" => {}
                _ => self.name(rest),
            }
        }
        Some(())
    }

    /// `093000Z` after a date, or an hour alone.
    fn compact_time(&mut self, text: &str) -> Option<()> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (time, zone) = text.split_at(digits);
        let field = |from: usize| match time.get(from..from + 2) {
            Some(field) => field.parse::<i8>().ok(),
            None => Some(0),
        };
        self.clock = Some((field(0)?, field(2)?, field(4)?));
        self.offset = numeric_offset(zone);
        Some(())
    }

    /// A month, a zone, half of the day, or a word that says nothing.
    fn name(&mut self, word: &str) {
        let written = word.trim_matches(['.', '\'']);
        let word = written.to_lowercase();
        if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| *name == word) {
            self.offset = self.offset.or(Some(*minutes));
            return;
        }
        match word.as_str() {
            "am" | "a.m" => self.is_afternoon = Some(false),
            "pm" | "p.m" => self.is_afternoon = Some(true),
            _ if self.is_unknown_zone(written) => {}
            _ => {
                if let Some(rest) = word.strip_prefix("gmt").or_else(|| word.strip_prefix("utc")) {
                    self.offset = self.offset.or(numeric_offset(rest));
                    return;
                }
                let begins = |names: &&[&str]| names.iter().any(|name| word.starts_with(name));
                // A longer beginning is surer: "juin" is not "jui", "marras" not March.
                let fits = (1_i8..).zip(&MONTHS).filter(|(_, names)| begins(names));
                let longest = |names: &[&str]| {
                    let fitting = names.iter().filter(|name| word.starts_with(**name));
                    fitting.map(|name| name.len()).max()
                };
                let best = fits.max_by_key(|(_, names)| longest(names));
                self.month = best.map(|(month, _)| month).or(self.month);
            }
        }
    }

    /// Whether a word is a zone that is not known, and no month: in capitals behind the time, where
    /// day and month are known.
    fn is_unknown_zone(&self, word: &str) -> bool {
        let is_short = (3..=5).contains(&word.len());
        let is_loud = word.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_late = self.clock.is_some() && self.month.is_some() && !self.numbers.is_empty();
        is_short && is_loud && is_late
    }

    fn finish(self) -> Option<Zoned> {
        let (year, month, day) = self.date()?;
        let (mut hour, minute, second) = self.clock.unwrap_or_default();
        match self.is_afternoon {
            Some(true) if hour < 12 => hour += 12,
            Some(false) if hour == 12 => hour = 0,
            _ => {}
        }
        let mut date = Date::new(year, month, day).ok()?;
        if hour == 24 && minute == 0 && second == 0 {
            date = date.checked_add(1.day()).ok()?;
            hour = 0;
        }
        let offset = self.offset.and_then(|minutes| Offset::from_seconds(minutes * 60).ok());
        let zone = TimeZone::fixed(offset.unwrap_or(Offset::UTC));
        date.to_datetime(clock(hour, minute, second)?).to_zoned(zone).ok()
    }

    /// Year, month and day of the numbers, by how they were written.
    fn date(&self) -> Option<(i16, i8, i8)> {
        let small = |number: i16| i8::try_from(number).ok();
        let year = |(number, digits): (i16, usize)| match (number, digits) {
            (number, 1 | 2) if number < 70 => 2000 + number,
            (number, 1 | 2) => 1900 + number,
            // Programs that counted from 1900 wrote 104 for 2004.
            (number @ 100..=199, 3) => 1900 + number,
            (number, _) => number,
        };
        match (self.month, self.numbers.as_slice()) {
            (Some(month), [(first, 4..), (day, _), ..]) => Some((*first, month, small(*day)?)),
            (Some(month), [(first, 4..)]) => Some((*first, month, 1)),
            (Some(month), [(day, _), second, ..]) => Some((year(*second), month, small(*day)?)),
            (None, [(first, 4..), (month, _), (day, _), ..]) => {
                Some((*first, small(*month)?, small(*day)?))
            }
            (None, [(first, 4..), (day, 3)]) => {
                // The day of the year.
                let date = Date::new(*first, 1, 1).ok()?;
                let date = date.checked_add(i32::from(*day - 1).days()).ok()?;
                Some((date.year(), date.month(), date.day()))
            }
            (None, [(first, 4..), (month, _)]) => Some((*first, small(*month)?, 1)),
            (None, [(first, 4)]) if self.clock.is_none() => Some((*first, 1, 1)),
            (None, [(first, _), (second, _), last, ..]) => {
                // With slashes the month is first, unless there is no such month.
                let month_first = self.has_slashes && *first <= 12;
                let (month, day) = if month_first { (first, second) } else { (second, first) };
                Some((year(*last), small(*month)?, small(*day)?))
            }
            _ => None,
        }
    }
}

/// A time of the day; a leap second is the one before it.
fn clock(hour: i8, minute: i8, second: i8) -> Option<Time> {
    Time::new(hour, minute, second.min(59), 0).ok()
}

/// Minutes of `+0200`, `-03:30`, `+2`. What no place on earth has is UTC.
fn numeric_offset(text: &str) -> Option<i32> {
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.as_str(), "0"),
        3 | 4 => digits.split_at(digits.len() - 2),
        _ => return None,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let is_real = hours <= 14 && minutes < 60;
    Some(if is_real { sign * (hours * 60 + minutes) } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::date::rfc3339;
    use proptest::prelude::*;

    fn check(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            let read = parse(text).as_ref().map(rfc3339);
            assert_eq!(read.as_deref(), Some(*expected), "{text}");
        }
    }

    #[test]
    fn fd_x_15_dates_of_mail_and_of_the_web() {
        check(&[
            ("Sat, 07 Sep 2002 00:00:01 GMT", "2002-09-07T00:00:01Z"),
            ("Sat, 7 Sep 02 00:00:01 +0200", "2002-09-07T00:00:01+02:00"),
            ("07 Sep 2002 00:01 EST", "2002-09-07T00:01:00-05:00"),
            ("Mon, 07 Sep 2002 00:00:01 PDT", "2002-09-07T00:00:01-07:00"),
            ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"),
            ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"),
            ("Thu Jan  1 09:30:00 CET 2004", "2004-01-01T09:30:00+01:00"),
            ("Thu Jan  1 09:30:00 DECT 2004", "2004-01-01T09:30:00Z"),
            ("Sat, 07 Sep 2002 10:00:00 NOVT", "2002-09-07T10:00:00+07:00"),
            ("Sat, 07 Sep 2002 10:00:00 MART", "2002-09-07T10:00:00Z"),
            ("Sat, 07 Sep 2002 10:00:00GMT", "2002-09-07T10:00:00Z"),
            ("Sat, 07 Sep 2002 10:00:00EST", "2002-09-07T10:00:00-05:00"),
            ("2002-09-07 10:00:00CET", "2002-09-07T10:00:00+01:00"),
            ("2002-09-07T10:00:00EST", "2002-09-07T10:00:00-05:00"),
            ("10:00 mardi 7 septembre 2004", "2004-09-07T10:00:00Z"),
            ("10:00 7 SEP 2004", "2004-09-07T10:00:00Z"),
            ("2003-12-31T10:14:55Z", "2003-12-31T10:14:55Z"),
            ("2003-12-31t10:14:55.123456-08:00", "2003-12-31T10:14:55-08:00"),
            ("2003-12-31 10:14:55 +0100", "2003-12-31T10:14:55+01:00"),
            ("2003-12-31T10:14", "2003-12-31T10:14:00Z"),
            ("2003-12-31T10Z", "2003-12-31T10:00:00Z"),
            ("2003-12", "2003-12-01T00:00:00Z"),
            ("2003", "2003-01-01T00:00:00Z"),
            ("20031231", "2003-12-31T00:00:00Z"),
            ("20031231T101455Z", "2003-12-31T10:14:55Z"),
            ("20031231101455", "2003-12-31T10:14:55Z"),
            ("2003-335", "2003-12-01T00:00:00Z"),
        ]);
    }

    #[test]
    fn fd_x_15_dates_that_programs_and_people_made_up() {
        check(&[
            ("Thu, 01 Jan 2004 24:00:00 GMT", "2004-01-02T00:00:00Z"),
            ("Thu, 31 Dec 2016 23:59:60 GMT", "2016-12-31T23:59:59Z"),
            ("1072951200", "2004-01-01T10:00:00Z"),
            ("1072951200000", "2004-01-01T10:00:00Z"),
            ("1072951200.5", "2004-01-01T10:00:00Z"),
            ("Thu, 01 Jan 2004 10:00:00 +9900", "2004-01-01T10:00:00Z"),
            ("Thu, 01 Jan 2004 10:00:00 XYZ", "2004-01-01T10:00:00Z"),
            ("Thu, 01 Jan 2004 10:00:00 GMT+2", "2004-01-01T10:00:00+02:00"),
            ("Thu, 01 Jan 2004 10:00:00 GMT+02:00", "2004-01-01T10:00:00+02:00"),
            ("Thu, 01 Jan 2004 10:00:00 +0100 (CET)", "2004-01-01T10:00:00+01:00"),
            ("January 1, 2004 9:05 PM", "2004-01-01T21:05:00Z"),
            ("Jan 1st, 2004 12:05 am EST", "2004-01-01T00:05:00-05:00"),
            ("1/2/2004", "2004-01-02T00:00:00Z"),
            ("31/12/2004 10:00", "2004-12-31T10:00:00Z"),
            ("31.12.2004, 10:00", "2004-12-31T10:00:00Z"),
            ("2004/12/31 10:00:00", "2004-12-31T10:00:00Z"),
            ("Thu, 01 Jan 104 10:00:00 GMT", "2004-01-01T10:00:00Z"),
            ("Thu, 01 Jan 2004", "2004-01-01T00:00:00Z"),
            ("2004年5月1日 09:30", "2004-05-01T09:30:00Z"),
        ]);
    }

    #[test]
    fn fd_x_15_months_of_other_languages() {
        check(&[
            ("Do, 06 Mär 2014 10:00:00 +0100", "2014-03-06T10:00:00+01:00"),
            ("Di, 7. Oktober 2014 10:00:00 MESZ", "2014-10-07T10:00:00+02:00"),
            ("mar., 05 nov. 2013 10:00:00 +0000", "2013-11-05T10:00:00Z"),
            ("sam., 09 août 2014 10:00:00 +0200", "2014-08-09T10:00:00+02:00"),
            ("lun, 14 juil. 2014 10:00:00 +0200", "2014-07-14T10:00:00+02:00"),
            ("vie, 03 ene 2014 10:00:00 +0000", "2014-01-03T10:00:00Z"),
            ("mar, 02 dic 2014 10:00:00 +0000", "2014-12-02T10:00:00Z"),
            ("Чт, 01 мая 2014 10:00:00 +0400", "2014-05-01T10:00:00+04:00"),
            ("gio, 03 lug 2014 10:00:00 +0200", "2014-07-03T10:00:00+02:00"),
            ("qua, 10 set 2014 10:00:00 -0300", "2014-09-10T10:00:00-03:00"),
            ("za, 01 mrt 2014 10:00:00 +0100", "2014-03-01T10:00:00+01:00"),
        ]);
    }

    #[test]
    fn fd_x_15_what_is_no_date_is_none() {
        for text in [
            "",
            "yesterday",
            "2004-13-01",
            "99",
            "Thu, 41 Jan 2004",
            "12:00",
            "31 Jun 2004",
            "::::",
            "T",
            "--",
            "99999999999999999999",
            "Sat, 07 Sep 2002 99:99:99 GMT",
        ] {
            assert!(parse(text).is_none(), "{text}: {:?}", parse(text));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_date_or_none(text in "(\\PC|[0-9]{1,5}|[-+:/., TZ]|Jan|GMT|am|年){0,12}") {
            let _ = parse(&text);
        }
    }
}
