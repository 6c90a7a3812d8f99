//! PostgreSQL: a pool of connections, each write a transaction of its own. Several daemons may
//! share one database. What `sslmode` means is left to `tls`.

use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::timeout;
use tokio_postgres::Config;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect};
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use tokio_rustls::TlsConnector;

use super::StoreError;
use super::engine::{Durability, Engine, Row, Statement, Value};
use super::tls;

/// The shapes of the database, from the first to the newest.
const MIGRATIONS: [&str; 9] = [
    include_str!("migrations/postgres/0001-jobs.sql"),
    include_str!("migrations/postgres/0002-mentions.sql"),
    include_str!("migrations/postgres/0003-telling.sql"),
    include_str!("migrations/postgres/0004-inbox.sql"),
    include_str!("migrations/postgres/0005-reader.sql"),
    include_str!("migrations/postgres/0006-websub.sql"),
    include_str!("migrations/postgres/0007-graph.sql"),
    include_str!("migrations/postgres/0008-cites.sql"),
    include_str!("migrations/postgres/0009-written.sql"),
];

/// Where the number of the newest shape stands.
const VERSION: &str = "CREATE TABLE IF NOT EXISTS lanai_version (version BIGINT NOT NULL)";

/// The lock under which shapes are changed: any number that others do not use.
const LOCK: i64 = 0x006c_616e_6169;

/// Connections at most.
const CONNECTIONS: usize = 8;

/// How long to wait for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a connection that nobody uses is silent before the server is asked for a sign of life.
const SILENCE: Duration = Duration::from_secs(60);

/// What the server is told at the start of each connection: a statement may take half a minute, and
/// a transaction whose owner is gone ends by itself.
const MANNERS: [(&str, &str); 2] =
    [("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "60s")];

/// How long a transaction may take from here: longer than the server lets any of them, for the case
/// that it is not heard of any more.
const TRANSACTION: Duration = Duration::from_secs(60);

/// Waits before a transaction that failed in passing is tried again.
const AGAIN: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(250), Duration::from_millis(1_000)];

/// A database on a server.
#[derive(Clone)]
pub(super) struct Postgres {
    pool: Pool,
}

impl Postgres {
    /// Connects, and brings the database up to date.
    pub(super) async fn connect(address: &str) -> Result<Self, StoreError> {
        let (address, wanted) =
            tls::read(address).map_err(|why| StoreError::new("connect", why))?;
        let config =
            Config::from_str(&address).map_err(|_| StoreError::new("connect", WRONG_ADDRESS))?;
        let database = Self { pool: pool(config, &wanted)? };
        database.migrate().await?;
        Ok(database)
    }

    async fn client(&self) -> Result<Object, StoreError> {
        self.pool.get().await.map_err(|error| StoreError::new("connect", said(&error)))
    }

    /// Runs statements as one transaction, again if it failed in passing and did not happen.
    async fn run(
        &self,
        statements: &[Statement],
        changes: Changes,
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        let mut waits = AGAIN.into_iter();
        loop {
            let trouble = match self.attempt(statements).await {
                Ok(answers) => return Ok(answers),
                Err(trouble) => trouble,
            };
            match waits.next().filter(|_| trouble.may_be_tried_again(changes)) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(trouble.into()),
            }
        }
    }

    async fn attempt(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, Trouble> {
        let mut client = self.pool.get().await.map_err(Trouble::NoConnection)?;
        match timeout(TRANSACTION, transact(&mut client, statements)).await {
            Ok(result) => result,
            Err(_) => {
                // Whatever it is doing, nobody else should wait for it.
                drop(Object::take(client));
                Err(Trouble::Silence)
            }
        }
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let failed = |error| StoreError::new("prepare", said(&error));
        let mut client = self.client().await?;
        let transaction = client.transaction().await.map_err(failed)?;
        // Another daemon may be at it, and a large table takes its time.
        transaction.batch_execute("SET LOCAL statement_timeout = 0").await.map_err(failed)?;
        let lock = "SELECT pg_advisory_xact_lock($1)";
        transaction.execute(lock, &[&LOCK]).await.map_err(failed)?;
        transaction.batch_execute(VERSION).await.map_err(failed)?;
        let version = "SELECT coalesce(max(version), 0) FROM lanai_version";
        let row = transaction.query_one(version, &[]).await.map_err(failed)?;
        let done = usize::try_from(row.get::<_, i64>(0)).unwrap_or(usize::MAX);
        for (number, sql) in (1_i64..).zip(MIGRATIONS).skip(done) {
            transaction.batch_execute(sql).await.map_err(failed)?;
            let note = "INSERT INTO lanai_version (version) VALUES ($1)";
            transaction.execute(note, &[&number]).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }
}

/// Connections with the right manners, each made when it is needed.
fn pool(mut config: Config, wanted: &tls::Wanted) -> Result<Pool, StoreError> {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(PATIENCE / 2);
    }
    config.keepalives_idle(config.get_keepalives_idle().min(SILENCE));
    let manners: Arc<str> = manners(config.get_options().unwrap_or_default()).into();
    let client = wanted.client().map_err(|why| StoreError::new("connect", why))?;
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    Pool::builder(Manager::from_config(config, Tls(Arc::new(client)), recycling))
        .max_size(CONNECTIONS)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(PATIENCE))
        .create_timeout(Some(PATIENCE))
        .post_create(Hook::async_fn(move |client, _| {
            let manners = Arc::clone(&manners);
            Box::pin(
                async move { client.batch_execute(&manners).await.map_err(HookError::Backend) },
            )
        }))
        .build()
        .map_err(|error| StoreError::new("connect", error))
}

