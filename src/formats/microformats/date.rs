//! Dates that a page gives in parts. Spec: value class pattern, date and time parsing.

/// What a part of a date says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Day(String),
    /// A time, with its offset from UTC if that is given.
    Time(String),
    Offset(String),
    /// A day and a time.
    Moment(String, String),
}

/// Puts a date together; of days, times and offsets the first of each counts. A time alone is on the
/// `day` read last. None if the parts say nothing about a date.
pub(super) fn join(parts: &[String], day: &mut Option<String>) -> Option<String> {
    let (mut date, mut time, mut offset) = (None, None, None);
    for part in parts.iter().filter_map(|text| read(text)) {
        match part {
            Part::Day(found) if date.is_none() => date = Some(found),
            Part::Time(found) if time.is_none() => time = Some(found),
            Part::Offset(found) if offset.is_none() => offset = Some(found),
            Part::Moment(day, clock) if date.is_none() && time.is_none() => {
                (date, time) = (Some(day), Some(clock));
            }
            _ => {}
        }
    }
    if let (Some(time), Some(offset)) = (&mut time, &offset)
        && !time.contains(['+', '-', 'Z'])
    {
        time.push_str(offset);
    }
    if date.is_some() {
        day.clone_from(&date);
    }
    match (date, time) {
        (Some(date), Some(time)) => Some(format!("{date} {time}")),
        (Some(date), None) => Some(date),
        (None, Some(time)) => Some(on(time, day.as_deref())),
        (None, None) => None,
    }
}

/// A date in one piece stays as it was written, but a time alone gets the `day` read last.
pub(super) fn complete(written: String, day: &mut Option<String>) -> String {
    match read(&written) {
        Some(Part::Day(date) | Part::Moment(date, _)) => {
            *day = Some(date);
            written
        }
        Some(Part::Time(time)) => on(time, day.as_deref()),
        Some(Part::Offset(_)) | None => written,
    }
}

fn on(time: String, day: Option<&str>) -> String {
    match day {
        Some(day) => format!("{day} {time}"),
        None => time,
    }
}

fn read(text: &str) -> Option<Part> {
    let text = text.trim();
    if let Some(day) = day(text) {
        return Some(Part::Day(day));
    }
    if let Some(offset) = offset(text) {
        return Some(Part::Offset(offset));
    }
    if let Some((date, clock)) = text.split_once(['T', 't', ' '])
        && let (Some(date), Some(clock)) = (day(date), time(clock))
    {
        return Some(Part::Moment(date, clock));
    }
    time(text).map(Part::Time)
}

/// `YYYY-MM-DD` or `YYYY-DDD`.
fn day(text: &str) -> Option<String> {
    let numbers: Vec<&str> = text.split('-').collect();
    let is_day = match numbers.as_slice() {
        [year, month, day] => is_number(year, 4) && is_number(month, 2) && is_number(day, 2),
        [year, day] => is_number(year, 4) && is_number(day, 3),
        _ => false,
    };
    is_day.then(|| text.to_owned())
}

/// `Z`, `+HH:MM`, `+HHMM` or `+HH`; comes back with the colon.
fn offset(text: &str) -> Option<String> {
    if text.eq_ignore_ascii_case("z") {
        return Some("Z".to_owned());
    }
    let (sign, digits) = text.split_at_checked(1).filter(|(sign, _)| matches!(*sign, "+" | "-"))?;
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    if !is_number(hours, 2) {
        return None;
    }
    match minutes {
        "" => Some(format!("{sign}{hours}")),
        minutes if is_number(minutes, 2) => Some(format!("{sign}{hours}:{minutes}")),
        _ => None,
    }
}

/// `HH:MM`, `HH:MM:SS`, with an offset or as `7pm`, `7:30 a.m.`; comes back in 24 hours, seconds
/// only if they were there.
fn time(text: &str) -> Option<String> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == ':')).unwrap_or(text.len());
    let (clock, rest) = text.split_at_checked(end)?;
    let rest = rest.trim();
    let half = rest.replace('.', "").to_ascii_lowercase();
    let mut numbers = clock.split(':');
    let hour: u32 = numbers.next().filter(|n| is_number(n, 1) || is_number(n, 2))?.parse().ok()?;
    let others: Vec<&str> = numbers.collect();
    if others.len() > 2 || !others.iter().all(|number| is_number(number, 2)) {
        return None;
    }
    let (hour, offset) = match half.as_str() {
        "am" => (hour % 12, String::new()),
        "pm" => (hour % 12 + 12, String::new()),
        _ if others.is_empty() || clock.find(':') != Some(2) => return None,
        "" => (hour, String::new()),
        _ => (hour, offset(rest)?),
    };
    let others = if others.is_empty() { "00".to_owned() } else { others.join(":") };
    Some(format!("{hour:02}:{others}{offset}"))
}

fn is_number(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mf_i_02_dates_are_put_together_from_parts() {
        for (parts, expected) in [
            (&["2026-03-01", "19:30"][..], Some("2026-03-01 19:30")),
            (&["19:30:05", "2026-03-01"], Some("2026-03-01 19:30:05")),
            (&["2026-060", "7pm"], Some("2026-060 19:00")),
            (&["2026-03-01", "7:05 A.M."], Some("2026-03-01 07:05")),
            (&["2026-03-01", "12am"], Some("2026-03-01 00:00")),
            (&["2026-03-01", "12:15:09pm"], Some("2026-03-01 12:15:09")),
            (&["2026-03-01", "19:30-0800"], Some("2026-03-01 19:30-08:00")),
            (&["2026-03-01", "19:30", "+01:30"], Some("2026-03-01 19:30+01:30")),
            (&["2026-03-01", "19:30z", "+01:30"], Some("2026-03-01 19:30Z")),
            (&["2026-03-01T19:30-08", "2027-01-01"], Some("2026-03-01 19:30-08")),
            (&["19:30", "2027-01-01 10:00", "2026-03-01"], Some("2026-03-01 19:30")),
            (&[" 2026-03-01 ", "2027-01-01", "soon"], Some("2026-03-01")),
            (&["19:30"], Some("19:30")),
            (&["soon", "", "7:30", "7", "2026-3-1", "2026-03", "19:30:1", "+1", "–", "+ü"], None),
        ] {
            let parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            assert_eq!(join(&parts, &mut None).as_deref(), expected, "{parts:?}");
        }
    }

    #[test]
    fn a_time_alone_is_on_the_day_read_last() {
        let mut day = None;
        assert_eq!(complete("10:00".to_owned(), &mut day), "10:00");
        assert_eq!(complete("2026-03-01T10:00+0100".to_owned(), &mut day), "2026-03-01T10:00+0100");
        assert_eq!(complete("11:00".to_owned(), &mut day), "2026-03-01 11:00");
        assert_eq!(join(&["11:30".to_owned()], &mut day).as_deref(), Some("2026-03-01 11:30"));
        assert_eq!(complete("P1D".to_owned(), &mut day), "P1D");
    }
}
