//! The fields that say what somebody is to the owner, in the keys of `reader/ties.html`, and what
//! they say when they come back.

use serde_json::{Value, json};

use super::Visit;
use crate::site::following::{Ties, XFN};

/// Characters of the name of a channel.
const LONGEST_CHANNEL: usize = 60;

/// Characters of what the owner calls somebody.
const LONGEST_TITLE: usize = 120;

/// A word of XFN, what a form says for it, and what a list says.
type Word = (&'static str, &'static str, &'static str);

/// The words of XFN by what they are about.
const GROUPS: [(&str, &[Word]); 7] = [
    (
        "Friendship",
        &[
            ("contact", "I know of them", "known"),
            ("acquaintance", "an acquaintance", "an acquaintance"),
            ("friend", "a friend", "a friend"),
        ],
    ),
    ("In the flesh", &[("met", "we have met", "met")]),
    (
        "Work",
        &[
            ("co-worker", "we work together", "from work"),
            ("colleague", "the same trade", "of the same trade"),
        ],
    ),
    (
        "Living",
        &[
            ("co-resident", "we live together", "from home"),
            ("neighbor", "next door", "from next door"),
        ],
    ),
    (
        "Family",
        &[
            ("child", "my child", "a child"),
            ("parent", "my parent", "a parent"),
            ("sibling", "a sibling", "a sibling"),
            ("spouse", "my spouse", "a spouse"),
            ("kin", "family", "family"),
        ],
    ),
    (
        "The heart",
        &[
            ("muse", "inspires me", "a muse"),
            ("crush", "a crush", "a crush"),
            ("date", "we go out", "a date"),
            ("sweetheart", "my sweetheart", "a sweetheart"),
        ],
    ),
    ("Myself", &[("me", "this is me", "yourself")]),
];

/// How somebody is known, in words.
pub(super) fn in_words(xfn: &[String]) -> String {
    let words = GROUPS.iter().flat_map(|(_, words)| words.iter());
    let said = words.filter(|(word, _, _)| xfn.iter().any(|known| known == word));
    said.map(|(_, _, said)| *said).collect::<Vec<_>>().join(", ")
}

/// A form as it came: a field may come several times.
pub(super) struct Fields(pub(super) Vec<(String, String)>);

impl Fields {
    /// A field; empty if it did not come.
    pub(super) fn get(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// All of a field.
    pub(super) fn all<'f>(&'f self, name: &str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box is ticked.
    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name) == "yes"
    }
}

/// The name of a channel as it is written down; or what is wrong with it.
pub(super) fn channel_name(text: &str) -> Result<String, &'static str> {
    let name = line(text);
    match name.chars().count() {
        0 => Err("Give the channel a name."),
        1..=LONGEST_CHANNEL => Ok(name),
        _ => Err("That is too long for the name of a channel."),
    }
}

/// Words on one line.
fn line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a form says that somebody is to the owner; or the field that is wrong, and why.
pub(super) fn ties(fields: &Fields) -> Result<Ties, (&'static str, &'static str)> {
    let new = fields.get("new-channel");
    let channel = match (new.trim(), fields.get("channel")) {
        ("", "") => None,
        ("", known) => Some(known.to_owned()),
        (new, _) => Some(channel_name(new).map_err(|why| ("channel", why))?),
    };
    let title = line(fields.get("title"));
    if title.chars().count() > LONGEST_TITLE {
        return Err(("title", "That is too long for a name."));
    }
    let xfn = XFN.into_iter().filter(|word| fields.all("xfn").any(|said| said == *word));
    Ok(Ties {
        title: Some(title).filter(|title| !title.is_empty()),
        channel,
        xfn: xfn.map(str::to_owned).collect(),
        public: !fields.has("private"),
    })
}

impl Visit {
    /// The fields as `ties` fills them.
    pub(super) fn ties_form(&self, ties: &Ties, channels: &[(String, bool)]) -> Value {
        let on = ties.channel.as_deref().unwrap_or_default();
        let channel =
            |value: &str, word: &str| json!({ "value": value, "word": word, "on": value == on });
        let mut list = vec![channel("", "No channel")];
        let named = channels.iter().filter(|(name, _)| !name.is_empty());
        list.extend(named.map(|(name, _)| channel(name, name)));
        let group = |(name, words): &(&str, &[Word])| {
            let word = |(value, word, _): &Word| {
                let on = ties.xfn.iter().any(|known| known == value);
                json!({ "value": value, "word": word, "on": on })
            };
            json!({ "name": name, "list": words.iter().map(word).collect::<Vec<_>>() })
        };
        json!({
            "title": ties.title.as_deref().unwrap_or_default(),
            "channels": list,
            "xfn": GROUPS.iter().map(group).collect::<Vec<_>>(),
            "private": !ties.public,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_xfn_has_its_box() {
        let mut ours: Vec<&str> =
            GROUPS.iter().flat_map(|(_, words)| words.iter().map(|(word, _, _)| *word)).collect();
        let mut all = XFN.to_vec();
        ours.sort_unstable();
        all.sort_unstable();
        assert_eq!(ours, all);
    }

    #[test]
    fn names_of_channels_are_lines() {
        assert_eq!(channel_name(" a\n\tb ").as_deref(), Ok("a b"));
        assert!(channel_name(" \u{7} ").is_err());
        assert!(channel_name(&"a".repeat(61)).is_err());
    }
}
