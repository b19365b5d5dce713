//! Differential privacy over plans: the engine bounds and adds up, the driver charges and draws.
//!
//! ```text
//!   rows ──> of somebody, of a key ──> rank of a group and of a row in its person's own keyed order ──> within the bounds
//!                                                                                                          │
//!            Session::release_totals <── a row for each group on the driver <── clip_total, mergeable <────┘
//! ```
//!
//! Which rows of a person stay follows from that person's rows and a key, so a task that is repeated, or a table that is cut
//! another way, keeps the same ones. Rows that are equal in all that a query looks at are numbered, and then have
//! different places; which of them is which changes nothing.

use datafusion::{
    arrow::{
        array::{Array, AsArray},
        compute::cast as cast_array,
        datatypes::{DataType, Decimal128Type},
    },
    common::{DFSchema, ScalarValue},
    error::Result,
    execution::FunctionRegistry,
    functions_aggregate::expr_fn::{count, count_distinct},
    functions_window::expr_fn::{dense_rank, row_number},
    logical_expr::{Expr, ExprFunctionExt},
    prelude::{DataFrame, ident, lit},
};
use incog::dp::{
    Condition, ContributionBounds, PrivacyUnit, Query, Release, Session, Summand, Test, Totals, Unreadable,
};

use crate::{
    aggregate, cell, error,
    function::{self, Kind},
    rowwise,
};

/// Answers `query` about `frame`, once, from the budget of `session`.
///
/// `key` is the name of the key that orders the rows of a person; it is looked up on each node. The plan holds the request id in its place.
///
/// `frame` is a table, filtered and projected. An empty text is a missing cell, and so is one without text, such as a date that
/// no calendar has. Whether the plan runs may tell of a cell if an expression of `frame` fails on some: write `try_cast`.
///
/// # Guarantee
/// As for [`Session::release`], for all frames each row of which follows from rows of its own person alone: rows are bounded by
/// person by a plan, by a rule that looks at that person's rows alone; noise is drawn, keys are selected and the ledger is
/// charged on the driver, once, however often the engine repeats a task. A plan that says otherwise is refused; how its tables
/// were made no plan says, so the claim assumes it.
///
/// # Errors
/// Before anything is charged: `Unsupported` if one row of the plan may depend on another, as with a limit, distinct, join,
/// subquery, window, aggregate or random value; `Data` if the engine cannot run it, without the engine's words, which may quote
/// cells; others of the engine, such as one to which [`register_all`](crate::register_all) did not make the functions known.
/// Those of [`Session::release_totals`].
///
/// # Examples
/// ```
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// use datafusion::prelude::SessionContext;
/// use incog::{dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Session, ledger::MemoryLedger}, pseudonym::Key};
/// use incog_datafusion::{Node, register_all};
/// let folder = std::env::temp_dir().join(format!("incog-example-{}", std::process::id()));
/// std::fs::create_dir_all(&folder)?;
/// Key::generate()?.write_new(&folder.join("order.key"))?;
/// let engine = SessionContext::new();
/// register_all(&engine, &Node::in_folder(&folder));
///
/// let visits = "select cast(value % 100 as varchar) as patient, cast(value % 2 as varchar) as ward from generate_series(1, 1000)";
/// let visits = engine.sql(visits).await?;
/// let mut session = Session::builder(PrivacyUnit::person("patient")?, ContributionBounds::new(3, 1)?)
///     .ledger(MemoryLedger::new(Budget::parse("1", "0")?))
///     .data_version("2026-11")
///     .build()?;
/// let query = Query::count().by("ward", ["0", "1"]).epsilon(Epsilon::parse("1")?).build()?;
/// let release = incog_datafusion::release(&mut session, &query, visits, "order", "visits by ward").await?;
/// // 50 patients in each ward, of whom 3 visits count: 150, and noise of scale 3.
/// assert!((release.values()[0].value - 150.0).abs() < 150.0, "{release}"); // fails once in 10^21 runs
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn release(
    session: &mut Session,
    query: &Query,
    frame: DataFrame,
    key: &str,
    request_id: &str,
) -> Result<Release> {
    let totals = totals(session.unit(), session.bounds(), query, frame, key, request_id).await?;
    session.release_totals(query, &totals, request_id).map_err(error::of_core)
}

