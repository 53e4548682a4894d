//! Statements that SQLite parses and plans once per connection, not each time.
//!
//! Diesel caches a statement only when its rules prove that the text is always the same; they give up on every UPDATE and on
//! every piece of literal SQL. SQLite plans a cached statement anew whenever a value is bound to `LIMIT ?`, even the same value.
//! So the limit is part of the text here, or it is `LIMIT +?`, which SQLite does not use for planning.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use diesel::query_builder::{AsChangeset, AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::{Sqlite, SqliteQueryBuilder};
use diesel::{QueryResult, RunQueryDsl};
use parking_lot::Mutex;

/// A query whose prepared statement is cached. The text of the query is the key of the cache, so two queries cannot be confused.
pub(super) struct Prepared<Q> {
    query: Q,
    limit: Limit,
}

/// The LIMIT of a query.
enum Limit {
    None,
    Constant(i64),
    Page { skipped: i64, limit: i64 },
}

/// Caches prepared statements. Only for queries with few texts: the cache keeps each text as long as the connection is open.
pub(super) trait Prepare: QueryFragment<Sqlite> + Sized {
    /// Caches the query.
    fn prepared(self) -> Prepared<Self> {
        Prepared {
            query: self,
            limit: Limit::None,
        }
    }

    /// Caches the query with a constant limit, which is part of the text: each limit is a statement of its own.
    fn at_most(self, limit: i64) -> Prepared<Self> {
        Prepared {
            query: self,
            limit: Limit::Constant(limit),
        }
    }

    /// Caches the query with an offset and a limit that may differ in each call; both are bound values.
    fn page(self, skipped: i64, limit: i64) -> Prepared<Self> {
        Prepared {
            query: self,
            limit: Limit::Page { skipped, limit },
        }
    }
}

impl<Q: QueryFragment<Sqlite>> Prepare for Q {}

impl<Q: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.query.walk_ast(pass.reborrow())?;
        match &self.limit {
            Limit::None => {}
            Limit::Constant(limit) => pass.push_sql(&format!(" LIMIT {limit}")),
            Limit::Page { skipped, limit } => {
                pass.push_sql(" LIMIT +");
                pass.push_bind_param::<BigInt, _>(limit)?;
                pass.push_sql(" OFFSET ");
                pass.push_bind_param::<BigInt, _>(skipped)?;
            }
        }
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, _: &Sqlite) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Prepared<Q> {
    type SqlType = Q::SqlType;
}

/// For queries that return rows only. Diesel executes a statement without rows by reference, and a reference decides for itself
/// whether it is cached. See [`Update`].
impl<Q: Query, C> RunQueryDsl<C> for Prepared<Q> {}

/// An UPDATE of one row by its key, whose prepared statement is cached.
pub(super) struct Update<C> {
    table: &'static str,
    key: &'static str,
    id: i64,
    /// Further condition on the row, as SQL.
    only_if: Option<&'static str>,
    changes: C,
}

/// Changes the row of `table` whose `key` is `id`.
pub(super) fn update<C: AsChangeset>(
    table: &'static str,
    key: &'static str,
    id: i64,
    changes: C,
) -> Update<C::Changeset> {
    Update {
        table,
        key,
        id,
        only_if: None,
        changes: changes.as_changeset(),
    }
}

impl<C> Update<C> {
    /// Adds a condition: the row changes only if it holds.
    pub(super) fn only_if(self, condition: &'static str) -> Update<C> {
        Update {
            only_if: Some(condition),
            ..self
        }
    }
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Update<C> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        pass.push_sql("UPDATE ");
        pass.push_identifier(self.table)?;
        pass.push_sql(" SET ");
        self.changes.walk_ast(pass.reborrow())?;
        pass.push_sql(" WHERE ");
        pass.push_identifier(self.key)?;
        pass.push_sql(" = ");
        pass.push_bind_param::<BigInt, _>(&self.id)?;
        if let Some(condition) = self.only_if {
            pass.push_sql(" AND ");
            pass.push_sql(condition);
        }
        Ok(())
    }
}

