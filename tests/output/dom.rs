//! Pages as trees, read with html5ever's tokenizer. Our output closes what it opens, so a tree
//! needs no more than a stack; what does not nest stops the test.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

const VOID: [&str; 9] = ["br", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];
const DRAWN: [&str; 4] = ["path", "circle", "line", "rect"];

/// An element with its place in the tree.
#[derive(Debug, Clone)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub parent: Option<usize>,
    /// Texts below it, in order.
    pub text: String,
}

/// All elements of a page in document order.
pub struct Page {
    pub elements: Vec<Element>,
}

#[derive(Default)]
struct Sink(RefCell<State>);

#[derive(Default)]
struct State {
    elements: Vec<Element>,
    open: Vec<usize>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        let mut state = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => {
                let name = tag.name.to_string();
                let leaf = VOID.contains(&name.as_str())
                    || DRAWN.contains(&name.as_str())
                    || tag.self_closing;
                if tag.kind == TagKind::EndTag {
                    if !leaf {
                        let last = state.open.pop().map(|at| state.elements[at].name.clone());
                        assert_eq!(last.as_deref(), Some(name.as_str()), "line {line}");
                    }
                    return TokenSinkResult::Continue;
                }
                let attributes = tag
                    .attrs
                    .iter()
                    .map(|a| (a.name.local.to_string(), a.value.to_string()))
                    .collect();
                let parent = state.open.last().copied();
                let at = state.elements.len();
                state.elements.push(Element {
                    name: name.clone(),
                    attributes,
                    parent,
                    text: String::new(),
                });
                if !leaf {
                    state.open.push(at);
                }
                match name.as_str() {
                    "script" => TokenSinkResult::RawData(RawKind::ScriptData),
                    "style" => TokenSinkResult::RawData(RawKind::Rawtext),
                    "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
                    _ => TokenSinkResult::Continue,
                }
            }
            Token::CharacterTokens(text) => {
                let open = state.open.clone();
                for at in open {
                    state.elements[at].text.push_str(&text);
                }
                TokenSinkResult::Continue
            }
            _ => TokenSinkResult::Continue,
        }
    }
}

impl Page {
    pub fn parse(html: &str) -> Self {
        let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
        let input = BufferQueue::default();
        input.push_back(StrTendril::from(html));
        let _ = tokenizer.feed(&input);
        tokenizer.end();
        let state = tokenizer.sink.0.take();
        assert_eq!(state.open.len(), 0, "everything is closed");
        Self { elements: state.elements }
    }

    /// Elements for a selector of a name and classes (`a.u-url`), and those above, separated by
    /// spaces (`.u-comment .e-content`).
    pub fn all(&self, selector: &str) -> Vec<&Element> {
        let parts: Vec<&str> = selector.split(' ').collect();
        let (last, above) = parts.split_last().expect("a selector");
        let fits = |element: &&Element| {
            let mut above: Vec<&str> = above.to_vec();
            let mut at = element.parent;
            while let (Some(parent), Some(wanted)) = (at, above.last()) {
                let parent = &self.elements[parent];
                if parent.fits(wanted) {
                    above.pop();
                }
                at = parent.parent;
            }
            element.fits(last) && above.is_empty()
        };
        self.elements.iter().filter(fits).collect()
    }

    /// The only element for a selector.
    pub fn one(&self, selector: &str) -> &Element {
        let found = self.all(selector);
        assert_eq!(found.len(), 1, "{selector}: {found:?}");
        found[0]
    }

    /// The texts of all elements for a selector, trimmed.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        self.all(selector).iter().map(|e| e.text.trim().to_owned()).collect()
    }

    /// An attribute of all elements for a selector that have it.
    pub fn values(&self, selector: &str, attribute: &str) -> Vec<String> {
        let values = self.all(selector);
        values.iter().filter_map(|e| e.get(attribute)).map(str::to_owned).collect()
    }

    /// The `href` of links of the head with a relation.
    pub fn rel(&self, rel: &str) -> Vec<String> {
        let links = self.all("link");
        links
            .iter()
            .filter(|link| link.get("rel") == Some(rel))
            .map(|link| link.get("href").unwrap_or("").to_owned())
            .collect()
    }

    /// How many elements stand above one.
    pub fn depth_of(&self, element: &Element, selector: &str) -> usize {
        let mut depth = 0;
        let mut at = element.parent;
        while let Some(parent) = at {
            depth += usize::from(self.elements[parent].fits(selector));
            at = self.elements[parent].parent;
        }
        depth
    }
}

impl Element {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub fn classes(&self) -> Vec<&str> {
        self.get("class").map(|c| c.split_whitespace().collect()).unwrap_or_default()
    }

    fn fits(&self, simple: &str) -> bool {
        let mut parts = simple.split('.');
        let name = parts.next().unwrap_or("");
        let classes = self.classes();
        let (name, id) = name.split_once('#').unwrap_or((name, ""));
        (name.is_empty() || name == self.name)
            && (id.is_empty() || self.get("id") == Some(id))
            && parts.all(|class| classes.contains(&class))
    }
}
