//! Mentions on their way: what was sent to the endpoint, what was found, and what was decided. What
//! is published stands in the site folder; here is what is not, and how it came to that.

use jiff::Timestamp;

use super::engine::{Durability, Row, Statement};
use super::{NewJob, Store, StoreError};

/// Lines of history that are kept of a mention.
const HISTORY: i64 = 60;

/// Where a mention is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MentionState {
    /// Its page has not been fetched yet.
    Waiting,
    /// It stands on the site.
    Published,
    /// It waits for the owner.
    Held,
    /// It looks like spam, and waits apart.
    Spam,
    /// A rule of the owner keeps it out.
    Refused,
    /// The owner said no.
    Rejected,
    /// Its page does not mention ours, or cannot be had.
    Failed,
    /// Its page is not there at the moment; it may come back.
    Missing,
    /// Its author took it back.
    Deleted,
}

impl MentionState {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Published,
        Self::Held,
        Self::Spam,
        Self::Refused,
        Self::Rejected,
        Self::Failed,
        Self::Missing,
        Self::Deleted,
    ];

    /// Its name in the database, and for scripts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Published => "published",
            Self::Held => "held",
            Self::Spam => "spam",
            Self::Refused => "refused",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Missing => "missing",
            Self::Deleted => "deleted",
        }
    }

    /// The state of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What the owner said of a mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It may stand on the site.
    Approved,
    /// It may not.
    Rejected,
    /// It is no spam; the rest is not decided.
    Kept,
}

impl Word {
    fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Kept => "kept",
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Self::Approved, Self::Rejected, Self::Kept].into_iter().find(|word| word.name() == name)
    }
}

/// A mention that somebody sends.
#[derive(Debug, Clone, Copy)]
pub struct NewMention<'m> {
    /// The site it is for.
    pub site: &'m str,
    /// A hash of source and target.
    pub key: &'m str,
    /// A name for its status page that nobody can guess; one that is known already stays.
    pub status: &'m str,
    /// The page that mentions.
    pub source: &'m str,
    /// The page mentioned, letter by letter.
    pub target: &'m str,
    /// The host of the source.
    pub host: &'m str,
    /// The path of the page mentioned.
    pub page: &'m str,
    /// A page that vouches for the source.
    pub vouch: Option<&'m str>,
    /// The mention whose page told of it, if nobody sent it.
    pub via: Option<&'m str>,
    /// When it came.
    pub at: Timestamp,
}

/// A mention as the database knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the columns, which the migration describes")]
pub struct StoredMention {
    pub key: String,
    pub status: String,
    pub source: String,
    pub target: String,
    pub host: String,
    pub page: String,
    pub vouch: Option<String>,
    pub via: Option<String>,
    pub received: Timestamp,
    pub asked: Timestamp,
    pub checked: Option<Timestamp>,
    pub state: MentionState,
    pub words: String,
    pub failures: u32,
    pub content: Option<String>,
    pub author: Option<String>,
    pub text_stamp: Option<String>,
    pub trust: Option<String>,
    pub robo: u8,
    pub flame: u8,
    pub decided: Option<Word>,
    pub decided_at: Option<Timestamp>,
    pub decided_stamp: Option<String>,
}

/// What became of a mention.
#[derive(Debug, Clone, Copy)]
pub struct Settled<'s> {
    /// Where it is now.
    pub state: MentionState,
    /// Why, in words.
    pub words: &'s str,
    /// How often in a row its page could not be had.
    pub failures: u32,
    /// What was found; none leaves what was found before.
    pub found: Option<Found<'s>>,
}

/// What was found on the page of a mention.
#[derive(Debug, Clone, Copy)]
pub struct Found<'f> {
    /// The mention as a file of JF2.
    pub content: &'f str,
    /// The path of the page mentioned, which may have moved.
    pub page: &'f str,
    /// The host that it was found at.
    pub host: &'f str,
    /// Who wrote it.
    pub author: Option<&'f str>,
    /// A stamp of its text.
    pub text_stamp: &'f str,
    /// How far they are trusted.
    pub trust: &'f str,
    /// How much it looks like spam, of a hundred.
    pub robo: u8,
    /// How inflammatory it is, of a hundred.
    pub flame: u8,
}

