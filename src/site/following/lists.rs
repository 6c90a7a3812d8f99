//! Whom the owner follows as lists of other readers have it, both ways. Pure: folders of a list are
//! channels here. Nothing of what holds credentials leaves the house.

use super::has_credentials;
use crate::config::Config;
use crate::formats::opml::{BETWEEN, Folder, Opml, Outline};
use crate::model::Follow;

/// What a list of another reader holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Those who can be followed.
    pub rows: Vec<Follow>,
    /// The names of entries without an address.
    pub bad: Vec<String>,
}

/// The rows that a list stands for.
pub fn rows_of(list: &Opml) -> Found {
    let mut found = Found::default();
    found.collect(&list.outlines, &mut Vec::new());
    found
}

/// The list of some rows, and how many are left out of it for a name or a pass word in their address.
pub fn list_of(rows: &[Follow], config: &Config) -> (Opml, usize) {
    let mut top = Folder::default();
    let (secret, open): (Vec<&Follow>, Vec<&Follow>) =
        rows.iter().partition(|row| has_credentials(row));
    for row in open {
        let channel = row.channel.as_deref().unwrap_or_default();
        top.put(channel, outline(row));
    }
    let list = Opml {
        title: config.title.clone(),
        date_modified: None,
        owner_name: Some(config.author.name.clone()),
        owner_id: Some(config.home.home().to_owned()),
        outlines: top.into_outlines(),
    };
    (list, secret.len())
}

impl Found {
    fn collect<'a>(&mut self, outlines: &'a [Outline], folders: &mut Vec<&'a str>) {
        for outline in outlines {
            match follow(outline, folders) {
                Some(row) => self.rows.push(row),
                None if outline.children.is_empty() => self.bad.push(outline.text.clone()),
                None => {}
            }
            folders.push(&outline.text);
            self.collect(&outline.children, folders);
            folders.pop();
        }
    }
}

/// The row of an entry; `None` if it has no address.
fn follow(outline: &Outline, folders: &[&str]) -> Option<Follow> {
    let feed = outline.xml_url.clone();
    // Without a home page the feed stands for it: its host may belong to many.
    let url = outline.html_url.clone().or_else(|| feed.clone())?;
    let named: Vec<&str> = folders.iter().copied().filter(|name| !name.is_empty()).collect();
    let title = Some(outline.text.clone())
        .filter(|text| !text.is_empty() && *text != url && Some(text) != feed.as_ref());
    Some(Follow {
        url,
        feed,
        title,
        nickname: None,
        photo: None,
        channel: (!named.is_empty()).then(|| named.join(BETWEEN)),
        xfn: Vec::new(),
        public: true,
        since: None,
        note: outline.description.clone(),
    })
}

fn outline(row: &Follow) -> Outline {
    let address = row.feed.as_ref().unwrap_or(&row.url);
    Outline {
        text: row.title.as_ref().unwrap_or(address).clone(),
        xml_url: row.feed.clone(),
        html_url: Some(row.url.clone()).filter(|url| Some(url) != row.feed.as_ref()),
        description: row.note.clone(),
        ..Outline::default()
    }
}
