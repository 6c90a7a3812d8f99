//! The plain program beside Lanai: asks for all feeds with hyper, parses them with feed-rs, and
//! keeps nothing but what servers want to hear again. One at a time to a host.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::{Wrong, number};

/// What all who ask share.
struct Plan {
    port: u16,
    count: usize,
    hosts: usize,
    next: AtomicUsize,
    items: AtomicUsize,
    unchanged: AtomicUsize,
    etags: Mutex<HashMap<usize, String>>,
}

/// Polls twice, and prints what each round took as a line of JSON.
pub(crate) fn poll(words: &[&str]) -> Result<(), Wrong> {
    let [port, count, hosts, at_once] = words else {
        return Err("poll PORT COUNT HOSTS AT_ONCE".into());
    };
    let plan = Arc::new(Plan {
        port: port.parse()?,
        count: number(count)?,
        hosts: number(hosts)?.max(1),
        next: AtomicUsize::default(),
        items: AtomicUsize::default(),
        unchanged: AtomicUsize::default(),
        etags: Mutex::default(),
    });
    let at_once = number(at_once)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        round(&plan, at_once).await?;
        ask(&mut connect(plan.port).await?, plan.port, "h0", "/_round", None).await?;
        round(&plan, at_once).await
    })
}

async fn round(plan: &Arc<Plan>, at_once: usize) -> Result<(), Wrong> {
    let begun = Instant::now();
    for counter in [&plan.next, &plan.items, &plan.unchanged] {
        counter.store(0, Relaxed);
    }
    let tasks: Vec<_> = (0..at_once).map(|_| tokio::spawn(work(Arc::clone(plan)))).collect();
    for task in tasks {
        task.await??;
    }
    println!(
        "{{\"seconds\": {:.6}, \"items\": {}, \"unchanged\": {}}}",
        begun.elapsed().as_secs_f64(),
        plan.items.load(Relaxed),
        plan.unchanged.load(Relaxed)
    );
    Ok(())
}

/// Takes one host after the other, and asks for its feeds.
async fn work(plan: Arc<Plan>) -> Result<(), Wrong> {
    loop {
        let host = plan.next.fetch_add(1, Relaxed);
        if host >= plan.hosts {
            return Ok(());
        }
        let mut connection = connect(plan.port).await?;
        for feed in (host..plan.count).step_by(plan.hosts) {
            let etag = plan.etags().get(&feed).cloned();
            let (host, path) = (format!("h{host}"), format!("/{feed}"));
            let answer = ask(&mut connection, plan.port, &host, &path, etag).await?;
            let Some((etag, body)) = answer else {
                plan.unchanged.fetch_add(1, Relaxed);
                continue;
            };
            if let Some(etag) = etag {
                plan.etags().insert(feed, etag);
            }
            let parsed = feed_rs::parser::parse(&*body)?;
            plan.items.fetch_add(parsed.entries.len(), Relaxed);
        }
    }
}

impl Plan {
    fn etags(&self) -> std::sync::MutexGuard<'_, HashMap<usize, String>> {
        self.etags.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn connect(port: u16) -> Result<SendRequest<Empty<Bytes>>, Wrong> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// The mark and the body of an answer; none if nothing has changed.
async fn ask(
    connection: &mut SendRequest<Empty<Bytes>>,
    port: u16,
    host: &str,
    path: &str,
    etag: Option<String>,
) -> Result<Option<(Option<String>, Bytes)>, Wrong> {
    let mut request = Request::get(path).header(header::HOST, format!("{host}.localhost:{port}"));
    if let Some(etag) = etag {
        request = request.header(header::IF_NONE_MATCH, etag);
    }
    let response = connection.send_request(request.body(Empty::new())?).await?;
    let status = response.status();
    let etag = response.headers().get(header::ETAG);
    let etag = etag.and_then(|etag| etag.to_str().ok()).map(str::to_owned);
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status != 304).then_some((etag, body)))
}
