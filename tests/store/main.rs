//! The store on both of its databases: every method does the same on SQLite and on PostgreSQL.
//!
//! PostgreSQL is the server that `LANAI_POSTGRES` names (`postgres://…`, a user who may make
//! databases). Without it its half is skipped, except where `LANAI_CI` is set.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may stop at the first surprise"
)]

mod cites;
mod reading;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use lanai::store::{
    Found, Lease, ListAnswer, MentionState, NewJob, NewMention, Settled, Store, Word,
};

/// A database of a test's own: where it is, so that it can be opened again.
enum Place {
    Sqlite(tempfile::TempDir),
    Postgres(String),
}

impl Place {
    async fn open(&self) -> Store {
        match self {
            Self::Sqlite(folder) => Store::open(folder.path()).await.unwrap(),
            Self::Postgres(address) => Store::connect(address).await.unwrap(),
        }
    }
}

/// A new database on each engine that there is.
async fn places() -> Vec<Place> {
    let mut places = vec![Place::Sqlite(tempfile::tempdir().unwrap())];
    match std::env::var("LANAI_POSTGRES") {
        Ok(server) => places.push(Place::Postgres(new_database(&server).await)),
        Err(_) => {
            assert!(std::env::var_os("LANAI_CI").is_none(), "LANAI_POSTGRES must be set");
            eprintln!("PostgreSQL is skipped: LANAI_POSTGRES is not set");
        }
    }
    places
}

async fn new_database(server: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    let (client, connection) =
        tokio_postgres::connect(server, tokio_postgres::NoTls).await.expect("the server answers");
    let connection = tokio::spawn(connection);
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await.unwrap();
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
    let mut address = url::Url::parse(server).unwrap();
    address.set_path(&name);
    address.into()
}

/// The same database by another way.
fn by(address: &str, host: &str, options: &[(&str, &str)]) -> String {
    let mut url = url::Url::parse(address).unwrap();
    url.set_host(Some(host)).unwrap();
    url.query_pairs_mut().extend_pairs(options);
    url.as_str().replace('+', "%20")
}

/// A database on PostgreSQL only, and somebody who works on it beside the store.
async fn beside() -> Option<(String, tokio_postgres::Client)> {
    let Some(Place::Postgres(address)) = places().await.pop() else { return None };
    let (client, connection) =
        tokio_postgres::connect(&address, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    Some((address, client))
}

/// Waits until somebody waits for what another holds.
async fn until_blocked(client: &tokio_postgres::Client) {
    const BLOCKED: &str = "SELECT count(*) FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..6_000 {
        // Within a transaction the server would say the same again and again.
        client.execute("SELECT pg_stat_clear_snapshot()", &[]).await.unwrap();
        if client.query_one(BLOCKED, &[]).await.unwrap().get::<_, i64>(0) == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("nobody waits");
}

const HOLD: &str = "BEGIN; UPDATE secret SET value = 'held' WHERE name = 'word'";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn lease(owner: &str) -> Lease<'_> {
    Lease { owner, time: Duration::from_secs(60) }
}

fn work(key: &str, due: i64) -> NewJob<'_> {
    NewJob { site: "ana", kind: "verify", key, payload: "{}", due: at(due) }
}

/// Takes what is due and gives its keys.
async fn take(store: &Store, owner: &str, second: i64) -> Vec<String> {
    let jobs = store.take_jobs("ana", lease(owner), at(second), 100).await.unwrap();
    jobs.into_iter().map(|job| job.key).collect()
}

