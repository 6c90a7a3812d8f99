//! Feeds, items and timelines, on both databases.

use std::time::Duration;

use lanai::store::{
    FeedState, Following, Harvest, ItemId, Kept, Lease, Marks, NewItem, Part, ReaderId, Scope,
    Since, Store, StoredEntry, StoredFeed,
};

use super::{at, places};

fn following(name: &str, channel: &str) -> Following {
    Following {
        url: format!("https://{name}.example/feed.xml"),
        host: format!("{name}.example:443"),
        channel: channel.to_owned(),
        card: format!("{{\"home\":\"https://{name}.example/\"}}"),
    }
}

async fn ana(store: &Store, all: &[Following]) -> ReaderId {
    let (reader, _, _) = store.reader("https://ana.example").await.unwrap();
    store.follow(reader, all, ("stamp", true), at(0)).await.unwrap();
    reader
}

async fn feed_of(store: &Store, reader: ReaderId, name: &str) -> StoredFeed {
    let all = store.followed_feeds(reader).await.unwrap();
    all.into_iter().find(|feed| feed.url.contains(name)).unwrap()
}

fn kept(key: i64, words: &str) -> Kept {
    let marks =
        Marks { key, link: Some(key), title: None, published: Some(at(key)), stamp: key * 100 };
    let body = format!("{{\"title\":\"{words}\"}}");
    let (words, hidden) = (words.to_owned(), Vec::new());
    Kept { marks, kind: "note", page: Some(key), answers: vec![key + 1_000], body, words, hidden }
}

fn new(key: i64, sorted: i64, words: &str) -> NewItem {
    NewItem { kept: kept(key, words), sorted: at(sorted), is_read: false }
}

async fn bring(store: &Store, feed: &StoredFeed, new: Vec<NewItem>, second: i64) {
    let harvest = Harvest { new, ..Harvest::default() };
    store.bring_in(feed, harvest, at(second)).await.unwrap();
}

fn keys(entries: &[StoredEntry]) -> Vec<String> {
    let title = |entry: &StoredEntry| {
        let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap();
        body["title"].as_str().unwrap().to_owned()
    };
    entries.iter().map(title).collect()
}

async fn newest(store: &Store, reader: ReaderId, scope: Scope<'_>) -> Vec<String> {
    keys(&store.entries(reader, scope, Part::Newest, 100).await.unwrap())
}

#[tokio::test]
async fn whom_somebody_follows_is_taken_over_and_let_go() {
    for place in places().await {
        let store = place.open().await;
        let (ben, cleo) = (following("ben", ""), following("cleo", "News"));
        let reader = ana(&store, &[ben.clone(), cleo.clone()]).await;
        let all = store.subscriptions(reader).await.unwrap();
        assert_eq!(all.iter().map(|one| one.following.clone()).collect::<Vec<_>>(), [ben, cleo]);
        let feed = feed_of(&store, reader, "cleo").await;
        assert_eq!((feed.state, feed.due), (FeedState::New, Some(at(0))));
        bring(&store, &feed, vec![new(1, 1, "one"), new(2, 2, "two")], 10).await;
        assert_eq!(newest(&store, reader, Scope::Channel("News")).await, ["two", "one"]);
        let two = store.entries(reader, Scope::All, Part::Newest, 1).await.unwrap()[0].place.item;
        assert!(store.keep_entry(reader, two, true).await.unwrap());

        // To another channel, and what is there with it.
        store.follow(reader, &[following("cleo", "Far")], ("2", true), at(20)).await.unwrap();
        assert_eq!(newest(&store, reader, Scope::Channel("Far")).await, ["two", "one"]);
        assert!(newest(&store, reader, Scope::Channel("News")).await.is_empty());
        assert_eq!(store.subscriptions(reader).await.unwrap().len(), 1);

        // A file that can be read only in part lets nobody go.
        store.follow(reader, &[], ("3", false), at(30)).await.unwrap();
        assert_eq!(store.subscriptions(reader).await.unwrap().len(), 1);
        store.follow(reader, &[], ("4", true), at(40)).await.unwrap();
        assert_eq!(newest(&store, reader, Scope::All).await, ["two"], "what is kept stays");
        let feed = store.feed(feed.id).await.unwrap().unwrap();
        assert_eq!(feed.due, None);
        assert_eq!(store.reader("https://ana.example").await.unwrap().1, "4");
    }
}