impl<C> QueryId for Update<C> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, C> RunQueryDsl<C> for Update<Q> {}

/// A change as SQL, with a `?` for each of its values; or a query, whose columns have the types `T`. For few texts: a query is cached
/// by its text.
pub(super) struct Statement<'v, T = ()> {
    sql: &'v str,
    values: &'v [Value<'v>],
    columns: PhantomData<T>,
}

/// A bound value.
pub(super) enum Value<'v> {
    Number(i64),
    Text(&'v str),
}

impl<'v> Statement<'v> {
    pub(super) const fn change(sql: &'static str, values: &'v [Value<'v>]) -> Statement<'v> {
        Statement::query(sql, values)
    }
}

impl<'v, T> Statement<'v, T> {
    pub(super) const fn query(sql: &'v str, values: &'v [Value<'v>]) -> Statement<'v, T> {
        Statement {
            sql,
            values,
            columns: PhantomData,
        }
    }
}

impl<T> QueryFragment<Sqlite> for Statement<'_, T> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let mut values = self.values.iter().peekable();
        for (index, part) in self.sql.split('?').enumerate() {
            match values.next_if(|_| index > 0) {
                Some(Value::Number(number)) => pass.push_bind_param::<BigInt, _>(number)?,
                Some(Value::Text(text)) => pass.push_bind_param::<Text, str>(text)?,
                None => {}
            }
            pass.push_sql(part);
        }
        Ok(())
    }
}

impl<T> QueryId for Statement<'_, T> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> Query for Statement<'_, T> {
    type SqlType = T;
}

impl<T, C> RunQueryDsl<C> for Statement<'_, T> {}

/// A change whose text is always the same, so diesel need not build the text again: the type `Site`, unique to one place in the
/// source, is the key of the cache. Made by [`always!`].
pub(super) struct Always<Site, Q> {
    change: Q,
    site: PhantomData<Site>,
}

/// Caches a change under the place in the source where this macro is used. The change must have the same text for all values: a
/// tuple of columns has, an `Option` that omits a column has not. Debug assertions check each use. Do not use it in a generic
/// function: all instances would share one place.
macro_rules! always {
    ($change:expr) => {{
        enum Site {}
        $crate::sqlite::prepared::Always::<Site, _>::of($change)
    }};
}

pub(super) use always;

impl<Site, Q> Always<Site, Q> {
    pub(super) fn of(change: Q) -> Self {
        Always {
            change,
            site: PhantomData,
        }
    }
}

impl<Site: 'static, Q: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Always<Site, Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        debug_assert!(
            is_of_one_text(TypeId::of::<Site>(), &self.change),
            "{} is not of one text",
            std::any::type_name::<Site>()
        );
        self.change.walk_ast(pass)
    }
}

/// Whether a change has the same text as the first change at that place.
fn is_of_one_text(site: TypeId, change: &impl QueryFragment<Sqlite>) -> bool {
    static SEEN: Mutex<BTreeMap<TypeId, String>> = Mutex::new(BTreeMap::new());
    let mut builder = SqliteQueryBuilder::new();
    if change.to_sql(&mut builder, &Sqlite).is_err() {
        return false;
    }
    let text = builder.finish();
    let mut seen = SEEN.lock();
    *seen.entry(site).or_insert_with(|| text.clone()) == text
}

impl<Site: 'static, Q> QueryId for Always<Site, Q> {
    type QueryId = Site;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Site, Q, C> RunQueryDsl<C> for Always<Site, Q> {}

#[cfg(test)]
mod tests {
    use diesel::ExpressionMethods;

    use super::super::schema::facts;
    use super::*;

    #[test]
    fn always_with_another_text_is_detected() {
        enum Site {}
        let site = TypeId::of::<Site>();
        let change = |value: &'static str| update("facts", "key", 1, facts::value.eq(value));
        assert!(is_of_one_text(site, &change("a")));
        assert!(is_of_one_text(site, &change("b")));
        assert!(!is_of_one_text(site, &change("a").only_if("value <> ''")));
    }
}
