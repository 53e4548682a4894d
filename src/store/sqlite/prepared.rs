//! Statements that SQLite parses and plans once per connection, not each time.
//!
//! Diesel keeps a statement only when its own rules say that the text is always the same: they give up on every UPDATE and
//! on every piece of literal SQL. And SQLite plans a kept statement anew whenever a value is bound to its `LIMIT ?`, be it
//! the same one, so a limit is a part of the text here, or `LIMIT +?`, of which SQLite makes no more than a limit.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use diesel::query_builder::{AsChangeset, AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::sql_types::BigInt;
use diesel::sqlite::{Sqlite, SqliteQueryBuilder};
use diesel::{QueryResult, RunQueryDsl};
use parking_lot::Mutex;

/// A question that is kept once it is prepared. It is found again by its text, so it can't be taken for another.
pub(super) struct Prepared<Q> {
    query: Q,
    limit: Limit,
}

/// How many rows are wanted.
enum Limit {
    None,
    Constant(i64),
    Page { skipped: i64, limit: i64 },
}

/// Only for questions with few texts: each text is kept for as long as the connection is.
pub(super) trait Prepare: QueryFragment<Sqlite> + Sized {
    /// Has it kept.
    fn prepared(self) -> Prepared<Self> {
        Prepared {
            query: self,
            limit: Limit::None,
        }
    }

    /// Has it kept, with `limit` rows at most: a constant, for each limit is another text.
    fn at_most(self, limit: i64) -> Prepared<Self> {
        Prepared {
            query: self,
            limit: Limit::Constant(limit),
        }
    }

    /// Has it kept, without the first `skipped` rows and with `limit` at most, as somebody wishes.
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

/// Only what gives rows: diesel executes a reference, which has its own answer to whether it may be kept. See [`Update`].
impl<Q: Query, C> RunQueryDsl<C> for Prepared<Q> {}

/// A change of one row, found by its number, that is kept once it is prepared.
pub(super) struct Update<C> {
    table: &'static str,
    key: &'static str,
    id: i64,
    /// What else must hold of the row, as SQL.
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
    /// Changes the row only if that holds of it as well.
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

/// A change whose text is the same each time, so that it is not even put together again: `Site`, a type that one place has for
/// itself alone, stands for the text. Made by [`always!`].
pub(super) struct Always<Site, Q> {
    change: Q,
    site: PhantomData<Site>,
}

/// Has a change kept by the place where this is written. What it is given must be of one text, whatever its values are: a tuple
/// of columns is, an `Option` that leaves a column out is not. Where debug assertions are on, each use is checked. Not for a
/// generic function: all its kinds would share the place.
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

/// Whether a change has the text that was seen at that place before.
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
    fn a_change_of_another_text_is_noticed() {
        enum Site {}
        let site = TypeId::of::<Site>();
        let change = |value: &'static str| update("facts", "key", 1, facts::value.eq(value));
        assert!(is_of_one_text(site, &change("a")));
        assert!(is_of_one_text(site, &change("b")));
        assert!(!is_of_one_text(site, &change("a").only_if("value <> ''")));
    }
}
