//! What a page has told others of itself: the ledger of sent webmentions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Everybody whom one page ever linked, and what they were told (`data/outbox/<path>.json`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Outbox {
    /// The page's address, as receivers know it.
    pub source: String,
    /// By the address of the page that was linked, as it stands in the text.
    pub targets: BTreeMap<String, Delivery>,
}

/// What one target was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Delivery {
    /// Which state of the page it was told of.
    pub version: Version,
    /// The hash of the responses that the page showed then (Salmention).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responses: Option<String>,
    /// How that went.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
    /// Whether it took a mention from this page at some time, or may have: then it hears of each
    /// later change.
    #[serde(default, skip_serializing_if = "is_false")]
    pub knows: bool,
    /// How often this version was tried.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tries: u32,
    /// When it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
    /// Where it takes mentions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The HTTP status of its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Where it tells what became of the mention.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_page: Option<String>,
    /// The page of somebody else that vouched for this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vouch: Option<String>,
    /// What went wrong, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A state of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Version {
    /// It stood there, with this hash of what it said.
    Shown(String),
    /// It had been deleted.
    Gone,
}

/// How telling somebody went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was accepted.
    Sent,
    /// The page takes no mentions.
    NoEndpoint,
    /// It was refused for good.
    Refused,
    /// It did not work, and is tried again.
    Waiting,
    /// It did not work, and is not tried again.
    GivenUp,
    /// The owner did not want it told.
    Skipped,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for this shape")]
fn is_false(value: &bool) -> bool {
    !value
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for this shape")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}
