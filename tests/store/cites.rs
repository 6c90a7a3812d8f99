//! Pages that posts are about, on both databases: asked for once, one of a host at a time.

use std::time::Duration;

use jiff::Timestamp;
use lanai::store::{
    Following, Harvest, Kept, Lease, MOST_WAITING_CITES, Marks, NewCite, NewItem, ReaderId,
    SettledCite, Store, StoredCite,
};

use super::{at, places};

async fn ana(store: &Store) -> ReaderId {
    let (reader, _, _) = store.reader("https://ana.example").await.unwrap();
    let ben = Following {
        url: "https://ben.example/feed".to_owned(),
        host: "ben.example:443".to_owned(),
        channel: String::new(),
        card: "{}".to_owned(),
    };
    store.follow(reader, &[ben], ("stamp", true), at(0)).await.unwrap();
    reader
}

fn item(key: i64, kind: &'static str, is_hidden: Option<ReaderId>) -> NewItem {
    let marks = Marks { key, stamp: key, ..Marks::default() };
    let hidden = is_hidden.map(|reader| (reader, "noise".to_owned())).into_iter().collect();
    let body = format!("{{\"title\":\"{key}\"}}");
    let (page, answers, words) = (Some(key), Vec::new(), String::new());
    let kept = Kept { marks, kind, page, answers, body, words, hidden };
    NewItem { kept, sorted: at(key), is_read: false }
}

async fn bring(store: &Store, reader: ReaderId, new: Vec<NewItem>) {
    let feed = store.followed_feeds(reader).await.unwrap().remove(0);
    store.bring_in(&feed, Harvest { new, ..Harvest::default() }, at(5_000)).await.unwrap();
}

fn page(reader: ReaderId, page: i64, host: &str) -> NewCite {
    let host = format!("{host}.example:443");
    NewCite { page, url: format!("https://{host}/{page}"), host, reader }
}

async fn ask(store: &Store, pages: Vec<NewCite>, now: Timestamp) {
    let last = store.naming_items(1_000).await.unwrap().map(|(_, last)| last);
    let last = last.unwrap_or(lanai::store::ItemId::from_number(0));
    let fresh = now.checked_sub(jiff::SignedDuration::from_secs(100)).unwrap();
    store.ask_cites(pages, last, (now, fresh)).await.unwrap();
}

async fn take(store: &Store, owner: &str, now: Timestamp) -> Vec<StoredCite> {
    let lease = Lease { owner, time: Duration::from_secs(60) };
    let mut taken = store.take_cites(lease, now, 10).await.unwrap();
    taken.sort_by_key(|cite| cite.page);
    taken
}

fn numbers(taken: &[StoredCite]) -> Vec<i64> {
    taken.iter().map(|cite| cite.page).collect()
}

fn says(body: &str, now: Timestamp) -> SettledCite {
    SettledCite { body: Some(body.to_owned()), due: None, host_until: now }
}

#[tokio::test]
async fn posts_that_are_about_pages_are_looked_through_once() {
    for place in places().await {
        let store = place.open().await;
        let reader = ana(&store).await;
        assert!(store.naming_items(10).await.unwrap().is_none());
        let new = vec![
            item(1, "reply", None),
            item(2, "note", None),
            item(3, "like", Some(reader)),
            item(4, "repost", None),
        ];
        bring(&store, reader, new).await;
        let (items, last) = store.naming_items(10).await.unwrap().unwrap();
        let found: Vec<_> = items.iter().map(|item| (item.reader, item.body.as_str())).collect();
        assert_eq!(found, [(reader, "{\"title\":\"1\"}"), (reader, "{\"title\":\"4\"}")]);
        store.ask_cites(Vec::new(), last, (at(1), at(0))).await.unwrap();
        assert!(store.naming_items(10).await.unwrap().is_none());
        bring(&store, reader, vec![item(5, "bookmark", None)]).await;
        assert_eq!(store.naming_items(10).await.unwrap().unwrap().0.len(), 1);
    }
}