#[tokio::test]
async fn a_feed_that_two_follow_is_one_and_the_second_gets_the_newest_of_it() {
    for place in places().await {
        let store = place.open().await;
        let first = ana(&store, &[following("ben", "")]).await;
        let feed = feed_of(&store, first, "ben").await;
        let many = (1..=250).map(|key| new(key, key, &format!("n{key}"))).collect();
        bring(&store, &feed, many, 300).await;
        let (second, _, _) = store.reader("https://dan.example").await.unwrap();
        store.follow(second, &[following("ben", "x")], ("s", true), at(400)).await.unwrap();
        assert_eq!(store.subscribers(feed.id).await.unwrap(), [first, second]);
        assert_eq!(store.followed_feeds(second).await.unwrap()[0].id, feed.id);
        let theirs = store.entries(second, Scope::All, Part::Newest, 1_000).await.unwrap();
        assert_eq!(theirs.len(), 200);
        assert_eq!(keys(&theirs)[..2], ["n250", "n249"]);
        let unread = store.entries(second, Scope::Unread, Part::Newest, 1_000).await.unwrap();
        assert_eq!(unread.len(), 10);
        // From here on both get what is new.
        bring(&store, &feed, vec![new(999, 500, "late")], 500).await;
        assert_eq!(newest(&store, second, Scope::Channel("x")).await[0], "late");
    }
}

#[tokio::test]
async fn hosts_are_taken_one_at_a_time() {
    for place in places().await {
        let store = place.open().await;
        let mut two = following("ben", "");
        two.url = "https://ben.example/other.xml".into();
        let reader = ana(&store, &[following("ben", ""), two, following("cleo", "")]).await;
        let lease = |owner| Lease { owner, time: Duration::from_secs(60) };
        let mut taken = store.take_hosts(lease("a"), at(1), 10).await.unwrap();
        taken.sort();
        assert_eq!(taken, ["ben.example:443", "cleo.example:443"]);
        assert!(store.take_hosts(lease("b"), at(2), 10).await.unwrap().is_empty());
        assert_eq!(store.next_feed().await.unwrap(), Some(at(61)));
        let due = store.due_feeds("ben.example:443", at(1), 10).await.unwrap();
        assert_eq!(due.len(), 2);
        for mut feed in due {
            feed.due = Some(at(100));
            feed.checked = Some(at(1));
            store.keep_feed(&feed).await.unwrap();
        }
        store.release_host("ben.example:443", "a", Some(at(200)), at(2)).await.unwrap();
        // Whoever is not heard of again loses the host; who asks for it then has it.
        assert_eq!(store.take_hosts(lease("c"), at(70), 10).await.unwrap(), ["cleo.example:443"]);
        assert!(!store.extend_host("cleo.example:443", lease("a"), at(71)).await.unwrap());
        assert!(store.extend_host("cleo.example:443", lease("c"), at(71)).await.unwrap());
        // It wants to be left alone for longer than its feeds.
        assert!(store.take_hosts(lease("d"), at(120), 10).await.unwrap().is_empty());
        store.release_hosts().await.unwrap();
        assert_eq!(store.take_hosts(lease("e"), at(201), 10).await.unwrap().len(), 2);

        // What was asked for lately is not asked for again.
        let feed = feed_of(&store, reader, "ben.example/feed").await;
        let guard = Duration::from_secs(300);
        assert!(!store.ask_feed(feed.id, at(200), guard).await.unwrap());
        assert!(store.ask_feed(feed.id, at(301), guard).await.unwrap());
        assert_eq!(store.feed(feed.id).await.unwrap().unwrap().due, Some(at(301)));
    }
}

