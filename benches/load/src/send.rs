//! The crowd: mentions over connections that stay open, each sent when the one before is answered.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Uri, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::{Wrong, number, target, targets};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Connections that may break in all.
const BROKEN: u32 = 100;

/// What is sent.
struct Plan {
    endpoint: Uri,
    count: usize,
    hosts: usize,
    clients: usize,
    pages: usize,
    targets: Vec<String>,
    until: Instant,
}

/// What was seen.
#[derive(Default)]
struct Seen {
    next: Cell<usize>,
    broken: Cell<u32>,
    statuses: RefCell<BTreeMap<u16, u32>>,
    /// Microseconds.
    took: RefCell<Vec<u64>>,
}

/// Sends all, and prints what was seen as JSON.
pub(crate) fn crowd(words: &[&str]) -> Result<(), Wrong> {
    let [address, count, connections, hosts, clients, pages, seconds, list] = words else {
        return Err("send ADDRESS COUNT CONNECTIONS HOSTS CLIENTS PAGES SECONDS TARGETS".into());
    };
    let begun = Instant::now();
    let plan = Rc::new(Plan {
        endpoint: address.parse()?,
        count: number(count)?,
        hosts: number(hosts)?.max(1),
        clients: number(clients)?,
        pages: number(pages)?,
        targets: targets(list),
        until: begun + Duration::from_secs(number(seconds)? as u64),
    });
    let seen = Rc::new(Seen::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let here = tokio::task::LocalSet::new();
    here.block_on(&runtime, async {
        let connections = number(connections)?;
        let tasks: Vec<_> = (0..connections)
            .map(|_| tokio::task::spawn_local(work(Rc::clone(&plan), Rc::clone(&seen))))
            .collect();
        for task in tasks {
            task.await??;
        }
        Ok::<(), Wrong>(())
    })?;
    println!("{}", report(&seen, begun.elapsed()));
    Ok(())
}

async fn work(plan: Rc<Plan>, seen: Rc<Seen>) -> Result<(), Wrong> {
    let mut connection = connect(&plan.endpoint).await?;
    loop {
        let number = seen.next.get();
        if number >= plan.count || Instant::now() >= plan.until {
            return Ok(());
        }
        seen.next.set(number + 1);
        let request = mention(&plan, number)?;
        let begun = Instant::now();
        let answer = tokio::time::timeout(PATIENCE, async {
            let response = connection.send_request(request).await?;
            let status = response.status().as_u16();
            response.into_body().collect().await?;
            Ok::<u16, hyper::Error>(status)
        });
        if let Ok(Ok(status)) = answer.await {
            seen.took.borrow_mut().push(begun.elapsed().as_micros() as u64);
            *seen.statuses.borrow_mut().entry(status).or_default() += 1;
        } else {
            seen.broken.set(seen.broken.get() + 1);
            if seen.broken.get() > BROKEN {
                return Err("too many connections broke".into());
            }
            connection = connect(&plan.endpoint).await?;
        }
    }
}

async fn connect(endpoint: &Uri) -> Result<SendRequest<Full<Bytes>>, Wrong> {
    let host = endpoint.host().ok_or("no host")?;
    let stream = TcpStream::connect((host, endpoint.port_u16().unwrap_or(80))).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::task::spawn_local(connection);
    Ok(sender)
}

fn mention(plan: &Plan, number: usize) -> Result<Request<Full<Bytes>>, Wrong> {
    let (host, port) = (number % plan.hosts, plan.pages);
    let target = target(&plan.targets, number).replace(':', "%3A").replace('/', "%2F");
    let source = format!("http%3A%2F%2Fh{host}.localhost%3A{port}%2F{number}");
    let mut request = Request::post(plan.endpoint.path())
        .header(header::HOST, plan.endpoint.authority().map_or("", |host| host.as_str()))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if plan.clients > 0 {
        let client = number % plan.clients;
        let client = format!("10.{}.{}.{}", client >> 16 & 255, client >> 8 & 255, client & 255);
        request = request.header("x-forwarded-for", client);
    }
    Ok(request.body(Full::from(format!("source={source}&target={target}")))?)
}

fn report(seen: &Seen, wall: Duration) -> String {
    let mut took = seen.took.take();
    took.sort_unstable();
    // The value that a share of all does not exceed (nearest rank).
    let share = |percent: usize| {
        let rank = (took.len() * percent).div_ceil(100).max(1);
        took.get(rank - 1).copied().unwrap_or(0)
    };
    let statuses = seen.statuses.borrow();
    let statuses: Vec<String> =
        statuses.iter().map(|(s, count)| format!("\"{s}\": {count}")).collect();
    format!(
        "{{\"sent\": {}, \"broken\": {}, \"seconds\": {:.6}, \"statuses\": {{{}}}, \
         \"p50\": {}, \"p90\": {}, \"p99\": {}, \"max\": {}}}",
        seen.next.get(),
        seen.broken.get(),
        wall.as_secs_f64(),
        statuses.join(", "),
        share(50),
        share(90),
        share(99),
        share(100),
    )
}
