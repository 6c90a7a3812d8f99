//! What advertising by robots is known to say, before the owner has decided anything: words, pairs
//! of words, pieces of host names. A seed only; what the owner rejects and approves outweighs it.

/// Words of a kind, and how much of what says them is advertising (0 to 1).
pub(super) struct Seed {
    /// What such words are about, for people.
    pub(super) about: &'static str,
    /// The share of advertising.
    pub(super) share: f64,
    /// The words and pairs of words, between `|`.
    pub(super) words: &'static str,
}

/// What the praise is called that fits below every text.
pub(super) const PRAISE: &str = "praise that fits any page";

/// The words.
pub(super) const SEEDS: &[Seed] = &[
    Seed {
        about: "gambling",
        share: 0.97,
        words: "casino|casinos|gambling|betting|bingo|wager|slot|poker|roulette|blackjack|jackpot|sportsbook|slots|slot gacor|gacor|\
            togel|judi|baccarat|free spins|betting tips|bet365|1xbet|bookmaker|bookmakers|\
            online betting|no deposit|deposit bonus|welcome bonus|spielautomaten|glücksspiel|\
            tragamonedas|apuestas|apostas|казино|ставки|букмекер|игровые автоматы|игровых автоматов|\
            слоты|вулкан|赌场|博彩|彩票|老虎机|百家乐|赌博|投注|machines sous|paris sportifs",
    },
    Seed {
        about: "pills",
        share: 0.97,
        words: "ozempic|semaglutide|testosterone|keto|viagra|cialis|levitra|kamagra|sildenafil|tadalafil|xanax|valium|tramadol|oxycodone|\
            ambien|phentermine|modafinil|erectile|steroids|cbd|cbd oil|cbd gummies|keto gummies|\
            weight loss|lose weight|fat burner|slimming|male enhancement|enhancement pills|\
            online pharmacy|canadian pharmacy|without prescription|no prescription|potenzmittel|\
            pilules|perte poids|perder peso|emagrecer|виагра|сиалис|похудение|похудеть|伟哥|壮阳|减肥",
    },
    Seed {
        about: "coins and quick money",
        share: 0.95,
        words: "airdrop|presale|memecoin|shitcoin|forex|binary options|crypto trading|\
            trading signals|trading platform|bitcoin investment|invest bitcoin|recover lost|\
            lost funds|stolen crypto|crypto recovery|recovery expert|wallet recovery|passive income|\
            financial freedom|guaranteed profit|guaranteed returns|guaranteed income|make money|\
            earn money|earn daily|extra income|work from|home jobs|online jobs|get rich|\
            double your|roi|investissement bitcoin|gagner argent|geld verdienen|ganar dinero|\
            ganhar dinheiro|renda extra|ingresos pasivos|заработок|заработать|криптовалюта|\
            инвестиции|пассивный доход|быстрые деньги|赚钱|虚拟币|比特币|投资理财|兼职",
    },
    Seed {
        about: "loans",
        share: 0.95,
        words: "payday|payday loan|payday loans|loan|loans|loan offer|cash advance|bad credit|\
            credit repair|refinance|lenders|mortgage rates|debt relief|debt consolidation|\
            quick cash|instant approval|kredit ohne|ohne schufa|sofortkredit|prêt rapide|\
            crédit rapide|préstamo|préstamos|empréstimo|empréstimos|займ|займы|кредит|\
            микрозайм|贷款|借款|信用卡套现",
    },
    Seed {
        about: "selling rank and visitors",
        share: 0.93,
        words: "seo|seo services|seo service|seo agency|seo expert|backlink|backlinks|link building|\
            link exchange|domain authority|guest post|guest posts|guest article|guest articles|link insertion|\
            existing post|existing article|anchor text|guest blogging|sponsored post|\
            sponsored article|sponsored content|write for|dofollow|do follow|rank higher|\
            first page|page one|google ranking|search rankings|organic traffic|website traffic|\
            web traffic|targeted traffic|boost your|skyrocket|lead generation|generate leads|\
            digital marketing|marketing agency|marketing services|web design|design services|\
            email list|bulk email|buy followers|instagram followers|tiktok followers|\
            youtube views|subscribers cheap|smm|smm panel|backlinks kaufen|gastbeitrag|\
            suchmaschinenoptimierung|article invité|référencement|posicionamiento web|\
            marketing digital|tráfego|продвижение сайтов|раскрутка|продвижение|накрутка|\
            подписчики|外链|排名|推广|引流|优化",
    },
    Seed {
        about: "goods",
        share: 0.9,
        words: "replica|replicas|replica watches|rolex|louis vuitton|gucci|designer bags|handbags|\
            knockoff|outlet|wholesale|wholesale prices|cheap|discount|discounts|coupon|coupons|\
            coupon code|promo code|promo|free shipping|best price|best prices|lowest price|\
            limited offer|limited time|special offer|buy now|order now|shop now|buy online|\
            for sale|clearance|dropshipping|vape|vapes|iptv|iptv subscription|fake documents|\
            fake passport|buy passport|driving license|counterfeit|günstig kaufen|billig|\
            gutschein|rabatt|angebot|pas cher|livraison gratuite|réduction|barato|baratos|\
            descuento|descuentos|envío gratis|desconto|promoção|frete grátis|купить|дешево|\
            скидка|скидки|интернет магазин|доставка|报价|批发|优惠|折扣|高仿|代开|发票|办证",
    },
    Seed {
        about: "sex",
        share: 0.97,
        words: "porn|porno|xxx|escort|escorts|escort service|call girls|call girl|camgirl|\
            webcam girls|sexcam|hot girls|hot singles|singles near|adult dating|dating site|hookup|\
            hookups|milf|nudes|onlyfans leak|sex chat|sex video|nude photos|erotik|sexkontakte|\
            huren|rencontre coquine|plan cul|putas|acompanhantes|порно|проститутки|шлюхи|\
            секс знакомства|знакомства|интим|индивидуалки|色情|成人视频|约炮|裸聊|援交",
    },
    Seed {
        about: "papers written for others",
        share: 0.94,
        words: "essay writing|essay writers|essay writer|essay help|write my|my essay|\
            custom essay|custom papers|term paper|term papers|dissertation help|thesis writing|\
            writing service|writing services|assignment help|homework help|plagiarism free|\
            academic writing|hausarbeit schreiben|ghostwriter|ghostwriting|курсовая|курсовые|\
            диплом заказ|代写|论文代写",
    },
    Seed {
        about: "spells and wonders",
        share: 0.95,
        words: "love spell|love spells|spell caster|spellcaster|powerful spell|lost lover|\
            ex back|my ex|herbal cure|herbal doctor|herbal medicine|illuminati|join illuminati|\
            psychic|black magic|lottery numbers|winning numbers|money spell|miracle cure|\
            voyance|voyant|marabout|vidente|amarres|гадание|приворот|算命",
    },
    Seed {
        about: "calls to act",
        share: 0.82,
        words: "click here|click link|visit our|visit my|check our|contact us|call us|\
            call now|call today|whatsapp|whatsapp us|telegram|dm me|inbox me|contact him|\
            contact her|email him|sign up|signup|register now|join now|act now|dont miss|hurry|\
            risk free|money back|satisfaction guaranteed|years experience|free quote|\
            free trial|free consultation|affordable|best quality|high quality|top rated|\
            best online|best services|our services|our website|our company|our team|our clients|\
            our products|leading provider|trusted by|hier klicken|jetzt klicken|jetzt bestellen|\
            jetzt kaufen|kontaktieren sie|unser angebot|cliquez ici|contactez nous|notre site|\
            haga clic|clic aquí|visite nuestro|contáctenos|clique aqui|nosso site|compre agora|\
            переходите|жмите|наш сайт|на нашем|звоните|заказать|点击|点击这里|加微信|微信|联系我们|网址|官网",
    },
    Seed {
        about: "the language of offers",
        share: 0.79,
        words: "bonus|bonuses|offer|offers|deal|deals|order|orders|shipped|shipping|delivery|\
            overnight|discreet|discreetly|quote|proposal|clients|packages|pricing|price|prices|\
            claim|guaranteed|guarantee|certified|licensed|insured|trusted|premium|exclusive|\
            instant|instantly|urgently|approved|approval|collateral|lend|lender|profit|profits|\
            income|invest|investment|investors|payout|withdraw|withdrawal|deposit|funds|earn|\
            earning|earnings|signup|register|registration|subscribe|support number|\
            customer service|toll free|helpline|dial|hotline|24 7|near me|near you|in minutes|\
            in seconds|agency|visitors|traffic|ranking|rankings|advertise|promote|promotion|\
            service|services|solutions|provider|supplier|manufacturer|for only|half price|\
            off today|today only|free of|no fees|bestellen|kaufen|lieferung|kostenlos|gratis|\
            anbieter|devis|commander|acheter|offre|comprar|oferta|ofertas|entrega|grátis|\
            заказ|бонус|бонусы|бонусов|недорого|доставкой|бесплатно|注册|平台|代理|价格|免费",
    },
    Seed {
        about: PRAISE,
        share: 0.78,
        words: "informative|insightful|thoughtful|inspiring|marvelous|fabulous|superb|\
            brilliant blog|well crafted|valuable|engaging|comprehensive|compelling|captivating|\
            resonates|nuanced|accessible|perspective|delve|seamlessly|weblog|webpage|your posts|\
            your post|your page|your writing|quick heads|saved as|a favorite|this piece|\
            this paragraph|of writing|good one|love this|love your|i love|really like|\
            certainly love|i enjoyed|enjoyed reading|useful stuff|good stuff|great article|nice article|good article|excellent article|awesome article|\
            amazing article|wonderful article|fantastic article|informative article|\
            great post|nice post|good post|excellent post|awesome post|amazing post|\
            informative post|great blog|nice blog|amazing blog|awesome blog|wonderful blog|\
            informative blog|great content|quality content|valuable content|valuable information|\
            useful information|helpful information|good information|great information|\
            informative content|informative site|very informative|so informative|really informative|\
            informative and|great read|great job|good job|good work|great work|excellent work|\
            keep up|keep posting|keep sharing|keep writing|for sharing|the sharing|\
            this information|your blog|your website|your site|your web|this blog|this website|\
            this web|this site|web site|your article|your articles|your content|blog post|\
            came across|stumbled upon|stumbled across|bookmarked|bookmark your|bookmarked your|\
            i bookmarked|subscribe your|rss feed|definitely return|\
            looking forward|more posts|next post|next write|write ups|writeup|write up|i appreciate|\
            really appreciate|much appreciated|well written|nicely written|engaging content|\
            thought provoking|invaluable|remarkable|fastidious|pleasant|tremendous|\
            same topic|this topic|this subject|same subject|my classmate|\
            was recommended|highly recommend|toller artikel|guter artikel|\
            interessanter artikel|toller beitrag|interessanter beitrag|weiter so|sehr informativ|\
            super article|excellent article|très instructif|très intéressant|merci partage|\
            excelente artículo|muy informativo|gran artículo|buen artículo|gracias compartir|\
            ótimo artigo|excelente artigo|muito informativo|отличная статья|полезная статья|\
            спасибо статью|интересная статья|очень полезно|очень интересно|好文章|感谢分享|写得很好",
    },
    Seed {
        about: "what people say who have something to say",
        share: 0.2,
        words: "disagree|although|argue|argued|argument|typo|bug|bugs|compile|compiler|repo|\
            commit|patch|rust|webmention|indieweb|microformats|paragraph|sentence|you wrote|\
            you say|you said|you mention|your point|your argument|i think|i disagree|i wonder|\
            i tried|i wrote|wrote about|i remember|reminds me|actually|ich glaube|ich denke|\
            finde ich|stimme|allerdings|je pense|pas accord|no estoy|creo que|acho que|\
            я думаю|не согласен|我觉得|我认为|と思います",
    },
];

