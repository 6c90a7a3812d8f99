//! Formulas: LaTeX to MathML by math-core.
//!
//! Only keeps the converter within bounds and adds the source as `alttext`; how formulas look is
//! up to the browser and the theme.

use std::ops::Range;
use std::thread::ScopedJoinHandle;

use math_core::{LatexToMathML, MathDisplay};

use crate::text::html::push_attribute;

/// How many steps a formula may have to be converted on the stack we are on. The converter calls
/// itself for each level of nesting, and no level comes without a step.
const FEW_STEPS: usize = 60;

/// How many steps a formula may have at all.
const MANY_STEPS: usize = 2_000;

/// Stack for each step, with room to spare for builds without optimisation.
const STACK_PER_STEP: usize = 40 * 1024;

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
        let made = match steps(latex) {
            0..=FEW_STEPS => self.convert(latex, block)?,
            steps @ ..=MANY_STEPS => self.convert_apart(latex, block, steps)?,
            _ => return Err(whole(latex, "it is too long")),
        };
        let body = made.strip_prefix("<math").unwrap_or(&made);
        out.push_str("<math alttext=\"");
        push_attribute(out, latex.trim());
        out.push('"');
        out.push_str(body);
        Ok(())
    }

    fn convert(&self, latex: &str, block: bool) -> Result<String, BadFormula> {
        let display = if block { MathDisplay::Block } else { MathDisplay::Inline };
        match self.converter.convert_with_local_state(latex, display) {
            Ok(made) => Ok(made.mathml),
            Err(e) => Err(BadFormula { range: e.0.clone(), message: e.error_message() }),
        }
    }

    /// Converts on a thread of its own, whose stack is large enough for the worst nesting.
    fn convert_apart(&self, latex: &str, block: bool, steps: usize) -> Result<String, BadFormula> {
        let stack = (1 << 20) + steps * STACK_PER_STEP;
        std::thread::scope(|scope| {
            let worker = std::thread::Builder::new().stack_size(stack);
            match worker
                .spawn_scoped(scope, || self.convert(latex, block))
                .map(ScopedJoinHandle::join)
            {
                Ok(Ok(made)) => made,
                _ => Err(whole(latex, "it is too long")),
            }
        })
    }
}

fn whole(latex: &str, message: &str) -> BadFormula {
    BadFormula { range: 0..latex.len(), message: message.to_owned() }
}

/// How many commands, groups and scripts a formula has: more than it can be nested deep.
fn steps(latex: &str) -> usize {
    latex.bytes().filter(|b| matches!(b, b'\\' | b'{' | b'^' | b'_' | b'[' | b'(')).count()
}
