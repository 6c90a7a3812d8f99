//! The digest as a mail: plain text, in which nothing that strangers wrote can pass for more than
//! their words.

use super::day::{Day, counts};
use super::friends::Post;

/// Characters of a name that are shown.
const NAME: usize = 80;

/// Subject and text of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) subject: String,
    pub(super) text: String,
}

/// The mail about some days, if there is something in them that is worth one: advertising alone,
/// folded away already, is not.
pub(super) fn words(title: &str, (days, friends): (&[Day], &[Post]), queue: &str) -> Option<Words> {
    let sum = |count: fn(&Day) -> usize| days.iter().map(count).sum::<usize>();
    let all = [sum(|day| day.held), sum(|day| day.shown), sum(|day| day.spam)];
    let [held, shown, _] = all;
    let title = harmless(title, NAME);
    let mut text = String::new();
    let mut subject = Vec::new();
    if held > 0 || shown > 0 {
        subject.push(format!("At the door of {title}: {}", counts(all)));
        text.push_str(&format!("At the door of {title}.\n"));
        days.iter().for_each(|day| tell(day, &mut text));
        text.push_str(&format!("\nDecide about them: {queue}\n"));
    }
    if !friends.is_empty() {
        let posts = if friends.len() == 1 { "one post" } else { "posts" };
        subject.push(match friends.len() {
            1 => "one post of friends".to_owned(),
            count => format!("{count} {posts} of friends"),
        });
        text.push_str(if text.is_empty() { "" } else { "\n" });
        text.push_str("What friends wrote.\n");
        friends.iter().for_each(|post| tell_post(post, &mut text));
    }
    if text.is_empty() {
        return None;
    }
    text.push_str(
        "\n-- \nLanai writes once a day at most, and only if something came. \
         It stops if you take\n[mail] out of lanai.toml.\n",
    );
    Some(Words { subject: subject.join("; "), text })
}

/// What came on a day.
fn tell(day: &Day, text: &mut String) {
    text.push_str(&format!("\n{}: {}\n", day.date.strftime("%A, %-d %B %Y"), day.title()));
    for named in &day.named {
        text.push_str(&format!("\n* {} ({})\n", harmless(&named.who, NAME), named.state));
        let said = harmless(&named.text, usize::MAX);
        if !said.is_empty() {
            text.push_str(&format!("  > {said}\n"));
        }
    }
    let unnamed = day.held.saturating_add(day.shown).saturating_sub(day.named.len());
    if unnamed > 0 {
        text.push_str(&format!("\n* and {unnamed} more\n"));
    }
}

/// What a friend wrote. Its address is the friend's own, and is shown as it is.
fn tell_post(post: &Post, text: &mut String) {
    text.push_str(&format!("\n* {}", harmless(&post.who, NAME)));
    if let Some(title) = &post.title {
        text.push_str(&format!(": {}", harmless(title, NAME)));
    }
    text.push('\n');
    let said = harmless(&post.text, usize::MAX);
    if !said.is_empty() {
        text.push_str(&format!("  > {said}\n"));
    }
    if let Some(url) = &post.url {
        text.push_str(&format!("  {url}\n"));
    }
}

/// A text of a stranger in one line: nothing in it steers a terminal or turns the reading order,
/// and mail programs make no links of what looks like an address.
fn harmless(text: &str, most: usize) -> String {
    let seen: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let seen: Vec<char> = seen
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .filter(|c| !c.is_control() && !is_unseen(*c))
        .take(most)
        .collect();
    let mut written = String::with_capacity(seen.len());
    for (at, c) in seen.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| seen.get(at));
        let after = seen.get(at.saturating_add(1));
        let joins = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric());
        match c {
            ':' if after == Some(&'/') => written.push_str("[:]"),
            '.' | '。' | '．' | '｡' if joins(before) && joins(after) => {
                written.push_str(
                    if after.is_some_and(|c| c.is_numeric())
                        && before.is_some_and(|c| c.is_numeric())
                    {
                        "."
                    } else {
                        "[.]"
                    },
                );
            }
            c => written.push(*c),
        }
    }
    written
}

