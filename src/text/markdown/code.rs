//! Code blocks: syntax highlighting with short classes.
//!
//! syntect finds the scopes, the table below gives them one of fifteen classes; the colours are
//! the theme's. A block is highlighted once; the caller may keep the blocks from run to run.
//!
//! The classes: `k` keyword, `s` string, `c` comment, `n` number or constant,
//! `f` function, `t` type, `v` special variable (`self`), `o` operator, `a` attribute or key,
//! `g` tag, `d` deleted, `i` inserted, `h` heading.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

use crate::stamp::{Stamp, Stamper};
use crate::text::html::push_text;

/// Longest block that is highlighted, in bytes; longer ones are data rather than reading.
const LONGEST_BLOCK: usize = 256 * 1024;

/// Longest line that is highlighted, in bytes: the patterns can take very long on such lines.
const LONGEST_LINE: usize = 4 * 1024;

/// Highlighted blocks by the stamp of their language and text.
pub type Blocks = FxHashMap<Stamp, Box<str>>;

/// The highlighter. Its syntaxes are loaded with the first block that it does not know.
#[derive(Default)]
pub(super) struct Highlighter {
    syntaxes: OnceLock<SyntaxSet>,
    blocks: RwLock<Blocks>,
}

impl Highlighter {
    /// A highlighter that knows some blocks already.
    pub(super) fn knowing(blocks: Blocks) -> Self {
        Self { syntaxes: OnceLock::new(), blocks: RwLock::new(blocks) }
    }

    /// All blocks that it knows.
    pub(super) fn into_blocks(self) -> Blocks {
        self.blocks.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends code as escaped HTML, with spans if the language is known. Returns the block's stamp
    /// if it was highlighted.
    pub(super) fn write(&self, out: &mut String, code: &str, language: &str) -> Option<Stamp> {
        if is_prose(language)
            || code.len() > LONGEST_BLOCK
            || code.lines().any(|line| line.len() > LONGEST_LINE)
        {
            push_text(out, code);
            return None;
        }
        let stamp = {
            let mut stamper = Stamper::default();
            stamper.text(language).text(code);
            stamper.finish()
        };
        if let Some(known) = self.blocks.read().unwrap_or_else(PoisonError::into_inner).get(&stamp)
        {
            out.push_str(known);
            return Some(stamp);
        }
        let start = out.len();
        if self.write_spans(out, code, language).is_none() {
            out.truncate(start);
            push_text(out, code);
            return None;
        }
        let block: Box<str> = out.get(start..).unwrap_or_default().into();
        self.blocks.write().unwrap_or_else(PoisonError::into_inner).insert(stamp, block);
        Some(stamp)
    }

    /// None if the language is unknown or its syntax fails on this code.
    fn write_spans(&self, out: &mut String, code: &str, language: &str) -> Option<()> {
        let set = self.syntaxes.get_or_init(two_face::syntax::extra_newlines);
        let syntax = find(set, language)?;
        let mut state = ParseState::new(syntax);
        let mut stack = ScopeStack::new();
        let mut classes = Classes::default();
        let mut spans = Spans { out, class: None, space: String::new() };
        for line in code.split_inclusive('\n') {
            // The syntaxes expect each line to end, the last one too.
            let ended;
            let line = if line.ends_with('\n') {
                line
            } else {
                ended = format!("{line}\n");
                &ended
            };
            let operations = state.parse_line(line, set).ok()?;
            let mut done = 0;
            for (at, operation) in &operations {
                spans.push(line.get(done..*at)?, classes.of(stack.as_slice()));
                done = *at;
                stack.apply(operation).ok()?;
            }
            spans.push(line.get(done..)?, classes.of(stack.as_slice()));
        }
        spans.finish(code.ends_with('\n'));
        Some(())
    }
}

fn is_prose(language: &str) -> bool {
    matches!(language, "" | "text" | "txt" | "plain" | "plaintext" | "none" | "output")
}

/// Finds a syntax by the names people write, some of which the syntax set does not know.
fn find<'s>(set: &'s SyntaxSet, language: &str) -> Option<&'s SyntaxReference> {
    let lower = language.to_ascii_lowercase();
    let known = match lower.as_str() {
        "shell" | "console" | "shell-session" | "sh-session" | "zsh" => "bash",
        "golang" => "go",
        "csharp" | "c#" => "cs",
        "fsharp" | "f#" => "fs",
        "fortran" => "f90",
        "scheme" => "lisp",
        "jinja" => "jinja2",
        "make" => "makefile",
        "ssh-config" => "ssh config",
        "jsonc" | "json5" | "jsonld" => "json",
        "docker" => "dockerfile",
        "posh" | "pwsh" => "powershell",
        "node" | "mjs" | "cjs" => "js",
        "objectivec" | "objc" => "m",
        "vb" => "vbs",
        "patch" => "diff",
        "rs" => "rust",
        "svg" => "xml",
        "viml" => "vim",
        other => other,
    };
    set.find_syntax_by_token(known)
}

