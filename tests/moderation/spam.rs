//! Advertising as robots send it, made from templates with a seeded generator: 26 shapes, twenty
//! of each. About half of the shapes sell what the classifier has no words for (roofs, removals,
//! mattresses, help lines), so that what is measured is not only its list of words.

use crate::{Made, mention};

/// A generator that gives the same numbers on every machine.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap()
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.next() % end
    }

    pub fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

const PEOPLE: [&str; 16] = [
    "Anna Keller",
    "James",
    "Olivia Brown",
    "Pedro",
    "Ivan",
    "Mei",
    "Lucas Meyer",
    "Sofia",
    "Noah",
    "Priya",
    "Tom B.",
    "Elena",
    "Karim",
    "Julia",
    "Mark",
    "Aisha",
];

const PLACES: [&str; 10] = [
    "Dallas", "Dubai", "Leeds", "Mumbai", "Perth", "Austin", "Toronto", "Delhi", "Manila", "Lagos",
];

const TRADES: [&str; 14] = [
    "roof repair",
    "moving company",
    "carpet cleaning",
    "pest control",
    "plumber",
    "solar panels",
    "wedding photographer",
    "car rental",
    "dental implants",
    "driving school",
    "locksmith",
    "mattress",
    "hearing aids",
    "pool installation",
];

const PRAISES: [&str; 12] = [
    "Great post!",
    "I really like what you guys are up to.",
    "Thanks for the marvelous posting!",
    "This piece of writing is in fact a good one.",
    "Wow, amazing weblog layout!",
    "Very nice write-up, I certainly love this website.",
    "Hello, its fastidious paragraph.",
    "What a stuff of un-ambiguity and preserveness of precious knowledge.",
    "Everything is very open with a clear clarification of the issues.",
    "I just could not leave your web site before suggesting that I enjoyed it.",
    "Saved as a favorite, I love your blog!",
    "Heya just wanted to give you a quick heads up.",
];

const GAMES: [&str; 6] =
    ["casino", "slot games", "poker room", "roulette", "sports betting", "bingo bonus"];

const COINS: [&str; 6] = ["Bitcoin", "Ethereum", "Solana", "USDT", "a new meme coin", "Dogecoin"];

const PILLS: [&str; 6] =
    ["Viagra", "Cialis", "Xanax", "Ozempic", "keto capsules", "testosterone booster"];

fn link(href: &str, label: &str) -> String {
    format!("<a href=\"{href}\">{label}</a>")
}

fn slug(text: &str) -> String {
    text.to_lowercase().replace([' ', '.'], "-")
}

/// Half of the sites are named for what they sell, the others are anybody's, or hacked ones.
fn site(r: &mut Random, sells: &str) -> String {
    let n = r.below(9_000);
    match r.below(4) {
        0 => format!("https://best-{}-{n}.example", slug(sells)),
        1 => format!("https://{}{n}.example", slug(sells).replace('-', "")),
        2 => format!("https://site{n}.example"),
        _ => format!("https://{}{n}.example", slug(r.pick(&PEOPLE)).replace('-', "")),
    }
}

/// All of it: shape by shape, `each` of each.
pub fn all(seed: u64, each: usize) -> Vec<Made> {
    let mut r = Random::new(seed);
    let mut made = Vec::new();
    for (name, shape) in SHAPES {
        for _ in 0..each {
            made.push(Made { shape: name, ..shape(&mut r) });
        }
    }
    made
}

type Shape = fn(&mut Random) -> Made;

const SHAPES: [(&str, Shape); 26] = [
    ("casino", casino),
    ("pills", pills),
    ("coins", coins),
    ("seo offer", seo_offer),
    ("guest post", guest_post),
    ("watches", watches),
    ("essays", essays),
    ("loans", loans),
    ("adult", adult),
    ("spell caster", spells),
    ("praise with a trade's link", praise_and_trade),
    ("praise with a shop in the name", praise_and_name),
    ("machine praise with one link", machine_praise),
    ("link farm", link_farm),
    ("bare links", bare_links),
    ("forum markup", forum_markup),
    ("unfilled template", template),
    ("help line", help_line),
    ("lookalike letters", lookalikes),
    ("invisible letters", invisible),
    ("digits for letters", leet),
    ("emoji", emoji),
    ("empty with a name", empty),
    ("german, french, spanish, portuguese", languages),
    ("russian, chinese", scripts),
    ("the same from many hosts", repeated),
];

