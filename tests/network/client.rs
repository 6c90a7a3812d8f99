//! The client before servers that behave as servers do, and as they should not.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use lanai::net::{
    Answer, Client, End, FEED_PAUSE, Guard, Limits, Login, NoAnswer, Refused, Request, Settings,
};
use url::Url;

use crate::peer::{Peer, Reply};

fn site() -> Url {
    Url::parse("https://ana.example/").unwrap()
}

fn client(allowed: &[&str]) -> Client {
    let allowed = allowed.iter().map(|text| text.parse().unwrap()).collect();
    Client::new(Settings::new(site(), Guard::new(allowed))).unwrap()
}

/// A client that may ask servers on this machine.
fn local() -> Client {
    client(&["127.0.0.0/8"])
}

fn ask(url: &Url) -> Request<'_> {
    Request {
        url,
        role: "Webmention",
        accept: "text/html",
        headers: &[],
        login: Login::Nobody,
        limits: Limits::PAGE,
    }
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

async fn get(client: &Client, url: &Url) -> Result<Answer, NoAnswer> {
    client.get(&ask(url)).await
}

#[tokio::test]
async fn who_asks_and_what_for_is_told_and_nothing_else() {
    let peer = Peer::start(|_| Reply::html("hello").header("Set-Cookie", "a=b"));
    let client = local();
    let mut url = peer.url("ben.localhost", "/post?x=1#part");
    url.set_username("ana").unwrap();
    url.set_password(Some("secret")).unwrap();
    for _ in 0..2 {
        let answer = get(&client, &url).await.unwrap();
        assert_eq!(
            (answer.status, answer.body.as_slice(), answer.end),
            (200, &b"hello"[..], End::Whole)
        );
        assert_eq!(answer.header("content-type"), Some("text/html; charset=UTF-8"));
    }
    let asked = &peer.asked()[1];
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/post?x=1"));
    let agent = asked.header("user-agent").unwrap();
    assert!(agent.starts_with("Lanai/") && agent.contains("Webmention"), "{agent}");
    assert!(agent.contains("+https://ana.example/"), "{agent}");
    let names: Vec<&str> = asked.headers.iter().map(|(name, _)| name.as_str()).collect();
    for private in ["cookie", "authorization", "referer", "proxy-authorization"] {
        assert!(!names.contains(&private), "{names:?}");
    }
}

#[tokio::test]
async fn wm_n_01_names_that_lead_inside_are_refused() {
    let peer = Peer::start(|_| Reply::html("inside"));
    let client = client(&[]);
    for host in ["localhost", "ana.localhost", "LOCALHOST", "localhost.", "127.0.0.1", "[::1]"] {
        let got = get(&client, &peer.url(host, "/")).await;
        assert!(matches!(got, Err(NoAnswer::Refused(Refused::Inside(_)))), "{host}: {got:?}");
    }
    assert!(peer.asked().is_empty());
}

#[tokio::test]
async fn wm_n_01_redirects_that_lead_inside_are_refused() {
    let secret = Peer::start(|_| Reply::html("secret"));
    let port = secret.port();
    let hops = [
        format!("http://127.0.0.1:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://secret.localhost:{port}/"),
        format!("//localhost:{port}/"),
        "file:///etc/passwd".to_owned(),
        "ftp://93.184.215.14/".to_owned(),
        "javascript:alert(1)".to_owned(),
        "data:text/html,hello".to_owned(),
        "http://".to_owned(),
    ];
    for hop in hops {
        let to = hop.clone();
        let peer = Peer::start(move |asked| match asked.path.as_str() {
            "/" => Reply::redirect(302, "/again"),
            _ => Reply::redirect(307, &to),
        });
        // This one host is allowed, and it alone.
        let client = client(&[&format!("ben.localhost:{}", peer.port())]);
        let got = get(&client, &peer.url("ben.localhost", "/")).await;
        assert!(matches!(got, Err(NoAnswer::Refused(_) | NoAnswer::Redirects)), "{hop}: {got:?}");
        assert_eq!(peer.asked().len(), 2, "{hop}");
    }
    assert!(secret.asked().is_empty());
}

#[tokio::test]
async fn wm_n_04_a_host_is_allowed_by_name_or_address_at_its_port() {
    let peer = Peer::start(|_| Reply::html("home"));
    let other = Peer::start(|_| Reply::html("other"));
    let (port, name) = (peer.port(), "nas.localhost");
    for allowed in [format!("{name}:{port}"), format!("127.0.0.1:{port}"), "127.0.0.1".to_owned()] {
        let client = client(&[&allowed]);
        assert!(get(&client, &peer.url(name, "/")).await.is_ok(), "{allowed}");
        let elsewhere = get(&client, &other.url(name, "/")).await;
        assert_eq!(elsewhere.is_ok(), allowed == "127.0.0.1", "{allowed}: {elsewhere:?}");
    }
    let by_name = client(&[&format!("{name}:{port}")]);
    assert!(get(&by_name, &peer.url("127.0.0.1", "/")).await.is_err());
    assert!(get(&by_name, &peer.url("x.localhost", "/")).await.is_err());
}

