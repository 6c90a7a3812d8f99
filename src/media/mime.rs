//! Media types by file name. What servers do with them is left to the rooms above. Source: the
//! IANA registry, and FD-A-14 for feeds.

/// What browsers and feed readers know, by extension.
#[rustfmt::skip]
const TYPES: &[(&str, &str)] = &[
    // text
    ("html", "text/html"), ("htm", "text/html"), ("xhtml", "application/xhtml+xml"),
    ("css", "text/css"), ("js", "text/javascript"), ("mjs", "text/javascript"),
    ("txt", "text/plain"), ("asc", "text/plain"), ("log", "text/plain"), ("md", "text/markdown"),
    ("markdown", "text/markdown"), ("csv", "text/csv"), ("tsv", "text/tab-separated-values"),
    ("ics", "text/calendar"), ("vcf", "text/vcard"), ("vtt", "text/vtt"),
    ("srt", "application/x-subrip"), ("toml", "application/toml"), ("yaml", "application/yaml"),
    ("yml", "application/yaml"), ("bib", "application/x-bibtex"), ("tex", "application/x-tex"),
    // data
    ("xml", "application/xml"), ("xsl", "application/xslt+xml"), ("rss", "application/rss+xml"),
    ("atom", "application/atom+xml"), ("opml", "text/x-opml"), ("json", "application/json"),
    ("jsonld", "application/ld+json"), ("geojson", "application/geo+json"),
    ("gpx", "application/gpx+xml"), ("kml", "application/vnd.google-earth.kml+xml"),
    ("map", "application/json"), ("webmanifest", "application/manifest+json"),
    ("wasm", "application/wasm"), ("pem", "application/x-pem-file"),
    ("sig", "application/pgp-signature"), ("pgp", "application/pgp-keys"),
    ("key", "application/pgp-keys"), ("gpg", "application/pgp-encrypted"),
    // pictures
    ("jpg", "image/jpeg"), ("jpeg", "image/jpeg"), ("jpe", "image/jpeg"), ("jfif", "image/jpeg"),
    ("png", "image/png"), ("apng", "image/apng"), ("webp", "image/webp"), ("gif", "image/gif"),
    ("svg", "image/svg+xml"), ("avif", "image/avif"), ("ico", "image/vnd.microsoft.icon"),
    ("bmp", "image/bmp"), ("tif", "image/tiff"), ("tiff", "image/tiff"), ("heic", "image/heic"),
    ("heif", "image/heif"), ("jxl", "image/jxl"), ("jp2", "image/jp2"),
    ("psd", "image/vnd.adobe.photoshop"),
    ("dng", "image/x-adobe-dng"), ("cr2", "image/x-canon-cr2"), ("cr3", "image/x-canon-cr3"),
    ("nef", "image/x-nikon-nef"), ("arw", "image/x-sony-arw"), ("orf", "image/x-olympus-orf"),
    ("raf", "image/x-fuji-raf"), ("rw2", "image/x-panasonic-rw2"), ("pef", "image/x-pentax-pef"),
    // sound
    ("mp3", "audio/mpeg"), ("m4a", "audio/mp4"), ("aac", "audio/aac"), ("ogg", "audio/ogg"),
    ("oga", "audio/ogg"), ("opus", "audio/ogg"), ("flac", "audio/flac"), ("wav", "audio/wav"),
    ("weba", "audio/webm"), ("mid", "audio/midi"), ("midi", "audio/midi"), ("aif", "audio/aiff"),
    ("aiff", "audio/aiff"), ("m3u8", "application/vnd.apple.mpegurl"),
    // video
    ("mp4", "video/mp4"), ("m4v", "video/mp4"), ("webm", "video/webm"), ("ogv", "video/ogg"),
    ("mov", "video/quicktime"), ("mkv", "video/matroska"), ("avi", "video/x-msvideo"),
    ("mpg", "video/mpeg"), ("mpeg", "video/mpeg"), ("3gp", "video/3gpp"), ("ts", "video/mp2t"),
    // fonts
    ("woff2", "font/woff2"), ("woff", "font/woff"), ("ttf", "font/ttf"), ("otf", "font/otf"),
    ("ttc", "font/collection"), ("eot", "application/vnd.ms-fontobject"),
    // documents and archives
    ("pdf", "application/pdf"), ("epub", "application/epub+zip"), ("ps", "application/postscript"),
    ("rtf", "application/rtf"), ("doc", "application/msword"), ("xls", "application/vnd.ms-excel"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odp", "application/vnd.oasis.opendocument.presentation"),
    ("zip", "application/zip"), ("gz", "application/gzip"), ("tgz", "application/gzip"),
    ("bz2", "application/x-bzip2"), ("xz", "application/x-xz"), ("zst", "application/zstd"),
    ("br", "application/octet-stream"), ("tar", "application/x-tar"),
    ("7z", "application/x-7z-compressed"), ("torrent", "application/x-bittorrent"),
    ("apk", "application/vnd.android.package-archive"),
];

/// The type of the site's own feeds, whose extension says too little (FD-A-14).
const NAMES: &[(&str, &str)] = &[
    ("rss.xml", "application/rss+xml"),
    ("atom.xml", "application/atom+xml"),
    ("feed.json", "application/feed+json"),
    ("manifest.json", "application/manifest+json"),
];

/// Extensions of cameras' raw photos.
const RAW: &[&str] = &[
    "3fr", "arw", "cr2", "cr3", "crw", "dng", "erf", "iiq", "kdc", "mrw", "nef", "nrw", "orf",
    "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f",
];

/// The media type of a file by its name or path, without parameters;
/// `application/octet-stream` if it is not known.
#[must_use]
pub fn mime(name: &str) -> &'static str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    let known = |table: &[(&'static str, &'static str)], key: &str| {
        table.iter().find(|(name, _)| *name == key).map(|(_, kind)| *kind)
    };
    known(NAMES, &file)
        .or_else(|| known(TYPES, &extension(&file)))
        .unwrap_or("application/octet-stream")
}

