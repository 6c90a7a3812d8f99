//! Advertising of other trades in other sentences than `spam`. The list of words was written before
//! it; two signs about links and the way of learning were changed after a look at what it gave.
//! [`blind`] was written last, measured once, and nothing was changed after that.

use crate::spam::Random;
use crate::{Made, mention};

const NAMES: [&str; 8] =
    ["Harold", "Wei Zhang", "Marta Nowak", "Bill", "Fatima", "Greg S", "Yuki", "Laura P."];

/// Sentences with a place for a link: `{` and `}` stand around what it says.
const TEXTS: [(&str, &[&str]); 10] = [
    (
        "crypto games",
        &[
            "Crash games with instant cashout, my balance grew ten times. {Join the table}",
            "Spin and win every day, no limits for new members {register here}",
            "Our bookies give the best odds for the cup final. {Bet on it}",
        ],
    ),
    (
        "supplements",
        &[
            "I dropped 20 kilos without diet thanks to {these gummies}, doctors hate it",
            "Natural testosterone for men over 40. {Try a bottle}",
            "Gut health starts with {our probiotic}, use code GUT20 at checkout",
        ],
    ),
    (
        "trades",
        &[
            "Awesome! Keep it up. If you are ever in need of {gutter cleaning Boise}, think of us.",
            "I agree with all of the points. By the way {garage door springs Tucson} saved my week.",
            "Lovely information, thank you. {Bathroom remodelers Plano TX}",
        ],
    ),
    (
        "apps",
        &[
            "Download {GB messenger mod apk latest version} with anti ban",
            "Watch all matches live free HD {stream link}",
            "{Spotify premium unlocked 2025} works on all phones",
        ],
    ),
    (
        "travel",
        &[
            "Planning a trip? {Umrah packages from Birmingham} at unbeatable rates",
            "Desert safari with dinner from 99 AED, pick up included. {Reserve your seat}",
            "Nice blog about culture. See also {honeymoon tour to Kashmir}",
        ],
    ),
    (
        "money",
        &[
            "Become a member of our brotherhood and receive riches and fame, mail the grand master today",
            "I am a retired banker and have 4.5 million dollars to transfer, reply with your details",
            "Forex robots do the work while you sleep. {See the results}",
        ],
    ),
    (
        "praise without a point",
        &[
            "Hurrah! At last I got a webpage from where I be able to actually take helpful facts. {home}",
            "Its like you read my mind! You seem to know so much about this. {my homepage}",
            "Hi there, all the time i used to check blog posts here early in the morning. {click}",
        ],
    ),
    (
        "tools",
        &[
            "We tested 14 AI humanizers so you do not have to, {the winner} passes every detector",
            "Turn any text into a video with {this generator}, first month is on us",
            "Struggling to rank? {Our audit} shows what Google sees",
        ],
    ),
    (
        "documents",
        &[
            "Buy real registered {IELTS certificate} without exam",
            "Second citizenship in 60 days, no questions asked. {Caribbean passport}",
            "Get your {diploma from any university}, verified and apostilled",
        ],
    ),
    (
        "other languages",
        &[
            "Wer braucht schon Geduld? {Potenz steigern ohne Rezept} diskret geliefert",
            "Bonjour, je suis un particulier et j'accorde des prêts entre particuliers de 2000 à 500000 euros",
            "Ganhe dinheiro em casa assistindo vídeos, vagas limitadas {cadastre-se}",
            "Заработок от 5000 рублей в день без вложений {подробнее тут}",
            "免费领取彩金，{点击进入}",
        ],
    ),
];

/// Thirty more sentences.
const BLIND: &[&str] = &[
    "Our interior designers in Noida transform small flats. {Portfolio}",
    "Very helpful, thanks. I also recommend {bail bonds Fresno} to anybody in trouble.",
    "{Invisalign cost in Ankara} is a third of what you pay at home",
    "Get rid of bed bugs for good, heat treatment with warranty {Request a visit}",
    "AI girlfriend without filters, chat for nothing {meet her}",
    "Everyone in my group made 300% with this copy trader, {ask him}",
    "Nice article. {Aluminium composite panel} makers since 1998, export to 40 countries",
    "Your cousin told me about this page! {Baby strollers on sale}",
    "{Windows 11 pro key 12 USD}",
    "The best hookah lounge has opened, {menu and table booking}",
    "Hello, I am Jessica, 24, bored and new in your town {pics}",
    "Dear sir, we are a factory of LED street lights, kindly reply for the catalogue",
    "Forget gyms. {This tea} melts belly fat overnight",
    "I read every word, what a wonderful explanation about this subject. {kitchen fitters Hull}",
    "{Lucky jet predictor} 98% accuracy, hack the game",
    "Learn data science in Pune with placement guarantee {enrol now}",
    "{Turkish hair transplant before after}",
    "Thanks a ton for the knowledge you share with us all. {vashikaran specialist}",
    "Verified Binance accounts, aged Gmail accounts, reviews for Google Maps {price list}",
    "Your content is missing out on 90% of search visitors, we fix that in a week, interested?",
    "Need a hacker? Phones, spouses, grades, all in secret. {cyberlord}",
    "{Taxi Gatwick Oxford} fixed fare",
    "Weight off, energy up: patients love our {peptide clinic}",
    "New slots every Friday, VIP cashback up to 20% {lobby}",
    "Schnell Geld leihen trotz Schulden, Antwort in 5 Minuten {Antrag}",
    "Livres audio et films en illimité, 4K, 12 mois à 39 euros {abonnement}",
    "Reloj suizo, copia exacta, pago contra reembolso {catálogo}",
    "Хочешь похудеть к лету? {Капли} уже помогли тысячам",
    "日赚千元，手机就能做，{加群}",
    "Compre visualizações e curtidas reais {planos}",
];

pub fn blind() -> Vec<Made> {
    let mut r = Random::new(5);
    let site = |r: &mut Random| {
        format!("https://{}.example", ["lumen", "northgate", "vivo", "acme"][r.below(4)])
    };
    BLIND
        .iter()
        .map(|text| {
            let site = site(&mut r);
            let html = text.replace('{', &format!("<a href=\"{site}/\">")).replace('}', "</a>");
            Made { shape: "blind", ..mention(r.pick(&NAMES), &site, &html) }
        })
        .collect()
}

pub fn all(seed: u64, each: usize) -> Vec<Made> {
    let mut r = Random::new(seed);
    let mut made = Vec::new();
    for (shape, texts) in TEXTS {
        for n in 0..each {
            let (name, number) = (r.pick(&NAMES), r.below(90));
            let site = match r.below(3) {
                0 => format!("https://{}-{number}.example", shape.replace(' ', "-")),
                1 => format!("https://www.{}hub.example", shape.replace(' ', "")),
                _ => format!("https://{}.example", name.to_lowercase().replace([' ', '.'], "")),
            };
            let text = texts[n % texts.len()];
            let html =
                text.replace('{', &format!("<a href=\"{site}/p/{number}\">")).replace('}', "</a>");
            made.push(Made { shape, ..mention(name, &site, &html) });
        }
    }
    made
}
