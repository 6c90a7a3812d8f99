//! The graph: near and far, who follows back, whom to suggest, and the limits.

use jiff::Timestamp;

use super::*;
use crate::graph::build::share;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn followed(home: &str, name: &str, xfn: &str) -> Followed {
    Followed {
        home: home.to_owned(),
        name: Some(name.to_owned()),
        xfn: Xfn::of(xfn.split(' ')),
        is_public: true,
        ..Followed::default()
    }
}

fn row(home: &str, xfn: &str) -> Row {
    Row { home: home.to_owned(), xfn: Xfn::of(xfn.split(' ')), ..Row::default() }
}

fn list(owner: &str, homes: &[(&str, &str)]) -> List {
    List {
        owner: owner.to_owned(),
        source: format!("{owner}following.opml"),
        read: at(0),
        rows: homes.iter().map(|(home, xfn)| row(home, xfn)).collect(),
    }
}

fn neighbourhood() -> (Vec<Followed>, Vec<List>, Vec<Said>) {
    let follows = vec![
        followed("https://cleo.example/", "Cleo", ""),
        followed("https://www.dan.example", "Dan", "friend met"),
        followed("https://tilde.example/~ben/", "Ben", ""),
    ];
    let lists = vec![
        list(
            "https://cleo.example/",
            &[
                ("https://me.example/", ""),
                ("https://eve.example/", ""),
                ("https://dan.example/", ""),
                ("https://flo.example/", "friend"),
            ],
        ),
        list(
            "https://dan.example/",
            &[
                ("http://eve.example", ""),
                ("https://gus.example/", ""),
                ("https://dan.example/", ""),
                ("https://dan-too.example/", "me"),
            ],
        ),
        // Not followed: what she reads says nothing of how near somebody is.
        list("https://eve.example/", &[("https://far.example/", "")]),
    ];
    let said = vec![Said {
        home: "https://hal.example/".to_owned(),
        name: Some("Hal".to_owned()),
        source: "https://hal.example/follows/1".to_owned(),
        at: at(5),
        ..Said::default()
    }];
    (follows, lists, said)
}

fn with<R>(look: impl FnOnce(&Graph) -> R) -> R {
    let (followed, lists, said) = neighbourhood();
    let me = ["https://me.example/"];
    look(&Graph::of(&Material { me: &me, followed: &followed, lists: &lists, said: &said }))
}

#[test]
fn the_distance_is_counted_in_steps_and_says_through_whom() {
    with(|graph| {
        let words = |address: &str| {
            let distance = graph.distance(address);
            (distance.steps(), distance.in_words())
        };
        assert_eq!(words("https://me.example/posts/1").0, 0);
        assert_eq!(words("http://www.cleo.example").0, 1);
        assert_eq!(words("https://cleo.example/2024/hello?x#y").0, 1);
        let (steps, why) = words("https://eve.example/");
        assert_eq!((steps, why.as_str()), (2, "Dan and Cleo, whom you follow, follow them"));
        assert_eq!(words("https://gus.example/").1, "Dan, whom you follow, follows them");
        assert_eq!(words("https://far.example/").0, 3);
        assert_eq!(words("https://nobody.example/").0, 3);
        assert_eq!(words("nonsense").0, 3);
    });
}

#[test]
fn people_of_one_host_are_several() {
    with(|graph| {
        assert_eq!(graph.distance("https://tilde.example/~ben/1").steps(), 1);
        assert_eq!(graph.distance("https://tilde.example/~eve/").steps(), 3);
        assert_eq!(graph.distance("https://tilde.example/").steps(), 3);
        assert_eq!(graph.distance_of_host("tilde.example").steps(), 1);
        assert_eq!(graph.distance_of_host("www.Eve.example").steps(), 2);
        assert_eq!(graph.distance_of_host("ilde.example").steps(), 3);
        assert_eq!(graph.distance_of_host("tilde.example.org").steps(), 3);
    });
}

#[test]
fn followers_said_so_or_have_the_site_in_their_list() {
    with(|graph| {
        let found: Vec<_> = graph
            .followers()
            .into_iter()
            .map(|f| (f.person.shown().to_owned(), f.is_mutual, f.source.to_owned()))
            .collect();
        let cleo = "https://cleo.example/following.opml".to_owned();
        let hal = "https://hal.example/follows/1".to_owned();
        assert_eq!(found, [("Cleo".into(), true, cleo), ("Hal".into(), false, hal)]);
        let mutuals: Vec<_> = graph.mutuals().into_iter().map(|f| f.person.shown()).collect();
        assert_eq!(mutuals, ["Cleo"]);
    });
}

