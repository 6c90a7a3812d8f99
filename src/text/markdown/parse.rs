//! From source to events: which extensions are on, and where a `$` is a price.
//!
//! Wraps pulldown-cmark. What the events become is decided by the writer.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag};

use super::Style;

/// An event and the bytes of the source it comes from.
pub(super) type Item<'a> = (Event<'a>, Range<usize>);

/// Stands for a `$` that opens no formula: one byte, so that ranges stay right, and one that
/// Markdown gives no meaning.
const PRICE: char = '\u{1A}';

/// How often the text is read again to find prices before the rest is left to be text.
const ROUNDS: usize = 4;

fn options(style: &Style<'_>) -> Options {
    if style.plain {
        return Options::empty();
    }
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_WIKILINKS
}

/// The source with the `$` of prices hidden: "$20-$30" is no formula, because a digit follows
/// the second `$`.
pub(super) fn without_prices<'a>(source: &'a str, style: &Style<'_>) -> Cow<'a, str> {
    let mut prepared = Cow::Borrowed(source);
    if style.plain || source.bytes().filter(|b| *b == b'$').count() < 2 || source.contains(PRICE) {
        return prepared;
    }
    for _ in 0..ROUNDS {
        let starts: Vec<usize> = Parser::new_ext(&prepared, options(style))
            .into_offset_iter()
            .filter(|item| is_price(item, source))
            .map(|(_, range)| range.start)
            .collect();
        if starts.is_empty() {
            break;
        }
        let hidden = prepared
            .char_indices()
            .map(|(at, c)| if c == '$' && starts.binary_search(&at).is_ok() { PRICE } else { c });
        prepared = Cow::Owned(hidden.collect());
    }
    prepared
}

fn is_price((event, range): &Item<'_>, source: &str) -> bool {
    let next = source.get(range.end..).and_then(|rest| rest.bytes().next());
    matches!(event, Event::InlineMath(_)) && next.is_some_and(|b| b.is_ascii_digit())
}

/// All events of a text. `prepared` is what is parsed, `source` what the author wrote.
pub(super) fn events<'a>(source: &'a str, prepared: &'a str, style: &Style<'_>) -> Vec<Item<'a>> {
    let parser = Parser::new_ext(prepared, options(style)).into_offset_iter();
    let mut events = Vec::with_capacity(source.len() / 16 + 8);
    if source.len() == prepared.len() && !prepared.contains(PRICE) {
        events.extend(parser);
    } else {
        events.extend(parser.map(|(event, range)| (with_prices(event), range)));
    }
    if !style.plain && source.contains('$') {
        for item in &mut events {
            if is_price(item, source)
                && let Some(written) = source.get(item.1.clone())
            {
                item.0 = Event::Text(written.into());
            }
        }
    }
    events
}

/// Puts the hidden `$` back wherever it may have ended up.
fn with_prices(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Text(s) => Event::Text(shown(s)),
        Event::Code(s) => Event::Code(shown(s)),
        Event::InlineMath(s) => Event::InlineMath(shown(s)),
        Event::DisplayMath(s) => Event::DisplayMath(shown(s)),
        Event::Html(s) => Event::Html(shown(s)),
        Event::InlineHtml(s) => Event::InlineHtml(shown(s)),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => Event::Start(Tag::Link {
            link_type,
            dest_url: shown(dest_url),
            title: shown(title),
            id,
        }),
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => Event::Start(Tag::Image {
            link_type,
            dest_url: shown(dest_url),
            title: shown(title),
            id,
        }),
        other => other,
    }
}

fn shown(text: CowStr<'_>) -> CowStr<'_> {
    if text.contains(PRICE) { text.replace(PRICE, "$").into() } else { text }
}
