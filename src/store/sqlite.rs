//! SQLite: one thread writes and commits what has come meanwhile as one batch, a few connections
//! read beside it. Other processes may use the file at the same time; they wait for each other.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::StoreError;
use super::engine::{Durability, Engine, Row, Statement, Value};

/// The shapes of the database, from the first to the newest; `user_version` counts them.
const MIGRATIONS: [&str; 9] = [
    include_str!("migrations/sqlite/0001-jobs.sql"),
    include_str!("migrations/sqlite/0002-mentions.sql"),
    include_str!("migrations/sqlite/0003-telling.sql"),
    include_str!("migrations/sqlite/0004-inbox.sql"),
    include_str!("migrations/sqlite/0005-reader.sql"),
    include_str!("migrations/sqlite/0006-websub.sql"),
    include_str!("migrations/sqlite/0007-graph.sql"),
    include_str!("migrations/sqlite/0008-cites.sql"),
    include_str!("migrations/sqlite/0009-written.sql"),
];

/// How long one process waits for another to finish writing.
const BUSY: Duration = Duration::from_secs(20);

/// Writes that are committed together at most.
const BATCH: usize = 256;

/// Connections that read at a time.
const READERS: usize = 4;

type Answer = Result<Vec<Vec<Row>>, StoreError>;

/// Statements on their way to the writer.
struct Work {
    statements: Vec<Statement>,
    durability: Durability,
    reply: oneshot::Sender<Answer>,
}

/// A database in a file.
#[derive(Clone)]
pub(super) struct Sqlite {
    writer: mpsc::Sender<Work>,
    readers: Arc<Readers>,
}

struct Readers {
    path: PathBuf,
    places: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

impl Sqlite {
    /// Opens a file, makes it if it is not there, and brings it up to date.
    pub(super) async fn open(path: &Path) -> Result<Self, StoreError> {
        let path = path.to_path_buf();
        let file = path.clone();
        let connection = blocking(move || open_writer(&file)).await?;
        let (writer, work) = mpsc::channel(BATCH * 4);
        std::thread::spawn(move || write_all(&connection, work));
        let readers = Readers { path, places: Semaphore::new(READERS), idle: Mutex::default() };
        Ok(Self { writer, readers: Arc::new(readers) })
    }
}

impl Engine for Sqlite {
    async fn read(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let readers = Arc::clone(&self.readers);
        // The semaphore is never closed.
        let _place = self.readers.places.acquire().await;
        blocking(move || {
            let connection = readers.take()?;
            let rows = run(&connection, &statement);
            readers.give_back(connection);
            rows
        })
        .await
    }

    async fn write(&self, statements: Vec<Statement>, durability: Durability) -> Answer {
        let (reply, answer) = oneshot::channel();
        let work = Work { statements, durability, reply };
        let sent = self.writer.send(work).await;
        sent.map_err(|_| StoreError::new("write", "its thread has ended"))?;
        answer.await.map_err(|_| StoreError::new("write", "its thread has ended"))?
    }
}

impl Readers {
    fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| open(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY), Ok)
    }

    fn give_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

/// Does what would keep a thread of the runtime waiting.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| StoreError::new("do its work", error))?
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let failed = |error| StoreError::new(&format!("open {}", path.display()), error);
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    let failed = |error| StoreError::new(&format!("prepare {}", path.display()), error);
    make_folder(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut connection = open(path, flags)?;
    connection.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    // What many write at once stays in memory until it is checkpointed, which is seldom.
    connection.pragma_update(None, "cache_size", -16_384).map_err(failed)?;
    connection.pragma_update(None, "wal_autocheckpoint", 8_000).map_err(failed)?;
    migrate(&mut connection).map_err(failed)?;
    Ok(connection)
}

fn make_folder(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let made = std::fs::create_dir_all(folder);
    made.map_err(|error| StoreError::new(&format!("make the folder {}", folder.display()), error))
}