#[tokio::test]
async fn wm_d_01_redirects_are_followed_up_to_ten() {
    let peer = Peer::start(|asked| {
        let left: usize = asked.path.trim_start_matches("/r/").parse().unwrap();
        let status = [301, 302, 303, 307, 308][left % 5];
        if left == 0 {
            Reply::html("end")
        } else {
            Reply::redirect(status, &(left - 1).to_string())
        }
    });
    let client = local();
    let ten = get(&client, &peer.url("a.localhost", "/r/10#part")).await.unwrap();
    assert_eq!((ten.url.path(), ten.url.fragment(), ten.hops.len()), ("/r/0", Some("part"), 10));
    assert_eq!(ten.hops[0].0, 301);
    let eleven = get(&client, &peer.url("a.localhost", "/r/11")).await;
    assert_eq!(eleven.unwrap_err(), NoAnswer::Redirects);
    let circle = Peer::start(|_| Reply::redirect(302, "/"));
    assert_eq!(
        get(&client, &circle.url("a.localhost", "/")).await.unwrap_err(),
        NoAnswer::Redirects
    );
    assert_eq!(circle.asked().len(), 11);
}

#[tokio::test]
async fn wm_s_05_a_form_is_sent_again_where_a_redirect_leads_but_not_after_303() {
    let peer = Peer::start(|asked| match asked.path.as_str() {
        "/301" => Reply::redirect(301, "/end"),
        "/302" => Reply::redirect(302, "/307"),
        "/303" => Reply::redirect(303, "/end"),
        "/307" => Reply::redirect(307, "/308"),
        "/308" => Reply::redirect(308, "/end?a=b"),
        _ => Reply::status(202),
    });
    let client = local();
    let fields = [("source", "https://ana.example/ü?a=1&b=2"), ("target", "http://x.example/")];
    for (path, status, hops) in [("/301", 202, 1), ("/302", 202, 3), ("/303", 303, 0)] {
        let url = peer.url("b.localhost", path);
        let request = Request { limits: Limits::ENDPOINT, ..ask(&url) };
        let answer = client.post_form(&request, &fields).await.unwrap();
        assert_eq!((answer.status, answer.hops.len()), (status, hops), "{path}");
    }
    for asked in peer.asked() {
        assert_eq!(asked.method, "POST");
        assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
        let body = "source=https%3A%2F%2Fana.example%2F%C3%BC%3Fa%3D1%26b%3D2&target=http%3A%2F%2Fx.example%2F";
        assert_eq!(asked.body, body);
    }
}

#[tokio::test]
async fn wm_n_06_a_body_is_read_up_to_its_limit_counted_after_decompression() {
    let zeros = vec![0_u8; 64 * 1024 * 1024];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&zeros).unwrap();
    let bomb = encoder.finish().unwrap();
    let small = packed("hello");
    assert!(bomb.len() < Limits::PAGE.bytes);
    let peer = Peer::start(move |asked| match asked.path.as_str() {
        "/bomb" => Reply::status(200).header("Content-Encoding", "gzip").body(bomb.clone()),
        "/long" => Reply::status(200).body(vec![b'a'; 3 * 1024 * 1024]),
        "/exact" => Reply::status(200).body(vec![b'a'; 1024 * 1024]),
        "/cut" => {
            Reply::status(200).header("Content-Encoding", "gzip").body(&small[..small.len() - 20])
        }
        "/plain" => Reply::status(200).header("Content-Encoding", "gzip").body("no gzip"),
        _ => Reply::html(""),
    });
    let client = local();
    let cases = [
        ("/bomb", 1024 * 1024, End::Long),
        ("/long", 1024 * 1024, End::Long),
        ("/exact", 1024 * 1024, End::Whole),
        ("/cut", 0, End::Broken),
        ("/plain", 7, End::Whole),
        ("/empty", 0, End::Whole),
    ];
    for (path, bytes, end) in cases {
        let answer = get(&client, &peer.url("c.localhost", path)).await.unwrap();
        assert_eq!((answer.body.len(), answer.end), (bytes, end), "{path}");
    }
}