#[test]
fn suggestions_are_ordered_by_how_many_and_how_close() {
    with(|graph| {
        let found = |refused: &str| -> Vec<(String, String)> {
            let all = graph.suggestions(10, |person| person.key == refused);
            all.into_iter().map(|s| (s.person.key.clone(), s.reason())).collect()
        };
        let all = found("");
        let keys: Vec<&str> = all.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["eve.example", "flo.example", "gus.example"]);
        assert_eq!(all[0].1, "2 people you read follow them: Dan and Cleo");
        assert_eq!(all[1].1, "Cleo, whom you follow, follows them");
        assert_eq!(found("eve.example").len(), 2);
        assert_eq!(graph.suggestions(1, |_| false).len(), 1);
    });
}

#[test]
fn somebody_followed_by_a_feed_is_not_suggested_by_another_spelling_of_their_home() {
    let follows = [
        Followed {
            feed: Some("https://feeds.example/ana.xml".to_owned()),
            ..followed("https://ana.example/", "Ana", "")
        },
        followed("https://ben.example/", "Ben", ""),
    ];
    let by_feed = Row {
        feed: Some("http://feeds.example/ana.xml".to_owned()),
        ..row("https://ana.example/blog/", "")
    };
    let only_feed = row("https://feeds.example/ana.xml", "");
    let lists = [List { rows: vec![by_feed, only_feed], ..list("https://ben.example/", &[]) }];
    let graph = Graph::of(&Material { followed: &follows, lists: &lists, ..Material::default() });
    assert!(graph.suggestions(10, |_| false).is_empty());
    assert_eq!(graph.count_edges(), 1);
}

#[test]
fn the_order_of_the_lists_does_not_matter() {
    let (followed, lists, said) = neighbourhood();
    let mut other = lists.clone();
    other.reverse();
    let me = ["https://me.example/"];
    let dump = |lists: &[List]| {
        let material = Material { me: &me, followed: &followed, lists, said: &said };
        let graph = Graph::of(&material);
        format!("{:?} {:?}", graph.suggestions(10, |_| false), graph.followers())
    };
    assert_eq!(dump(&lists), dump(&other));
}

#[test]
fn the_newest_of_two_lists_of_one_person_counts() {
    let follows = [followed("https://ana.example/", "Ana", "")];
    let old = list("https://ana.example", &[("https://old.example/", "")]);
    let new = List { read: at(9), ..list("https://ana.example/", &[("https://new.example/", "")]) };
    let lists = [old, new];
    let graph = Graph::of(&Material { followed: &follows, lists: &lists, ..Material::default() });
    assert_eq!(graph.distance("https://new.example/").steps(), 2);
    assert_eq!(graph.distance("https://old.example/").steps(), 3);
}

#[test]
fn long_lists_are_cut_and_all_get_the_same_share() {
    let rows = |count: usize| (0..count).map(|n| row(&format!("https://n{n}.example/"), ""));
    let follows = [followed("https://ana.example/", "Ana", "")];
    let long = List { rows: rows(5_000).collect(), ..list("https://ana.example/", &[]) };
    let lists = [long];
    let graph = Graph::of(&Material { followed: &follows, lists: &lists, ..Material::default() });
    assert_eq!((graph.count_edges(), graph.left_out()), (MOST_ROWS, 5_000 - MOST_ROWS));
    assert_eq!(share(&[10, 100, 100].into_iter(), 110), 50);
    assert_eq!(share(&[1, 1].into_iter(), 0), 0);
    assert_eq!(share(&[3_000, 3_000].into_iter(), usize::MAX), MOST_ROWS);
    assert_eq!(share(&std::iter::repeat_n(300, MOST_LISTS), MOST_EDGES), 40);
}

#[test]
fn common_tags_are_counted_by_people() {
    let used = [
        ("ana", "Bread"),
        ("ben", "bread"),
        ("cleo", "bread"),
        ("ana", "ana's own"),
        ("ana", "ana's own"),
        ("ana", "Tea"),
        ("ben", "#tea"),
        ("ben", " "),
        ("ana", ""),
    ];
    let common = common_tags(used, 5);
    let found: Vec<_> = common.iter().map(|tag| (tag.tag, tag.people)).collect();
    assert_eq!(found, [("bread", 3), ("Tea", 2)]);
    assert_eq!(common_tags(used, 1).len(), 1);
}