/// Pieces of host names and of names that people do not give their own sites, between `|`.
pub(super) const MONEY_NAMES: &str = "casino|poker|gambl|betting|1xbet|slot|gacor|togel|jackpot|viagra|\
    cialis|pharma|pills|loan|payday|credit|forex|crypto|bitcoin|airdrop|seo|backlink|guestpost|\
    escort|porn|xxx|sex|hookup|dating|replica|outlet|discount|coupon|cheap|wholesale|essay|\
    papers|homework|followers|iptv|vape|cbd|weightloss|marketing|leads|spell";

/// Words that everybody uses, between `|`; with all words of three letters they are never learned.
pub(super) const COMMON: &str = "with|this|that|these|those|have|has|had|from|your|they|them|then|than|were|\
    been|being|will|would|could|should|what|when|where|which|while|there|their|here|about|just|\
    like|more|most|some|such|into|only|over|very|also|because|after|before|other|each|even|ever|\
    every|does|done|dont|make|made|much|many|must|same|since|still|take|through|under|until|well|\
    want|your|yours|years|year|people|time|think|know|really|first|last|never|always|again|aber|\
    auch|dann|dass|dein|dich|diese|dieser|doch|eine|einem|einen|einer|haben|hier|ihre|immer|kann|\
    mehr|mein|meine|mich|nach|nicht|noch|oder|schon|sehr|sein|sich|sind|über|unter|weil|wenn|werden|\
    wird|avec|cette|comme|dans|elle|elles|être|fait|leur|mais|même|nous|pour|plus|quand|sans|sont|\
    tout|tous|très|vous|votre|como|cuando|desde|donde|entre|esta|este|esto|hasta|muy|nada|para|pero|\
    porque|sobre|también|tiene|todo|mais|muito|quando|também|você|была|были|было|будет|всех|если|\
    есть|когда|меня|можно|него|очень|после|потому|только|тоже|чтобы|этого";