/// What the rows of `frame` add up to for `query`, without noise: for [`Session::release_totals`], under the same request id.
/// It is as exact as the rows, and protects nobody by itself.
///
/// # Guarantee
/// For all frames each row of which follows from rows of its own person alone: rows are bounded by person by a plan, by a rule that
/// looks at that person's rows alone, and the same however often the engine repeats a task.
///
/// # Errors
/// As [`release`], before the charge.
pub async fn totals(
    unit: &PrivacyUnit,
    bounds: ContributionBounds,
    query: &Query,
    frame: DataFrame,
    key: &str,
    request_id: &str,
) -> Result<Totals> {
    let summands = query.summands().map_err(error::of_core)?;
    rowwise::check(frame.logical_plan(), &query.label())?;
    let frame = bounded(unit, bounds, query, frame, key, request_id)?;
    added_up(query, &summands, frame, key).await
}

/// The rows that count: person, group and number of each.
fn bounded(
    unit: &PrivacyUnit,
    bounds: ContributionBounds,
    query: &Query,
    frame: DataFrame,
    key: &str,
    request_id: &str,
) -> Result<DataFrame> {
    let person = ident(unit.column());
    let group = query.group_column().map(text);
    let value = query.number_column().map(number);
    let mut counts = text(unit.column()).is_not_null();
    if let Some(condition) = query.condition() {
        counts = counts.and(is_met(condition, frame.schema())?);
    }
    if let Some(group) = &group {
        counts = counts.and(match query.keys() {
            Some(keys) => group.clone().in_list(keys.iter().map(lit).collect(), false),
            None => group.clone().is_not_null(),
        });
    }
    let summands = query.summands().map_err(error::of_core)?;
    let is_left_out = |s: &Summand| s.clamp().is_some_and(|(_, _, rule)| rule == Unreadable::LeftOut);
    if let Some(value) = value.as_ref().filter(|_| summands.iter().any(is_left_out)) {
        counts = counts.and(value.clone().is_not_null());
    }
    let is_grouped = group.is_some();
    let rows = frame.filter(counts)?.select(vec![
        person.alias(PERSON),
        group.unwrap_or_else(|| lit("")).alias(GROUP),
        value.unwrap_or_else(|| lit(ScalarValue::Float64(None))).alias(VALUE),
    ])?;

    // A place for each row, and for each group of a person.
    let of = |names: &[&str]| names.iter().map(|name| ident(*name)).collect::<Vec<Expr>>();
    let ascending = |names: &[&str]| of(names).into_iter().map(|e| e.sort(true, true)).collect::<Vec<_>>();
    // The session's own: it has the node's folder.
    let sample_order = rows.task_ctx().udf("sample_order")?;
    let place = |what: &str, names: &[&str]| {
        let mut arguments = vec![lit(key), lit(format!("{what} {request_id}"))];
        arguments.extend(of(names));
        sample_order.call(arguments).alias(what)
    };
    let number_of = row_number().partition_by(of(&[PERSON, GROUP, VALUE])).build()?;
    let rows = rows.window(vec![number_of.alias(EQUAL)])?.select(vec![
        ident(PERSON),
        ident(GROUP),
        ident(VALUE),
        ident(EQUAL),
        place(GROUP_PLACE, &[PERSON, GROUP]),
        place(ROW_PLACE, &[PERSON, GROUP, VALUE, EQUAL]),
    ])?;

    let most = bounds.rows_per_person();
    let row_order = [ROW_PLACE, GROUP, VALUE, EQUAL];
    let within = |rows: DataFrame, rank: Expr, most: u32| {
        rows.window(vec![rank.alias(RANK)])?
            .filter(ident(RANK).lt_eq(lit(u64::from(most))))?
            .drop_columns(&[RANK])
    };
    // As in memory: a bound that a smaller one implies is no reason to sample.
    let mut rows = rows;
    if is_grouped && bounds.groups_per_person() < most {
        let order = ascending(&[GROUP_PLACE, GROUP]);
        let rank = dense_rank().partition_by(of(&[PERSON])).order_by(order).build()?;
        rows = within(rows, rank, bounds.groups_per_person())?;
    }
    if let Some(in_group) = bounds.rows_per_group().filter(|&rows| is_grouped && rows < most) {
        let order = ascending(&row_order);
        let rank = row_number().partition_by(of(&[PERSON, GROUP])).order_by(order).build()?;
        rows = within(rows, rank, in_group)?;
    }
    let rank = row_number().partition_by(of(&[PERSON])).order_by(ascending(&row_order)).build()?;
    within(rows, rank, most)
}

