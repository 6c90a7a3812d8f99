//! What strangers really write: short, long, cross, in other languages, about money and casinos,
//! with links to their sources.

use crate::{Made, mention};

pub fn all() -> Vec<Made> {
    REAL.iter().map(|(name, at, html)| Made { shape: "real", ..mention(name, at, html) }).collect()
}

const REAL: [(&str, &str, &str); 28] = [
    ("Ana", "https://ana.example", "nice!"),
    (
        "Ben Okafor",
        "https://okafor.example",
        "<p>I read this twice, and I still disagree. You say that the ferry timetable is a public good, but the company that prints it is not public at all, and the people on the island pay for each change. When my mother lived there, the winter timetable came in November, after the storms had begun. What would have helped her is not a better timetable but a second boat, and nobody writes about boats because boats cost money.</p><p>Still, thank you for the map.</p>",
    ),
    (
        "Chiara",
        "https://chiara.example",
        "<p>There are three studies on this: <a href=\"https://journal.example/2019/12\">Rossi 2019</a>, <a href=\"https://archive.example/abs/2101\">the preprint by Lund</a>, and <a href=\"https://stats.example/report.pdf\">the report of the statistics office</a>. Only the last one counts commuters, which may explain why the numbers in your second table look so high.</p>",
    ),
    (
        "dmitri",
        "https://dmitri.example",
        "<p>You can drop the clone:</p><pre><code>let total: u64 = rows.iter().map(|row| row.count).sum();\nmatch total { 0 =&gt; None, n =&gt; Some(n) }</code></pre>",
    ),
    (
        "Katrin",
        "https://katrin.example",
        "<p>Danke für den Text! Bei uns im Norden heißt das Gebäck übrigens anders, und meine Großmutter hat immer Kardamom genommen statt Zimt. Ich probiere dein Rezept am Wochenende.</p>",
    ),
    (
        "佐藤",
        "https://sato.example",
        "<p>とても面白い記事でした。私も同じカメラを使っていますが、冬は電池がすぐ切れるので、いつも予備を持って歩いています。</p>",
    ),
    ("Eve", "https://eve.example", "🎉"),
    (
        "Frank",
        "https://frank.example",
        "<p>The casino in our town closed in 1998 and the building stood empty for ten years. Your photo of the sign brought that back. I think my uncle still has one of the roulette tables in his barn.</p>",
    ),
    (
        "Grace",
        "https://grace.example",
        "<p>We paid $1,200 for the stairs, and $300 of that was the carpenter's second visit because the first tread creaked. So your estimate sounds right to me.</p>",
    ),
    (
        "Hoang",
        "https://hoang.example",
        "<p>Sorry for my english. I try your method with the bread but the dough is always too wet, I think flour in Vietnam is not the same. Do you know how much water I should take less?</p>",
    ),
    ("Ines", "https://ines.example", "Thanks for sharing this, it helped me fix my feed."),
    (
        "Jonas",
        "https://jonas.example",
        "<p>This is wrong. Section 4 of the spec says the opposite, see <a href=\"https://spec.example/#s4\">https://spec.example/#s4</a>.</p>",
    ),
    (
        "Kofi",
        "https://kofi.example",
        "<p>I wrote a reply on my own site because it got long, but in short: yes to the first half, no to the second.</p>",
    ),
    (
        "Lena",
        "https://lena.example",
        "<p>My bank refused the loan for our workshop as well, with the same letter, word for word. It took us two years and a cooperative to get the credit. Write to me if you want the name of the person who helped us.</p>",
    ),
    ("Marek", "https://marek.example", "Great post, thank you!"),
    (
        "Nadia",
        "https://nadia.example",
        "<p>Спасибо, очень узнаваемо. У нас в деревне тоже была такая лавка, и продавщица знала всех по имени. Сейчас там ничего нет.</p>",
    ),
    (
        "Oscar",
        "https://oscar.example",
        "<p>Half of my mail last week was offers for SEO and guest posts, so I set up the filter you describe. It caught all but one: that one was from a friend who does SEO for a living.</p>",
    ),
    (
        "Paula",
        "https://paula.example",
        "<p>¡Qué bonito! Mi abuelo hacía esas mismas cajas de madera y nunca supe cómo se llamaba la unión de las esquinas. Ahora ya lo sé.</p>",
    ),
    (
        "Quentin",
        "https://quentin.example",
        "<p>Je ne suis pas d'accord avec la conclusion : le prix du billet a baissé depuis 2012, c'est le nombre de trains qui a diminué. Mais l'article est clair et j'ai appris quelque chose.</p>",
    ),
    (
        "Rosa",
        "https://rosa.example",
        "NO WAY, I was there too!!! Row 12, the one with the broken seat",
    ),
    (
        "Sam",
        "https://sam.example",
        "<p>Bookmarked to read again when I have to explain webmention to my students. One question: what happens if the source is deleted before the receiver fetches it?</p>",
    ),
    (
        "王小明",
        "https://wang.example",
        "<p>我觉得你说得对，不过第三张图的数据好像是前年的。去年的数字可以在统计局的网站上找到。</p>",
    ),
    (
        "Tess",
        "https://tess.example",
        "<p>Bitcoin was at 200 when my brother told me to buy some. I bought a bicycle instead, and I still ride it. No regrets, but I think of it each time I read something like this.</p>",
    ),
    (
        "Uwe",
        "https://uwe.example",
        "<p>Tippfehler im dritten Absatz: \"Haven\" statt \"Hafen\". Sonst ein schöner Text.</p>",
    ),
    (
        "Vera",
        "https://vera.example",
        "<p>I wrote about the same thing last year, with photos: <a href=\"https://vera.example/2025/boats/\">Boats of the northern harbours</a></p>",
    ),
    (
        "Walid",
        "https://social.example",
        "<p><a href=\"https://social.example/@robin\">@robin</a> <a href=\"https://social.example/@ana\">@ana</a> same here! <a href=\"https://social.example/tags/indieweb\">#indieweb</a> <a href=\"https://social.example/tags/webmention\">#webmention</a></p>",
    ),
    (
        "Xenia",
        "https://xenia.example",
        "<p>My answer is <a href=\"https://xenia.example/notes/77\">here</a>.</p>",
    ),
    (
        "Yann",
        "https://yann.example",
        "<p>The order of the keys matters: the parser of <a href=\"https://code.example/yann/feed\">my own feed reader</a> takes the first date that it finds, so readers showed the deal as new each time you changed the price.</p>",
    ),
];