fn casino(r: &mut Random) -> Made {
    let game = r.pick(&GAMES);
    let at = site(r, game);
    let text = match r.below(3) {
        0 => format!("Play {game} today and double your first payment at {}", link(&at, game)),
        1 => format!(
            "I won 3000 last night, the best {game} for players from {}: {}",
            r.pick(&PLACES),
            link(&at, &at)
        ),
        _ => format!(
            "{} Try {} with 100 free rounds.",
            r.pick(&PRAISES),
            link(&at, &format!("online {game}"))
        ),
    };
    mention(r.pick(&PEOPLE), &at, &text)
}

fn pills(r: &mut Random) -> Made {
    let pill = r.pick(&PILLS);
    let at = site(r, pill);
    let text = match r.below(3) {
        0 => format!("Where to get {pill} overnight, no doctor needed {}", link(&at, pill)),
        1 => format!(
            "{} {} for half the money",
            r.pick(&PRAISES),
            link(&at, &format!("generic {pill}"))
        ),
        _ => format!(
            "{pill} shipped discreetly to {}. Order on {}",
            r.pick(&PLACES),
            link(&at, "our shop")
        ),
    };
    mention(r.pick(&PEOPLE), &at, &text)
}

fn coins(r: &mut Random) -> Made {
    let coin = r.pick(&COINS);
    let at = site(r, "trade desk");
    let text = match r.below(4) {
        0 => format!(
            "I turned $500 into $12,000 with {coin}, my mentor explains how: {}",
            link(&at, "his page")
        ),
        1 => format!(
            "Send {coin} to 1BoatSLRHtKNngkdXEeobR76b53LETtpyT and get back twice as much this week"
        ),
        2 => format!(
            "I lost everything in {coin}, then a hacker brought back my funds. Write to him on WhatsApp +1 555 010 {}",
            1000 + r.below(9_000)
        ),
        _ => format!("{coin} airdrop is live, claim before midnight {}", link(&at, "claim")),
    };
    mention(r.pick(&PEOPLE), &at, &text)
}

fn seo_offer(r: &mut Random) -> Made {
    let at = site(r, "growth");
    let text = match r.below(3) {
        0 => "I looked over your pages and you are missing visitors from Google. We can put you on the first page within 30 days, shall I send a proposal?".to_owned(),
        1 => format!("We sell 500 backlinks with DA 50+ for only $49, see {}", link(&at, "packages")),
        _ => format!("Want more clients? Our agency in {} does SEO, ads and social media. {}", r.pick(&PLACES), link(&at, "Get a quote")),
    };
    mention(
        r.pick(&["SEO Expert", "Rank Team", "Anna from Growth", "James", "Digital Agency Leeds"]),
        &at,
        &text,
    )
}

fn guest_post(r: &mut Random) -> Made {
    let at = site(r, "publishers");
    let text = match r.below(2) {
        0 => "Do you accept guest articles? We pay for a do-follow link in an existing post, what is your price?".to_owned(),
        _ => format!("Hi editor, I have a unique 1000 words article on {} for your readers, with one link to my client. {}", r.pick(&TRADES), link(&at, "samples")),
    };
    mention(r.pick(&PEOPLE), &at, &text)
}

fn watches(r: &mut Random) -> Made {
    let what = r.pick(&["Rolex", "Omega", "Cartier", "Hublot", "Louis Vuitton", "Prada", "Nike"]);
    let at = site(r, what);
    let text = format!(
        "{} {} 80% off, 1:1 quality, ships to {} in a week",
        r.pick(&PRAISES),
        link(&at, &format!("{what} replica")),
        r.pick(&PLACES)
    );
    mention(r.pick(&PEOPLE), &at, &text)
}

fn essays(r: &mut Random) -> Made {
    let at = site(r, "scholars");
    let text = match r.below(2) {
        0 => format!(
            "Struggling with deadlines? Real PhDs finish your coursework in three hours. {}",
            link(&at, "write my paper")
        ),
        _ => format!(
            "{} Students of {} use {} and get an A.",
            r.pick(&PRAISES),
            r.pick(&PLACES),
            link(&at, "this essay writing service")
        ),
    };
    mention(r.pick(&PEOPLE), &at, &text)
}

fn loans(r: &mut Random) -> Made {
    let at = site(r, "funds");
    let text = match r.below(2) {
        0 => format!(
            "Do you need money urgently? We lend 5,000 to 500,000 at 3% to anybody, bad history or not. Mail us or see {}",
            link(&at, "the form")
        ),
        _ => format!(
            "Personal loan without collateral in {}, approved in 10 minutes {}",
            r.pick(&PLACES),
            link(&at, &at)
        ),
    };
    mention(r.pick(&PEOPLE), &at, &text)
}