#[tokio::test]
async fn a_page_is_asked_for_once_and_one_of_a_host_at_a_time() {
    for place in places().await {
        let store = place.open().await;
        let reader = ana(&store).await;
        bring(&store, reader, vec![item(7, "note", None)]).await;
        let all = [(1, "cleo"), (2, "cleo"), (3, "dan"), (7, "ben"), (1, "cleo")];
        let all = all.map(|(number, host)| page(reader, number, host));
        ask(&store, all.into(), at(10)).await;
        assert_eq!(store.next_cite().await.unwrap(), Some(at(10)));
        let taken = take(&store, "a", at(10)).await;
        assert_eq!(numbers(&taken), [1, 3], "7 stands in the timeline itself");
        assert!(take(&store, "b", at(11)).await.is_empty());
        let settled = SettledCite { host_until: at(14), ..says("one", at(12)) };
        store.settle_cite(&taken[0], settled, at(12)).await.unwrap();
        assert!(take(&store, "c", at(13)).await.is_empty(), "its host rests");
        let second = take(&store, "d", at(14)).await;
        assert_eq!(numbers(&second), [2]);
        assert_eq!(store.cites(&[1, 2, 3]).await.unwrap(), [(1, "one".to_owned())]);
        // Named again: at once it is known, after a while it is asked for again.
        ask(&store, vec![page(reader, 1, "cleo")], at(20)).await;
        assert!(numbers(&take(&store, "e", at(20)).await).is_empty());
        // Who was too slow has lost it.
        let late = take(&store, "f", at(80)).await;
        assert_eq!(numbers(&late), [2, 3]);
        store.settle_cite(&second[0], says("late", at(80)), at(80)).await.unwrap();
        assert_eq!(store.cites(&[2]).await.unwrap(), []);
        store.settle_cite(&late[0], says("two", at(80)), at(80)).await.unwrap();
        ask(&store, vec![page(reader, 1, "cleo")], at(200)).await;
        assert_eq!(numbers(&take(&store, "g", at(200)).await), [1, 3]);
        store.release_cites().await.unwrap();
        assert_eq!(numbers(&take(&store, "h", at(200)).await), [1, 3]);
    }
}

#[tokio::test]
async fn what_was_known_stays_until_it_is_given_up() {
    for place in places().await {
        let store = place.open().await;
        let reader = ana(&store).await;
        ask(&store, vec![page(reader, 1, "cleo")], at(10)).await;
        let settle = async |owner: &str, now, body: Option<&str>, due: Option<Timestamp>| {
            let taken = take(&store, owner, now).await.remove(0);
            let body = body.map(str::to_owned);
            let settled = SettledCite { body, due, host_until: now };
            store.settle_cite(&taken, settled, now).await.unwrap();
            taken.failures
        };
        assert_eq!(settle("a", at(10), None, Some(at(20))).await, 0);
        assert_eq!(settle("b", at(20), Some("one"), None).await, 1);
        ask(&store, vec![page(reader, 1, "cleo")], at(200)).await;
        assert_eq!(settle("c", at(200), None, Some(at(210))).await, 0);
        assert_eq!(store.cites(&[1]).await.unwrap(), [(1, "one".to_owned())]);
        assert_eq!(settle("d", at(210), None, None).await, 1);
        assert_eq!(store.cites(&[1]).await.unwrap(), []);
        store.forget_cites(at(200)).await.unwrap();
        ask(&store, vec![page(reader, 1, "cleo")], at(250)).await;
        assert!(take(&store, "e", at(250)).await.is_empty(), "it is known, and was asked lately");
        store.forget_cites(at(1_000)).await.unwrap();
        ask(&store, vec![page(reader, 1, "cleo")], at(250)).await;
        assert_eq!(numbers(&take(&store, "f", at(250)).await), [1]);
    }
}

#[tokio::test]
async fn nobody_fills_the_queue_with_pages_of_one_host() {
    for place in places().await {
        let store = place.open().await;
        let reader = ana(&store).await;
        let (_, most) = MOST_WAITING_CITES;
        let all = (0..most * 2).map(|number| page(reader, number, "victim"));
        ask(&store, all.chain([page(reader, -1, "cleo")]).collect(), at(10)).await;
        let (mut count, mut others) = (0, 0);
        for second in 10..10 + most * 2 {
            for cite in take(&store, &format!("o{second}"), at(second)).await {
                let is_of_victim = cite.host.starts_with("victim");
                count += i64::from(is_of_victim);
                others += i64::from(!is_of_victim);
                store.settle_cite(&cite, says("x", at(second)), at(second)).await.unwrap();
            }
        }
        assert_eq!((count, others), (most, 1));
    }
}

#[tokio::test]
async fn what_a_form_wrote_is_remembered_for_a_while() {
    for place in places().await {
        let store = place.open().await;
        let note = async |mark: &str, file: &str, now, before| {
            store.note_written(("ana", mark), file, (at(now), at(before))).await.unwrap();
        };
        note("a", "one.md", 10, 0).await;
        note("a", "two.md", 11, 0).await;
        assert_eq!(store.written("ana", "a").await.unwrap().as_deref(), Some("two.md"));
        assert_eq!(store.written("ben", "a").await.unwrap(), None);
        note("b", "three.md", 100, 50).await;
        assert_eq!(store.written("ana", "a").await.unwrap(), None);
        assert_eq!(store.written("ana", "b").await.unwrap().as_deref(), Some("three.md"));
    }
}