/// What the rows add up to.
async fn added_up(query: &Query, summands: &[Summand], rows: DataFrame, key: &str) -> Result<Totals> {
    let mut sums: Vec<Expr> = Vec::new();
    for (i, summand) in summands.iter().enumerate() {
        sums.push(total(summand).alias(format!("incog total {i}")));
    }
    let are_keys_selected = query.group_column().is_some() && query.keys().is_none();
    if are_keys_selected {
        sums.push(count_distinct(ident(PERSON)).alias("incog persons"));
    }
    let groups = if query.group_column().is_some() { vec![ident(GROUP)] } else { Vec::new() };
    let keys = groups.len();
    let mut totals = Totals::new();
    let found = rows.aggregate(groups, sums)?.collect().await;
    for batch in found.map_err(|e| error::of_run(e, &query.label(), key))? {
        let numbers = batch.columns()[keys..]
            .iter()
            .map(|column| cast_array(column, &DataType::Decimal128(38, 0)))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let texts = if keys > 0 { Some(cell::texts(batch.column(0))?) } else { None };
        for row in 0..batch.num_rows() {
            let at = |column: &dyn Array| column.as_primitive::<Decimal128Type>().value(row);
            let mut of_row: Vec<i128> = numbers.iter().map(|column| at(column)).collect();
            let persons = if are_keys_selected { of_row.pop().unwrap_or(0) } else { 0 };
            let key = texts.as_ref().map(|texts| texts.value(row));
            totals.add(key, u64::try_from(persons).unwrap_or(0), &of_row);
        }
    }
    Ok(totals)
}

fn total(summand: &Summand) -> Expr {
    let Some((lower, upper, rule)) = summand.clamp() else { return count(lit(1)) };
    let words = aggregate::MOMENTS.iter().find(|(_, moment)| *moment == summand.moment());
    let rule = match rule {
        Unreadable::Upper => lit("upper"),
        Unreadable::Value(value) => lit(value),
        Unreadable::LeftOut => lit("left_out"),
        _ => lit("lower"),
    };
    let word = lit(words.map_or("", |(word, _)| word));
    aggregate::aggregate(aggregate::Kind::Total).call(vec![ident(VALUE), word, lit(lower), lit(upper), rule])
}

/// The cell as text, null if it is missing or empty.
fn text(column: &str) -> Expr {
    function::plain(Kind::Text).call(vec![ident(column)])
}

fn number(column: &str) -> Expr {
    function::plain(Kind::Number).call(vec![ident(column)])
}

/// A condition in the words of the engine. It is true or false for every row, never null.
fn is_met(condition: &Condition, schema: &DFSchema) -> Result<Expr> {
    Ok(match condition.test() {
        Test::OneOf(column, values) => {
            text(column).in_list(values.iter().map(lit).collect(), false).is_true()
        }
        Test::Within(column, lower, upper) => number(column).between(lit(lower), lit(upper)).is_true(),
        Test::Missing(column) => match schema.field_with_unqualified_name(column)?.data_type() {
            of if cell::has_text(of) => text(column).is_null(),
            _ => ident(column).is_null(),
        },
        Test::Not(inner) => is_met(inner, schema)?.is_not_true(),
        Test::And(a, b) => is_met(a, schema)?.and(is_met(b, schema)?),
        Test::Or(a, b) => is_met(a, schema)?.or(is_met(b, schema)?),
        // A test that this version does not know is met by no row.
        _ => lit(false),
    })
}

/// Names of the columns of bounded rows.
const PERSON: &str = "incog person";
const GROUP: &str = "incog group";
const VALUE: &str = "incog value";
const EQUAL: &str = "incog equal";
const GROUP_PLACE: &str = "incog groups";
const ROW_PLACE: &str = "incog rows";
const RANK: &str = "incog rank";