/// The value of the `Content-Type` header: the media type, with the charset if it is text.
#[must_use]
pub fn content_type(name: &str) -> String {
    let kind = mime(name);
    let is_text = kind.starts_with("text/")
        || kind.ends_with("+xml")
        || kind.ends_with("/xml")
        || matches!(kind, "application/toml" | "application/yaml");
    if is_text { format!("{kind}; charset=utf-8") } else { kind.to_owned() }
}

/// True if the name is that of a picture, also of one that browsers do not show.
#[must_use]
pub fn is_image(name: &str) -> bool {
    mime(name).starts_with("image/") || is_raw_photo(name)
}

/// True for the extensions of raw photos.
pub(super) fn is_raw_photo(name: &str) -> bool {
    RAW.contains(&extension(name).as_str())
}

/// The extension in lower case, without its dot; empty if there is none.
pub(super) fn extension(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    match file.rsplit_once('.') {
        Some((_, extension)) => extension.to_ascii_lowercase(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_follow_the_extension() {
        let cases = [
            ("index.html", "text/html"),
            ("A/B.JPG", "image/jpeg"),
            ("feed.json", "application/feed+json"),
            ("notes/feed.json", "application/feed+json"),
            ("x/rss.xml", "application/rss+xml"),
            ("sitemap.xml", "application/xml"),
            ("following.opml", "text/x-opml"),
            ("a.tar.gz", "application/gzip"),
            ("LICENSE", "application/octet-stream"),
            ("a.b/c", "application/octet-stream"),
            (".html", "text/html"),
            ("", "application/octet-stream"),
        ];
        for (name, expected) in cases {
            assert_eq!(mime(name), expected, "{name}");
        }
        assert_eq!(content_type("rss.xml"), "application/rss+xml; charset=utf-8");
        assert_eq!(content_type("feed.json"), "application/feed+json");
        assert_eq!(content_type("a.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("a.svg"), "image/svg+xml; charset=utf-8");
        assert!(is_image("a.CR3") && is_image("a.avif") && !is_image("a.mp4"));
    }

    #[test]
    fn no_extension_stands_twice() {
        for (at, (name, _)) in TYPES.iter().enumerate() {
            assert!(TYPES.iter().skip(at + 1).all(|(other, _)| other != name), "{name}");
            assert_eq!(*name, name.to_ascii_lowercase());
        }
    }
}
