//! Block lists that others keep: their text in, rules out. Fetching them is the caller's work.

use super::address::{Parts, domain};
use super::rules::{Action, Origin, Rule, What};

/// Lines of a list that are read.
pub const MOST_LINES: usize = 100_000;

/// Longest line, in bytes; a longer one is no rule.
const LONGEST_LINE: usize = 2_000;

/// A list that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockList {
    /// Its rules.
    pub rules: Vec<Rule>,
    /// Lines that name nobody who could be blocked.
    pub skipped: usize,
    /// Whether lines were left out because there were too many.
    pub cut: bool,
}

/// Reads a list of domains and addresses, one a line, `#` before a comment; or the list of domain
/// blocks that Mastodon exports (`#domain,#severity,…`). `address` is where it was found.
pub fn parse_list(text: &str, address: &str) -> BlockList {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let head: Vec<String> = first
        .split(',')
        .map(|name| name.trim().trim_matches(['#', '"']).to_ascii_lowercase())
        .collect();
    if head.first().is_some_and(|name| name == "domain") && first.trim() != "domain" {
        return parse_csv(text, &head, address);
    }
    let mut list = BlockList::default();
    for (at, line) in text.lines().enumerate() {
        if at >= MOST_LINES {
            list.cut = true;
            break;
        }
        let mut parts = line.splitn(2, " #");
        let entry = parts.next().unwrap_or_default().trim();
        if entry.is_empty() || entry.starts_with('#') {
            continue;
        }
        let reason = parts.next().map(str::trim).filter(|reason| !reason.is_empty());
        list.add(Action::Block, entry, reason, address);
    }
    list
}

impl BlockList {
    fn add(&mut self, action: Action, entry: &str, reason: Option<&str>, address: &str) {
        let what = match Parts::of(entry) {
            _ if entry.len() > LONGEST_LINE => None,
            Some(parts) if parts.path.is_empty() && parts.rest.is_empty() => {
                domain(&parts.host).map(What::Domain)
            }
            Some(_) => Some(What::Author(entry.to_owned())),
            None => domain(entry).map(What::Domain),
        };
        let Some(what) = what else {
            self.skipped = self.skipped.saturating_add(1);
            return;
        };
        let reason =
            reason.map(|text| text.chars().filter(|c| !c.is_control()).take(200).collect());
        let origin = Origin::List(address.to_owned());
        self.rules.push(Rule { reason, origin, ..Rule::new(action, what) });
    }
}

fn parse_csv(text: &str, head: &[String], address: &str) -> BlockList {
    let column = |name: &str| head.iter().position(|known| known == name);
    let (severity, comment) = (column("severity"), column("public_comment"));
    let mut list = BlockList::default();
    for (at, record) in (Records { rest: text }).skip(1).enumerate() {
        if at >= MOST_LINES {
            list.cut = true;
            break;
        }
        let field = |at: Option<usize>| at.and_then(|at| record.get(at)).map(|text| text.trim());
        let Some(entry) = field(Some(0)).filter(|entry| !entry.is_empty()) else { continue };
        let action = match field(severity) {
            // Limited there: hidden from all who do not follow. The nearest is to be asked.
            Some("silence" | "limit") => Action::Hold,
            // Noted, and nothing done.
            Some("noop") => continue,
            _ => Action::Block,
        };
        list.add(action, entry, field(comment).filter(|text| !text.is_empty()), address);
    }
    list
}

/// Records of comma-separated values; fields in quotation marks may hold commas and line ends.
struct Records<'t> {
    rest: &'t str,
}

impl Iterator for Records<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        if self.rest.is_empty() {
            return None;
        }
        let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
        let mut chars = self.rest.char_indices().peekable();
        let mut end = self.rest.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' if quoted && chars.peek().is_some_and(|(_, next)| *next == '"') => {
                    field.push('"');
                    chars.next();
                }
                '"' => quoted = !quoted,
                ',' if !quoted => fields.push(std::mem::take(&mut field)),
                '\n' if !quoted => {
                    end = at.saturating_add(1);
                    break;
                }
                other => field.push(other),
            }
        }
        fields.push(field);
        self.rest = self.rest.get(end..).unwrap_or_default();
        Some(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: &str = "https://lists.example/all.txt";

    fn whats(list: &BlockList) -> Vec<(Action, &What)> {
        list.rules.iter().map(|rule| (rule.action, &rule.what)).collect()
    }

    #[test]
    fn a_plain_list_has_one_a_line() {
        let text =
            "# ours\n\nSpam.example # shoes\nhttps://x.example/\nhttps://y.example/~eve\ncom\n";
        let list = parse_list(text, FROM);
        assert_eq!(
            whats(&list),
            [
                (Action::Block, &What::Domain("spam.example".to_owned())),
                (Action::Block, &What::Domain("x.example".to_owned())),
                (Action::Block, &What::Author("https://y.example/~eve".to_owned())),
            ]
        );
        assert_eq!(list.rules[0].reason.as_deref(), Some("shoes"));
        assert_eq!(list.rules[0].origin, Origin::List(FROM.to_owned()));
        assert_eq!((list.skipped, list.cut), (1, false), "nobody blocks .com by a list");
    }

    #[test]
    fn mastodon_exports_are_read() {
        let text = concat!(
            "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\r\n",
            "bad.example,suspend,true,true,\"hate, \"\"daily\"\"\nand more\",false\r\n",
            "loud.example,silence,false,false,,false\r\n",
            "odd.example,noop,false,false,,false\r\n",
            "b*d.example,suspend,false,false,,true\r\n",
        );
        let list = parse_list(text, FROM);
        assert_eq!(
            whats(&list),
            [
                (Action::Block, &What::Domain("bad.example".to_owned())),
                (Action::Hold, &What::Domain("loud.example".to_owned())),
            ]
        );
        assert_eq!(list.rules[0].reason.as_deref(), Some("hate, \"daily\"and more"));
        assert_eq!(list.skipped, 1, "a name with stars is nobody's");
    }

    #[test]
    fn a_list_ends_somewhere() {
        let text = "a.example\n".repeat(MOST_LINES + 5);
        let list = parse_list(&text, FROM);
        assert_eq!((list.rules.len(), list.cut), (MOST_LINES, true));
    }
}