#[tokio::test]
async fn wm_v_03_what_came_before_the_time_was_over_is_there() {
    let peer = Peer::start(|_| Reply::html("the first part").hanging());
    let url = peer.url("slow.localhost", "/");
    let limits = Limits { time: Duration::from_millis(200), ..Limits::PAGE };
    let answer = local().get(&Request { limits, ..ask(&url) }).await.unwrap();
    assert_eq!((answer.body.as_slice(), answer.end), (&b"the first part"[..], End::Broken));
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/", silent.local_addr().unwrap())).unwrap();
    let limits = Limits { time: Duration::from_millis(100), ..Limits::PAGE };
    let got = local().get(&Request { limits, ..ask(&url) }).await;
    assert_eq!(got.unwrap_err(), NoAnswer::Time);
}

#[tokio::test]
async fn wm_n_06_headers_have_a_limit() {
    let peer = Peer::start(|asked| {
        let long = "x".repeat(1024);
        let count: usize = asked.path.trim_start_matches('/').parse().unwrap();
        (0..count).fold(Reply::html("hi"), |reply, n| reply.header(&format!("X-{n}"), &long))
    });
    let client = local();
    assert!(get(&client, &peer.url("d.localhost", "/40")).await.is_ok());
    let many = get(&client, &peer.url("d.localhost", "/80")).await;
    assert_eq!(many.unwrap_err(), NoAnswer::Headers);
    let too_many = get(&client, &peer.url("d.localhost", "/200")).await;
    assert!(matches!(too_many, Err(NoAnswer::Connection(_))), "{too_many:?}");
}

#[tokio::test]
async fn nobody_there_is_said_as_such() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = Url::parse(&format!("http://gone.localhost:{port}/")).unwrap();
    let got = get(&local(), &url).await.unwrap_err();
    assert!(matches!(&got, NoAnswer::Connection(why) if why.contains("refused")), "{got:?}");
    assert!(got.is_passing());
}