fn adult(r: &mut Random) -> Made {
    let at = site(r, "angels");
    let text = match r.below(3) {
        0 => format!(
            "Escorts in {} available day and night {}",
            r.pick(&PLACES),
            link(&at, "photos")
        ),
        1 => format!("lonely women near you want to meet tonight {}", link(&at, "chat free")),
        _ => format!("{} videos without registration", link(&at, "xxx")),
    };
    mention(r.pick(&["Nina", "Hot Nina 18", "Kitty", "Escort Service", "Sasha"]), &at, &text)
}

fn spells(r: &mut Random) -> Made {
    let doctor = r.pick(&["Dr Ajayi", "Priest Odion", "Doctor Ehis", "Mama Zara"]);
    let text = format!(
        "My husband left me for another woman until I met {doctor}, who cast a spell and brought him back in 48 hours. {} +234 80 555 {:04}",
        r.pick(&["Reach him on WhatsApp", "His number is", "Call"]),
        r.below(10_000)
    );
    let at = site(r, "stories");
    mention(r.pick(&PEOPLE), &at, &text)
}

fn praise_and_trade(r: &mut Random) -> Made {
    let (trade, place) = (r.pick(&TRADES), r.pick(&PLACES));
    let at = site(r, trade);
    let text = format!("{} {}", r.pick(&PRAISES), link(&at, &format!("{trade} {place}")));
    mention(r.pick(&PEOPLE), &at, &text)
}

fn praise_and_name(r: &mut Random) -> Made {
    let (trade, place) = (r.pick(&TRADES), r.pick(&PLACES));
    let at = site(r, trade);
    let name = match r.below(3) {
        0 => format!("best {trade} in {place}"),
        1 => format!("{trade} {place} {}", 2023 + r.below(3)),
        _ => format!("www.{}.com", slug(trade)),
    };
    let text = format!("{} {}", r.pick(&PRAISES), r.pick(&PRAISES));
    mention(&name, &at, &text)
}

fn machine_praise(r: &mut Random) -> Made {
    let trade = r.pick(&TRADES);
    let at = site(r, trade);
    let text = format!(
        "{} This article {} an insightful perspective on a complex topic. The way you {} is both \
         engaging and accessible, and it resonates with readers who {}. For anyone exploring \
         related ideas, {} offers valuable context.",
        r.pick(&["What a thoughtful read!", "Truly inspiring work.", "Such a well-crafted piece!"]),
        r.pick(&["provides", "offers", "presents"]),
        r.pick(&["break down each point", "weave the story", "balance detail and clarity"]),
        r.pick(&["value authenticity", "seek practical guidance", "love to learn"]),
        link(&at, &format!("this {trade} guide")),
    );
    mention(r.pick(&PEOPLE), &at, &text)
}

fn link_farm(r: &mut Random) -> Made {
    let mut text = String::new();
    for _ in 0..8 + r.below(30) {
        let (trade, place) = (r.pick(&TRADES), r.pick(&PLACES));
        text.push_str(&link(&site(r, trade), &format!("{trade} {place}")));
        text.push_str(r.pick(&[" ", ", ", " | ", "\n"]));
    }
    let at = site(r, "directory");
    mention(r.pick(&PEOPLE), &at, &text)
}

fn bare_links(r: &mut Random) -> Made {
    let at = site(r, "page");
    let links: Vec<String> =
        (0..1 + r.below(4)).map(|n| format!("{}/p{n}?ref=a{n}", site(r, "page"))).collect();
    let text = links.iter().map(|href| link(href, href)).collect::<Vec<_>>().join(" ");
    mention(r.pick(&PEOPLE), &at, &text)
}

fn forum_markup(r: &mut Random) -> Made {
    let trade = r.pick(&TRADES);
    let at = site(r, trade);
    let text = format!("{} [url={at}]{trade}[/url]", r.pick(&PRAISES));
    mention(r.pick(&PEOPLE), &at, &text)
}

fn template(r: &mut Random) -> Made {
    let at = site(r, "auto");
    let text = match r.below(2) {
        0 => format!(
            "{{Hi|Hello|Hey}}, {{nice|good|cool}} {{page|site}}. Look at {}",
            link(&at, "mine")
        ),
        _ => format!("Everything about %keyword% at {}", link(&at, &at)),
    };
    mention(r.pick(&PEOPLE), &at, &text)
}