/// Locks a file until it is dropped; none if somebody else has done so.
pub(super) fn claim(path: &Path) -> Result<Option<std::fs::File>, StoreError> {
    make_folder(path)?;
    let failed = |error| StoreError::new(&format!("open {}", path.display()), error);
    let options = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(path);
    let file = options.map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Brings the database to the newest shape. Two processes that begin at once do it once.
fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    for (number, sql) in (1_i64..).zip(MIGRATIONS).skip(done) {
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", number)?;
    }
    transaction.commit()
}

/// The writer: until nobody can send any more.
fn write_all(connection: &Connection, mut work: mpsc::Receiver<Work>) {
    while let Some(first) = work.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH {
            match work.try_recv() {
                Ok(more) => batch.push(more),
                Err(_) => break,
            }
        }
        commit(connection, batch);
    }
}

/// Runs a batch in one transaction. What fails by itself does not take the others with it.
fn commit(connection: &Connection, batch: Vec<Work>) {
    let begun = begin(connection, &batch);
    let mut answers = Vec::with_capacity(batch.len());
    for work in batch {
        let answer = match &begun {
            Ok(()) => run_as_one(connection, &work.statements),
            Err(error) => Err(error.clone()),
        };
        answers.push((work.reply, answer));
    }
    let committed = begun.and_then(|()| execute(connection, "COMMIT"));
    if committed.is_err() {
        // There is nothing to take back if it did not begin.
        let _ = execute(connection, "ROLLBACK");
    }
    for (reply, answer) in answers {
        let answer = match &committed {
            Ok(()) => answer,
            Err(error) => Err(error.clone()),
        };
        // Who asked may have gone away.
        let _ = reply.send(answer);
    }
}

fn begin(connection: &Connection, batch: &[Work]) -> Result<(), StoreError> {
    let survives_power = batch.iter().any(|work| work.durability == Durability::Power);
    // This cannot be changed within a transaction.
    execute(
        connection,
        if survives_power { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" },
    )?;
    execute(connection, "BEGIN IMMEDIATE")
}

/// All statements, or none.
fn run_as_one(connection: &Connection, statements: &[Statement]) -> Answer {
    execute(connection, "SAVEPOINT one")?;
    let answer = |statement| {
        let rows = run(connection, statement)?;
        if statement.forbids(&rows) { Err(StoreError::overtaken()) } else { Ok(rows) }
    };
    let rows: Answer = statements.iter().map(answer).collect();
    if rows.is_err() {
        execute(connection, "ROLLBACK TO one")?;
    }
    execute(connection, "RELEASE one")?;
    rows
}

fn execute(connection: &Connection, sql: &'static str) -> Result<(), StoreError> {
    run(connection, &Statement::new(sql, [])).map(drop)
}

fn run(connection: &Connection, statement: &Statement) -> Result<Vec<Row>, StoreError> {
    rows(connection, statement).map_err(|error| StoreError::new("run a statement", error))
}

fn rows(connection: &Connection, statement: &Statement) -> rusqlite::Result<Vec<Row>> {
    let mut prepared = connection.prepare_cached(statement.sqlite)?;
    for (number, value) in statement.values.iter().enumerate() {
        let name = format!("${}", number.saturating_add(1));
        let Some(at) = prepared.parameter_index(&name)? else { continue };
        match value {
            Value::Null => prepared.raw_bind_parameter(at, rusqlite::types::Null)?,
            Value::Number(number) => prepared.raw_bind_parameter(at, number)?,
            Value::Text(text) => prepared.raw_bind_parameter(at, text)?,
            Value::Bytes(bytes) => prepared.raw_bind_parameter(at, bytes)?,
        }
    }
    let columns = prepared.column_count();
    let mut found = prepared.raw_query();
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let values: rusqlite::Result<Vec<Value>> = (0..columns)
            .map(|column| {
                Ok(match row.get_ref(column)? {
                    ValueRef::Integer(number) => Value::Number(number),
                    ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                    ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
                    ValueRef::Null | ValueRef::Real(_) => Value::Null,
                })
            })
            .collect();
        rows.push(Row::new(values?));
    }
    Ok(rows)
}
