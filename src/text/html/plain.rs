//! The words of an HTML text, read with the tokenizer of html5ever: entities are decoded,
//! comments, scripts and styles left out. No tree is built, so nesting costs nothing.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// The text of an HTML fragment: blocks on lines of their own, white space made single outside
/// `pre`, formulas as their `alttext`, the anchors and back links of our own markup left out.
pub fn plain_text(html: &str) -> String {
    if !html.contains(['<', '&']) {
        return html.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let tokenizer = Tokenizer::new(Words::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    // The sink never pauses the tokenizer for scripts, so one call reads everything.
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    let mut out = tokenizer.sink.state.into_inner().out;
    out.truncate(out.trim_end().len());
    out
}

#[derive(Default)]
struct Words {
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    out: String,
    /// The element whose content is left out, and how often it has been opened inside itself.
    skipping: Option<(String, usize)>,
    pre: usize,
    /// White space that is written only if more text follows.
    space: bool,
    breaks: usize,
}

impl TokenSink for Words {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        match token {
            Token::TagToken(tag) => {
                state.tag(&tag);
                if tag.kind == TagKind::StartTag {
                    return raw_kind(&tag.name)
                        .map_or(TokenSinkResult::Continue, TokenSinkResult::RawData);
                }
            }
            Token::CharacterTokens(text) => state.text(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

fn raw_kind(name: &str) -> Option<RawKind> {
    match name {
        "title" | "textarea" => Some(RawKind::Rcdata),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(RawKind::Rawtext),
        "script" => Some(RawKind::ScriptData),
        _ => None,
    }
}

impl State {
    fn tag(&mut self, tag: &Tag) {
        let name: &str = &tag.name;
        let start = tag.kind == TagKind::StartTag;
        if let Some((skipped, depth)) = &mut self.skipping {
            if name == skipped {
                *depth = if start { *depth + 1 } else { *depth - 1 };
                if *depth == 0 {
                    self.skipping = None;
                }
            }
            return;
        }
        if start && !tag.self_closing && is_left_out(tag) {
            if name == "math" {
                self.text(attribute(tag, "alttext").unwrap_or_default());
            }
            self.skipping = Some((name.to_owned(), 1));
            return;
        }
        match name {
            "pre" if start => {
                self.pre += 1;
                self.block(2);
            }
            "pre" => {
                self.pre = self.pre.saturating_sub(1);
                self.block(2);
            }
            "br" => self.block(self.breaks + 1),
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "ul" | "ol" | "dl"
            | "table" | "figure" | "section" | "article" | "header" | "footer" | "hr" => {
                self.block(2);
            }
            "div" | "li" | "dt" | "dd" | "tr" | "figcaption" | "summary" | "details" | "nav"
            | "aside" | "main" | "address" | "option" | "caption" => self.block(1),
            "td" | "th" => self.space = true,
            _ => {}
        }
    }

    fn block(&mut self, breaks: usize) {
        self.breaks = self.breaks.max(breaks).min(2);
    }

    fn text(&mut self, text: &str) {
        if self.skipping.is_some() {
            return;
        }
        if self.pre > 0 {
            self.flush();
            self.out.push_str(text);
            return;
        }
        let mut first = true;
        for word in text.split(|c: char| c.is_ascii_whitespace()) {
            self.space |= !first;
            first = false;
            if !word.is_empty() {
                self.flush();
                self.out.push_str(word);
            }
        }
    }

    fn flush(&mut self) {
        if self.out.is_empty() {
            // Nothing yet to be separated from.
        } else if self.breaks > 0 {
            self.out.truncate(self.out.trim_end_matches('\n').len());
            self.out.extend(std::iter::repeat_n('\n', self.breaks));
        } else if self.space && !self.out.ends_with('\n') {
            self.out.push(' ');
        }
        self.space = false;
        self.breaks = 0;
    }
}

fn attribute<'t>(tag: &'t Tag, name: &str) -> Option<&'t str> {
    tag.attrs.iter().find(|a| &*a.name.local == name).map(|a| &*a.value)
}

fn is_left_out(tag: &Tag) -> bool {
    match &*tag.name {
        "script" | "style" | "template" | "iframe" | "object" | "svg" | "title" | "textarea"
        | "noembed" | "noframes" => true,
        "math" => attribute(tag, "alttext").is_some(),
        "a" => attribute(tag, "class").is_some_and(|c| c == "anchor" || c == "backref"),
        "sup" => attribute(tag, "class") == Some("fnref"),
        "input" | "img" => false,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_come_out_readable() {
        for (html, expected) in [
            ("<p>One &amp; <em>two</em>.</p>\n<p>Three</p>", "One & two.\n\nThree"),
            ("caf&eacute; &#x1F331; &lt;b&gt;", "café 🌱 <b>"),
            ("a<br>b", "a\nb"),
            ("<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "a\nb"),
            ("<p>x<script>alert(1)</script>y<!-- z --></p>", "xy"),
            ("<pre><code>a\n  b\n</code></pre><p>c", "a\n  b\n\nc"),
            ("<math alttext=\"x^2\"><msup><mi>x</mi><mn>2</mn></msup></math> is", "x^2 is"),
            ("<h2 id=x>T <a class=\"anchor\" href=#x>#</a></h2>", "T"),
            ("  a\n b  ", "a b"),
            ("<td>a</td><td>b</td>", "a b"),
            ("", ""),
            ("<style>p{}</style>", ""),
            ("a < b", "a < b"),
        ] {
            assert_eq!(plain_text(html), expected, "{html}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(html in "(\\PC|</?[a-z]{1,6}>|<script>|<!--|&[a-z]{1,4};|<pre>|\n){0,40}") {
            plain_text(&html);
        }
    }
}
