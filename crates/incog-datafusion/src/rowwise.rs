//! Whether each row of a plan follows from one row of its tables.

use datafusion::{
    common::tree_node::{TreeNode, TreeNodeRecursion},
    error::Result,
    logical_expr::{Expr, LogicalPlan, Volatility},
};
use incog::{Error, ErrorKind};

use crate::error;

/// Refuses a plan in which one row may decide about another, so that a person's rows would be more than their own. What a
/// table is made of, and what functions of others do, no plan tells.
///
/// # Errors
/// `Unsupported`, with the label.
pub(crate) fn check(plan: &LogicalPlan, label: &str) -> Result<()> {
    plan.apply_with_subqueries(|node| {
        let is_by_row = match node {
            LogicalPlan::Projection(_)
            | LogicalPlan::Filter(_)
            | LogicalPlan::Repartition(_)
            | LogicalPlan::Union(_)
            | LogicalPlan::EmptyRelation(_)
            | LogicalPlan::SubqueryAlias(_)
            | LogicalPlan::Values(_)
            | LogicalPlan::Unnest(_) => true,
            LogicalPlan::Sort(sort) => sort.fetch.is_none(),
            LogicalPlan::TableScan(scan) => {
                // A view is a plan by itself.
                scan.source.get_logical_plan().map_or(Ok(()), |view| check(&view, label))?;
                scan.fetch.is_none()
            }
            // What is not known yet, too.
            _ => false,
        };
        let mut is_steady = true;
        node.apply_expressions(|expression| {
            is_steady &= !expression.exists(|part| Ok(is_volatile(part)))?;
            Ok(TreeNodeRecursion::Continue)
        })?;
        if is_by_row && is_steady {
            return Ok(TreeNodeRecursion::Continue);
        }
        let what = format!(
            "the rows of '{label}': those of one person must not depend on another's; give a table, filtered and projected, without \
             limit, distinct, join, subquery, window, aggregate or random value"
        );
        Err(error::of_core(Error::new(ErrorKind::Unsupported, what)))
    })?;
    Ok(())
}

fn is_volatile(part: &Expr) -> bool {
    let volatility = match part {
        Expr::ScalarFunction(call) => call.func.signature().volatility,
        Expr::HigherOrderFunction(call) => call.func.signature().volatility,
        _ => return false,
    };
    volatility == Volatility::Volatile
}
