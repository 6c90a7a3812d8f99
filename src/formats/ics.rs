//! iCalendar files, so that an event post can be put into a calendar. Times are written in UTC:
//! that needs no time zone tables and every calendar shows it right. Spec: RFC 5545.

use jiff::Zoned;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Media type of the file.
pub const MIME: &str = "text/calendar";

/// Lines are folded at this many bytes, line break not counted.
const LINE_BYTES: usize = 75;

/// A day or a moment.
#[derive(Debug, Clone, PartialEq)]
pub enum EventTime {
    /// The whole day. As an end: the last day of the event, which the file writes as the day
    /// after.
    Day(Date),
    /// A moment.
    Moment(Zoned),
}

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub struct IcsEvent {
    /// Permanent id of the event, such as its permalink at first publish.
    pub uid: String,
    /// Last change of the post: the file must not carry the time of the build.
    pub stamp: Zoned,
    /// Begin.
    pub start: EventTime,
    /// End.
    pub end: Option<EventTime>,
    /// Title.
    pub summary: String,
    /// Plain text.
    pub description: Option<String>,
    /// Name and address of the place in one line.
    pub location: Option<String>,
    /// Latitude and longitude.
    pub geo: Option<(f64, f64)>,
    /// Permalink.
    pub url: String,
    /// Tags.
    pub categories: Vec<String>,
}

/// Writes the events as one calendar. `producer` is the name of the program, as in
/// `-//Lanai//0.1//EN`.
#[must_use]
pub fn write(events: &[IcsEvent], producer: &str) -> String {
    let mut w = Lines::default();
    w.line("BEGIN", "VCALENDAR");
    w.line("VERSION", "2.0");
    w.text("PRODID", producer);
    w.line("CALSCALE", "GREGORIAN");
    w.line("METHOD", "PUBLISH");
    for event in events {
        write_event(&mut w, event);
    }
    w.line("END", "VCALENDAR");
    w.out
}

fn write_event(w: &mut Lines, event: &IcsEvent) {
    w.line("BEGIN", "VEVENT");
    w.text("UID", &event.uid);
    w.line("DTSTAMP", &utc(&event.stamp));
    w.line("LAST-MODIFIED", &utc(&event.stamp));
    match &event.start {
        EventTime::Day(day) => w.line("DTSTART;VALUE=DATE", &basic(*day)),
        EventTime::Moment(time) => w.line("DTSTART", &utc(time)),
    }
    // Begin and end are of the same kind: days with days, moments with moments.
    match (&event.start, &event.end) {
        (EventTime::Day(start), Some(EventTime::Day(end))) if end >= start => {
            w.line("DTEND;VALUE=DATE", &basic(end.tomorrow().unwrap_or(*end)));
        }
        (EventTime::Day(start), Some(EventTime::Moment(end))) if end.date() >= *start => {
            let end = end.date();
            w.line("DTEND;VALUE=DATE", &basic(end.tomorrow().unwrap_or(end)));
        }
        (EventTime::Moment(start), Some(EventTime::Moment(end)))
            if end.timestamp() > start.timestamp() =>
        {
            w.line("DTEND", &utc(end));
        }
        (EventTime::Moment(start), Some(EventTime::Day(end))) if *end >= start.date() => {
            let midnight = end.tomorrow().and_then(|day| day.to_zoned(start.time_zone().clone()));
            if let Ok(midnight) = midnight {
                w.line("DTEND", &utc(&midnight));
            }
        }
        _ => {}
    }
    w.text("SUMMARY", &event.summary);
    if let Some(text) = &event.description {
        w.text("DESCRIPTION", text);
    }
    if let Some(text) = &event.location {
        w.text("LOCATION", text);
    }
    if let Some((latitude, longitude)) = event.geo.filter(|(a, b)| a.is_finite() && b.is_finite()) {
        w.line("GEO", &format!("{latitude:.6};{longitude:.6}"));
    }
    if !event.categories.is_empty() {
        let tags: Vec<String> = event.categories.iter().map(|tag| escape(tag)).collect();
        w.line("CATEGORIES", &tags.join(","));
    }
    w.line("URL", &one_line(&event.url));
    w.line("END", "VEVENT");
}

/// The content lines of the file.
#[derive(Default)]
struct Lines {
    out: String,
}

impl Lines {
    /// A line whose value is a text and has to be escaped.
    fn text(&mut self, name: &str, value: &str) {
        self.line(name, &escape(value));
    }

    /// A line with a finished value, folded without cutting a character in two.
    fn line(&mut self, name: &str, value: &str) {
        let mut width = 0;
        for c in name.chars().chain([':']).chain(value.chars()) {
            if width + c.len_utf8() > LINE_BYTES {
                self.out.push_str("\r\n ");
                width = 1;
            }
            self.out.push(c);
            width += c.len_utf8();
        }
        self.out.push_str("\r\n");
    }
}

/// Escapes a text value; control characters are dropped.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            ';' => out.push_str("\\;"),
            ',' => out.push_str("\\,"),
            '\n' | '\r' => out.push_str("\\n"),
            '\t' => out.push(' '),
            _ if c.is_control() => {}
            _ => out.push(c),
        }
    }
    out
}

/// An address without characters that would end the line.
fn one_line(url: &str) -> String {
    url.chars().filter(|c| !c.is_control()).collect()
}

/// `20240501T073000Z`.
fn utc(time: &Zoned) -> String {
    let time = time.with_time_zone(TimeZone::UTC);
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    format!("{}T{hour:02}{minute:02}{second:02}Z", basic(time.date()))
}

/// `20240501`.
fn basic(day: Date) -> String {
    format!("{:04}{:02}{:02}", day.year().max(0), day.month(), day.day())
}