#[tokio::test]
async fn what_a_feed_is_known_to_be_is_read_as_it_was_written() {
    for place in places().await {
        let store = place.open().await;
        let reader = ana(&store, &[following("ben", "")]).await;
        let mut feed = feed_of(&store, reader, "ben").await;
        feed.moved = Some(("https://new.example/".into(), at(5)));
        feed.about = Some("{}".into());
        feed.validators.etag = Some("W/\"a\"".into());
        feed.validators.last_modified = Some("soon".into());
        feed.validators.body = Some("b".into());
        feed.checked = Some(at(6));
        feed.succeeded = Some(at(7));
        feed.changed = Some(at(8));
        feed.due = Some(at(9));
        (feed.minutes, feed.failures) = (15, 3);
        feed.failing_since = Some(at(10));
        feed.state = FeedState::Failing;
        feed.cause = Some("no answer in time".into());
        store.keep_feed(&feed).await.unwrap();
        assert_eq!(store.feed(feed.id).await.unwrap(), Some(feed));
    }
}

#[tokio::test]
async fn edits_stay_where_they_are_with_what_was_said_before() {
    for place in places().await {
        let store = place.open().await;
        let reader = ana(&store, &[following("ben", "")]).await;
        let feed = feed_of(&store, reader, "ben").await;
        bring(&store, &feed, vec![new(1, 1, "first"), new(2, 2, "second")], 10).await;
        let known = store.known(feed.id).await.unwrap();
        assert_eq!(known.len(), 2);
        let item = known.iter().find(|known| known.marks.key == 1).unwrap().item.unwrap();
        assert_eq!(store.mark(reader, &[item], true).await.unwrap(), 1);
        let mut words = kept(1, "changed");
        words.marks.stamp = 7;
        let harvest = Harvest { edited: vec![(item, words)], ..Harvest::default() };
        store.bring_in(&feed, harvest, at(20)).await.unwrap();
        assert_eq!(newest(&store, reader, Scope::All).await, ["second", "changed"]);
        let entry = store.entry(reader, item).await.unwrap().unwrap();
        assert!(entry.is_read);
        assert_eq!(
            store.revisions(item).await.unwrap(),
            [(at(20), "{\"title\":\"first\"}".into())]
        );
        let known = store.known(feed.id).await.unwrap();
        assert_eq!(known.iter().find(|known| known.marks.key == 1).unwrap().marks.stamp, 7);
        let search = async |word: &str| {
            keys(&store.search(reader, &[word.to_owned()], None, 10).await.unwrap())
        };
        assert_eq!(search("first").await, [""; 0]);
        assert_eq!(search("chang").await, ["changed"]);

        // The same under another id: one item, known by the new one.
        let marks = Marks { key: 77, ..known[0].marks };
        let before = known[0].marks.key;
        let harvest = Harvest { marked: vec![(before, marks)], ..Harvest::default() };
        store.bring_in(&feed, harvest, at(30)).await.unwrap();
        let known = store.known(feed.id).await.unwrap();
        assert_eq!(known.len(), 2);
        assert!(known.iter().any(|known| known.marks.key == 77 && known.item.is_some()));
    }
}

