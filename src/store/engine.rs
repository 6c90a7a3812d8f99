//! What a database has to do for the store: run statements. Both understand the same ones, with
//! parameters `$1`, `$2` … and times in milliseconds since 1970.

use std::future::Future;

use jiff::Timestamp;

use super::StoreError;
use super::postgres::Postgres;
use super::sqlite::Sqlite;

/// A value of a column or parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Number(at.as_millisecond())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// A statement and its parameters.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    /// For SQLite.
    pub(super) sqlite: &'static str,
    /// For PostgreSQL.
    pub(super) postgres: &'static str,
    /// The values of `$1`, `$2` …
    pub(super) values: Vec<Value>,
    /// Whether nothing of it all happens if this one answers with no row.
    pub(super) is_condition: bool,
}

impl Statement {
    /// A statement that both understand.
    pub(super) fn new(sql: &'static str, values: impl IntoIterator<Item = Value>) -> Self {
        Self::of_each(sql, sql, values)
    }

    /// A statement that SQLite does not know, because it has one writer at a time anyway.
    pub(super) fn of_each(
        sqlite: &'static str,
        postgres: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> Self {
        Self { sqlite, postgres, values: values.into_iter().collect(), is_condition: false }
    }

    /// What has to answer with a row, or nothing of what it is run with happens.
    pub(super) fn or_nothing(self) -> Self {
        Self { is_condition: true, ..self }
    }

    /// Whether an answer is one with which the others must not happen.
    pub(super) fn forbids(&self, rows: &[Row]) -> bool {
        self.is_condition && rows.is_empty()
    }
}

/// A row of an answer, read from left to right.
#[derive(Debug, Clone)]
pub(super) struct Row(std::vec::IntoIter<Value>);

impl Row {
    pub(super) fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    /// The next column, which holds a number.
    pub(super) fn number(&mut self) -> Result<i64, StoreError> {
        match self.0.next() {
            Some(Value::Number(number)) => Ok(number),
            other => Err(unexpected("a number", other.as_ref())),
        }
    }

    /// The next column, which may hold a number.
    pub(super) fn maybe_number(&mut self) -> Result<Option<i64>, StoreError> {
        match self.0.next() {
            Some(Value::Number(number)) => Ok(Some(number)),
            Some(Value::Null) => Ok(None),
            other => Err(unexpected("a number", other.as_ref())),
        }
    }

    /// The next column, which holds a time.
    pub(super) fn time(&mut self) -> Result<Timestamp, StoreError> {
        let number = self.number()?;
        Timestamp::from_millisecond(number)
            .map_err(|_| unexpected("a time", Some(&Value::Number(number))))
    }

    /// The next column, which may hold a time.
    pub(super) fn maybe_time(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let number = self.maybe_number()?;
        Ok(number.and_then(|number| Timestamp::from_millisecond(number).ok()))
    }

    /// The next column, which may hold a text.
    pub(super) fn maybe_text(&mut self) -> Result<Option<String>, StoreError> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            other => Err(unexpected("a text", other.as_ref())),
        }
    }

    /// The next column, which holds a text.
    pub(super) fn text(&mut self) -> Result<String, StoreError> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(text),
            other => Err(unexpected("a text", other.as_ref())),
        }
    }

    /// The next column, which holds bytes.
    pub(super) fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        match self.0.next() {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            // What was found may be long.
            _ => Err(StoreError::new("read an answer", "expected bytes")),
        }
    }
}

fn unexpected(wanted: &str, found: Option<&Value>) -> StoreError {
    StoreError::new("read an answer", format!("expected {wanted}, found {found:?}"))
}

/// What a write has to survive once it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// The end of the process.
    Process,
    /// The end of power, too.
    Power,
}

/// A database.
pub(super) trait Engine {
    /// Runs a statement that changes nothing.
    fn read(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send;

    /// Runs statements as one transaction.
    fn write(
        &self,
        statements: Vec<Statement>,
        durability: Durability,
    ) -> impl Future<Output = Result<Vec<Vec<Row>>, StoreError>> + Send;
}

/// The database that was chosen.
#[derive(Clone)]
pub(super) enum AnyEngine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Engine for AnyEngine {
    async fn read(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.read(statement).await,
            Self::Postgres(engine) => engine.read(statement).await,
        }
    }

    async fn write(
        &self,
        statements: Vec<Statement>,
        durability: Durability,
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.write(statements, durability).await,
            Self::Postgres(engine) => engine.write(statements, durability).await,
        }
    }
}
