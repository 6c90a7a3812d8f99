//! Dates as feeds write them, from the offset the post was written in. Calendars and time zones
//! are left to jiff. Specs: RFC 822 with four-digit years (RSS, OPML), RFC 3339 (Atom, JSON Feed,
//! sitemaps).

use jiff::civil::{Time, Weekday};
use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// The day feeds without any item are dated to: a build time would change the file on every build.
pub(crate) const EPOCH: &str = "1970-01-01T00:00:00Z";

/// `Sat, 07 Sep 2002 00:00:01 +0000`.
pub(crate) fn rfc822(time: &Zoned) -> String {
    let (time, sign, hours, minutes) = offset(time);
    let weekday = match time.weekday() {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    };
    let month = match time.month() {
        1 => "Jan",
        2 => "Feb",
        3 => "Mar",
        4 => "Apr",
        5 => "May",
        6 => "Jun",
        7 => "Jul",
        8 => "Aug",
        9 => "Sep",
        10 => "Oct",
        11 => "Nov",
        _ => "Dec",
    };
    format!(
        "{weekday}, {:02} {month} {:04} {:02}:{:02}:{:02} {sign}{hours:02}{minutes:02}",
        time.day(),
        time.year(),
        time.hour(),
        time.minute(),
        time.second(),
    )
}

/// `2002-09-07T00:00:01+02:00`, or with `Z` where the offset is zero.
pub(crate) fn rfc3339(time: &Zoned) -> String {
    let (time, sign, hours, minutes) = offset(time);
    let zone = match (hours, minutes) {
        (0, 0) => String::from("Z"),
        _ => format!("{sign}{hours:02}:{minutes:02}"),
    };
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{zone}",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
    )
}

/// Reads a date from a foreign file: RFC 3339, ISO 8601 without offset (taken as UTC), a day, or
/// the mail format. Anything else is no date.
pub(crate) fn parse(text: &str) -> Option<Zoned> {
    let text = text.trim();
    // "2024-05-01 09:30:00 +0200" has a space that ISO 8601 does not know.
    let joined = match text.rsplit_once(' ') {
        Some((time, zone)) if zone.starts_with(['+', '-']) => format!("{time}{zone}"),
        _ => text.to_owned(),
    };
    let Ok(pieces) = Pieces::parse(&joined) else {
        return jiff::fmt::rfc2822::parse(text).ok();
    };
    let time = pieces.date().to_datetime(pieces.time().unwrap_or(Time::midnight()));
    let offset = pieces.to_numeric_offset().unwrap_or(Offset::UTC);
    time.to_zoned(TimeZone::fixed(offset)).ok()
}

/// The time with its offset as sign, hours and minutes. Offsets that the formats cannot write
/// (local mean times with seconds) and years that have no four digits fall back to UTC and to the
/// year zero.
fn offset(time: &Zoned) -> (Zoned, char, i32, i32) {
    let seconds = time.offset().seconds();
    let writable = seconds % 60 == 0 && seconds.abs() < 86_400;
    let time = match writable {
        true => time.clone(),
        false => time.with_time_zone(TimeZone::UTC),
    };
    if time.year() < 0 {
        let zero = Timestamp::from_second(-62_167_219_200).unwrap_or(Timestamp::UNIX_EPOCH);
        return (zero.to_zoned(TimeZone::UTC), '+', 0, 0);
    }
    let seconds = time.offset().seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    (time, sign, seconds.abs() / 3600, seconds.abs() / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zoned(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    #[test]
    fn fd_r_06_pub_date_is_rfc822() {
        assert_eq!(rfc822(&zoned("2002-09-07T00:00:01[UTC]")), "Sat, 07 Sep 2002 00:00:01 +0000");
        assert_eq!(
            rfc822(&zoned("2024-02-29T23:59:59-03:30[-03:30]")),
            "Thu, 29 Feb 2024 23:59:59 -0330"
        );
        for day in 1..=31 {
            let time = zoned(&format!("2023-12-{day:02}T12:00:00[Europe/Lisbon]"));
            let parsed = jiff::fmt::rfc2822::parse(&rfc822(&time)).unwrap();
            assert_eq!(parsed.timestamp(), time.timestamp(), "the weekday is right");
        }
    }

    #[test]
    fn fd_t_06_dates_are_rfc3339() {
        assert_eq!(rfc3339(&zoned("2002-09-07T00:00:01[UTC]")), "2002-09-07T00:00:01Z");
        assert_eq!(
            rfc3339(&zoned("2024-05-01T09:30:00.75+02:00[Europe/Berlin]")),
            "2024-05-01T09:30:00+02:00"
        );
        assert_eq!(rfc3339(&zoned("1850-01-01T00:00:00[Europe/Lisbon]")), "1850-01-01T00:36:45Z");
        assert_eq!(rfc3339(&zoned("0012-01-01T00:00:00[UTC]")), "0012-01-01T00:00:00Z");
        assert_eq!(rfc3339(&zoned("-000005-01-01T00:00:00[UTC]")), "0000-01-01T00:00:00Z");
    }

    #[test]
    fn foreign_dates_are_read_tolerantly() {
        let cases = [
            ("2024-05-01T09:30:00+02:00", "2024-05-01T09:30:00+02:00"),
            (" 2024-05-01T09:30:00Z ", "2024-05-01T09:30:00Z"),
            ("2024-05-01T09:30:00", "2024-05-01T09:30:00Z"),
            ("2024-05-01 09:30:00 -0330", "2024-05-01T09:30:00-03:30"),
            ("2024-05-01", "2024-05-01T00:00:00Z"),
            ("Wed, 01 May 2024 09:30:00 +0200", "2024-05-01T09:30:00+02:00"),
            ("Wed, 01 May 2024 09:30:00 GMT", "2024-05-01T09:30:00Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(rfc3339(&parse(text).unwrap()), expected, "{text}");
        }
        for text in ["", "yesterday", "2024-13-01", "+", "9999999999", "12:00"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
