//! Insults, slurs and threats, a small list by kind. Here so that hateful text waits for somebody
//! to look at it; nothing is refused for a word alone.

/// Words of a kind, and what they weigh as logarithm of odds.
pub(super) struct Harm {
    /// What a reason calls them.
    pub(super) about: &'static str,
    /// Their weight where they are aimed at nobody.
    pub(super) weight: f64,
    /// Their weight where the reader is meant.
    pub(super) aimed: f64,
    /// The words, between `|`.
    pub(super) words: &'static str,
}

/// Single words.
pub(super) const HARMS: &[Harm] = &[
    Harm {
        about: "an insult",
        weight: 0.9,
        aimed: 3.4,
        words: "idiot|idiots|idiotic|moron|morons|moronic|imbecile|dumbass|dumbfuck|pathetic|\
            worthless|scum|scumbag|vermin|liars|hypocrite|pervert|psycho|lunatic|brainless|\
            braindead|clueless|talentless|fatso|fatass|twat|wanker|tosser|dickhead|shithead|\
            asshole|assholes|arsehole|bastard|bastards|bitch|bitches|cunt|cunts|whore|slut|\
            motherfucker|douchebag|dipshit|crybaby|libtard|incel|idioten|trottel|depp|\
            dummkopf|vollidiot|arschloch|wichser|hurensohn|missgeburt|schlampe|fotze|\
            abschaum|drecksau|spast|spasti|hackfresse|connard|connards|connasse|salope|\
            abruti|abrutis|imbécile|crétin|enculé|pute|bouffon|idiota|idiotas|imbécil|\
            gilipollas|cabrón|pendejo|puta|hijoputa|maricón|otário|babaca|arrombado|\
            vagabunda|идиот|идиоты|дурак|дебил|дебилы|мразь|сволочь|ублюдок|сука|тварь|урод|\
            чмо|придурок|мудак|гнида|шлюха",
    },
    Harm {
        about: "a hard word",
        weight: 0.5,
        aimed: 0.9,
        words: "stupid|dumb|fool|clown|useless|disgusting|trash|garbage|pig|rat|ugly|dick|jerk|\
            prick|fraud|coward|liar|creep|loser|losers|ordure|basura|asqueroso|burro|lixo|\
            nojento|estúpido|estúpida|тупой|тупая|débile|versager|parasite|snowflake",
    },
    Harm {
        about: "a slur",
        weight: 3.4,
        aimed: 5.0,
        words: "nigger|niggers|nigga|kike|kikes|chinks|gook|wetback|raghead|towelhead|\
            pakis|faggot|faggots|tranny|trannies|shemale|\
            retarded|subhuman|untermensch|judensau|kanake|kanaken|schwuchtel|\
            bougnoule|youpin|négro|pédé|sudaca|bollera|traveco|жид|жиды|хач|чурка|\
            пидор|пидорас|хохол|ниггер",
    },
];

/// Phrases, whoever they stand beside.
pub(super) const PHRASES: &[Harm] = &[
    Harm {
        about: "a threat",
        weight: 5.0,
        aimed: 5.0,
        words: "kill yourself|kill urself|kys|go die|die in a fire|hope you die|hope you get|\
            you should die|you deserve to die|deserve to be shot|i will kill|ill kill you|\
            im going to kill|going to find you|we will find you|i will find you|ill find you|\
            know where you live|know where you sleep|you will regret|youll regret|watch your back|\
            you are dead|youre dead|rape you|get raped|slit your|break your neck|smash your face|\
            beat you up|burn your house|end your life|hang yourself|rope yourself|neck yourself|\
            bring dich um|bringe dich um|häng dich auf|ich finde dich|ich weiß wo du wohnst|\
            verrecke|stirb endlich|du bist tot|gehörst vergast|crève|va mourir|suicide toi|\
            je vais te tuer|je sais où tu habites|te voy a matar|voy a matarte|mátate|muérete|\
            sé dónde vives|vou te matar|se mata|sei onde você mora|morra|убей себя|убью|сдохни|\
            я тебя найду|знаю где ты живешь|тебе конец|去死|杀了你|弄死你|知道你住",
    },
    Harm {
        about: "abuse",
        weight: 3.2,
        aimed: 3.2,
        words: "fuck you|fuck off|fuck yourself|screw you|go to hell|piss off|eat shit|suck my|\
            shut up|shut the fuck|stfu|gtfo|nobody likes you|no one likes you|nobody asked you|\
            nobody cares about you|you people are|your kind|go back to your|get out of our|\
            you make me sick|piece of shit|pieces of shit|piece of trash|son of a bitch|\
            waste of space|waste of oxygen|what is wrong with you|are you brain dead|you suck|\
            u suck|fick dich|verpiss dich|halt die fresse|halts maul|halt dein maul|leck mich|\
            geh sterben|ta gueule|nique ta mère|va te faire|ferme la|fils de pute|vete a la mierda|\
            que te jodan|hijo de puta|cállate|chinga tu madre|vai se foder|vai tomar no|\
            cala a boca|filho da puta|filha da puta|иди нахуй|пошел нахуй|пошёл нахуй|иди на хуй|\
            пошел ты|пошёл ты|заткнись|操你|滚蛋|傻逼|傻屄|脑残|你妈|贱人|废物|白痴|垃圾人",
    },
];

/// What says that the reader is something, with the word that follows it.
pub(super) const YOU_ARE: &[(&str, &str)] = &[
    ("you", "are"),
    ("u", "r"),
    ("u", "are"),
    ("du", "bist"),
    ("sie", "sind"),
    ("ihr", "seid"),
    ("tu", "es"),
    ("t", "es"),
    ("vous", "etes"),
    ("tu", "eres"),
    ("voce", "e"),
    ("you", "re"),
];

/// Words that say the same alone.
pub(super) const YOURE: &[&str] = &["youre", "ur", "eres", "ты"];

/// Words that mean the reader.
pub(super) const YOU: &[&str] = &[
    "you", "your", "youre", "yourself", "u", "ur", "ya", "du", "dich", "dir", "dein", "deine",
    "ihr", "euch", "sie", "tu", "te", "toi", "ton", "ta", "tes", "vous", "votre", "usted", "eres",
    "tus", "voce", "vc", "seu", "sua", "ты", "тебя", "тебе", "твой", "вы", "вас", "author", "op",
];
