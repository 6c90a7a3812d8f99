//! PostgreSQL: a pool of connections, each write a transaction of its own. Several daemons may
//! share one database.

use std::str::FromStr;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use tokio_postgres::{Config, NoTls};

use super::StoreError;
use super::engine::{Durability, Engine, Row, Statement, Value};

/// The shapes of the database, from the first to the newest.
const MIGRATIONS: [&str; 4] = [
    include_str!("migrations/postgres/0001-jobs.sql"),
    include_str!("migrations/postgres/0002-mentions.sql"),
    include_str!("migrations/postgres/0003-telling.sql"),
    include_str!("migrations/postgres/0004-inbox.sql"),
];

/// Where the number of the newest shape stands.
const VERSION: &str = "CREATE TABLE IF NOT EXISTS lanai_version (version BIGINT NOT NULL)";

/// The lock under which shapes are changed: any number that others do not use.
const LOCK: i64 = 0x006c_616e_6169;

/// Connections at most.
const CONNECTIONS: usize = 8;

/// How long to wait for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// A database on a server.
#[derive(Clone)]
pub(super) struct Postgres {
    pool: Pool,
}

impl Postgres {
    /// Connects, and brings the database up to date.
    pub(super) async fn connect(address: &str) -> Result<Self, StoreError> {
        let failed = |error: &dyn std::fmt::Display| StoreError::new("connect", error);
        let config = Config::from_str(address).map_err(|error| failed(&error))?;
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config, NoTls, recycling);
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .build()
            .map_err(|error| failed(&error))?;
        let database = Self { pool };
        database.migrate().await?;
        Ok(database)
    }

    async fn client(&self) -> Result<Object, StoreError> {
        self.pool.get().await.map_err(|error| StoreError::new("connect", said(&error)))
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let failed = |error| StoreError::new("prepare", said(&error));
        let mut client = self.client().await?;
        let transaction = client.transaction().await.map_err(failed)?;
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

impl Engine for Postgres {
    async fn read(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let answers = self.write(vec![statement], Durability::Process).await?;
        Ok(answers.into_iter().flatten().collect())
    }

    async fn write(
        &self,
        statements: Vec<Statement>,
        _: Durability,
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        let failed = |error| StoreError::new("run a statement", said(&error));
        let mut client = self.client().await?;
        let transaction = client.transaction().await.map_err(failed)?;
        let mut answers = Vec::with_capacity(statements.len());
        for Statement { postgres, values, .. } in &statements {
            let prepared = transaction.prepare_cached(postgres).await.map_err(failed)?;
            let values: Vec<&(dyn ToSql + Sync)> =
                values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
            let rows = transaction.query(&prepared, &values).await.map_err(failed)?;
            let rows: Result<Vec<Row>, _> = rows.iter().map(row).collect();
            answers.push(rows.map_err(failed)?);
        }
        transaction.commit().await.map_err(failed)?;
        Ok(answers)
    }
}

fn row(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    let values: Result<Vec<Value>, _> = row
        .columns()
        .iter()
        .enumerate()
        .map(|(at, column)| {
            Ok(if *column.type_() == Type::INT8 {
                row.try_get::<_, Option<i64>>(at)?.map_or(Value::Null, Value::Number)
            } else {
                row.try_get::<_, Option<String>>(at)?.map_or(Value::Null, Value::Text)
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
        }
    }

    fn accepts(_: &Type) -> bool {
        // Each value says so for itself.
        true
    }

    to_sql_checked!();
}
