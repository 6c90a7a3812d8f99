//! Forms with files (`multipart/form-data`, RFC 7578), once they have come as a whole. Total: any
//! bytes are read, and what is no part of a form is passed over.

/// Parts that are looked at.
const MOST: usize = 32;

/// Bytes of the head of a part.
const LONGEST_HEAD: usize = 4 * 1024;

/// The parts of a form with their names; none if the type names no boundary.
pub(super) fn parts<'b>(content_type: &str, body: &'b [u8]) -> Vec<(String, &'b [u8])> {
    let Some(boundary) = boundary(content_type) else { return Vec::new() };
    let mark = format!("--{boundary}").into_bytes();
    let Some(mut rest) = after(body, &mark) else { return Vec::new() };
    let between = [b"\r\n".as_slice(), &mark].concat();
    let mut found = Vec::new();
    while found.len() < MOST {
        let Some(part) = rest.strip_prefix(b"\r\n") else { break };
        let Some(end) = find(part, &between) else { break };
        let (part, more) = part.split_at(end);
        rest = more.get(between.len()..).unwrap_or_default();
        let head = find(part, b"\r\n\r\n").filter(|end| *end <= LONGEST_HEAD);
        let Some((head, value)) = head.and_then(|end| part.split_at_checked(end)) else { continue };
        if let Some(name) = name(&String::from_utf8_lossy(head)) {
            found.push((name, value.get(4..).unwrap_or_default()));
        }
    }
    found
}

/// What separates the parts.
fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameter(parameters, "boundary")?;
    (1..=70).contains(&boundary.len()).then_some(boundary)
}

/// The name that the head of a part gives it.
fn name(head: &str) -> Option<String> {
    head.split("\r\n").find_map(|line| {
        let (key, value) = line.split_once(':')?;
        let is_it = key.trim().eq_ignore_ascii_case("content-disposition");
        let (kind, parameters) = value.split_once(';')?;
        let is_it = is_it && kind.trim().eq_ignore_ascii_case("form-data");
        is_it.then(|| parameter(parameters, "name")).flatten()
    })
}

fn parameter(text: &str, wanted: &str) -> Option<String> {
    text.split(';').find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        let is_it = key.trim().eq_ignore_ascii_case(wanted);
        is_it.then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn after<'t>(text: &'t [u8], wanted: &[u8]) -> Option<&'t [u8]> {
    text.get(find(text, wanted)?.saturating_add(wanted.len())..)
}

/// The first place of some bytes, found by the first of them.
fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let (first, mut from) = (wanted.first()?, 0_usize);
    loop {
        let rest = text.get(from..)?;
        let at = from.saturating_add(rest.iter().position(|byte| byte == first)?);
        if text.get(at..).is_some_and(|rest| rest.starts_with(wanted)) {
            return Some(at);
        }
        from = at.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=\"x-1\"";

    #[test]
    fn parts_are_found_as_browsers_send_them() {
        let body = b"--x-1\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n3f9a\r\n--x-1\r\n\
            content-disposition: form-data; name=\"file\"; filename=\"a;b.opml\"\r\nContent-Type: text/xml\r\n\r\n\
            <opml>\r\n--x-\r\n\xff</opml>\r\n--x-1--\r\n";
        let found = parts(TYPE, body);
        assert_eq!(found[0], ("csrf".to_owned(), b"3f9a".as_slice()));
        assert_eq!(found[1], ("file".to_owned(), b"<opml>\r\n--x-\r\n\xff</opml>".as_slice()));
        assert_eq!(found.len(), 2);
        let bare = parts("Multipart/Form-Data; charset=utf-8;boundary=x-1", body);
        assert_eq!(bare, found);
    }

    #[test]
    fn anything_is_read() {
        let body = b"--x-1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x-1--";
        for kind in ["", "text/plain", "multipart/form-data", "multipart/form-data; boundary="] {
            assert!(parts(kind, body).is_empty(), "{kind}");
        }
        for end in 0..body.len() {
            let found = parts(TYPE, &body[..end]);
            assert!(found.len() <= 1);
            parts(TYPE, &body[end..]);
        }
        let many = b"\r\n--x-1".repeat(100_000);
        assert!(parts(TYPE, &many).is_empty());
        let named = b"--x-1\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n".repeat(1_000);
        assert_eq!(parts(TYPE, &[&named[..], b"--x-1--"].concat()).len(), MOST);
    }
}