impl Engine for Postgres {
    async fn read(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let answers = self.run(&[statement], Changes::Nothing).await?;
        Ok(answers.into_iter().flatten().collect())
    }

    async fn write(
        &self,
        statements: Vec<Statement>,
        _: Durability,
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        self.run(&statements, Changes::Something).await
    }
}

/// The settings of a connection; what the address has options for is left to it.
fn manners(options: &str) -> String {
    let unsaid = MANNERS.iter().filter(|(name, _)| !options.contains(name));
    unsaid.map(|(name, value)| format!("SET {name} = '{value}';")).collect()
}

/// Whether a transaction leaves anything behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Changes {
    Nothing,
    Something,
}

/// Why a transaction did not come to its end.
enum Trouble {
    /// It never began.
    NoConnection(PoolError),
    /// It was broken off before anybody asked for it to count.
    Before(tokio_postgres::Error),
    /// It was to count, and the answer was an error, or none.
    Commit(tokio_postgres::Error),
    /// Nothing was heard any more.
    Silence,
    /// A condition of it does not hold.
    Overtaken,
}

impl Trouble {
    /// Whether it failed in passing, and it is sure that nothing of it stays.
    fn may_be_tried_again(&self, changes: Changes) -> bool {
        match self {
            Self::NoConnection(PoolError::Backend(error)) => is_lost(error),
            Self::NoConnection(_) | Self::Silence | Self::Overtaken => false,
            Self::Before(error) => is_passing(error) || is_lost(error),
            // A server that was lost here may have done it, or not.
            Self::Commit(error) => {
                is_passing(error) || (changes == Changes::Nothing && is_lost(error))
            }
        }
    }
}

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::NoConnection(error) => Self::new("connect", said(&error)),
            Trouble::Before(error) | Trouble::Commit(error) => {
                Self::new("run a statement", said(&error))
            }
            Trouble::Silence => Self::new("run a statement", "it does not answer any more"),
            Trouble::Overtaken => Self::overtaken(),
        }
    }
}

/// Two transactions were in each other's way: the server has undone one of them.
fn is_passing(error: &tokio_postgres::Error) -> bool {
    let passing = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
    error.code().is_some_and(|code| passing.contains(code))
}

/// The connection is gone: the server was stopped, is about to begin, or cannot be reached.
fn is_lost(error: &tokio_postgres::Error) -> bool {
    let ends = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::CONNECTION_EXCEPTION,
        SqlState::CONNECTION_DOES_NOT_EXIST,
        SqlState::CONNECTION_FAILURE,
    ];
    match error.code() {
        Some(code) => ends.contains(code),
        None => {
            error.is_closed()
                || std::error::Error::source(error)
                    .is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
        }
    }
}

