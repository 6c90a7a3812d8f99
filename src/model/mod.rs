//! The nouns: what a site is made of. No I/O, no clock, nothing about files or HTML.

mod address;
mod kind;
mod mention;
mod moment;
mod outbox;
mod permalink;
mod person;
mod post;

pub use address::compared;
pub use kind::{Kind, Relation};
pub use mention::{Mention, Property};
pub use moment::{Moment, When, parse_duration, parse_moment, parse_when};
pub use outbox::{Delivery, Outbox, Outcome, Version};
pub use permalink::{Base, Permalink, percent_decode};
pub use person::{Follow, Person, Place};
pub use post::{
    Body, Cite, Event, Held, Item, MediaItem, MentionPolicy, PersonTag, Post, Properties,
    ReadStatus, ReplyPolicy, Review, Rsvp, Visibility,
};
