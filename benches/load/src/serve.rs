//! The two servers: the bare one, and the pages of the crowd.

use std::convert::Infallible;
use std::future::Future;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::{Wrong, target, targets};

type Answer = Response<Full<Bytes>>;

/// Longest body that is read, as the daemon has it.
const LONGEST: usize = 16 * 1024;

/// Answers 201 to all, with as much text as the daemon says. As many threads as the daemon has.
pub(crate) fn bare() -> Result<(), Wrong> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(listen(|request: Request<Incoming>| async {
        let body = Limited::new(request.into_body(), LONGEST).collect().await;
        let status = if body.is_ok() { StatusCode::CREATED } else { StatusCode::BAD_REQUEST };
        let place = "http://127.0.0.1:4001/webmention/0123456789abcdef0123456789abcdef";
        let text = format!("accepted; {place} says what becomes of it\n");
        let response = Response::builder().status(status).header(header::LOCATION, place);
        response.body(Full::from(text)).unwrap_or_default()
    }))
}

/// Answers with an entry that replies to a target, after a while.
pub(crate) fn pages(list: &str, milliseconds: u64) -> Result<(), Wrong> {
    let list = Arc::new(targets(list));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(listen(move |request: Request<Incoming>| {
        let list = Arc::clone(&list);
        async move {
            if milliseconds > 0 {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            }
            let number = request.uri().path().trim_start_matches('/').parse();
            let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
            let page = page(host.unwrap_or_default(), number.unwrap_or(0), &list);
            let kind = "text/html; charset=utf-8";
            let response = Response::builder().header(header::CONTENT_TYPE, kind);
            response.body(Full::from(page)).unwrap_or_default()
        }
    }))
}

/// What people write about.
pub(crate) const WORDS: [&str; 64] = [
    "harbour",
    "lantern",
    "ferry",
    "winter",
    "bread",
    "garden",
    "letter",
    "bridge",
    "morning",
    "kettle",
    "island",
    "carpenter",
    "violin",
    "apple",
    "station",
    "blanket",
    "candle",
    "river",
    "teacher",
    "mountain",
    "window",
    "coffee",
    "bicycle",
    "library",
    "orchard",
    "thunder",
    "pocket",
    "neighbour",
    "gravel",
    "timetable",
    "postcard",
    "rooftop",
    "walked",
    "found",
    "carried",
    "mended",
    "painted",
    "forgot",
    "counted",
    "borrowed",
    "remembered",
    "followed",
    "opened",
    "listened",
    "waited",
    "crossed",
    "slowly",
    "yesterday",
    "together",
    "never",
    "quietly",
    "twice",
    "almost",
    "still",
    "green",
    "narrow",
    "empty",
    "early",
    "wooden",
    "foreign",
    "gentle",
    "broken",
    "silver",
    "tired",
];

/// Sentences that differ from page to page, always the same for one: a crowd that says one thing
/// would be taken for a machine.
fn words(number: usize) -> String {
    let mut state = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let count = 12 + next() % 40;
    let words: Vec<&str> = (0..count).map(|_| WORDS[(next() % 64) as usize]).collect();
    words.chunks(9).map(|sentence| format!("We {}. ", sentence.join(" "))).collect()
}

fn page(host: &str, number: usize, targets: &[String]) -> String {
    let (target, words) = (target(targets, number), words(number));
    let name = WORDS[number % WORDS.len()];
    format!(
        "<!doctype html><html lang=en><title>An answer</title><article class=h-entry>\
         <p class=\"p-author h-card\"><a class=\"p-name u-url\" href=\"http://{host}/\">Ana {name}</a></p>\
         <a class=u-in-reply-to href=\"{target}\">An answer</a> \
         <div class=e-content><p>{words}</p></div>\
         <a class=u-url href=\"http://{host}/{number}\"><time class=dt-published \
         datetime=2024-05-01T09:30:00Z>May</time></a></article></html>"
    )
}

/// Serves until standard input ends; whoever started this may have been killed.
pub(crate) async fn listen<F, S>(answer: F) -> Result<(), Wrong>
where
    F: Fn(Request<Incoming>) -> S + Clone + Send + 'static,
    S: Future<Output = Answer> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?.port());
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    loop {
        // Too many open files, for example: it may be better in a moment.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        stream.set_nodelay(true)?;
        let answer = answer.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let answer = answer(request);
                async move { Ok::<Answer, Infallible>(answer.await) }
            });
            // Who goes away in the middle was not interested.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