#[tokio::test]
async fn work_is_taken_when_it_is_due_and_ends_when_it_is_done() {
    for place in places().await {
        let store = place.open().await;
        store.enqueue(work("later", 100)).await.unwrap();
        store.enqueue(NewJob { payload: "what", ..work("now", 5) }).await.unwrap();
        store.enqueue(NewJob { site: "ben", ..work("now", 5) }).await.unwrap();
        assert_eq!(store.next_job("ana").await.unwrap(), Some(at(5)));
        assert_eq!(take(&store, "a1", 4).await, Vec::<String>::new());

        let jobs = store.take_jobs("ana", lease("a2"), at(5), 100).await.unwrap();
        assert_eq!(jobs.len(), 1);
        let job = &jobs[0];
        let seen = (job.kind.as_str(), job.key.as_str(), job.payload.as_str(), job.tries);
        assert_eq!(seen, ("verify", "now", "what", 1));
        assert_eq!(take(&store, "a3", 6).await, Vec::<String>::new());
        assert_eq!(store.next_job("ana").await.unwrap(), Some(at(65)));

        assert!(store.finish_job(job).await.unwrap());
        assert!(!store.finish_job(job).await.unwrap());
        assert_eq!(store.count_jobs("ana").await.unwrap(), 1);
        assert_eq!(store.count_jobs("ben").await.unwrap(), 1);
        assert_eq!(store.count_jobs("nobody").await.unwrap(), 0);
        assert_eq!(store.next_job("nobody").await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_same_work_is_one_job_at_the_earlier_time() {
    for place in places().await {
        let store = place.open().await;
        store.enqueue(work("one", 50)).await.unwrap();
        store.enqueue(NewJob { payload: "newer", ..work("one", 20) }).await.unwrap();
        store.enqueue(NewJob { payload: "newest", ..work("one", 90) }).await.unwrap();
        assert_eq!(store.count_jobs("ana").await.unwrap(), 1);
        let jobs = store.take_jobs("ana", lease("a1"), at(20), 100).await.unwrap();
        assert_eq!(jobs[0].payload, "newest");
    }
}

#[tokio::test]
async fn work_that_is_asked_for_while_it_is_done_is_done_once_more() {
    for place in places().await {
        let store = place.open().await;
        store.enqueue(work("one", 0)).await.unwrap();
        let job = store.take_jobs("ana", lease("a1"), at(0), 1).await.unwrap().remove(0);
        store.enqueue(NewJob { payload: "again", ..work("one", 1) }).await.unwrap();
        store.enqueue(NewJob { payload: "and again", ..work("one", 2) }).await.unwrap();
        assert_eq!(take(&store, "a2", 3).await, Vec::<String>::new());
        assert!(store.finish_job(&job).await.unwrap());

        let job = store.take_jobs("ana", lease("a3"), at(3), 1).await.unwrap().remove(0);
        assert_eq!((job.payload.as_str(), job.tries), ("and again", 1));
        assert!(store.finish_job(&job).await.unwrap());
        assert_eq!(store.count_jobs("ana").await.unwrap(), 0);

        // The same when it failed: it does not wait for the next try.
        store.enqueue(work("two", 10)).await.unwrap();
        let job = store.take_jobs("ana", lease("a4"), at(10), 1).await.unwrap().remove(0);
        store.enqueue(work("two", 11)).await.unwrap();
        assert!(store.postpone_job(&job, at(1_000)).await.unwrap());
        assert_eq!(store.next_job("ana").await.unwrap(), Some(at(11)));

        // The earliest of several, and nobody's death puts off what was begun.
        store.enqueue(work("three", 12)).await.unwrap();
        let jobs = store.take_jobs("ana", lease("dead"), at(12), 9).await.unwrap();
        assert_eq!(jobs.len(), 2);
        store.enqueue(work("three", 9_000)).await.unwrap();
        store.enqueue(work("three", 500)).await.unwrap();
        store.enqueue(work("three", 7_000)).await.unwrap();
        let jobs = store.take_jobs("ana", lease("alive"), at(72), 9).await.unwrap();
        let three = jobs.iter().find(|job| job.key == "three").unwrap();
        assert!(store.postpone_job(three, at(100)).await.unwrap());
        let three = store.take_jobs("ana", lease("a5"), at(100), 9).await.unwrap().remove(0);
        assert!(store.finish_job(&three).await.unwrap());
        assert_eq!(take(&store, "a6", 499).await, ["two"]);
        assert_eq!(take(&store, "a7", 500).await, ["three"]);
    }
}

#[tokio::test]
async fn work_that_failed_waits_and_begins_anew_when_asked_for() {
    for place in places().await {
        let store = place.open().await;
        store.enqueue(work("one", 0)).await.unwrap();
        for (tries, second) in [(1, 0), (2, 100), (3, 200)] {
            let job = store.take_jobs("ana", lease("a"), at(second), 1).await.unwrap().remove(0);
            assert_eq!(job.tries, tries);
            assert!(store.postpone_job(&job, at(second + 100)).await.unwrap());
            assert_eq!(take(&store, "b", second + 99).await, Vec::<String>::new());
        }
        store.enqueue(work("one", 250)).await.unwrap();
        let job = store.take_jobs("ana", lease("c"), at(250), 1).await.unwrap().remove(0);
        assert_eq!(job.tries, 1);
    }
}

#[tokio::test]
async fn work_that_is_given_back_undone_was_not_tried() {
    for place in places().await {
        let store = place.open().await;
        let taken = async |second| {
            store.take_jobs("ana", lease("a"), at(second), 1).await.unwrap().remove(0)
        };
        store.enqueue(work("one", 0)).await.unwrap();
        for second in [0, 2, 4] {
            let job = taken(second).await;
            assert_eq!(job.tries, 1);
            assert!(store.return_job(&job, at(second + 2)).await.unwrap());
            assert!(!store.return_job(&job, at(second + 9)).await.unwrap());
            assert_eq!(store.next_job("ana").await.unwrap(), Some(at(second + 2)));
        }
        // What failed before has not failed less often for it.
        assert!(store.postpone_job(&taken(6).await, at(100)).await.unwrap());
        let job = taken(100).await;
        assert_eq!(job.tries, 2);
        assert!(store.return_job(&job, at(102)).await.unwrap());
        let job = taken(102).await;
        assert_eq!(job.tries, 2);
        // What is asked for again meanwhile begins anew, and is not put off.
        store.enqueue(NewJob { payload: "again", ..work("one", 103) }).await.unwrap();
        assert!(store.return_job(&job, at(104)).await.unwrap());
        let job = taken(103).await;
        assert_eq!((job.payload.as_str(), job.tries), ("again", 1));
        assert!(store.finish_job(&job).await.unwrap());
        assert_eq!(store.count_jobs("ana").await.unwrap(), 0);
    }
}

#[tokio::test]
async fn the_work_of_somebody_dead_comes_back_and_theirs_it_is_no_more() {
    for place in places().await {
        let store = place.open().await;
        store.enqueue(work("one", 0)).await.unwrap();
        let first = store.take_jobs("ana", lease("dead"), at(0), 1).await.unwrap().remove(0);
        assert!(store.extend_job(&first, at(90)).await.unwrap());
        assert_eq!(take(&store, "b", 89).await, Vec::<String>::new());
        // Another process, which has the database open anew.
        let other = place.open().await;
        let second = other.take_jobs("ana", lease("alive"), at(90), 1).await.unwrap().remove(0);
        assert_eq!(second.tries, 2);
        assert!(!store.finish_job(&first).await.unwrap());
        assert!(!store.postpone_job(&first, at(100)).await.unwrap());
        assert!(!store.extend_job(&first, at(1_000)).await.unwrap());
        assert!(other.finish_job(&second).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_take_from_one_queue_and_nobody_does_the_same_work() {
    const JOBS: usize = 200;
    for place in places().await {
        let store = place.open().await;
        for number in 0..JOBS {
            store.enqueue(work(&number.to_string(), 0)).await.unwrap();
        }
        let mut workers = Vec::new();
        for name in 0..4 {
            let store = place.open().await;
            workers.push(tokio::spawn(async move {
                let mut done = Vec::new();
                for round in 0.. {
                    let owner = format!("{name}-{round}");
                    let jobs = store.take_jobs("ana", lease(&owner), at(1), 7).await.unwrap();
                    if jobs.is_empty() {
                        break;
                    }
                    for job in jobs {
                        assert!(store.finish_job(&job).await.unwrap());
                        done.push(job.key);
                    }
                }
                done
            }));
        }
        let mut all = Vec::new();
        for worker in workers {
            all.extend(worker.await.unwrap());
        }
        assert_eq!(all.len(), JOBS);
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), JOBS);
        assert_eq!(store.count_jobs("ana").await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_asked_for_is_there_when_the_database_is_opened_again() {
    for place in places().await {
        let store = place.open().await;
        let asking = (0..50).map(|number| {
            let store = store.clone();
            tokio::spawn(async move { store.enqueue(work(&format!("job {number}"), 0)).await })
        });
        let asking: Vec<_> = asking.collect();
        for one in asking {
            one.await.unwrap().unwrap();
        }
        drop(store);
        assert_eq!(place.open().await.count_jobs("ana").await.unwrap(), 50);
    }
}

#[tokio::test]
async fn names_have_a_length_that_both_databases_take() {
    for place in places().await {
        let store = place.open().await;
        let key: String = (0..480).map(|n: u32| char::from(b'a' + (n * n % 23) as u8)).collect();
        store.enqueue(work(&key, 0)).await.unwrap();
        let error = store.enqueue(work(&key.repeat(2), 0)).await.unwrap_err().to_string();
        assert!(error.contains("too long"), "{error}");
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_an_error_with_a_reason() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = Store::open(file.path()).await.map(drop).unwrap_err().to_string();
    assert!(error.contains("make the folder"), "{error}");
    let broken = tempfile::tempdir().unwrap();
    std::fs::write(broken.path().join("lanai.sqlite"), "no database at all, ".repeat(100)).unwrap();
    let error = Store::open(broken.path()).await.map(drop).unwrap_err().to_string();
    assert!(error.contains("lanai.sqlite") && error.contains("not a database"), "{error}");
    for address in ["postgres://127.0.0.1:1/nothing", "postgres:// /", "nonsense"] {
        let error = Store::connect(address).await.map(drop).unwrap_err().to_string();
        assert!(error.contains("cannot connect"), "{error}");
    }
}

fn mention<'m>(key: &'m str, status: &'m str) -> NewMention<'m> {
    mention_at(key, status, 0)
}

fn mention_at<'m>(key: &'m str, status: &'m str, second: i64) -> NewMention<'m> {
    NewMention {
        site: "ana",
        key,
        status,
        source: "https://ben.example/1",
        target: "https://ana.example/a/",
        host: "ben.example",
        page: "/a/",
        vouch: None,
        via: None,
        at: at(second),
    }
}

const TEXT: &str = "{\"text\": \"x\"}";

fn found(author: &str) -> Found<'_> {
    Found {
        content: TEXT,
        page: "/a/",
        host: "ben.example",
        author: Some(author),
        text_stamp: "stamp",
        trust: "stranger",
        robo: 10,
        flame: 200,
    }
}

fn settled(state: MentionState) -> Settled<'static> {
    Settled { state, words: "because", failures: 2, found: None }
}

#[tokio::test]
async fn a_mention_is_accepted_once_with_its_work_and_keeps_its_status_page() {
    for place in places().await {
        let store = place.open().await;
        let first = store.accept(mention("k1", "s1"), "sent", work("k1", 0)).await.unwrap();
        assert_eq!(first, "s1");
        let more = NewMention { vouch: Some("https://c.example/"), ..mention_at("k1", "s2", 5) };
        assert_eq!(store.accept(more, "sent", work("k1", 5)).await.unwrap(), "s1");
        assert_eq!(store.count_jobs("ana").await.unwrap(), 1);
        drop(store);
        let store = place.open().await;
        let stored = store.mention("ana", "k1").await.unwrap().unwrap();
        assert_eq!((stored.received, stored.asked), (at(0), at(5)));
        assert_eq!(stored.state, MentionState::Waiting);
        assert_eq!(stored.vouch.as_deref(), Some("https://c.example/"));
        assert_eq!(store.mention_of_status("ana", "s1").await.unwrap().unwrap(), stored);
        assert_eq!(store.mention_of_status("ana", "s2").await.unwrap(), None);
        assert_eq!(store.mention("ben", "k1").await.unwrap(), None);
        assert_eq!(store.history("ana", "k1").await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn the_inbox_is_sorted_in_once_in_its_order_whoever_does_it() {
    for place in places().await {
        let store = place.open().await;
        for number in 0..50 {
            let name = format!("k{number:02}");
            store.post(mention_at(&name, &name, number)).await.unwrap();
        }
        // Sent once more, before anybody has looked.
        let more = NewMention { vouch: Some("https://c.example/"), ..mention_at("k03", "k03", 99) };
        store.post(more).await.unwrap();
        store.post(NewMention { site: "ben", ..mention("k00", "b") }).await.unwrap();
        assert_eq!(store.count_inbox("ana").await.unwrap(), 51);
        // It has its status page already, and is found by nothing else.
        let waiting = store.posted("ana", "k07").await.unwrap().unwrap();
        assert_eq!((waiting.state, waiting.received), (MentionState::Waiting, at(7)));
        assert_eq!(store.mention("ana", "k07").await.unwrap(), None);
        assert_eq!(store.sort_in("ana", "verify", 2).await.unwrap(), 2);
        assert_eq!(store.mention("ana", "k01").await.unwrap().unwrap().status, "k01");
        assert_eq!(store.mention("ana", "k02").await.unwrap(), None);
        drop(store);
        // Two processes at once.
        let (one, other) = (place.open().await, place.open().await);
        let sort = |store: lanai::store::Store| async move {
            while store.sort_in("ana", "verify", 7).await.unwrap() > 0 {}
        };
        tokio::join!(sort(one.clone()), sort(other));
        assert_eq!(
            (one.count_inbox("ana").await.unwrap(), one.count_jobs("ana").await.unwrap()),
            (0, 50)
        );
        let stored = one.mention_of_status("ana", "k07").await.unwrap().unwrap();
        assert_eq!((stored.clone(), stored.via), (waiting, None));
        let again = one.mention("ana", "k03").await.unwrap().unwrap();
        assert_eq!((again.received, again.asked), (at(3), at(99)));
        assert_eq!(again.vouch.as_deref(), Some("https://c.example/"));
        assert_eq!(one.history("ana", "k03").await.unwrap().len(), 2);
        assert_eq!(one.history("ana", "k04").await.unwrap().len(), 1);
        assert_eq!(one.count_inbox("ben").await.unwrap(), 1);
        let lease = Lease { owner: "o", time: std::time::Duration::from_secs(60) };
        let jobs = one.take_jobs("ana", lease, at(99), 50).await.unwrap();
        assert_eq!(
            (jobs.len(), jobs[0].kind.as_str(), jobs[0].payload.as_str()),
            (50, "verify", "ben.example")
        );
    }
}

#[tokio::test]
async fn what_became_of_a_mention_is_kept_with_what_was_found() {
    for place in places().await {
        let store = place.open().await;
        store.accept(mention("k1", "s1"), "sent", work("k1", 0)).await.unwrap();
        let with =
            Settled { found: Some(found("https://ben.example/")), ..settled(MentionState::Held) };
        store.settle("ana", "k1", with, at(9)).await.unwrap();
        store.settle("ana", "k1", settled(MentionState::Missing), at(10)).await.unwrap();
        let stored = store.mention("ana", "k1").await.unwrap().unwrap();
        assert_eq!((stored.state, stored.checked), (MentionState::Missing, Some(at(10))));
        assert_eq!((stored.words.as_str(), stored.failures), ("because", 2));
        assert_eq!((stored.content.as_deref(), stored.robo, stored.flame), (Some(TEXT), 10, 100));
        let words: Vec<String> =
            store.history("ana", "k1").await.unwrap().into_iter().map(|(_, words)| words).collect();
        assert_eq!(words, ["sent", "because", "because"]);
        // Not for ever.
        for second in 0..80 {
            store.note("ana", "k1", "again", at(second)).await.unwrap();
        }
        assert_eq!(store.history("ana", "k1").await.unwrap().len(), 60);
    }
}

#[tokio::test]
async fn mentions_are_found_by_state_author_host_source_and_key() {
    for place in places().await {
        let store = place.open().await;
        for (number, key) in ["aaaaaaaa1", "aaaaaaaa2", "bbbbbbbb3"].into_iter().enumerate() {
            let job = work(key, number as i64);
            store.accept(mention_at(key, key, number as i64), "sent", job).await.unwrap();
            let with =
                Settled { found: Some(found("https://b.example/")), ..settled(MentionState::Held) };
            store.settle("ana", key, with, at(9)).await.unwrap();
        }
        let held = store.mentions("ana", MentionState::Held, 2).await.unwrap();
        assert_eq!(
            held.iter().map(|m| m.key.as_str()).collect::<Vec<_>>(),
            ["bbbbbbbb3", "aaaaaaaa2"]
        );
        assert_eq!(store.mentions("ana", MentionState::Spam, 9).await.unwrap(), []);
        for (name, count) in [
            ("https://b.example/", 3),
            ("ben.example", 3),
            ("https://ben.example/1", 3),
            ("aaaaaaaa", 2),
            ("bbbbbbbb3", 1),
            ("bbbb", 0),
        ] {
            assert_eq!(store.mentions_by("ana", name).await.unwrap().len(), count, "{name}");
        }
        assert_eq!(store.count_mentions("ana").await.unwrap(), [(MentionState::Held, 3)]);
        assert_eq!(store.count_strangers("ana", "/a/", (at(1), 10)).await.unwrap(), 1);
        assert_eq!(store.count_strangers("ana", "/a/", (at(3), 10)).await.unwrap(), 0);
        store.forget_mention("ana", "bbbbbbbb3").await.unwrap();
        assert_eq!(store.mention("ana", "bbbbbbbb3").await.unwrap(), None);
        assert_eq!(store.history("ana", "bbbbbbbb3").await.unwrap(), []);
        assert_eq!(store.count_jobs("ana").await.unwrap(), 2);
    }
}

#[tokio::test]
async fn the_owners_word_is_kept_with_what_they_saw_and_can_be_taken_back() {
    for place in places().await {
        let store = place.open().await;
        store.accept(mention("k1", "s1"), "sent", work("k1", 0)).await.unwrap();
        let with =
            Settled { found: Some(found("https://b.example/")), ..settled(MentionState::Held) };
        store.settle("ana", "k1", with, at(1)).await.unwrap();
        let yes = (Some(Word::Approved), MentionState::Published);
        store.decide(("ana", "k1"), yes, "yes", at(2)).await.unwrap();
        let stored = store.decided_mentions("ana", 9).await.unwrap().remove(0);
        assert_eq!(stored.decided, Some(Word::Approved));
        assert_eq!(
            (stored.decided_at, stored.decided_stamp.as_deref()),
            (Some(at(2)), Some("stamp"))
        );
        store.decide(("ana", "k1"), (None, MentionState::Held), "hm", at(3)).await.unwrap();
        assert_eq!(store.decided_mentions("ana", 9).await.unwrap(), []);
    }
}

#[tokio::test]
async fn nested_mentions_are_found_by_what_told_of_them_until_they_are_sent() {
    for place in places().await {
        let store = place.open().await;
        let nested = NewMention { via: Some("k1"), ..mention("k2", "s2") };
        store.accept(nested, "shown", work("k2", 0)).await.unwrap();
        assert_eq!(store.mentions_via("ana", "k1").await.unwrap().len(), 1);
        store.accept(mention("k2", "s3"), "sent", work("k2", 1)).await.unwrap();
        assert_eq!(store.mentions_via("ana", "k1").await.unwrap(), []);
    }
}

#[tokio::test]
async fn secrets_and_sessions_are_of_a_site_and_end() {
    for place in places().await {
        let store = place.open().await;
        assert_eq!(store.secret("ana", "key").await.unwrap(), None);
        store.keep_secret("ana", "key", "one").await.unwrap();
        store.keep_secret("ana", "key", "two").await.unwrap();
        assert_eq!(store.secret("ana", "key").await.unwrap().as_deref(), Some("two"));
        assert_eq!(store.secret("ben", "key").await.unwrap(), None);
        store.begin_session("ana", "t1", at(0), at(10)).await.unwrap();
        store.begin_session("ana", "t2", at(0), at(20)).await.unwrap();
        assert!(store.has_session("ana", "t1", at(9)).await.unwrap());
        assert!(!store.has_session("ana", "t1", at(10)).await.unwrap());
        assert!(!store.has_session("ben", "t1", at(9)).await.unwrap());
        store.end_session("ana", "t1").await.unwrap();
        assert!(!store.has_session("ana", "t1", at(9)).await.unwrap());
        store.end_all_sessions("ana").await.unwrap();
        assert!(!store.has_session("ana", "t2", at(9)).await.unwrap());
    }
}

#[tokio::test]
async fn whoever_is_alone_takes_all_work_back() {
    for place in places().await {
        let store = place.open().await;
        store.enqueue(work("one", 0)).await.unwrap();
        assert_eq!(take(&store, "dead", 0).await, ["one"]);
        assert_eq!(take(&store, "next", 1).await, Vec::<String>::new());
        store.release_jobs("ana").await.unwrap();
        assert_eq!(take(&store, "next", 1).await, ["one"]);
    }
}

#[tokio::test]
async fn wm_d_10_an_endpoint_is_known_until_its_time_and_its_number_is_bounded() {
    for place in places().await {
        let store = place.open().await;
        let known =
            async |page: &str, second| store.endpoint("ana", page, at(second)).await.unwrap();
        store.keep_endpoint(("ana", "p1"), "https://b.example/1", (at(0), at(10))).await.unwrap();
        store.keep_endpoint(("ana", "p1"), "https://b.example/2", (at(1), at(20))).await.unwrap();
        store.keep_endpoint(("ben", "p2"), "https://b.example/3", (at(1), at(20))).await.unwrap();
        assert_eq!(known("p1", 19).await.as_deref(), Some("https://b.example/2"));
        assert_eq!(known("p1", 20).await, None);
        assert_eq!(known("p2", 2).await, None);
        store.forget_endpoint("ana", "p1").await.unwrap();
        assert_eq!(known("p1", 2).await, None);
        let many = (0..2_002_i64).map(|number| {
            let (store, page) = (store.clone(), format!("m{number}"));
            async move {
                let times = (at(0), at(100 + number));
                store.keep_endpoint(("ana", &page), "https://b.example/", times).await.unwrap();
            }
        });
        stream::iter(many).buffer_unordered(6).collect::<Vec<()>>().await;
        // Who writes at the same time may not see one another; the next one does.
        let last = (at(0), at(100 + 2_002));
        store.keep_endpoint(("ana", "m2002"), "https://b.example/", last).await.unwrap();
        assert_eq!(known("m2", 5).await, None);
        assert!(known("m3", 5).await.is_some() && known("m2002", 5).await.is_some());
    }
}

#[tokio::test]
async fn work_that_gave_way_to_another_is_done_again() {
    let Some((address, other)) = beside().await else { return };
    let strict = [("options", "-c default_transaction_isolation=serializable")];
    let store = Store::connect(&by(&address, "127.0.0.1", &strict)).await.unwrap();
    store.keep_secret("ana", "word", "first").await.unwrap();
    other.batch_execute(HOLD).await.unwrap();
    let keep = tokio::spawn(async move {
        store.keep_secret("ana", "word", "second").await.unwrap();
        store.secret("ana", "word").await.unwrap()
    });
    until_blocked(&other).await;
    // From here on the store's transaction cannot count: it began before.
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(keep.await.unwrap().as_deref(), Some("second"));
}

#[tokio::test]
async fn a_connection_that_is_lost_before_the_end_is_made_again() {
    const END: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let Some((address, other)) = beside().await else { return };
    let store = Store::connect(&address).await.unwrap();
    store.keep_secret("ana", "word", "first").await.unwrap();
    other.batch_execute(END).await.unwrap();
    assert_eq!(store.secret("ana", "word").await.unwrap().as_deref(), Some("first"));

    // In the middle of a transaction.
    other.batch_execute(HOLD).await.unwrap();
    let keep = tokio::spawn(async move {
        store.keep_secret("ana", "word", "second").await.unwrap();
        store.secret("ana", "word").await.unwrap()
    });
    until_blocked(&other).await;
    other.batch_execute(END).await.unwrap();
    until_blocked(&other).await;
    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(keep.await.unwrap().as_deref(), Some("second"));
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_broken_off() {
    let Some((address, other)) = beside().await else { return };
    let short = [("options", "-c statement_timeout=100")];
    let store = Store::connect(&by(&address, "127.0.0.1", &short)).await.unwrap();
    store.keep_secret("ana", "word", "first").await.unwrap();
    other.batch_execute(HOLD).await.unwrap();
    let error = store.keep_secret("ana", "word", "second").await.unwrap_err().to_string();
    assert!(error.contains("statement timeout"), "{error}");
    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(store.secret("ana", "word").await.unwrap().as_deref(), Some("first"));
}

#[tokio::test]
async fn an_address_says_how_sure_to_be_of_the_server() {
    const ENCRYPTED: &str = "SELECT count(*) FILTER (WHERE ssl), count(*) FROM pg_stat_ssl \
        JOIN pg_stat_activity USING (pid) \
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND client_addr IS NOT NULL";
    let Some((address, other)) = beside().await else { return };
    let Ok(roots) = std::env::var("LANAI_POSTGRES_CA") else {
        assert!(std::env::var_os("LANAI_CI").is_none(), "LANAI_POSTGRES_CA must be set");
        eprintln!("TLS is skipped: LANAI_POSTGRES_CA is not set");
        return;
    };
    let ours = ("sslrootcert", roots.as_str());
    let mode = |mode| ("sslmode", mode);
    // The server's certificate is for `localhost`, by an authority that only `roots` has.
    for (host, options, expected) in [
        ("127.0.0.1", vec![], Ok(true)),
        ("127.0.0.1", vec![mode("disable")], Ok(false)),
        ("127.0.0.1", vec![mode("prefer")], Ok(true)),
        ("127.0.0.1", vec![mode("require")], Ok(true)),
        ("127.0.0.1", vec![mode("require"), ours], Ok(true)),
        ("127.0.0.1", vec![mode("verify-ca"), ours], Ok(true)),
        ("localhost", vec![mode("verify-full"), ours], Ok(true)),
        ("127.0.0.1", vec![mode("verify-full"), ours], Err("not valid for name")),
        ("localhost", vec![mode("verify-full")], Err("UnknownIssuer")),
        ("localhost", vec![mode("verify-ca")], Err("UnknownIssuer")),
        ("localhost", vec![mode("sure")], Err("`sslmode` should be")),
        ("localhost", vec![("sslrootcert", "/none.pem")], Ok(true)),
        ("localhost", vec![mode("require"), ("sslrootcert", "/none.pem")], Err("/none.pem")),
    ] {
        let name = format!("{host} {options:?}");
        let opened = Store::connect(&by(&address, host, &options)).await;
        match (opened, expected) {
            (Ok(store), Ok(encrypted)) => {
                store.is_well().await.unwrap();
                let row = other.query_one(ENCRYPTED, &[]).await.unwrap();
                let (secure, all) = (row.get::<_, i64>(0), row.get::<_, i64>(1));
                assert_eq!((secure > 0, all > 0), (encrypted, true), "{name}");
                drop(store);
                // Until the server has noticed.
                for _ in 0..6_000 {
                    if other.query_one(ENCRYPTED, &[]).await.unwrap().get::<_, i64>(1) == 0 {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            (Err(error), Err(words)) => {
                assert!(error.to_string().contains(words), "{name}: {error}");
            }
            (Ok(_), Err(words)) => panic!("{name}: no {words}"),
            (Err(error), Ok(_)) => panic!("{name}: {error}"),
        }
    }
}

#[tokio::test]
async fn ws_p_11_what_hubs_know_and_what_is_to_be_tried_again_is_written_as_one() {
    for place in places().await {
        let store = place.open().await;
        let feeds = |list: &[(&str, Option<&str>)]| -> BTreeMap<String, Option<String>> {
            list.iter()
                .map(|(feed, stamp)| ((*feed).to_owned(), stamp.map(str::to_owned)))
                .collect()
        };
        let first = feeds(&[("/a.xml", Some("1")), ("/b.xml", Some("2"))]);
        store.announce("ana", &first, &[work("h1", 5)]).await.unwrap();
        let known = store.announced("ana").await.unwrap();
        assert_eq!(known.get("/a.xml").map(String::as_str), Some("1"));
        assert_eq!((known.len(), store.count_jobs("ana").await.unwrap()), (2, 1));
        let second = feeds(&[("/a.xml", None), ("/b.xml", Some("3"))]);
        // Work that cannot be noted takes the rest with it.
        let long = "x".repeat(600);
        assert!(store.announce("ana", &second, &[work(&long, 5)]).await.is_err());
        assert_eq!(store.announced("ana").await.unwrap(), known);
        store.announce("ana", &second, &[]).await.unwrap();
        let known = store.announced("ana").await.unwrap();
        assert_eq!((known.len(), known.get("/b.xml").map(String::as_str)), (1, Some("3")));
        assert!(store.announced("ben").await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn no_message_repeats_an_address() {
    for address in [
        "postgres://ana:open-sesame@127.0.0.1:1/ana",
        "postgres://ana:open-sesame@[/ana",
        "postgres://ana:x?open-sesame=1@127.0.0.1/ana",
        "postgres://ana:open-sesame@127.0.0.1:open-sesame/ana",
        "postgres://ana:open-sesame@127.0.0.1:1/ana?sslmode=open-sesame",
        "postgres://ana:%zzopen-sesame@127.0.0.1:1/ana",
    ] {
        let Err(error) = Store::connect(address).await else { panic!("{address}") };
        let error = error.to_string();
        assert!(error.starts_with("the database: cannot "), "{error}");
        assert!(!error.contains("sesame"), "{error}");
    }
}

fn followed(home: &str, xfn: &str) -> lanai::graph::Row {
    let xfn = lanai::graph::Xfn::of(xfn.split(' '));
    lanai::graph::Row { home: home.to_owned(), xfn, ..lanai::graph::Row::default() }
}

fn answer<'l>(
    source: &'l str,
    rows: Option<&'l [lanai::graph::Row]>,
    due: Timestamp,
) -> ListAnswer<'l> {
    ListAnswer {
        source: Some(source),
        sought: Some(at(1)),
        read: at(2),
        etag: Some("\"a\""),
        last_modified: None,
        stamp: Some("s"),
        rows,
        due,
    }
}

#[tokio::test]
async fn follow_lists_are_kept_once_and_taken_by_one() {
    for place in places().await {
        let store = place.open().await;
        let homes = ["https://ana.example/", "https://www.Ben.example", "nonsense"];
        assert_eq!(store.keep_circle("a", &homes, at(10)).await.unwrap(), (2, 0));
        assert_eq!(store.keep_circle("a", &homes, at(11)).await.unwrap(), (0, 0));
        assert_eq!(store.keep_circle("b", &homes[..1], at(12)).await.unwrap(), (1, 0));
        assert_eq!(store.next_list("a").await.unwrap(), Some(at(10)));
        assert_eq!(store.next_list("c").await.unwrap(), None);
        assert_eq!(store.take_list("a", (at(9), at(20))).await.unwrap(), None);
        let ana = store.take_list("a", (at(10), at(20))).await.unwrap().unwrap();
        assert_eq!((ana.key.as_str(), ana.source.as_deref()), ("ana.example", None));
        // The other site's turn: Ana is taken, whoever asks.
        assert_eq!(store.take_list("b", (at(10), at(20))).await.unwrap(), None);
        let rows = [followed("https://cleo.example/", "friend met"), followed("mailto:x", "")];
        let found = answer("https://ana.example/follows.opml", Some(&rows), at(30));
        store.keep_list(&ana, &found).await.unwrap();
        let ben = store.take_list("a", (at(10), at(21))).await.unwrap().unwrap();
        store.put_off_list(&ben, at(15)).await.unwrap();
        let ben = store.take_list("a", (at(15), at(21))).await.unwrap().unwrap();
        assert_eq!((ben.key.as_str(), ben.failures), ("ben.example", 1));
        // Both sites know the list that was read once.
        for site in ["a", "b"] {
            let lists = store.lists(site).await.unwrap();
            assert_eq!((lists.len(), lists[0].rows.len()), (1, 1), "{site}");
            assert_eq!(lists[0].rows[0], rows[0]);
            assert_eq!((lists[0].read, lists[0].owner.as_str()), (at(2), homes[0]));
        }
        // What did not change stays.
        let ana = store.take_list("b", (at(30), at(31))).await.unwrap().unwrap();
        assert_eq!((ana.etag.as_deref(), ana.sought), (Some("\"a\""), Some(at(1))));
        store.keep_list(&ana, &answer("https://ana.example/x", None, at(40))).await.unwrap();
        assert_eq!(store.lists("b").await.unwrap()[0].rows.len(), 1);
        // Who is not followed any more is forgotten once nobody follows them.
        assert_eq!(store.keep_circle("b", &[], at(50)).await.unwrap(), (0, 1));
        assert_eq!(store.lists("b").await.unwrap(), []);
        assert_eq!(store.lists("a").await.unwrap().len(), 1);
        assert_eq!(store.keep_circle("a", &[], at(50)).await.unwrap(), (0, 2));
        assert_eq!(store.keep_circle("a", &homes, at(60)).await.unwrap(), (2, 0));
        assert_eq!(store.lists("a").await.unwrap(), []);
    }
}

#[tokio::test]
async fn who_stands_in_which_list_is_found_from_both_ends() {
    for place in places().await {
        let store = place.open().await;
        store.keep_circle("a", &["https://ana.example/"], at(10)).await.unwrap();
        let ana = store.take_list("a", (at(10), at(20))).await.unwrap().unwrap();
        let rows = [followed("https://cleo.example", ""), followed("https://me.example/", "")];
        let found = answer("https://ana.example/blogroll", Some(&rows), at(30));
        store.keep_list(&ana, &found).await.unwrap();
        let with = store.lists_with("a", "me.example", 5).await.unwrap();
        assert_eq!((with.len(), with[0].owner.as_str(), with[0].size), (1, "ana.example", 2));
        assert_eq!(store.lists_with("b", "me.example", 5).await.unwrap(), []);
        let rows = store.in_list_of("a", "ana.example").await.unwrap();
        assert_eq!(rows, ["cleo.example", "me.example"]);
        // An empty list, or none.
        let ana = store.take_list("a", (at(30), at(31))).await.unwrap().unwrap();
        let gone = ListAnswer { source: None, ..answer("", Some(&[]), at(40)) };
        store.keep_list(&ana, &gone).await.unwrap();
        assert_eq!(store.lists_with("a", "me.example", 5).await.unwrap(), []);
    }
}

#[tokio::test]
async fn who_was_waved_away_stays_away_until_called_back() {
    for place in places().await {
        let store = place.open().await;
        store.dismiss("a", "cleo.example", at(1)).await.unwrap();
        store.dismiss("a", "cleo.example", at(2)).await.unwrap();
        store.dismiss("a", "dan.example", at(2)).await.unwrap();
        assert_eq!(store.dismissed("a").await.unwrap().len(), 2);
        assert!(store.dismissed("b").await.unwrap().is_empty());
        store.recall_dismissed("a", "dan.example").await.unwrap();
        let left = store.dismissed("a").await.unwrap();
        assert_eq!(left.into_iter().collect::<Vec<_>>(), ["cleo.example"]);
    }
}