#[tokio::test]
async fn a_timeline_is_read_page_by_page_in_both_directions() {
    for place in places().await {
        let store = place.open().await;
        let reader = ana(&store, &[following("ben", ""), following("cleo", "News")]).await;
        let (ben, cleo) =
            (feed_of(&store, reader, "ben").await, feed_of(&store, reader, "cleo").await);
        // Of one time are two; their order is that of arrival.
        bring(&store, &ben, vec![new(1, 1, "a"), new(3, 3, "c"), new(4, 3, "d")], 10).await;
        bring(&store, &cleo, vec![new(2, 2, "b"), new(5, 5, "e")], 11).await;
        let first = store.entries(reader, Scope::All, Part::Newest, 2).await.unwrap();
        assert_eq!(keys(&first), ["e", "d"]);
        let before = Part::Before(first[1].place);
        let second = store.entries(reader, Scope::All, before, 2).await.unwrap();
        assert_eq!(keys(&second), ["c", "b"]);
        let after = Part::After(second[0].place);
        assert_eq!(keys(&store.entries(reader, Scope::All, after, 9).await.unwrap()), ["d", "e"]);
        assert_eq!(newest(&store, reader, Scope::Feed(cleo.id)).await, ["e", "b"]);
        let channels = store.channels(reader).await.unwrap();
        assert_eq!(channels, [(String::new(), true), ("News".to_owned(), true)]);

        // Read from "d" on in the first channel; what arrived later was not seen.
        let seen = store.last_entry(reader).await.unwrap().unwrap();
        bring(&store, &ben, vec![new(6, 2, "late")], 12).await;
        assert_eq!(store.count_newer(reader, seen, None).await.unwrap(), 1);
        assert_eq!(store.count_newer(reader, seen, Some("News")).await.unwrap(), 0);
        store.mark_from(reader, Some(""), (first[1].place, None), seen).await.unwrap();
        assert_eq!(newest(&store, reader, Scope::Unread).await, ["e", "late", "b"]);
        store.mark_from(reader, None, (first[0].place, None), seen).await.unwrap();
        assert_eq!(newest(&store, reader, Scope::Unread).await, ["late"]);
        let since = store.entries_since(reader, at(11), None, 10).await.unwrap();
        assert_eq!(keys(&since), ["b", "e", "late"]);
        let pages = store.entries_at(reader, &[3, 5, 99], 10).await.unwrap();
        assert_eq!(keys(&pages), ["c", "e"]);

        // What a rule hides is there, but not seen.
        let item = first[0].place.item;
        store.hide(reader, &[(item, Some("mute-1".into()))]).await.unwrap();
        assert_eq!(newest(&store, reader, Scope::Channel("News")).await, ["b"]);
        let hidden = store.entry(reader, item).await.unwrap().unwrap();
        assert_eq!(hidden.hidden.as_deref(), Some("mute-1"));
        let all = store.entries_by_arrival(reader, None, 100).await.unwrap();
        assert_eq!(keys(&all), ["a", "c", "d", "b", "e", "late"]);
        store.hide(reader, &[(item, None)]).await.unwrap();
        assert_eq!(newest(&store, reader, Scope::Channel("News")).await, ["e", "b"]);
    }
}

#[tokio::test]
async fn words_are_found_in_any_script() {
    for place in places().await {
        let store = place.open().await;
        let reader = ana(&store, &[following("ben", "")]).await;
        let feed = feed_of(&store, reader, "ben").await;
        let all = ["harbour fog", "harbour sun", "日本 本語 fog", "o'clock \"quoted\" a:b -x"];
        let items = (1..).zip(all).map(|(key, words)| NewItem {
            kept: Kept { body: format!("{{\"title\":\"{key}\"}}"), ..kept(key, words) },
            sorted: at(key),
            is_read: false,
        });
        bring(&store, &feed, items.collect(), 10).await;
        let search = async |words: &[&str], before: Option<ItemId>| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            store.search(reader, &words, before, 10).await.unwrap()
        };
        assert_eq!(keys(&search(&["fog"], None).await), ["3", "1"]);
        assert_eq!(keys(&search(&["harbour", "fog"], None).await), ["1"]);
        assert_eq!(keys(&search(&["fog", "har"], None).await), ["1"], "the last may go on");
        assert_eq!(keys(&search(&["日本", "本語"], None).await), ["3"]);
        let third = search(&["日本"], None).await[0].place.item;
        assert_eq!(keys(&search(&["fog"], Some(third)).await), ["1"]);
        for hostile in ["\"", "'", "a\" OR \"b", "' | '", "*", ":*", "(", "\\"] {
            search(&[hostile, "fog"], None).await;
        }
        assert!(search(&[], None).await.is_empty());
    }
}