async fn transact(client: &mut Object, statements: &[Statement]) -> Result<Vec<Vec<Row>>, Trouble> {
    let transaction = client.transaction().await.map_err(Trouble::Before)?;
    let mut answers = Vec::with_capacity(statements.len());
    for statement in statements {
        let Statement { postgres, values, .. } = statement;
        let prepared = transaction.prepare_cached(postgres).await.map_err(Trouble::Before)?;
        let values: Vec<&(dyn ToSql + Sync)> =
            values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        let rows = transaction.query(&prepared, &values).await.map_err(Trouble::Before)?;
        let rows: Result<Vec<Row>, _> = rows.iter().map(row).collect();
        let rows = rows.map_err(Trouble::Before)?;
        if statement.forbids(&rows) {
            return Err(Trouble::Overtaken);
        }
        answers.push(rows);
    }
    transaction.commit().await.map_err(Trouble::Commit)?;
    Ok(answers)
}

/// What is said of an address that cannot be read. It may hold a password, so nothing of it is.
const WRONG_ADDRESS: &str = "the address is none, or has an option that does not exist; write \
    postgres://user:password@host/name, and in a password %40 for @, %2F for /, %3A for :, %3F for \
    ? and %25 for %";

/// The encryption of a connection.
#[derive(Clone)]
struct Tls(Arc<rustls::ClientConfig>);

/// The encryption of a connection to a host.
struct TlsTo {
    config: Arc<rustls::ClientConfig>,
    host: String,
}

/// An encrypted connection.
struct TlsStream<S>(tokio_rustls::client::TlsStream<S>);

impl<S> MakeTlsConnect<S> for Tls
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = TlsStream<S>;
    type TlsConnect = TlsTo;
    type Error = std::convert::Infallible;

    fn make_tls_connect(&mut self, host: &str) -> Result<TlsTo, Self::Error> {
        Ok(TlsTo { config: Arc::clone(&self.0), host: host.to_owned() })
    }
}

impl<S> TlsConnect<S> for TlsTo
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = TlsStream<S>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = std::io::Result<TlsStream<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            let name = tls::server_name(&self.host)?;
            TlsConnector::from(self.config).connect(name, stream).await.map(TlsStream)
        })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> tokio_postgres::tls::TlsStream for TlsStream<S> {
    fn channel_binding(&self) -> ChannelBinding {
        // It would need the hash that a certificate is signed with.
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for TlsStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TlsStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

fn row(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    let values: Result<Vec<Value>, _> = row
        .columns()
        .iter()
        .enumerate()
        .map(|(at, column)| {
            Ok(match *column.type_() {
                Type::INT8 => row.try_get::<_, Option<i64>>(at)?.map_or(Value::Null, Value::Number),
                Type::BYTEA => {
                    row.try_get::<_, Option<Vec<u8>>>(at)?.map_or(Value::Null, Value::Bytes)
                }
                _ => row.try_get::<_, Option<String>>(at)?.map_or(Value::Null, Value::Text),
            })
        })
        .collect();
    values.map(Row::new)
}

/// What an error says, with what the server said: its first words alone are "db error".
fn said(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(&format!(": {source}"));
        cause = source.source();
    }
    text
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Number(number) => number.to_sql_checked(ty, out),
            Self::Text(text) => text.to_sql_checked(ty, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        // Each value says so for itself.
        true
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_knows_when_to_end() {
        let Ok(server) = std::env::var("LANAI_POSTGRES") else {
            assert!(std::env::var_os("LANAI_CI").is_none(), "LANAI_POSTGRES must be set");
            eprintln!("skipped: LANAI_POSTGRES is not set");
            return;
        };
        let shown = async |address: &str, name: &str| -> String {
            let (plain, wanted) = tls::read(address).unwrap();
            let pool = pool(Config::from_str(&plain).unwrap(), &wanted).unwrap();
            let row = pool.get().await.unwrap().query_one(&format!("SHOW {name}"), &[]).await;
            row.unwrap().get(0)
        };
        assert_eq!(shown(&server, "statement_timeout").await, "30s");
        assert_eq!(shown(&server, "idle_in_transaction_session_timeout").await, "1min");
        let other = format!("{server}?options=-c%20statement_timeout%3D5s");
        assert_eq!(shown(&other, "statement_timeout").await, "5s");
        assert_eq!(shown(&other, "idle_in_transaction_session_timeout").await, "1min");
    }
}
