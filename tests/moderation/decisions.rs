//! Rules, people, relays, reply policies and crowds, and trying rules out.

use jiff::civil::date;
use lanai::model::{Mention, Property, ReplyPolicy};
use lanai::moderation::{
    Action, Approved, Change, Decision, Facts, Identity, Moderation, Origin, Policy, Row, Rule,
    Strangers, Trust, Verdict, What, decide, parse_list, try_out,
};

use crate::{Setting, mention};

const PEACE: &str = "I read this on the ferry and it made me miss my stop.";
const INSULT: &str = "You are an idiot and everybody knows it.";
const ADVERT: &str =
    "Best online casino, free spins: <a href=\"https://spin.example/?ref=9\">play here</a>";

fn by(site: &str, html: &str) -> Mention {
    mention("Somebody", site, html).mention()
}

fn told(mention: &Mention, policy: &Policy<'_>, vouched: bool) -> Decision {
    let who = Identity::of(mention);
    decide(&Facts { mention, who: &who, vouched, friends: &[], repeats: 0, crowd: 1 }, policy)
}

fn rule(action: Action, what: What) -> Row {
    Row::Rule(Rule::new(action, what))
}

fn words(list: &[&str]) -> What {
    What::Words(list.iter().map(|&word| word.to_owned()).collect())
}

fn domain(name: &str) -> What {
    What::Domain(name.to_owned())
}

fn approved(url: &str, host: Option<&str>) -> Row {
    let who = Identity::named(url, host).unwrap();
    Row::Approve(Approved { who, url: url.to_owned(), since: None })
}

/// A site with rules; what they approve is in its circle.
fn with(rows: Vec<Row>) -> Setting {
    let rules = Moderation::new(rows);
    let me = ["https://robin.example/"];
    let circle = lanai::moderation::Circle::new(&me, &[], &rules, &["brid.gy"]);
    Setting { circle, rules, ..Setting::default() }
}

#[test]
fn rules_come_first_and_the_strictest_wins() {
    let setting = with(vec![
        rule(Action::Hold, words(&["ferry"])),
        rule(Action::Block, domain("loud.example")),
        rule(Action::Mute, What::Author("https://quiet.example/".to_owned())),
        rule(Action::Hold, What::Links(2)),
        approved("https://ana.example/", None),
    ]);
    let policy = setting.policy();
    let refused = told(&by("https://www.loud.example", PEACE), &policy, false);
    assert_eq!(refused.verdict, Verdict::Refuse);
    assert_eq!(
        refused.reasons,
        ["your rule to block loud.example", "your rule to hold the words ferry"]
    );
    let muted = told(&by("https://quiet.example", "hello"), &policy, false);
    assert_eq!(muted.verdict, Verdict::Hold);
    assert_eq!(muted.reasons, ["your rule to mute https://quiet.example/"]);
    // Even somebody approved waits when a word says so.
    let ana = told(&by("https://ana.example", PEACE), &policy, false);
    assert_eq!((ana.verdict, ana.trust), (Verdict::Hold, Trust::Approved));
    let ana = told(&by("https://ana.example", "hello"), &policy, false);
    assert_eq!(ana.verdict, Verdict::Publish);
    assert_eq!(ana.reasons, ["it is by somebody you approved (ana.example)"]);
    let links: String =
        (0..3).map(|n| format!("<a href=\"https://s{n}.example/\">s{n}</a> ")).collect();
    let linked = told(&by("https://ana.example", &links), &policy, false);
    assert_eq!(linked.reasons, ["your rule to hold more than 2 links"]);
}

#[test]
fn words_are_met_in_disguise_and_as_whole_words_only() {
    let rules = Moderation::new([rule(Action::Block, words(&["cat food", "赌场", "💩"]))]);
    for (text, meets) in [
        ("Cat  FOOD!", true),
        ("саt fооd", true),
        ("cat\u{200B} food", true),
        ("concat foodstuff", false),
        ("最好的赌场在这里", true),
        ("well 💩", true),
        ("nothing", false),
    ] {
        assert_eq!(rules.hides(&by("https://a.example", text)), meets, "{text}");
    }
}