/// Collects spans, so that neighbours of one class become one; white space between two of them
/// belongs to neither until the second is known.
struct Spans<'o> {
    out: &'o mut String,
    class: Option<char>,
    space: String,
}

impl Spans<'_> {
    fn push(&mut self, text: &str, class: Option<char>) {
        if text.is_empty() {
            return;
        }
        if text.bytes().all(|b| b.is_ascii_whitespace()) {
            self.space.push_str(text);
            return;
        }
        if class != self.class {
            self.close();
        }
        self.out.push_str(&self.space);
        self.space.clear();
        if class != self.class {
            if let Some(class) = class {
                self.out.push_str("<span class=\"");
                self.out.push(class);
                self.out.push_str("\">");
            }
            self.class = class;
        }
        // A line's end is kept outside the span for as long as it may be the last one.
        let trimmed = text.trim_end_matches('\n');
        push_text(self.out, trimmed);
        self.space.push_str(text.get(trimmed.len()..).unwrap_or_default());
    }

    fn close(&mut self) {
        if self.class.take().is_some() {
            self.out.push_str("</span>");
        }
    }

    fn finish(mut self, ends_with_newline: bool) {
        self.close();
        if !ends_with_newline && self.space.ends_with('\n') {
            self.space.pop();
        }
        self.out.push_str(&self.space);
    }
}

/// The classes of scopes, looked up once each.
#[derive(Default)]
struct Classes {
    /// None: says nothing, the scope around it decides. None within: plain text, which ends the
    /// search, so that a variable inside a string is not a string.
    known: HashMap<Scope, Option<Option<char>>>,
}

impl Classes {
    /// What the innermost scope with a meaning says.
    fn of(&mut self, stack: &[Scope]) -> Option<char> {
        let found = stack.iter().rev().find_map(|scope| {
            *self.known.entry(*scope).or_insert_with(|| {
                let rule = TABLE.rules.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope));
                rule.map(|(_, class)| *class)
            })
        })?;
        // Keys of JSON are strings to the syntax, but keys to the reader.
        let is_key = |s: &Scope| TABLE.keys.iter().any(|key| key.is_prefix_of(*s));
        if found == Some('s') && stack.iter().any(is_key) { Some('a') } else { found }
    }
}

struct Table {
    rules: Vec<(Scope, Option<char>)>,
    keys: Vec<Scope>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let scope = |name: &str| Scope::new(name).unwrap_or_default();
    Table {
        rules: RULES
            .iter()
            .flat_map(|(class, names)| {
                let class = (*class != '-').then_some(*class);
                names.split_whitespace().map(move |name| (scope(name), class))
            })
            .filter(|(scope, _)| !scope.is_empty())
            .collect(),
        keys: vec![scope("meta.mapping.key"), scope("meta.structure.dictionary.key")],
    }
});

/// Scopes and their classes; the first that fits wins, `-` is plain text.
#[rustfmt::skip]
const RULES: &[(char, &str)] = &[
    ('c', "comment punctuation.definition.comment"),
    ('n', "constant.character.escape constant.other.placeholder"),
    ('a', "constant.other.symbol"),
    ('-', "punctuation.definition.variable punctuation.section.interpolation"),
    ('-', "punctuation.section.embedded punctuation.definition.template-expression"),
    ('s', "string.regexp source.regexp string punctuation.definition.string"),
    ('s', "markup.raw markup.underline.link"),
    ('n', "constant variable.other.constant support.constant"),
    ('a', "storage.type.annotation variable.annotation punctuation.definition.annotation"),
    ('a', "meta.annotation.identifier"),
    ('k', "keyword.operator.word keyword.operator.logical.python keyword.operator.new"),
    ('k', "keyword.operator.expression"),
    ('o', "keyword.operator"),
    ('k', "keyword storage"),
    ('a', "support.type.property-name entity.other.attribute-name meta.property-name"),
    ('g', "entity.name.tag"),
    ('f', "entity.name.function support.function variable.function"),
    ('f', "entity.name.macro support.macro"),
    ('h', "markup.heading entity.name.section meta.diff.header meta.diff.range"),
    ('t', "entity.name entity.other.inherited-class support.type support.class"),
    ('f', "support"),
    ('v', "variable.language"),
    ('d', "markup.deleted"),
    ('i', "markup.inserted"),
    ('-', "variable meta.interpolation meta.embedded source text invalid"),
];