/// What becomes of a mention that is sent again.
macro_rules! asked_once_more {
    () => {
        "
    ON CONFLICT (site, key) DO UPDATE SET
        asked = excluded.asked,
        vouch = coalesce(excluded.vouch, mention.vouch),
        via = CASE WHEN excluded.via IS NULL THEN NULL ELSE mention.via END"
    };
}
pub(super) use asked_once_more;

const ACCEPT: &str = concat!(
    "
    INSERT INTO mention
        (site, key, status, source, target, host, page, vouch, via, received, asked, state, words)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, 'waiting', '')",
    asked_once_more!(),
    " RETURNING status"
);

const NOTE: &str = "INSERT INTO history (site, key, at, words) VALUES ($1, $2, $3, $4)";

const TRIM: &str = "
    DELETE FROM history WHERE site = $1 AND key = $2 AND id <= (
        SELECT id FROM history WHERE site = $1 AND key = $2 ORDER BY id DESC LIMIT 1 OFFSET $3)";

const SETTLE: &str = "
    UPDATE mention SET state = $3, words = $4, failures = $5, checked = $6
    WHERE site = $1 AND key = $2";

const KEEP: &str = "
    UPDATE mention SET content = $3, author = $4, text_stamp = $5, trust = $6, robo = $7, flame = $8,
        host = $9, page = $10
    WHERE site = $1 AND key = $2";

const DECIDE: &str = "
    UPDATE mention SET
        state = $3, words = $4, decided = $5, decided_at = $6, decided_stamp = text_stamp
    WHERE site = $1 AND key = $2";

/// The columns of [`StoredMention`], in its order.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key, status, source, target, host, page, vouch, via, received, asked, checked, \
             state, words, failures, content, author, text_stamp, trust, robo, flame, decided, \
             decided_at, decided_stamp FROM mention WHERE site = $1 ",
            $rest
        )
    };
}