#[test]
fn what_is_blocked_does_not_come_back_by_another_spelling() {
    let author = What::Author("https://troll.example/~t".to_owned());
    let rules = Moderation::new([rule(Action::Block, author)]);
    let mut mention = by("https://other.example", PEACE);
    for url in ["http://www.troll.example/~t/", "https://troll.example/~t?x=1#y"] {
        mention.author.url = Some(url.to_owned());
        assert!(rules.hides(&mention), "{url}");
    }
    mention.author.url = Some("https://troll.example/~u".to_owned());
    assert!(!rules.hides(&mention));
}

#[test]
fn a_rule_ends_on_its_day() {
    let rules = Moderation::new([Row::Rule(Rule {
        until: Some(date(2026, 5, 1)),
        ..Rule::new(Action::Mute, domain("loud.example"))
    })]);
    let mention = by("https://loud.example", PEACE);
    assert!(rules.on(date(2026, 5, 1)).hides(&mention));
    assert!(!rules.on(date(2026, 5, 2)).hides(&mention));
}

#[test]
fn a_list_of_others_does_not_outweigh_what_the_owner_said() {
    let list = parse_list("ana.example\nbo.example # rude\n", "https://lists.example/l.txt");
    assert!(list.rules.iter().all(|rule| matches!(rule.origin, Origin::List(_))));
    let mut rows = vec![approved("https://ana.example/", None)];
    rows.extend(list.rules.into_iter().map(Row::Rule));
    let setting = with(rows);
    let ana = told(&by("https://ana.example", PEACE), &setting.policy(), false);
    assert_eq!(ana.verdict, Verdict::Publish);
    let bo = told(&by("https://bo.example", PEACE), &setting.policy(), false);
    assert_eq!(bo.verdict, Verdict::Refuse);
    assert_eq!(
        bo.reasons,
        ["your rule to block bo.example in the list https://lists.example/l.txt (rude)"]
    );
}

#[test]
fn an_approved_name_at_another_host_is_a_stranger() {
    let setting = with(vec![approved("https://ana.example/", None)]);
    let mut forged = by("https://evil.example", PEACE);
    forged.author.url = Some("https://ana.example/".to_owned());
    forged.verified = false;
    assert_eq!(told(&forged, &setting.policy(), false).trust, Trust::Stranger);
    let other = by("https://ana.example/~guest", PEACE);
    assert_eq!(told(&other, &setting.policy(), false).trust, Trust::Stranger);
}

#[test]
fn relays_are_off_until_they_are_wanted() {
    let setting = with(vec![approved("https://social.example/@cem", Some("brid.gy"))]);
    let mut policy = setting.policy();
    let relayed = |author: &str| {
        let mut mention = by("https://brid.gy", PEACE);
        mention.author.url = Some(author.to_owned());
        mention
    };
    let dan = told(&relayed("https://social.example/@dan"), &policy, false);
    assert_eq!(dan.verdict, Verdict::Refuse);
    assert_eq!(dan.reasons, ["brid.gy carries the words of others, and that is off"]);
    // Who was approved as carried by this relay comes through.
    let cem = told(&relayed("https://social.example/@cem"), &policy, false);
    assert_eq!((cem.verdict, cem.trust), (Verdict::Publish, Trust::Approved));
    policy.relays_on = true;
    let dan = told(&relayed("https://social.example/@dan"), &policy, true);
    assert_eq!((dan.verdict, dan.trust), (Verdict::Hold, Trust::Stranger), "vouched for the relay");
    let me = told(&relayed("https://robin.example/"), &policy, false);
    assert_eq!(me.trust, Trust::Stranger);
}