fn help_line(r: &mut Random) -> Made {
    let what = r.pick(&[
        "airline refund",
        "printer",
        "antivirus",
        "QuickBooks",
        "router login",
        "Cash App",
    ]);
    let at = site(r, "assist");
    let number = format!("+1-888-555-{:04}", r.below(10_000));
    let text = match r.below(2) {
        0 => format!(
            "How do I reach {what} support? Dial {number}, a live person answers in seconds."
        ),
        _ => format!("{what} not working? {number} toll free {}", link(&at, "more")),
    };
    mention(r.pick(&["Support Desk", "James", "Help Center USA", "Olivia Brown"]), &at, &text)
}

fn lookalikes(r: &mut Random) -> Made {
    let made = if r.below(2) == 0 { casino(r) } else { machine_praise(r) };
    // Cyrillic letters for some Latin ones, outside of tags.
    let mut inside = false;
    let disguise = |c: char| {
        inside = (inside || c == '<') && c != '>';
        match c {
            'a' if !inside => 'а',
            'o' if !inside => 'о',
            'e' if !inside => 'е',
            other => other,
        }
    };
    let html: String = made.html.chars().map(disguise).collect();
    mention(&made.author, &made.site, &html)
}

fn invisible(r: &mut Random) -> Made {
    let trade = r.pick(&TRADES);
    let at = site(r, trade);
    let broken: String = trade.chars().flat_map(|c| [c, '\u{200B}']).collect();
    let text = format!("{} {}", r.pick(&PRAISES), link(&at, &broken));
    mention(r.pick(&PEOPLE), &at, &text)
}

fn leet(r: &mut Random) -> Made {
    let at = site(r, "m");
    let what = r.pick(&["v1agra", "c4sino", "p0rn", "c1alis", "l0ans", "r0lex", "p0ker"]);
    let text = format!("best {what} for {} {}", r.pick(&PLACES), link(&at, "here"));
    mention(r.pick(&PEOPLE), &at, &text)
}

fn emoji(r: &mut Random) -> Made {
    let at = site(r, "vip");
    let row: String =
        (0..6 + r.below(20)).map(|_| r.pick(&["🔥", "💰", "🚀", "💎", "✅", "👉"])).collect();
    let text = match r.below(2) {
        0 => format!("{row} JOIN {row} {}", link(&at, "👉👉👉")),
        _ => format!("{row} {} {row}", link(&at, "TODAY ONLY")),
    };
    mention(r.pick(&PEOPLE), &at, &text)
}

fn empty(r: &mut Random) -> Made {
    let (trade, place) = (r.pick(&TRADES), r.pick(&PLACES));
    let at = site(r, trade);
    let name = match r.below(4) {
        0 => format!("Best {trade} {place} {}", 2023 + r.below(3)),
        1 => format!("{}.com", slug(trade)),
        2 => "Cheap SEO Services".to_owned(),
        _ => format!("{trade} {place} call 888 555 {:04}", r.below(10_000)),
    };
    mention(&name, &at, "")
}

fn languages(r: &mut Random) -> Made {
    let at = site(r, "angebot");
    let text = match r.below(4) {
        0 => format!(
            "Toller Beitrag, weiter so! {} mit Rabatt online bestellen.",
            link(&at, "Matratzen günstig kaufen")
        ),
        1 => format!(
            "Merci pour cet article très instructif. {} à petit budget, devis en ligne.",
            link(&at, "Plombier Paris pas cher")
        ),
        2 => format!(
            "Muy buen contenido, saludos. {} con descuento en todo el país.",
            link(&at, "comprar seguidores baratos")
        ),
        _ => format!(
            "Ótimo conteúdo! {} com entrega em 24 horas.",
            link(&at, "empréstimo online na hora")
        ),
    };
    mention(r.pick(&PEOPLE), &at, &text)
}

fn scripts(r: &mut Random) -> Made {
    let at = site(r, "shop");
    let text = match r.below(4) {
        0 => format!(
            "Спасибо за полезный материал! {} с доставкой по России",
            link(&at, "Купить диплом недорого")
        ),
        1 => format!("Лучшие бонусы для новых игроков, заходите {}", link(&at, "казино онлайн")),
        2 => format!("文章很好，感谢分享！{}，加微信联系", link(&at, "代开发票")),
        _ => format!("最新{}，注册就送", link(&at, "博彩平台")),
    };
    mention(r.pick(&PEOPLE), &at, &text)
}

fn repeated(r: &mut Random) -> Made {
    let at = site(r, "voice");
    let text = "Nobody talks about what really happened in that town, but the people who lived \
        there remember, and now a small group has put all the documents into one place to read.";
    Made { repeats: 3 + r.below(20), ..mention(r.pick(&PEOPLE), &at, text) }
}