impl Store {
    /// Writes down a mention that somebody told of, with the work of looking at its page. Returns the
    /// name of its status page.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn accept(
        &self,
        mention: NewMention<'_>,
        words: &str,
        job: NewJob<'_>,
    ) -> Result<String, StoreError> {
        let NewMention { site, key, status, source, target, host, page, vouch, via, at } = mention;
        let values = [
            site.into(),
            key.into(),
            status.into(),
            source.into(),
            target.into(),
            host.into(),
            page.into(),
            vouch.into(),
            via.into(),
            at.into(),
        ];
        let note = [site.into(), key.into(), at.into(), words.into()];
        let statements =
            vec![Statement::new(ACCEPT, values), Statement::new(NOTE, note), job.statement()?];
        let mut answers = self.write(statements, Durability::Power).await?.into_iter().flatten();
        answers.next().map_or_else(|| Ok(status.to_owned()), |mut row| row.text())
    }

    /// Notes what became of a mention. The end of power may take it back: then its work, which was not
    /// finished either, is done again.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn settle(
        &self,
        site: &str,
        key: &str,
        settled: Settled<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Settled { state, words, failures, found } = settled;
        let mut statements = Vec::new();
        if let Some(found) = found {
            let values = [
                site.into(),
                key.into(),
                found.content.into(),
                found.author.into(),
                found.text_stamp.into(),
                found.trust.into(),
                i64::from(found.robo).into(),
                i64::from(found.flame).into(),
                found.host.into(),
                found.page.into(),
            ];
            statements.push(Statement::new(KEEP, values));
        }
        let values = [
            site.into(),
            key.into(),
            state.name().into(),
            words.into(),
            i64::from(failures).into(),
            now.into(),
        ];
        statements.push(Statement::new(SETTLE, values));
        statements.extend(history(site, key, words, now));
        self.write(statements, Durability::Process).await.map(drop)
    }

    /// Notes what the owner said of a mention. It holds for what stands there now.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn decide(
        &self,
        (site, key): (&str, &str),
        (word, state): (Option<Word>, MentionState),
        words: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let values = [
            site.into(),
            key.into(),
            state.name().into(),
            words.into(),
            word.map(Word::name).into(),
            word.map(|_| now).into(),
        ];
        let mut statements = vec![Statement::new(DECIDE, values)];
        statements.extend(history(site, key, words, now));
        self.write(statements, Durability::Power).await.map(drop)
    }

    /// Notes something about a mention.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn note(
        &self,
        site: &str,
        key: &str,
        words: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(history(site, key, words, now).into(), Durability::Process).await.map(drop)
    }

    /// A mention by the hash of its source and target.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn mention(
        &self,
        site: &str,
        key: &str,
    ) -> Result<Option<StoredMention>, StoreError> {
        let values = [site.into(), key.into()];
        self.one(Statement::new(select!("AND key = $2"), values)).await
    }

    /// A mention by the name of its status page.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn mention_of_status(
        &self,
        site: &str,
        status: &str,
    ) -> Result<Option<StoredMention>, StoreError> {
        let values = [site.into(), status.into()];
        self.one(Statement::new(select!("AND status = $2"), values)).await
    }

    /// The mentions in a state, the newest first.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn mentions(
        &self,
        site: &str,
        state: MentionState,
        most: u32,
    ) -> Result<Vec<StoredMention>, StoreError> {
        let values = [site.into(), state.name().into(), i64::from(most).into()];
        let statement = Statement::new(
            select!("AND state = $2 ORDER BY received DESC, id DESC LIMIT $3"),
            values,
        );
        self.all(statement).await
    }

    /// The mentions in a state, the newest first, from behind one of them on.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn mentions_after(
        &self,
        site: &str,
        state: MentionState,
        (after, most): (Option<&StoredMention>, u16),
    ) -> Result<Vec<StoredMention>, StoreError> {
        let received = after.map_or(i64::MAX, |after| after.received.as_millisecond());
        let key = after.map_or("", |after| after.key.as_str());
        let values =
            [site.into(), state.name().into(), received.into(), key.into(), i64::from(most).into()];
        let sql = select!(
            "AND state = $2 AND (received < $3 OR (received = $3 AND key < $4)) ORDER BY received DESC, key DESC LIMIT $5"
        );
        self.all(Statement::new(sql, values)).await
    }

    /// Those in a state that were found at a host, the newest first.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn mentions_of_host(
        &self,
        site: &str,
        (state, host): (MentionState, &str),
        most: u16,
    ) -> Result<Vec<StoredMention>, StoreError> {
        let values = [site.into(), state.name().into(), host.into(), i64::from(most).into()];
        let sql = select!("AND state = $2 AND host = $3 ORDER BY received DESC, id DESC LIMIT $4");
        self.all(Statement::new(sql, values)).await
    }

    /// Those that the owner has said something of, the latest first.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn decided_mentions(
        &self,
        site: &str,
        most: u32,
    ) -> Result<Vec<StoredMention>, StoreError> {
        let values = [site.into(), i64::from(most).into()];
        let sql = select!("AND decided_at IS NOT NULL ORDER BY decided_at DESC, id DESC LIMIT $2");
        self.all(Statement::new(sql, values)).await
    }

    /// What a page of others told of by itself (salmention).
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn mentions_via(
        &self,
        site: &str,
        via: &str,
    ) -> Result<Vec<StoredMention>, StoreError> {
        let values = [site.into(), via.into()];
        self.all(Statement::new(select!("AND via = $2 ORDER BY id LIMIT 1000"), values)).await
    }

    /// Everything that a name means, the newest first: the beginning of a key, a source, an author's
    /// address, or a host.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn mentions_by(
        &self,
        site: &str,
        who: &str,
    ) -> Result<Vec<StoredMention>, StoreError> {
        let values = [site.into(), who.into()];
        let sql = select!(
            "AND (author = $2 OR host = $2 OR source = $2 OR (length($2) >= 6 AND substr(key, 1, length($2)) = $2)) ORDER BY received DESC, id DESC LIMIT 10000"
        );
        self.all(Statement::new(sql, values)).await
    }

    /// How many mentions there are in each state.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn count_mentions(&self, site: &str) -> Result<Vec<(MentionState, u64)>, StoreError> {
        const COUNT: &str = "SELECT state, count(*) FROM mention WHERE site = $1 GROUP BY state";
        let rows = self.read(Statement::new(COUNT, [site.into()])).await?;
        let mut counts = Vec::new();
        for mut row in rows {
            let (state, count) = (row.text()?, row.number()?);
            counts.extend(MentionState::of(&state).map(|state| (state, count.unsigned_abs())));
        }
        Ok(counts)
    }

    /// How many strangers have written about a page since a time, up to `most`.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn count_strangers(
        &self,
        site: &str,
        page: &str,
        (since, most): (Timestamp, usize),
    ) -> Result<usize, StoreError> {
        const COUNT: &str = "
            SELECT count(*) FROM (
                SELECT DISTINCT host, author FROM mention
                WHERE site = $1 AND page = $2 AND trust = 'stranger' AND received >= $3
                LIMIT $4) AS strangers";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let values = [site.into(), page.into(), since.into(), most.into()];
        self.number(Statement::new(COUNT, values)).await
    }

    /// Forgets a mention, with its history and the work that waits for it.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn forget_mention(&self, site: &str, key: &str) -> Result<(), StoreError> {
        let values = || [site.into(), key.into()];
        let statements = vec![
            Statement::new("DELETE FROM mention WHERE site = $1 AND key = $2", values()),
            Statement::new("DELETE FROM history WHERE site = $1 AND key = $2", values()),
            Statement::new("DELETE FROM job WHERE site = $1 AND key = $2", values()),
        ];
        self.write(statements, Durability::Power).await.map(drop)
    }

    /// What happened to a mention, the oldest first.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn history(
        &self,
        site: &str,
        key: &str,
    ) -> Result<Vec<(Timestamp, String)>, StoreError> {
        const HISTORY: &str =
            "SELECT at, words FROM history WHERE site = $1 AND key = $2 ORDER BY id";
        let rows = self.read(Statement::new(HISTORY, [site.into(), key.into()])).await?;
        rows.into_iter().map(|mut row| Ok((row.time()?, row.text()?))).collect()
    }

    async fn number(&self, statement: Statement) -> Result<usize, StoreError> {
        let mut rows = self.read(statement).await?;
        let number = rows.first_mut().map(Row::number).transpose()?.unwrap_or(0);
        Ok(usize::try_from(number).unwrap_or(0))
    }

    async fn one(&self, statement: Statement) -> Result<Option<StoredMention>, StoreError> {
        Ok(self.all(statement).await?.pop())
    }

    async fn all(&self, statement: Statement) -> Result<Vec<StoredMention>, StoreError> {
        self.read(statement).await?.into_iter().map(mention).collect()
    }
}

