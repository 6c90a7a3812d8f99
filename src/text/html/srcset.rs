//! The `srcset` attribute: a list of addresses with descriptors.

/// Rewrites each address of a `srcset` value, keeping descriptors.
///
/// Splits as the HTML standard does: an address ends at white space, and commas at its end
/// separate candidates while commas inside it do not.
pub fn map_srcset(srcset: &str, mut map: impl FnMut(&str) -> String) -> String {
    let mut out = String::with_capacity(srcset.len());
    let mut rest = srcset;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            return out;
        }
        if !out.is_empty() {
            out.push_str(", ");
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (address, tail) = rest.split_at(end);
        let trimmed = address.trim_end_matches(',');
        out.push_str(&map(trimmed));
        if trimmed.len() < address.len() {
            rest = tail;
            continue;
        }
        let end = descriptor_end(tail);
        let (descriptor, tail) = tail.split_at(end);
        let descriptor = descriptor.trim();
        if !descriptor.is_empty() {
            out.push(' ');
            out.push_str(descriptor);
        }
        rest = tail;
    }
}

/// The end of a descriptor: the next comma outside parentheses.
fn descriptor_end(text: &str) -> usize {
    let mut inside = false;
    for (at, c) in text.char_indices() {
        match c {
            '(' => inside = true,
            ')' => inside = false,
            ',' if !inside => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_mapped_and_descriptors_kept() {
        let up = |s: &str| map_srcset(s, |a| format!("[{a}]"));
        assert_eq!(up("a.jpg 1x, b.jpg 2x"), "[a.jpg] 1x, [b.jpg] 2x");
        assert_eq!(up("a.jpg, b.jpg 300w"), "[a.jpg], [b.jpg] 300w");
        assert_eq!(up(" a,b.jpg 1x ,c.jpg"), "[a,b.jpg] 1x, [c.jpg]");
        assert_eq!(up(""), "");
        assert_eq!(up(" , "), "");
    }
}