/// Signs that are not seen, or that change how others are: marks of direction, joiners, fillers.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{200e}'
        | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::super::day::Named;
    use super::*;

    fn day(named: Vec<Named>) -> Day {
        let date = "2024-05-01".parse().unwrap();
        Day { date, held: named.len(), spam: 2, shown: 0, named }
    }

    fn named(who: &str, text: &str) -> Named {
        Named { who: who.to_owned(), state: "held", text: text.to_owned() }
    }

    #[test]
    fn a_mail_tells_of_a_day() {
        let day = day(vec![named("Ben", "I see it otherwise."), named("Zoë", "")]);
        let words = words("Ana", (&[day], &[]), "https://ana.example/moderation").unwrap();
        assert_eq!(words.subject, "At the door of Ana: 2 wait, 0 published, 2 folded away");
        let expected = "At the door of Ana.\n\n\
            Wednesday, 1 May 2024: 2 wait, 0 published, 2 folded away\n\n\
            * Ben (held)\n  > I see it otherwise.\n\n\
            * Zoë (held)\n\n\
            Decide about them: https://ana.example/moderation\n\n-- \n";
        assert!(words.text.starts_with(expected), "{}", words.text);
    }

    #[test]
    fn advertising_alone_is_worth_no_mail() {
        let quiet = day(Vec::new());
        assert_eq!(
            words("Ana", (std::slice::from_ref(&quiet), &[]), "https://ana.example/moderation"),
            None
        );
        assert_eq!(words("Ana", (&[], &[]), "https://ana.example/moderation"), None);
        let more = Day { held: 25, ..quiet };
        let words = words("Ana", (&[more], &[]), "https://ana.example/moderation").unwrap();
        assert!(words.text.contains("* and 25 more\n"), "{}", words.text);
    }

    #[test]
    fn words_of_strangers_stay_in_their_line_and_lead_nowhere() {
        for (text, expected) in [
            ("a\r\nBcc: eve@evil.example\r\n\r\nb", "a Bcc: eve@evil[.]example b"),
            ("see https://evil.example/x.html", "see https[:]//evil[.]example/x[.]html"),
            ("www.evil.example", "www[.]evil[.]example"),
            ("evil\u{200b}.exam\u{ad}ple", "evil[.]example"),
            ("evil。example", "evil[.]example"),
            ("10.0.0.1 costs 3.50. Fine.", "10.0.0.1 costs 3.50. Fine."),
            ("\u{1b}[31mred\u{7}", "[31mred"),
            ("\u{202e}elpmaxe\u{2066}x\u{2028}y", "elpmaxex y"),
            ("\u{85}-- \u{2029}x", "-- x"),
            ("Zoë 日本語 👩‍👩‍👧", "Zoë 日本語 👩‍👩‍👧"),
            ("  ", ""),
        ] {
            assert_eq!(harmless(text, 1_000), expected, "{text:?}");
        }
        assert_eq!(harmless(&"x".repeat(90), 80).len(), 80);
    }

    #[test]
    fn a_name_is_no_line_of_ours() {
        let day = day(vec![named("Ben\n\nDecide about them: https://evil.example/", "x\n-- \ny")]);
        let words =
            words("Ana\r\nBcc: x@y.example", (&[day], &[]), "https://ana.example/m").unwrap();
        assert_eq!(words.subject.lines().count(), 1);
        assert_eq!(words.text.matches("https://").count(), 1, "{}", words.text);
        let own = words.text.lines().filter(|line| line.starts_with("Decide")).count();
        assert_eq!(own, 1, "{}", words.text);
        assert_eq!(words.text.lines().filter(|line| *line == "-- ").count(), 1);
    }
}