#[tokio::test]
async fn a_server_that_asks_to_be_left_alone_is_left_alone() {
    let peer = Peer::start(|asked| match asked.path.as_str() {
        "/busy" => Reply::status(429).header("Retry-After", "120"),
        _ => Reply::html("fine"),
    });
    let client = local();
    assert!(get(&client, &peer.url("e.localhost", "/")).await.is_ok());
    let busy = get(&client, &peer.url("e.localhost", "/busy")).await.unwrap();
    assert_eq!((busy.status, busy.retry_after()), (429, Some(Duration::from_secs(120))));
    let held = get(&client, &peer.url("e.localhost", "/")).await.unwrap_err();
    assert!(matches!(held, NoAnswer::Held(rest) if rest <= Duration::from_secs(120)), "{held:?}");
    // Its neighbour under another name is somebody else.
    assert!(get(&client, &peer.url("f.localhost", "/")).await.is_ok());
    assert_eq!(peer.asked().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn wm_n_07_a_host_gets_two_requests_at_a_time() {
    let (now, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let (highest, met) = (Arc::clone(&most), (Mutex::new(0), Condvar::new()));
    let peer = Peer::start(move |_| {
        let here = now.fetch_add(1, Ordering::SeqCst) + 1;
        highest.fetch_max(here, Ordering::SeqCst);
        // Nobody leaves before two have come: fewer than two at a time would wait for ever.
        let mut come = met.0.lock().unwrap();
        *come += 1;
        met.1.notify_all();
        while *come < 2 {
            come = met.1.wait(come).unwrap();
        }
        drop(come);
        now.fetch_sub(1, Ordering::SeqCst);
        Reply::html("")
    });
    let client = local();
    let asking: Vec<_> = (0..10)
        .map(|n| {
            let (client, url) = (client.clone(), peer.url("g.localhost", &format!("/{n}")));
            tokio::spawn(async move { get(&client, &url).await.unwrap().status })
        })
        .collect();
    for one in asking {
        assert_eq!(one.await.unwrap(), 200);
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

/// An address with a name and a password in it.
fn with_login(mut url: Url, name: &str, word: &str) -> Url {
    url.set_username(name).unwrap();
    url.set_password(Some(word)).unwrap();
    url
}

#[tokio::test]
async fn a_login_goes_to_whom_it_was_meant_for_and_to_nobody_else() {
    let other = Peer::start(|_| Reply::html("other"));
    let (elsewhere, own) = (other.url("a.localhost", "/"), Arc::new(Mutex::new(None::<Url>)));
    let back = Arc::clone(&own);
    let peer = Peer::start(move |asked| match (asked.host.as_str(), asked.path.as_str()) {
        ("a.localhost", "/moved") => Reply::redirect(301, "/feed"),
        ("a.localhost", "/port") => Reply::redirect(302, elsewhere.as_str()),
        ("a.localhost", "/host") => {
            let url = back.lock().unwrap().clone().unwrap();
            Reply::redirect(307, url.as_str())
        }
        _ => Reply::html("feed"),
    });
    // Its own address comes back with a login of somebody's choice in it.
    *own.lock().unwrap() = Some(with_login(peer.url("b.localhost", "/x"), "eve", "drop"));
    let client = local();
    for (path, login) in [("/feed", 1), ("/moved", 2), ("/port", 1), ("/host", 1)] {
        let url = with_login(peer.url("a.localhost", path), "ana", "öpen:sesame");
        let before = peer.asked().len();
        let request = Request { login: Login::OfAddress, ..ask(&url) };
        let answer = client.get(&request).await.unwrap();
        let asked = peer.asked().split_off(before);
        let sent: Vec<_> = asked.iter().filter_map(|asked| asked.header("authorization")).collect();
        assert_eq!(sent, vec!["Basic YW5hOsO2cGVuOnNlc2FtZQ=="; login], "{path}");
        let told = format!("{answer:?}{request:?}");
        for secret in ["sesame", "ana:", "eve:", "drop"] {
            assert!(!told.contains(secret), "{path}: {told}");
        }
        assert!(answer.url.password().is_none() && answer.url.username().is_empty());
    }
    assert!(other.asked().iter().all(|asked| asked.header("authorization").is_none()));
}

#[tokio::test]
async fn who_was_led_away_and_back_is_nobody() {
    let back = Arc::new(Mutex::new(String::new()));
    let (to_b, to_a) = (Arc::clone(&back), Arc::clone(&back));
    let peer = Peer::start(move |asked| match (asked.host.as_str(), asked.path.as_str()) {
        ("a.localhost", "/") => {
            Reply::redirect(302, &format!("http://b.localhost:{}/", to_b.lock().unwrap()))
        }
        ("b.localhost", _) => {
            Reply::redirect(302, &format!("http://a.localhost:{}/end", to_a.lock().unwrap()))
        }
        _ => Reply::html("end"),
    });
    *back.lock().unwrap() = peer.port().to_string();
    let url = with_login(peer.url("a.localhost", "/"), "ana", "sesame");
    let request = Request { login: Login::OfAddress, ..ask(&url) };
    assert_eq!(local().get(&request).await.unwrap().body, b"end");
    let logins: Vec<bool> =
        peer.asked().iter().map(|asked| asked.header("authorization").is_some()).collect();
    assert_eq!(logins, [true, false, false]);
}

#[tokio::test]
async fn a_password_is_in_no_error() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = Url::parse(&format!("http://ana:sesame@gone.localhost:{port}/")).unwrap();
    let request = Request { login: Login::OfAddress, ..ask(&url) };
    let why = local().get(&request).await.unwrap_err();
    assert!(!format!("{why} {why:?}").contains("sesame"), "{why:?}");
}

#[tokio::test]
async fn fd_h_09_bodies_are_unpacked_whatever_is_said_of_them() {
    let text = "<rss version='2.0'/>".repeat(100);
    let expected = text.clone();
    let peer = Peer::start(move |asked| {
        let twice = || {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(&packed(&text)).unwrap();
            encoder.finish().unwrap()
        };
        let (said, body) = match asked.path.as_str() {
            "/gzip" => ("gzip", packed(&text)),
            "/plain" => ("br", text.clone().into_bytes()),
            "/hidden" => ("", packed(&text)),
            "/double" => ("gzip, gzip", twice()),
            _ => ("gzip", twice()),
        };
        Reply::status(200).header("Content-Encoding", said).body(body)
    });
    let client = local();
    for path in ["/gzip", "/plain", "/hidden", "/double", "/once-said"] {
        let answer = get(&client, &peer.url("a.localhost", path)).await.unwrap();
        let is_same = answer.body == expected.as_bytes();
        assert_eq!((is_same, answer.end), (true, End::Whole), "{path}");
        // It was the length of what came.
        assert_eq!(answer.header("content-length"), None, "{path}");
    }
    assert_eq!(peer.asked()[0].header("accept-encoding"), Some("gzip, deflate, br"));
}

#[tokio::test]
async fn fd_h_06_a_feed_rests_between_a_minute_and_a_week() {
    let peer = Peer::start(|asked| {
        Reply::status(200).header("Retry-After", asked.path.trim_start_matches('/'))
    });
    let client = local();
    for (said, seconds, usual) in [
        ("5", 60, 5),
        ("3600", 3_600, 3_600),
        ("172800", 172_800, 86_400),
        ("9999999", 604_800, 86_400),
    ] {
        let url = peer.url("a.localhost", &format!("/{said}"));
        let answer = get(&client, &url).await.unwrap();
        let wait = answer.retry_after_within(&FEED_PAUSE).unwrap();
        assert_eq!((wait.as_secs(), answer.retry_after().unwrap().as_secs()), (seconds, usual));
    }
}
