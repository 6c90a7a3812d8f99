//! Points in time as people write them. Times without an offset are in the site's time zone.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};
use serde::{Deserialize, Serialize};

/// A point in time with the offset in which it was written.
pub type Moment = Zoned;

/// A day, or a point in time: events may last whole days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum When {
    /// A whole day.
    Day(Date),
    /// A point in time.
    At(Moment),
}

impl When {
    /// The calendar day.
    pub fn date(&self) -> Date {
        match self {
            Self::Day(date) => *date,
            Self::At(moment) => moment.date(),
        }
    }

    /// The value of a `datetime` attribute: a date alone for whole days.
    pub fn iso(&self) -> String {
        match self {
            Self::Day(date) => date.to_string(),
            Self::At(moment) => moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        }
    }
}

/// Reads `2024-05-01`, `2024-05-01 09:30`, `2024-05-01T09:30:00+02:00` and their relatives (RFC 3339,
/// TOML and the front matter of other generators). A date alone is midnight in the zone.
pub fn parse_moment(text: &str, zone: &TimeZone) -> Option<Moment> {
    match parse_when(text, zone)? {
        When::At(moment) => Some(moment),
        When::Day(date) => date.to_zoned(zone.clone()).ok(),
    }
}

/// Reads a date or a date-time; see [`parse_moment`].
pub fn parse_when(text: &str, zone: &TimeZone) -> Option<When> {
    let text = text.trim();
    if text.len() <= 10 {
        return text.parse::<Date>().ok().map(When::Day);
    }
    let (local, offset) = split_offset(text);
    let civil: DateTime = local.trim().replacen(' ', "T", 1).parse().ok()?;
    let moment = match offset {
        None => civil.to_zoned(zone.clone()).ok()?,
        Some(offset) => civil.to_zoned(TimeZone::fixed(offset)).ok()?,
    };
    Some(When::At(moment))
}

/// Cuts `Z`, `+02:00`, `+0200` or ` +02` from the end of a date-time.
fn split_offset(text: &str) -> (&str, Option<jiff::tz::Offset>) {
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return (local, Some(jiff::tz::Offset::UTC));
    }
    // The date itself contains hyphens: look behind the hours only.
    let Some(at) =
        text.char_indices().skip(11).find(|(_, c)| matches!(c, '+' | '-')).map(|(at, _)| at)
    else {
        return (text, None);
    };
    let Some((local, sign_and_digits)) = text.split_at_checked(at) else { return (text, None) };
    let sign = if sign_and_digits.starts_with('-') { -1 } else { 1 };
    let digits: String = sign_and_digits.chars().filter(char::is_ascii_digit).collect();
    let hours: i32 = digits.get(0..2).and_then(|h| h.parse().ok()).unwrap_or(0);
    let minutes: i32 = digits.get(2..4).and_then(|m| m.parse().ok()).unwrap_or(0);
    let seconds = sign * (hours * 3600 + minutes * 60);
    (local, jiff::tz::Offset::from_seconds(seconds).ok())
}

/// Reads a duration: `24h`, `7d`, `90m`, `2w` or ISO 8601 (`P1D`, `PT2H`).
pub fn parse_duration(text: &str) -> Option<Span> {
    let text = text.trim();
    if text.starts_with(['P', 'p']) {
        return text.parse().ok();
    }
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(at)?;
    let number: i64 = number.parse().ok()?;
    let span = match unit.trim() {
        "m" | "min" => Span::new().try_minutes(number),
        "h" => Span::new().try_hours(number),
        "d" => Span::new().try_days(number),
        "w" => Span::new().try_weeks(number),
        _ => return None,
    };
    span.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        let lisbon = TimeZone::get("Europe/Lisbon").unwrap();
        for (text, expected) in [
            ("2024-05-01", "2024-05-01T00:00:00+01:00"),
            ("2024-05-01 09:30", "2024-05-01T09:30:00+01:00"),
            ("2024-05-01T09:30:00", "2024-05-01T09:30:00+01:00"),
            ("2024-01-01T09:30:00Z", "2024-01-01T09:30:00+00:00"),
            ("2024-05-01T09:30:00+05:30", "2024-05-01T09:30:00+05:30"),
            ("2024-05-01 09:30:00 -0700", "2024-05-01T09:30:00-07:00"),
            ("2024-05-01 09:30:00.123 +02", "2024-05-01T09:30:00+02:00"),
        ] {
            let moment = parse_moment(text, &lisbon).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(When::At(moment).iso(), expected, "{text}");
        }
        for text in ["", "yesterday", "2024-13-01", "2024-05-01T25:00", "01.05.2024"] {
            assert!(parse_moment(text, &lisbon).is_none(), "{text}");
        }
    }

    #[test]
    fn durations_are_short_or_iso() {
        assert_eq!(parse_duration("24h").unwrap().get_hours(), 24);
        assert_eq!(parse_duration("7d").unwrap().get_days(), 7);
        assert_eq!(parse_duration("PT2H").unwrap().get_hours(), 2);
        assert!(parse_duration("soon").is_none());
        assert!(parse_duration("5").is_none());
    }
}
