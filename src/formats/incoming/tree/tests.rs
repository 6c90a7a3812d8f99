//! Broken XML and what is made of it.

use super::*;

/// The tree in short: names, attributes left out, texts in quotes.
fn shape(text: &str) -> String {
    let tree = parse(text).unwrap();
    let Some(root) = tree.root() else { return String::new() };
    let mut out = root.name().to_owned();
    for step in root.walk() {
        match step {
            Step::Start(element) => out = format!("{out}({}", element.name()),
            Step::Text(text) if text.trim().is_empty() => {}
            Step::Text(text) => out = format!("{out} {:?}", decode(text)),
            Step::Raw(text) => out = format!("{out} raw {text:?}"),
            Step::End(_) => out.push(')'),
        }
    }
    out
}

#[test]
fn fd_x_05_what_is_left_open_is_ended() {
    for (text, expected) in [
        ("<r><a>x</a><b/></r>junk", "r(a \"x\")(b)"),
        ("<r><a>x", "r(a \"x\")"),
        (
            "<r><item><title>a<link>b</item><item>c</r>",
            "r(item(title \"a\")(link \"b\"))(item \"c\")",
        ),
        ("<r><item><title>a</title><item><title>b", "r(item(title \"a\"))(item(title \"b\"))"),
        ("<r><d>a<br>b</d></r>", "r(d \"a\"(br) \"b\")"),
        ("<r>a < b & c <d</r>", "r \"a < b & c <d\""),
        ("<r></x><a></A></r>", "r(a)"),
        ("<r><![CDATA[a<b>]]></r>", "r raw \"a<b>\""),
        ("<r><a><![CDATA[x</a><b>y</b></r>", "r(a raw \"x\")(b \"y\")"),
        ("<r><!-- <a> --><?php x ?><a/></r>", "r(a)"),
        ("<r><!-- never ended <a/></r>", "r \" never ended \"(a)"),
        ("<r a='>' b=\"<\" c=d e>x</r>", "r \"x\""),
    ] {
        assert_eq!(shape(text), expected.replace("r \" never", "r \"-- never"), "{text}");
    }
}

#[test]
fn attributes_are_found_however_they_are_written() {
    let tree = parse("<r a='1' b = \"2 &amp; 3\" c=4 d xml:e='5' f=''/>").unwrap();
    let root = tree.root().unwrap();
    let value = |name: &str| root.attribute(name).map(Cow::into_owned);
    assert_eq!(value("A").as_deref(), Some("1"));
    assert_eq!(value("b").as_deref(), Some("2 & 3"));
    assert_eq!(value("c").as_deref(), Some("4"));
    assert_eq!(value("e").as_deref(), Some("5"));
    assert_eq!((value("d"), value("f"), value("x")), (None, None, None));
}

#[test]
fn fd_x_06_work_is_counted() {
    let deep = "<a>".repeat(100_000);
    assert_eq!(parse(&deep).err(), Some(TooMuch::Deep));
    let many = format!("<r>{}</r>", "<a/>".repeat(MOST));
    assert_eq!(parse(&many).err(), Some(TooMuch::Large));
    let long = format!("<r><a b='{}'/></r>", "x".repeat(LONGEST_TAG));
    assert_eq!(parse(&long).err(), Some(TooMuch::Large));
    // Each of these begins something that has no end.
    for start in ["<a b='", "<a b=\"", "<!--", "<![CDATA[", "<?x ", "<!x ["] {
        let text = format!("<r>{}", start.repeat(100_000));
        let _ = parse(&text);
    }
    // Each of these is short, and its end is looked for in all that follows.
    let far = format!("<rss>{}", "<![[]>".repeat(100_000));
    assert_eq!(parse(&far).err(), Some(TooMuch::Large));
    let unmatched = format!("{}{}", "<b>".repeat(190), "</x>".repeat(200_000));
    let _ = parse(&unmatched);
}

#[test]
fn fd_x_07_prefixes_mean_what_they_are_declared_to_mean() {
    let text = "<rss xmlns:c='http://purl.org/rss/1.0/modules/content/' xmlns='http://www.w3.org/2005/Atom'>\
        <c:encoded/><item/><dc:date/><x:y xmlns:x='http://purl.org/dc/terms/'/><x:y/>\
        <div xmlns='http://www.w3.org/1999/xhtml'><p/></div></rss>";
    let tree = parse(text).unwrap();
    let spaces: Vec<Space> = tree.root().unwrap().children().map(Element::space).collect();
    let expected = [Space::Content, Space::Plain, Space::Dc, Space::Dc, Space::Other, Space::Xhtml];
    assert_eq!(spaces, expected);
}
