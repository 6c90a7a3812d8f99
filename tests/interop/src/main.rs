//! A peer that speaks webmention by the crate `webmention`. Prints one line of JSON; `interop.py`
//! asks it.
//!
//! - `discover TARGET`: the endpoint that the crate finds.
//! - `send SOURCE TARGET`: check the source, find the endpoint, send.
//! - `resend SOURCE TARGET`: the same without the check, which lets nobody tell of an end.
//! - `check SOURCE TARGET`: what a receiver by this crate does: does the source link the target?
//! - `links SOURCE`: the links that the crate would send mentions for.

use webmention::endpoint_discovery::find_target_endpoint;
use webmention::webmention::{Webmention, WebmentionAcceptance};
use webmention::{WebmentionError, http_client};

/// As JSON: debug text of Rust is close enough for the addresses here, which hold no control
/// characters.
fn quoted(text: &str) -> String {
    format!("{text:?}")
}

/// What went wrong, with what lies below it.
fn wrong(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(error) = below {
        text.push_str(&format!(": {error}"));
        below = error.source();
    }
    format!("{{\"error\": {}}}", quoted(&text))
}

async fn discover(target: &str) -> Result<String, WebmentionError> {
    let found = find_target_endpoint(&mention(target, target)?.target).await?;
    let endpoint = found.map_or("null".to_owned(), |url| quoted(url.as_str()));
    Ok(format!("{{\"endpoint\": {endpoint}}}"))
}

async fn send(source: &str, target: &str, is_checked: bool) -> Result<String, WebmentionError> {
    let mut mention = mention(source, target)?;
    if is_checked {
        mention.set_checked(true);
    }
    let said = match mention.send().await? {
        WebmentionAcceptance::NoTargetEndpoint => "no endpoint",
        WebmentionAcceptance::NotValid => "not valid",
        WebmentionAcceptance::NotAccepted => "not accepted",
        WebmentionAcceptance::Accepted => "accepted",
    };
    Ok(format!("{{\"sent\": {}}}", quoted(said)))
}

async fn check(source: &str, target: &str) -> Result<String, WebmentionError> {
    let links = match mention(source, target)?.check().await {
        Ok(()) => true,
        Err(WebmentionError::NoDocumentLinks) => false,
        Err(error) => return Err(error),
    };
    Ok(format!("{{\"links\": {links}}}"))
}

async fn links(source: &str) -> Result<String, WebmentionError> {
    let page = http_client::get(&mention(source, source)?.source).await?;
    let links = page.html.find_links().await?;
    let links: Vec<String> = links.iter().map(|url| quoted(url.as_str())).collect();
    Ok(format!("{{\"links\": [{}]}}", links.join(", ")))
}

fn mention(source: &str, target: &str) -> Result<Webmention, WebmentionError> {
    Webmention::new(source, target).map_err(|_| WebmentionError::UnparseableDocument)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let said = match words.as_slice() {
        ["discover", target] => discover(target).await,
        ["send", source, target] => send(source, target, false).await,
        ["resend", source, target] => send(source, target, true).await,
        ["check", source, target] => check(source, target).await,
        ["links", source] => links(source).await,
        _ => {
            eprintln!("discover, send, resend, check or links, and addresses");
            std::process::exit(2);
        }
    };
    println!("{}", said.unwrap_or_else(|error| wrong(&error)));
}
