//! Why a picture is not taken. Which file it was is left to the caller.

use std::fmt;

use super::Format;

/// Why a picture is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaError {
    /// The bytes are no picture that is known here.
    Unknown,
    /// A picture, but browsers do not show it.
    NotForBrowsers {
        /// Name of the format.
        format: &'static str,
    },
    /// The file breaks off or contradicts itself.
    Damaged {
        /// What it seemed to be.
        format: Format,
        /// What is wrong.
        what: &'static str,
    },
    /// More pixels than [`super::MAX_PIXELS`].
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// Decoding needs more memory than is allowed.
    TooMuchMemory {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The file says more than the picture, and that cannot be taken out here.
    HiddenData {
        /// What the file is.
        format: Format,
        /// What it holds.
        what: &'static str,
    },
    /// Only pictures made of pixels can be resized.
    NoPixels {
        /// What the file is.
        format: Format,
    },
    /// The decoder or encoder gave up.
    Codec {
        /// What the file is.
        format: Format,
        /// What it said.
        message: String,
    },
}

impl MediaError {
    /// What the author can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unknown => "use JPEG, PNG, WebP, GIF, AVIF or SVG",
            Self::NotForBrowsers { .. } => "convert it to JPEG, PNG, WebP or AVIF",
            Self::Damaged { .. } | Self::Codec { .. } => {
                "open it in an image program and save it again"
            }
            Self::TooLarge { .. } | Self::TooMuchMemory { .. } => "make it smaller",
            Self::HiddenData { .. } => "convert it to JPEG or WebP, or save it without metadata",
            Self::NoPixels { .. } => "use a JPEG, PNG or WebP",
        }
    }
}

impl fmt::Display for MediaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => write!(f, "this is no picture that is known here"),
            Self::NotForBrowsers { format } => write!(f, "browsers can't show {format}"),
            Self::Damaged { format, what } => write!(f, "the {format} is damaged: {what}"),
            Self::TooLarge { width, height } => {
                write!(f, "{width} x {height} pixels are more than 100 megapixels")
            }
            Self::TooMuchMemory { width, height } => {
                write!(f, "{width} x {height} pixels need too much memory")
            }
            Self::HiddenData { format, what } => {
                write!(f, "the {format} holds {what}, which may tell where it was taken")
            }
            Self::NoPixels { format } => write!(f, "{format} can't be made into an icon"),
            Self::Codec { format, message } => write!(f, "the {format} can't be read: {message}"),
        }
    }
}

impl std::error::Error for MediaError {}