#[tokio::test]
async fn what_is_purged_stays_known() {
    for place in places().await {
        let store = place.open().await;
        let reader = ana(&store, &[following("ben", "")]).await;
        let feed = feed_of(&store, reader, "ben").await;
        bring(&store, &feed, vec![new(1, 1, "old"), new(2, 2, "kept")], 10).await;
        bring(&store, &feed, vec![new(3, 3, "young")], 20).await;
        let all = store.entries(reader, Scope::All, Part::Newest, 10).await.unwrap();
        assert!(store.keep_entry(reader, all[1].place.item, true).await.unwrap());
        assert_eq!(store.purge_items(at(15)).await.unwrap(), 1);
        assert_eq!(store.purge_items(at(15)).await.unwrap(), 0);
        assert_eq!(newest(&store, reader, Scope::All).await, ["young", "kept"]);
        let known = store.known(feed.id).await.unwrap();
        assert_eq!(known.len(), 3);
        assert_eq!(known.iter().filter(|known| known.item.is_none()).count(), 1);
        assert!(store.search(reader, &["old".into()], None, 10).await.unwrap().is_empty());

        // A feed that nobody follows is forgotten some day, but not what somebody keeps.
        store.follow(reader, &[], ("2", true), at(30)).await.unwrap();
        assert!(store.unfollowed_feeds(at(1_000)).await.unwrap().is_empty());
        store.keep_entry(reader, all[1].place.item, false).await.unwrap();
        store.purge_items(at(1_000)).await.unwrap();
        assert_eq!(store.unfollowed_feeds(at(1_000)).await.unwrap(), [feed.id]);
        assert!(store.forget_feed(feed.id).await.unwrap());
        assert_eq!(store.feed(feed.id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn fd_h_04_two_feeds_at_one_address_become_one() {
    for place in places().await {
        let store = place.open().await;
        let reader = ana(&store, &[following("ben", "A"), following("cleo", "B")]).await;
        let (dan, _, _) = store.reader("https://dan.example").await.unwrap();
        store.follow(dan, &[following("ben", "D")], ("d", true), at(0)).await.unwrap();
        let mut ben = feed_of(&store, reader, "ben").await;
        let cleo = feed_of(&store, reader, "cleo").await;
        bring(&store, &ben, vec![new(1, 1, "x")], 10).await;
        bring(&store, &cleo, vec![new(1, 1, "x")], 10).await;
        ben.location = cleo.location.clone();
        store.keep_feed(&ben).await.unwrap();
        let both: Vec<_> =
            store.feeds_at(&cleo.location).await.unwrap().iter().map(|feed| feed.id).collect();
        assert_eq!(both, [ben.id, cleo.id]);
        store.unite_feeds(ben.id, cleo.id).await.unwrap();
        assert_eq!(newest(&store, reader, Scope::All).await, ["x"]);
        assert_eq!(newest(&store, dan, Scope::Channel("D")).await, ["x"]);
        assert!(newest(&store, dan, Scope::Unread).await.is_empty(), "they saw it there");
        // The file still says the old address: that is the same feed now.
        store.follow(dan, &[following("ben", "E")], ("e", true), at(20)).await.unwrap();
        assert_eq!(store.subscriptions(dan).await.unwrap()[0].feed, cleo.id);
        assert_eq!(newest(&store, dan, Scope::Channel("E")).await, ["x"]);
        assert_eq!(store.feed(ben.id).await.unwrap().unwrap().due, None);
    }
}

#[tokio::test]
async fn what_rules_hide_is_counted_and_the_latest_are_found_hidden_or_not() {
    for place in places().await {
        let store = place.open().await;
        let reader = ana(&store, &[following("ben", ""), following("cleo", "News")]).await;
        let (ben, cleo) =
            (feed_of(&store, reader, "ben").await, feed_of(&store, reader, "cleo").await);
        bring(&store, &ben, vec![new(1, 1, "a"), new(2, 3, "c")], 10).await;
        bring(&store, &cleo, vec![new(1, 2, "b"), new(2, 4, "d")], 11).await;
        let latest = store.latest_entries(reader, None, 3).await.unwrap();
        assert_eq!(keys(&latest), ["d", "b", "c"]);
        let hide =
            [(latest[0].place.item, Some("r1".into())), (latest[2].place.item, Some("r1".into()))];
        store.hide(reader, &hide).await.unwrap();
        assert_eq!(store.count_hidden(reader).await.unwrap(), [("r1".to_owned(), 2)]);
        assert_eq!(keys(&store.latest_entries(reader, None, 1).await.unwrap()), ["d"]);
        let before = Some(latest[2].place.item);
        assert_eq!(keys(&store.latest_entries(reader, before, 9).await.unwrap()), ["a"]);

        // Who gets what a feed brings, and as what.
        let followers = store.followers(cleo.id).await.unwrap();
        assert_eq!(followers, [(reader, following("cleo", "News"))]);
        let one = store.followed_as(reader, ben.id).await.unwrap();
        assert_eq!(one, Some(following("ben", "")));
        let (other, _, _) = store.reader("https://dan.example").await.unwrap();
        assert_eq!(store.followed_as(other, ben.id).await.unwrap(), None);

        // Feeds that become one: whoever gets something new by it is judged again.
        store.keep_rules(reader, "judged").await.unwrap();
        store.keep_rules(other, "judged").await.unwrap();
        store.unite_feeds(ben.id, cleo.id).await.unwrap();
        assert_eq!(store.reader("https://ana.example").await.unwrap().2, "");
        assert_eq!(store.reader("https://dan.example").await.unwrap().2, "judged");
    }
}

#[tokio::test]
async fn a_timeline_is_read_without_some_channels() {
    for place in places().await {
        let store = place.open().await;
        let all = [following("ben", ""), following("cleo", "News"), following("dan", "Far \"1\"")];
        let reader = ana(&store, &all).await;
        for (name, key) in
            [("ben", 1), ("cleo", 2), ("dan", 3), ("ben", 4), ("cleo", 5), ("dan", 6)]
        {
            let feed = feed_of(&store, reader, name).await;
            bring(&store, &feed, vec![new(key, key, &format!("{name}{key}"))], 10 + key).await;
        }
        let outside = async |channels: &[&str], is_unread: bool, part: Part| {
            store.entries_outside(reader, (channels, is_unread), part, 2).await.unwrap()
        };
        let first = outside(&["News"], false, Part::Newest).await;
        assert_eq!(keys(&first), ["dan6", "ben4"]);
        let second = outside(&["News"], false, Part::Before(first[1].place)).await;
        assert_eq!(keys(&second), ["dan3", "ben1"]);
        let back = outside(&["News"], false, Part::After(second[0].place)).await;
        assert_eq!(keys(&back), ["ben4", "dan6"]);
        assert_eq!(
            keys(&outside(&["News", "Far \"1\""], false, Part::Newest).await),
            ["ben4", "ben1"]
        );
        assert_eq!(keys(&outside(&[], false, Part::Newest).await), ["dan6", "cleo5"]);
        store.mark(reader, &[first[0].place.item], true).await.unwrap();
        store.hide(reader, &[(first[1].place.item, Some("r".into()))]).await.unwrap();
        assert_eq!(keys(&outside(&["News"], true, Part::Newest).await), ["dan3", "ben1"]);
        assert_eq!(keys(&outside(&["News"], false, Part::Newest).await), ["dan6", "dan3"]);
    }
}

#[tokio::test]
async fn what_was_decided_upon_something_older_is_not_written() {
    for place in places().await {
        let store = place.open().await;
        let reader = ana(&store, &[following("ben", "")]).await;
        let before = feed_of(&store, reader, "ben").await;
        let harvest = |key| Harvest {
            new: vec![new(key, key, "x")],
            since: Some(Since::of(&before, &[])),
            ..Harvest::default()
        };
        let mut feed = before.clone();
        feed.changed = Some(at(10));
        store.bring_in(&feed, harvest(1), at(10)).await.unwrap();
        let slower = store.bring_in(&feed, harvest(2), at(11)).await.unwrap_err();
        assert!(slower.is_overtaken(), "{slower}");
        assert_eq!(store.known(feed.id).await.unwrap().len(), 1);
        assert_eq!(newest(&store, reader, Scope::All).await, ["x"]);
        // Of the same moment, too.
        let same = Harvest { since: Some(Since::of(&feed, &[])), ..harvest(3) };
        assert!(store.bring_in(&feed, same, at(10)).await.unwrap_err().is_overtaken());
        // A feed that is another one by now takes nobody over.
        let reader = ana(&store, &[following("ben", ""), following("cleo", "")]).await;
        let cleo = feed_of(&store, reader, "cleo").await;
        store.unite_feeds(cleo.id, feed.id).await.unwrap();
        store.unite_feeds(feed.id, cleo.id).await.unwrap();
        let all = store.subscriptions(reader).await.unwrap();
        assert_eq!(all.iter().map(|one| one.feed).collect::<Vec<_>>(), [feed.id]);
        assert!(store.feed(feed.id).await.unwrap().unwrap().due.is_some());
    }
}

#[tokio::test]
async fn what_is_forgotten_is_not_known_and_what_is_kept_is_not_forgotten() {
    for place in places().await {
        let store = place.open().await;
        let reader = ana(&store, &[following("ben", "")]).await;
        let feed = feed_of(&store, reader, "ben").await;
        let past = (2..5).map(|key| kept(key, "").marks).collect();
        let harvest = Harvest { new: vec![new(1, 1, "x")], past, ..Harvest::default() };
        store.bring_in(&feed, harvest, at(10)).await.unwrap();
        let harvest = Harvest { forgotten: vec![1, 2, 4], ..Harvest::default() };
        store.bring_in(&feed, harvest, at(20)).await.unwrap();
        let mut keys: Vec<i64> =
            store.known(feed.id).await.unwrap().iter().map(|known| known.marks.key).collect();
        keys.sort_unstable();
        assert_eq!(keys, [1, 3]);
        let many = (10..30).map(|key| new(key, key, "y")).collect();
        bring(&store, &feed, many, 30).await;
        assert_eq!(store.purge_overfull(5).await.unwrap(), 16);
        assert_eq!(newest(&store, reader, Scope::All).await.len(), 5);
    }
}

#[tokio::test]
async fn how_feeds_are_is_read_for_all_at_once() {
    for place in places().await {
        let store = place.open().await;
        let reader = ana(&store, &[following("ben", ""), following("cleo", "")]).await;
        let mut feed = feed_of(&store, reader, "ben").await;
        bring(&store, &feed, vec![new(1, 1, "a"), new(2, 50, "b"), new(3, 60, "c")], 70).await;
        assert_eq!(store.entries_of_each(reader, at(50)).await.unwrap().get(&feed.id), Some(&2));
        assert_eq!(store.count_items(feed.id).await.unwrap(), 3);
        assert!(store.told_feeds(at(1)).await.unwrap().is_empty());
        store.hold_host("ben.example:443", at(90)).await.unwrap();
        store.hold_host("ben.example:443", at(80)).await.unwrap();
        assert_eq!(store.held_hosts(at(85)).await.unwrap().get("ben.example:443"), Some(&at(90)));
        assert!(store.held_hosts(at(90)).await.unwrap().is_empty());
        (feed.checked, feed.due) = (Some(at(100)), Some(at(5_000)));
        store.keep_feed(&feed).await.unwrap();
        store.take_hosts(Lease { owner: "a", time: Duration::ZERO }, at(100), 9).await.unwrap();
        store.release_host("ben.example:443", "a", None, at(100)).await.unwrap();
        let minute = Duration::from_secs(60);
        assert_eq!(store.ask_all_feeds(reader, at(130), minute).await.unwrap(), 1);
        assert_eq!(store.ask_all_feeds(reader, at(160), minute).await.unwrap(), 2);
        let hosts = store.take_hosts(Lease { owner: "b", time: minute }, at(160), 9).await.unwrap();
        assert_eq!(hosts.len(), 2);
        store.correct_times(at(50), at(100), at(60)).await.unwrap();
        assert_eq!(store.feed(feed.id).await.unwrap().unwrap().due, Some(at(50)));
        // Ben's still wants to be left alone.
        let hosts = store.take_hosts(Lease { owner: "c", time: minute }, at(50), 9).await.unwrap();
        assert_eq!(hosts, ["cleo.example:443"]);
    }
}
