//! The place of a mention: by its judgement and the owner's word it is filed or taken away, and what
//! was found is noted. Who looked at its page, this program or a service, makes no difference here.

use jiff::Timestamp;

use super::desk::Desk;
use super::judge::Judgement;
use super::pictures;
use crate::error::Failure;
use crate::formats::jf2::{MentionFile, write_mention};
use crate::model::Permalink;
use crate::site::mentions as files;
use crate::stamp::Stamp;
use crate::store::{Found, MentionState, Settled, StoredMention, Word};

/// What was found of a mention.
pub(super) struct Finding<'f> {
    /// What its page says.
    pub(super) file: MentionFile,
    /// The host that it was found at.
    pub(super) host: &'f str,
    /// The page of ours that it is about, which may have moved.
    pub(super) page: &'f Permalink,
}

/// Whether a response is something of ours that comes back: its page, or what its page says is its
/// address, is one of ours, or a copy of one at another site.
pub(super) fn is_copy(desk: &Desk, source: &str, url: Option<&str>) -> bool {
    let own = |address: &str| desk.config.own_path(address).is_some();
    // They are no strangers to each other, if the owner wants that.
    if desk.config.network.tells_own && own(source) {
        return false;
    }
    let is_own = |address: &str| own(address) || desk.table.is_copy(address);
    [Some(source), url].into_iter().flatten().any(is_own)
}

/// Takes the file of a mention away, if there is one.
///
/// # Errors
/// A file that cannot be removed.
pub(super) fn take_down(desk: &Desk, stored: &StoredMention) -> Result<(), Failure> {
    let page = Permalink::file(&stored.page);
    let is_gone = files::remove(&desk.root, &page, &stored.key)?;
    // Only what was shown may lie at another page, from which this one moved: to look everywhere takes
    // its time.
    if !is_gone && stored.state == MentionState::Published {
        files::remove_anywhere(&desk.root, &stored.key)?;
    }
    Ok(())
}

/// Puts a mention where its judgement and the owner's word say; returns where that is. The file is
/// written first: whoever dies in between is followed by somebody who does both again.
///
/// # Errors
/// A file or a database that cannot be written.
pub(super) async fn put(
    desk: &Desk,
    stored: &StoredMention,
    finding: Finding<'_>,
    judged: Judgement,
    now: Timestamp,
) -> Result<MentionState, Failure> {
    let Finding { mut file, host, page } = finding;
    let stamp = stamp(&file);
    let judged = by_the_owners_word(stored, judged, Some(&stamp));
    let before = Permalink::file(&stored.page);
    if *page != before {
        // Under its page's former address.
        files::remove(&desk.root, &before, &stored.key)?;
    }
    let content = write_mention(&file);
    if judged.state == MentionState::Published {
        pictures::fetch(desk, &mut file).await?;
        files::write(&desk.root, page, &stored.key, &file)?;
    } else {
        files::remove(&desk.root, page, &stored.key)?;
        take_down(desk, stored)?;
    }
    let found = Found {
        content: &content,
        page: page.as_str(),
        host,
        author: file.author.url.as_deref(),
        text_stamp: &stamp,
        trust: judged.trust,
        robo: judged.robo,
        flame: judged.flame,
    };
    let settled =
        Settled { state: judged.state, words: &judged.words, failures: 0, found: Some(found) };
    desk.store.settle(&desk.site, &stored.key, settled, now).await?;
    Ok(judged.state)
}

/// What the owner said holds: a no for ever, a yes for the text that they saw, whose stamp is given;
/// so does that it is no spam.
pub(super) fn by_the_owners_word(
    stored: &StoredMention,
    judged: Judgement,
    stamp: Option<&str>,
) -> Judgement {
    let state = |state, words: &str| Judgement { state, words: words.to_owned(), ..judged.clone() };
    let is_same = stored.decided_stamp.as_deref() == stamp;
    match (stored.decided, judged.state) {
        (Some(Word::Rejected), _) => {
            state(MentionState::Rejected, "you rejected it; that holds however often it is sent")
        }
        (_, MentionState::Refused) | (None, _) => judged,
        (Some(Word::Approved), _) if is_same => state(MentionState::Published, "you approved it"),
        (Some(Word::Approved), MentionState::Held | MentionState::Spam) => {
            let words = format!("its text has changed since you approved it; {}", judged.words);
            state(judged.state, &words)
        }
        (Some(Word::Approved), _) => judged,
        (Some(Word::Kept), MentionState::Spam) if is_same => {
            state(MentionState::Held, "you said that it is no spam; it waits")
        }
        (Some(Word::Kept), _) => judged,
    }
}

/// The stamp of what people read of a mention.
fn stamp(file: &MentionFile) -> String {
    let author = file.author.url.as_deref().unwrap_or_default();
    let parts = [&file.content_html, &file.content_text, &file.summary, &file.name, &file.rsvp];
    let words: Vec<&str> =
        parts.into_iter().map(|part| part.as_deref().unwrap_or_default()).collect();
    let name = file.author.name.as_deref().unwrap_or_default();
    let mut text = format!("{}\n{author}\n{name}\n{}", file.property.name(), words.join("\n"));
    for photo in &file.photos {
        text.push_str(&format!("\n{}", photo.url));
    }
    Stamp::of(text.as_bytes()).to_string()
}
