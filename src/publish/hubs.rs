//! WebSub hubs hear that feeds have changed (WebSub §3, publisher).

use url::Url;

use crate::net::{Client, Limits, Request};

/// Tells a hub that feeds have changed; what went wrong, in words, if anything did.
///
/// # Errors
/// Why the hub was not told.
pub async fn ping(client: &Client, hub: &Url, feeds: &[String]) -> Result<(), String> {
    let mut fields = vec![("hub.mode", "publish")];
    // Hubs read the one or the other.
    fields.extend(feeds.iter().flat_map(|feed| [("hub.url", &**feed), ("hub.topic", &**feed)]));
    let request = Request {
        url: hub,
        role: "WebSub publisher",
        accept: "*/*",
        headers: &[],
        limits: Limits::ENDPOINT,
    };
    match client.post_form(&request, &fields).await {
        Ok(answer) if answer.is_success() => Ok(()),
        Ok(answer) => Err(format!("the hub answers {}", answer.status)),
        Err(why) => Err(why.to_string()),
    }
}