/// Words that stand in the name of a shop rather than a person's.
pub(super) const SHOP_NAMES: &[&str] = &[
    "best",
    "cheap",
    "cheapest",
    "buy",
    "top",
    "free",
    "online",
    "service",
    "services",
    "agency",
    "company",
    "desk",
    "support",
    "center",
    "centre",
    "expert",
    "experts",
    "official",
    "shop",
    "store",
    "deals",
    "offer",
    "offers",
    "discount",
    "hire",
    "near",
    "price",
    "prices",
    "review",
    "reviews",
    "solutions",
    "kaufen",
    "günstig",
    "acheter",
    "comprar",
    "купить",
];

/// What a link begins with that tells people to do something, or says nothing of where it leads.
pub(super) const CALLS: &[&str] = &[
    "click",
    "here",
    "join",
    "see",
    "visit",
    "try",
    "get",
    "buy",
    "download",
    "watch",
    "claim",
    "register",
    "order",
    "reserve",
    "book",
    "start",
    "learn",
    "check",
    "discover",
    "find",
    "play",
    "bet",
    "apply",
    "contact",
    "call",
    "home",
    "homepage",
    "website",
    "our",
    "more",
    "best",
    "cheap",
    "free",
    "hier",
    "jetzt",
    "ici",
    "cliquez",
    "aquí",
    "clique",
    "здесь",
    "тут",
    "подробнее",
    "点击",
];

/// Hosts that hide where a link leads.
pub(super) const SHORTENERS: &[&str] = &[
    "bit.ly",
    "tinyurl.com",
    "goo.gl",
    "t.co",
    "ow.ly",
    "is.gd",
    "buff.ly",
    "cutt.ly",
    "rb.gy",
    "shorturl.at",
    "rebrand.ly",
    "tiny.cc",
    "t.ly",
    "s.id",
    "clck.ru",
    "bl.ink",
    "shorte.st",
    "adf.ly",
    "v.gd",
    "linktr.ee",
];

/// Hosts by which one is asked to talk in private.
pub(super) const CHATS: &[&str] =
    &["wa.me", "t.me", "api.whatsapp.com", "chat.whatsapp.com", "telegram.me"];

/// Endings of names that cost next to nothing.
pub(super) const CHEAP_ENDINGS: &[&str] = &[
    "top", "xyz", "icu", "click", "loan", "bid", "win", "buzz", "cfd", "sbs", "vip", "bet", "cyou",
    "monster", "quest", "rest", "gdn", "men", "work", "cam", "lol", "online", "site", "store",
    "shop", "pw", "tk", "ml", "ga", "cf", "gq",
];
