//! Formulas: LaTeX to MathML by math-core.
//!
//! Only keeps the converter within bounds and adds the source as `alttext`; how formulas look is
//! up to the browser and the theme.

use std::ops::Range;

use math_core::{LatexToMathML, MathDisplay};

use crate::text::html::push_attribute;

/// Deepest nesting handed to the converter, which calls itself for each level.
const DEEPEST: usize = 60;

/// Longest formula handed to the converter, in bytes.
const LONGEST: usize = 16 * 1024;

/// Why a formula could not be converted, and where in it.
pub(super) struct BadFormula {
    pub(super) range: Range<usize>,
    pub(super) message: String,
}

/// The converter.
#[derive(Default)]
pub(super) struct Math {
    converter: LatexToMathML,
}

impl Math {
    /// Appends a formula as MathML.
    pub(super) fn write(
        &self,
        out: &mut String,
        latex: &str,
        block: bool,
    ) -> Result<(), BadFormula> {
        let whole = 0..latex.len();
        if latex.len() > LONGEST {
            return Err(BadFormula { range: whole, message: "it is too long".to_owned() });
        }
        if depth(latex) > DEEPEST {
            return Err(BadFormula { range: whole, message: "it is nested too deeply".to_owned() });
        }
        let display = if block { MathDisplay::Block } else { MathDisplay::Inline };
        let made = self
            .converter
            .convert_with_local_state(latex, display)
            .map_err(|e| BadFormula { range: e.0.clone(), message: e.error_message() })?;
        let body = made.mathml.strip_prefix("<math").unwrap_or(&made.mathml);
        out.push_str("<math alttext=\"");
        push_attribute(out, latex.trim());
        out.push('"');
        out.push_str(body);
        Ok(())
    }
}

/// How deep a formula nests at most: open braces, brackets of `\left` and environments, and
/// commands that follow each other directly, since each may take the next as its argument.
fn depth(latex: &str) -> usize {
    let mut open = 0usize;
    let mut row = 0usize;
    let mut deepest = 0;
    let mut chars = latex.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' => open += 1,
            '}' => {
                open = open.saturating_sub(1);
                row = 0;
            }
            '\\' => {
                let mut name = String::new();
                while let Some(letter) = chars.next_if(char::is_ascii_alphabetic) {
                    name.push(letter);
                }
                match name.as_str() {
                    "" => {
                        chars.next();
                    }
                    "left" | "begin" => open += 1,
                    "right" | "end" => open = open.saturating_sub(1),
                    _ => row += 1,
                }
            }
            '^' | '_' | '[' => row += 1,
            _ if c.is_whitespace() => {}
            _ => row = 0,
        }
        deepest = deepest.max(open + row);
    }
    deepest
}