#[test]
fn a_page_says_whose_replies_it_takes() {
    let setting = with(vec![approved("https://ana.example/", None)]);
    let verdict = |reply_policy, site: &str, property, vouched| {
        let policy = Policy { reply_policy, ..setting.policy() };
        told(&Mention { property, ..by(site, PEACE) }, &policy, vouched).verdict
    };
    let (me, ana, eve) = ("https://robin.example", "https://ana.example", "https://eve.example");
    let (reply, like) = (Property::InReplyTo, Property::LikeOf);
    for (policy, who, property, expected) in [
        (ReplyPolicy::Everyone, eve, reply, Verdict::Hold),
        (ReplyPolicy::Known, ana, reply, Verdict::Publish),
        (ReplyPolicy::Known, eve, reply, Verdict::Refuse),
        (ReplyPolicy::Known, eve, like, Verdict::Refuse),
        (ReplyPolicy::Followed, ana, reply, Verdict::Refuse),
        (ReplyPolicy::Followed, me, reply, Verdict::Publish),
        (ReplyPolicy::None, ana, reply, Verdict::Refuse),
        (ReplyPolicy::None, ana, Property::MentionOf, Verdict::Refuse),
        (ReplyPolicy::None, ana, like, Verdict::Publish),
        (ReplyPolicy::None, eve, like, Verdict::Hold),
        (ReplyPolicy::None, me, reply, Verdict::Publish),
    ] {
        assert_eq!(
            verdict(policy, who, property, false),
            expected,
            "{policy:?} {who} {property:?}"
        );
    }
    // Somebody else's word makes nobody known.
    assert_eq!(verdict(ReplyPolicy::Known, eve, reply, true), Verdict::Refuse);
    assert_eq!(verdict(ReplyPolicy::Everyone, eve, reply, true), Verdict::Publish);
}

#[test]
fn only_known_people_while_the_owner_wants_it() {
    let setting = with(vec![approved("https://ana.example/", None)]);
    let policy = Policy { known_only: true, ..setting.policy() };
    assert_eq!(told(&by("https://ana.example", PEACE), &policy, false).verdict, Verdict::Publish);
    // The others are kept aside until the door is open again.
    let eve = told(&by("https://eve.example", PEACE), &policy, true);
    assert_eq!(eve.verdict, Verdict::Hold);
}

#[test]
fn scores_hold_and_fold_but_publish_nothing() {
    let setting = with(vec![approved("https://ana.example/", None)]);
    let policy = Policy { strangers: Strangers::Publish, ..setting.policy() };
    let verdict = |site: &str, html: &str, vouched| told(&by(site, html), &policy, vouched).verdict;
    assert_eq!(verdict("https://eve.example", PEACE, false), Verdict::Publish);
    assert_eq!(verdict("https://eve.example", ADVERT, false), Verdict::Spam);
    assert_eq!(verdict("https://eve.example", ADVERT, true), Verdict::Hold);
    assert_eq!(verdict("https://ana.example", ADVERT, false), Verdict::Publish);
    assert_eq!(verdict("https://eve.example", INSULT, false), Verdict::Hold);
    assert_eq!(verdict("https://ana.example", INSULT, false), Verdict::Hold);
    assert_eq!(verdict("https://robin.example", INSULT, false), Verdict::Publish);
    let insult = told(&by("https://ana.example", INSULT), &policy, false);
    assert_eq!(insult.reasons[1], "an insult to your face: i···t");
}

#[test]
fn a_crowd_of_strangers_waits() {
    let setting = with(vec![approved("https://ana.example/", None)]);
    let policy = Policy { strangers: Strangers::Publish, ..setting.policy() };
    let verdict = |site: &str, crowd| {
        let mention = by(site, PEACE);
        let who = Identity::of(&mention);
        let facts =
            Facts { mention: &mention, who: &who, vouched: false, friends: &[], repeats: 0, crowd };
        decide(&facts, &policy)
    };
    assert_eq!(verdict("https://eve.example", 9).verdict, Verdict::Publish);
    let held = verdict("https://eve.example", 10);
    assert_eq!(held.verdict, Verdict::Hold);
    assert_eq!(held.reasons, ["10 strangers came to this page within 10 minutes"]);
    assert_eq!(verdict("https://ana.example", 10).verdict, Verdict::Publish);
}