/// A line of history, and no more of them than are kept.
fn history(site: &str, key: &str, words: &str, now: Timestamp) -> [Statement; 2] {
    [
        Statement::new(NOTE, [site.into(), key.into(), now.into(), words.into()]),
        Statement::new(TRIM, [site.into(), key.into(), HISTORY.into()]),
    ]
}

fn mention(mut row: Row) -> Result<StoredMention, StoreError> {
    let percent = |number: i64| u8::try_from(number.clamp(0, 100)).unwrap_or(0);
    Ok(StoredMention {
        key: row.text()?,
        status: row.text()?,
        source: row.text()?,
        target: row.text()?,
        host: row.text()?,
        page: row.text()?,
        vouch: row.maybe_text()?,
        via: row.maybe_text()?,
        received: row.time()?,
        asked: row.time()?,
        checked: row.maybe_time()?,
        state: state(&row.text()?)?,
        words: row.text()?,
        failures: u32::try_from(row.number()?).unwrap_or(u32::MAX),
        content: row.maybe_text()?,
        author: row.maybe_text()?,
        text_stamp: row.maybe_text()?,
        trust: row.maybe_text()?,
        robo: percent(row.number()?),
        flame: percent(row.number()?),
        decided: row.maybe_text()?.as_deref().and_then(Word::of),
        decided_at: row.maybe_time()?,
        decided_stamp: row.maybe_text()?,
    })
}

fn state(name: &str) -> Result<MentionState, StoreError> {
    MentionState::of(name)
        .ok_or_else(|| StoreError::new("read a mention", format!("there is no state {name}")))
}
