//! Language tags (BCP 47, RFC 5646): is it one, which way is it written, what is it called.
//!
//! Checks the shape of a tag only, not the registry of subtags. Translating words and dates is
//! the work of the rooms above.

/// The direction in which a language is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From left to right.
    Ltr,
    /// From right to left.
    Rtl,
}

impl Direction {
    /// The value of the HTML attribute `dir`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

/// Languages whose usual script runs from right to left.
const RTL_LANGUAGES: &[&str] = &[
    "ar", "arc", "arq", "ary", "arz", "azb", "bal", "bqi", "ckb", "dv", "fa", "glk", "he", "iw",
    "ji", "khw", "ks", "lrc", "mzn", "nqo", "pnb", "prs", "ps", "sd", "sdh", "syr", "ug", "ur",
    "yi",
];

/// Scripts that run from right to left.
const RTL_SCRIPTS: &[&str] =
    &["adlm", "arab", "aran", "hebr", "mand", "mend", "nkoo", "rohg", "samr", "syrc", "thaa"];

/// The direction of a language tag; a script subtag (`ku-Arab`, `az-Latn`) outranks the language.
pub fn direction(tag: &str) -> Direction {
    let lower = tag.to_ascii_lowercase();
    let mut subtags = lower.split('-');
    let language = subtags.next().unwrap_or_default();
    let script = subtags.take_while(|s| s.len() > 1).find(|s| is_alpha(s, 4, 4));
    let rtl = match script {
        Some(script) => RTL_SCRIPTS.contains(&script),
        None => RTL_LANGUAGES.contains(&language),
    };
    if rtl { Direction::Rtl } else { Direction::Ltr }
}

/// The primary language of a tag: `de` of `de-AT`. As written, not lower-cased.
pub fn base(tag: &str) -> &str {
    tag.split('-').next().unwrap_or_default()
}

/// Whether the text has the shape of a BCP 47 language tag.
pub fn is_bcp47(tag: &str) -> bool {
    let lower = tag.to_ascii_lowercase();
    if GRANDFATHERED.contains(&lower.as_str()) {
        return true;
    }
    let mut rest = lower.split('-').peekable();
    if rest.peek() != Some(&"x") {
        let Some(language) = rest.next().filter(|s| is_alpha(s, 2, 8)) else { return false };
        if language.len() <= 3 {
            // Extended language subtags (`zh-yue`), three at most.
            for _ in 0..3 {
                rest.next_if(|s| is_alpha(s, 3, 3));
            }
        }
        rest.next_if(|s| is_alpha(s, 4, 4));
        rest.next_if(|s| is_alpha(s, 2, 2) || (s.len() == 3 && all_digits(s)));
        while rest.next_if(|s| is_variant(s)).is_some() {}
        while rest.next_if(|s| s.len() == 1 && is_alnum(s, 1, 1) && *s != "x").is_some() {
            if rest.next_if(|s| is_alnum(s, 2, 8)).is_none() {
                return false;
            }
            while rest.next_if(|s| is_alnum(s, 2, 8)).is_some() {}
        }
    }
    if rest.next_if(|s| *s == "x").is_some() {
        return rest.peek().is_some() && rest.all(|s| is_alnum(s, 1, 8));
    }
    rest.next().is_none()
}

/// Old tags that do not follow the grammar but are valid all the same.
const GRANDFATHERED: &[&str] = &[
    "en-gb-oed",
    "i-ami",
    "i-bnn",
    "i-default",
    "i-enochian",
    "i-hak",
    "i-klingon",
    "i-lux",
    "i-mingo",
    "i-navajo",
    "i-pwn",
    "i-tao",
    "i-tay",
    "i-tsu",
    "sgn-be-fr",
    "sgn-be-nl",
    "sgn-ch-de",
];

fn is_alpha(s: &str, min: usize, max: usize) -> bool {
    (min..=max).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_alnum(s: &str, min: usize, max: usize) -> bool {
    (min..=max).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn all_digits(s: &str) -> bool {
    s.bytes().all(|b| b.is_ascii_digit())
}

fn is_variant(s: &str) -> bool {
    is_alnum(s, 5, 8) || (is_alnum(s, 4, 4) && s.starts_with(|c: char| c.is_ascii_digit()))
}

/// The name of a language in that language, if it is among the forty or so known here.
///
/// A full tag is looked up first (`pt-BR`, `zh-Hant`), then its language alone.
pub fn native_name(tag: &str) -> Option<&'static str> {
    let find = |wanted: &str| {
        NAMES.iter().find(|(code, _)| code.eq_ignore_ascii_case(wanted)).map(|(_, name)| *name)
    };
    find(tag).or_else(|| find(base(tag)))
}

const NAMES: &[(&str, &str)] = &[
    ("ar", "العربية"),
    ("bg", "Български"),
    ("bn", "বাংলা"),
    ("br", "Brezhoneg"),
    ("ca", "Català"),
    ("ckb", "کوردی"),
    ("cs", "Čeština"),
    ("cy", "Cymraeg"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("en", "English"),
    ("eo", "Esperanto"),
    ("es", "Español"),
    ("et", "Eesti"),
    ("eu", "Euskara"),
    ("fa", "فارسی"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("ga", "Gaeilge"),
    ("gl", "Galego"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("hr", "Hrvatski"),
    ("hu", "Magyar"),
    ("id", "Bahasa Indonesia"),
    ("is", "Íslenska"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("lt", "Lietuvių"),
    ("lv", "Latviešu"),
    ("nb", "Norsk bokmål"),
    ("nl", "Nederlands"),
    ("nn", "Norsk nynorsk"),
    ("no", "Norsk"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("pt-BR", "Português do Brasil"),
    ("ro", "Română"),
    ("ru", "Русский"),
    ("sk", "Slovenčina"),
    ("sl", "Slovenščina"),
    ("sr", "Српски"),
    ("sr-Latn", "Srpski"),
    ("sv", "Svenska"),
    ("ta", "தமிழ்"),
    ("th", "ไทย"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("ur", "اردو"),
    ("vi", "Tiếng Việt"),
    ("yi", "ייִדיש"),
    ("zh", "中文"),
    ("zh-Hans", "简体中文"),
    ("zh-Hant", "繁體中文"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_follows_language_and_script() {
        for rtl in ["ar", "he-IL", "fa", "ur-PK", "yi", "ku-Arab", "ckb", "dv", "az-Arab-IR", "AR"]
        {
            assert_eq!(direction(rtl), Direction::Rtl, "{rtl}");
        }
        for ltr in ["en", "de-AT", "ku", "ar-Latn", "ja", "", "zh-Hant-TW", "en-x-arab"] {
            assert_eq!(direction(ltr), Direction::Ltr, "{ltr}");
        }
    }

    #[test]
    fn well_formed_tags_are_accepted() {
        for good in [
            "en",
            "de-AT",
            "zh-Hant-TW",
            "sr-Latn",
            "es-419",
            "de-CH-1901",
            "sl-rozaj-biske",
            "zh-yue-HK",
            "en-u-co-phonebk",
            "x-private",
            "de-x-mine",
            "i-klingon",
            "hy-Latn-IT-arevela",
        ] {
            assert!(is_bcp47(good), "{good}");
        }
        for bad in [
            "",
            "e",
            "english-language-x",
            "de_AT",
            "de-",
            "-de",
            "de--AT",
            "en-u",
            "x",
            "de-x",
            "日本",
            "a-DE",
            "de AT",
            "en-123456789",
        ] {
            assert!(!is_bcp47(bad), "{bad}");
        }
    }

    #[test]
    fn names_fall_back_to_the_base() {
        assert_eq!(native_name("de-AT"), Some("Deutsch"));
        assert_eq!(native_name("pt-br"), Some("Português do Brasil"));
        assert_eq!(native_name("tlh"), None);
        assert_eq!(base("zh-Hant"), "zh");
        assert_eq!(base(""), "");
    }
}