#[test]
fn a_rule_can_be_tried_out() {
    let setting = with(vec![rule(Action::Block, domain("bo.example"))]);
    let mentions: Vec<Mention> = ["ana", "bo", "cy"]
        .iter()
        .map(|name| by(&format!("https://{name}.example"), PEACE))
        .collect();
    let people: Vec<Identity> = mentions.iter().map(Identity::of).collect();
    let facts: Vec<Facts<'_>> = mentions
        .iter()
        .zip(&people)
        .map(|(mention, who)| Facts {
            mention,
            who,
            vouched: false,
            friends: &[],
            repeats: 0,
            crowd: 1,
        })
        .collect();
    let tried = |change| {
        let changed = try_out(&facts, &setting.policy(), &change);
        changed.into_iter().map(|c| (c.at, c.before, c.after)).collect::<Vec<_>>()
    };
    let block = rule(Action::Block, domain("ana.example"));
    assert_eq!(tried(Change::Add(block)), [(0, Verdict::Hold, Verdict::Refuse)]);
    let approve = approved("https://cy.example/", None);
    assert_eq!(tried(Change::Add(approve)), [(2, Verdict::Hold, Verdict::Publish)]);
    let id = rule(Action::Block, domain("bo.example")).id();
    assert_eq!(tried(Change::Remove(id)), [(1, Verdict::Refuse, Verdict::Hold)]);
    assert_eq!(tried(Change::Remove("nobody".to_owned())), []);
}

/// Text made to cost time.
#[test]
fn nothing_takes_long() {
    let setting = Setting::default();
    let started = std::time::Instant::now();
    for text in [
        "a ".repeat(200_000),
        "https://a.example/ ".repeat(20_000),
        "<a href=\"https://a.example\">b</a>".repeat(2_000),
        "\"".repeat(60_000),
        "{".repeat(60_000),
        "<blockquote>".repeat(90) + "idiot",
        "аa".repeat(30_000),
        "你".repeat(60_000),
        "i*".repeat(30_000),
    ] {
        let made = mention(&text, "https://eve.example", &text);
        assert_ne!(setting.decide(&made).verdict, Verdict::Publish);
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn a_friend_of_a_friend_is_nearer_than_a_stranger_and_farther_than_somebody_known() {
    let setting = with(vec![]);
    let friends = ["Cleo".to_owned(), "Dan".to_owned()];
    let decided = |text: &str, policy: &Policy<'_>, crowd: usize| {
        let mention = by("https://eve.example/", text);
        let who = Identity::of(&mention);
        let (vouched, repeats) = (false, 0);
        let facts =
            Facts { mention: &mention, who: &who, vouched, friends: &friends, repeats, crowd };
        let decision = decide(&facts, policy);
        (decision.verdict, decision.trust, decision.reasons.join("; "))
    };
    let (verdict, trust, why) = decided(PEACE, &setting.policy(), 99);
    assert_eq!((verdict, trust), (Verdict::Publish, Trust::Friend));
    assert_eq!(
        why,
        "it is by a friend of a friend (eve.example): Cleo and Dan, whom you follow, follow them"
    );
    assert_eq!(decided(ADVERT, &setting.policy(), 1).0, Verdict::Hold, "no spam without a look");
    assert_eq!(decided(INSULT, &setting.policy(), 1).0, Verdict::Hold);
    // On bad days, and where the page takes people only whom the owner knows, they are not known.
    let bad_day = Policy { known_only: true, ..setting.policy() };
    assert_eq!(decided(PEACE, &bad_day, 1).0, Verdict::Hold);
    let known = Policy { reply_policy: ReplyPolicy::Known, ..setting.policy() };
    assert_eq!(decided(PEACE, &known, 1).0, Verdict::Refuse);
    let blocked = with(vec![rule(Action::Block, domain("eve.example"))]);
    assert_eq!(decided(PEACE, &blocked.policy(), 1).0, Verdict::Refuse);
}
