//! Sentences about hierarchies.

use super::{Error, ErrorKind, Position, list};

impl Error {
    /// `values` is how many different values are outside.
    pub(crate) fn outside_hierarchy(column: &str, kind: &str, row: u64, values: u64) -> Self {
        let others = match values {
            0 | 1 => String::new(),
            n => format!(", nor are {} others", n - 1),
        };
        Error::new(
            ErrorKind::Value,
            format!(
                "column '{column}', row {row}: value not in the {kind} hierarchy{others}; \
                 add it there, correct the row, name it as missing, or suppress such rows"
            ),
        )
    }

    pub(crate) fn unnested_levels(column: &str, level: usize) -> Self {
        Error::new(
            ErrorKind::Policy,
            format!(
                "column '{column}': levels {level} and {} of its hierarchy do not nest; values that are equal \
                 at one level must be equal at all coarser ones",
                level + 1
            ),
        )
        .at(Position::column(column))
    }

    pub(crate) fn unnested_hierarchy(line: u64, level: usize) -> Self {
        Error::new(
            ErrorKind::Policy,
            format!(
                "line {line} of the hierarchy: levels {level} and {} do not nest; values that are equal at one \
                 level must be equal at all coarser ones",
                level + 1
            ),
        )
        .at(Position::line(line))
    }

    pub(crate) fn unnested_widths(width: f64, finer: &str) -> Self {
        Error::new(
            ErrorKind::Policy,
            format!("interval widths do not nest: {width} must be a larger multiple of {finer}"),
        )
    }

    pub(crate) fn interval_width(width: f64) -> Self {
        Error::new(
            ErrorKind::Policy,
            format!("an interval width must be positive, with at most 9 decimals, got {width}"),
        )
    }

    pub(crate) fn interval_origin(origin: f64) -> Self {
        Error::new(
            ErrorKind::Policy,
            format!("the origin of intervals must be finite, with at most 9 decimals, got {origin}"),
        )
    }

    pub(crate) fn prefix_lengths() -> Self {
        Error::new(
            ErrorKind::Policy,
            "prefix lengths do not nest: they must decrease, as in keep = [5, 3, 2, 0]",
        )
    }

    pub(crate) fn network_lengths() -> Self {
        Error::new(
            ErrorKind::Policy,
            "network lengths do not nest: as many for IPv4 as for IPv6, decreasing, as in v4 = [24, 16], v6 = [64, 48]",
        )
    }

    pub(crate) fn order_without_values() -> Self {
        Error::new(
            ErrorKind::Policy,
            "an order needs its values, as in values = [\"low\", \"middle\", \"high\"]",
        )
    }

    pub(crate) fn unnested_groups(group: usize, finer: usize) -> Self {
        Error::new(
            ErrorKind::Policy,
            format!("groups of neighbors do not nest: {group} must be a larger multiple of {finer}"),
        )
    }

    pub(crate) fn automatic_parts(parts: usize) -> Self {
        Error::new(ErrorKind::Policy, format!("an automatic hierarchy has at least 2 parts, got {parts}"))
    }

    pub(crate) fn date_level(name: &str) -> Self {
        let known = list(["day", "month", "quarter", "year", "5y", "10y", "*"]);
        Error::new(
            ErrorKind::Policy,
            format!("date level '{name}' is unknown; known are {known} and other numbers of years"),
        )
    }

    pub(crate) fn unnested_dates() -> Self {
        Error::new(
            ErrorKind::Policy,
            "date levels do not nest: each must be coarser than the one before and a multiple of it, \
             as in [\"day\", \"month\", \"year\", \"5y\", \"10y\", \"*\"]",
        )
    }

    pub(crate) fn tree_without_leaves() -> Self {
        Error::new(
            ErrorKind::Policy,
            "the tree of a hierarchy has no values; list them, as in { north = [\"A\", \"B\"] }",
        )
    }

    pub(crate) fn repeated_leaf(leaf: &str) -> Self {
        Error::new(
            ErrorKind::Policy,
            format!("the tree of a hierarchy holds '{leaf}' twice; a value has one place"),
        )
    }

    pub(crate) fn hierarchy_delimiter() -> Self {
        Error::new(ErrorKind::Policy, "the delimiter of a hierarchy is one ASCII character")
    }

    pub(crate) fn hierarchy_not_utf8(line: u64) -> Self {
        Error::new(ErrorKind::Policy, format!("line {line} of the hierarchy: not UTF-8"))
            .at(Position::line(line))
    }

    pub(crate) fn ragged_hierarchy(line: u64, cells: usize, expected: usize) -> Self {
        Error::new(
            ErrorKind::Policy,
            format!("line {line} of the hierarchy: {cells} levels where the first line has {expected}; check the delimiter"),
        )
        .at(Position::line(line))
    }

    pub(crate) fn repeated_hierarchy_value(line: u64) -> Self {
        Error::new(
            ErrorKind::Policy,
            format!("line {line} of the hierarchy: its value occurs on an earlier line"),
        )
        .at(Position::line(line))
    }

    pub(crate) fn empty_hierarchy() -> Self {
        Error::new(ErrorKind::Policy, "the hierarchy is empty; it needs a line per value")
    }
}
