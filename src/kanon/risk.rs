//! What a table gives away as it is: class sizes, risks, and the models' parameters that it meets.
//!
//! Measured by definition, on all rows; a row outside every class does not exist here. For a class E and
//! the whole table T, with p(s) the share of value s of a sensitive column:
//!
//! | field | formula | source |
//! |---|---|---|
//! | `l_distinct` | min over E of the number of distinct s | \[MGKV07\] |
//! | `l_entropy` | min over E of exp(-sum of p_E ln p_E) | \[MGKV07\] |
//! | `l_recursive` | (c, l): l as `l_distinct`; c the least with r_1 <= c (r_l + ... + r_m) in all E | \[MGKV07\] |
//! | `t_equal` | max over E of half the L1 distance between p_E and p_T | \[LLV07\] |
//! | `t_ordered` | max over E of the mean absolute difference of the cumulated p over the m - 1 steps | \[LLV07\] |
//! | `alpha` | max over E, s of p_E(s) | \[WLFW06\] |
//! | `beta_basic` | max over E, s of (p_E - p_T) / p_T | \[CK12\] |
//! | `beta_enhanced` | the same, at most max over s of -ln p_T | \[CK12\] |
//! | `delta_disclosure` | max over E and s present in E of abs(log2(p_E / p_T)) | \[BS08\] |
//!
//! \[MGKV07\] *l-diversity*, TKDD 1(1); \[LLV07\] *t-closeness*, ICDE 2007; \[WLFW06\] *(alpha, k)-anonymity*, KDD
//! 2006; \[CK12\] *Publishing microdata with a robust privacy guarantee*, VLDB 2012; \[BS08\] *The cost of
//! privacy*, KDD 2008.

use std::collections::{BTreeMap, HashMap};

use crate::{
    error::{Error, Result},
    kanon::{class::class_numbers, report},
    num,
    table::{Column, Table},
};

/// What a table gives away about the columns that were named.
///
/// # Examples
/// Whether a table may leave as it is:
/// ```
/// use incog::{kanon::risk, table::{Column, Table}};
/// # let sex = Column::from_values(["m", "m", "m"])?;
/// # let table = Table::new([("zip", Column::from_values(["11", "11", "12"])?), ("sex", sex)])?;
/// let report = risk::measure(&table, &["zip", "sex"], &[])?;
/// if report.k < 5 {
///     println!("{} of {} rows stand alone", report.sample_uniques, report.rows);
/// }
/// assert_eq!((report.k, report.sample_uniques, report.classes), (1, 1, 2));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RiskReport {
    /// Rows of the table.
    pub rows: u64,
    /// Classes of rows equal on the quasi-identifying columns.
    pub classes: u64,
    /// Rows of the smallest class.
    pub k: u64,
    /// Classes of one row.
    pub sample_uniques: u64,
    /// Chances of the three attackers.
    pub risk: Attackers,
    /// What each sensitive column gives away.
    pub sensitive: BTreeMap<String, SensitiveRisk>,
}

/// The chance that an attacker who finds the right class picks the right row.
///
/// # Examples
/// ```
/// use incog::{kanon::risk, table::{Column, Table}};
/// let table = Table::new([("zip", Column::from_values(["11", "11", "12", "12", "12", "12"])?)])?;
/// let chances = risk::measure(&table, &["zip"], &[])?.risk;
/// assert_eq!(chances.prosecutor, 0.5, "the smaller class has two rows");
/// assert!(chances.marketer < 0.34, "on average, one row of three");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Attackers {
    /// Knows that the person is in the table, worst row: 1 / k.
    pub prosecutor: f64,
    /// Does not know; without a population table the same as the prosecutor.
    pub journalist: f64,
    /// Picks for all rows at once, on average: classes / rows.
    pub marketer: f64,
}

/// What the classes give away about one sensitive column; see the module's table.
///
/// # Examples
/// Parameters of models that hold already:
/// ```
/// use incog::{kanon::risk, table::{Column, Table}};
/// let table = Table::new([
///     ("age", Column::from_values(["30", "30", "30", "40", "40"])?),
///     ("diagnosis", Column::from_values(["flu", "flu", "angina", "flu", "angina"])?),
/// ])?;
/// let diagnosis = risk::measure(&table, &["age"], &["diagnosis"])?.sensitive["diagnosis"];
/// assert_eq!(diagnosis.l_distinct, 2);
/// assert_eq!(diagnosis.alpha, 2.0 / 3.0, "two of three aged 30 have the flu");
/// assert_eq!(diagnosis.t_ordered, None, "diagnoses have no order");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SensitiveRisk {
    /// Distinct l.
    pub l_distinct: u64,
    /// Entropy l, not rounded.
    pub l_entropy: f64,
    /// Recursive (c, l).
    pub l_recursive: (f64, u64),
    /// t with equal distances.
    pub t_equal: f64,
    /// t with ordered distances: by number if all values are numbers, else none.
    pub t_ordered: Option<f64>,
    /// Largest share of one value in a class.
    pub alpha: f64,
    /// Basic beta.
    pub beta_basic: f64,
    /// Enhanced beta.
    pub beta_enhanced: f64,
    /// Delta disclosure, in bits.
    pub delta_disclosure: f64,
}

/// Measures `table` on the columns `quasi`, and what its classes give away about each of `sensitive`.
///
/// # Errors
/// `Refused` if a column is not in the table; `Parameter` without a quasi-identifying column; `Data`
/// without rows.
///
/// # Examples
/// ```
/// use incog::{kanon::risk, table::{Column, Table}};
/// let table = Table::new([
///     ("age", Column::from_values(["30", "30", "40", "40"])?),
///     ("diagnosis", Column::from_values(["flu", "flu", "flu", "angina"])?),
/// ])?;
/// let report = risk::measure(&table, &["age"], &["diagnosis"])?;
/// assert_eq!((report.k, report.sensitive["diagnosis"].l_distinct), (2, 1));
/// # Ok::<(), incog::Error>(())
/// ```
pub fn measure<S: AsRef<str>>(table: &Table, quasi: &[S], sensitive: &[S]) -> Result<RiskReport> {
    if quasi.is_empty() {
        return Err(Error::no_quasi_identifier());
    }
    let columns: Vec<&Column> = quasi.iter().map(|n| table.column(n.as_ref())).collect::<Result<_>>()?;
    if table.rows() == 0 {
        return Err(Error::no_rows());
    }
    let class_of_row = class_numbers(&columns, table.rows());
    let sizes = report::sizes(&class_of_row);
    let k = sizes.iter().copied().min().unwrap_or(0);
    let rows = num::count(table.rows());
    let classes = num::count(sizes.len());
    let worst = 1.0 / num::to_f64(k.max(1));
    Ok(RiskReport {
        rows,
        classes,
        k,
        sample_uniques: num::count(sizes.iter().filter(|&&s| s == 1).count()),
        risk: Attackers {
            prosecutor: worst,
            journalist: worst,
            marketer: num::to_f64(classes) / num::to_f64(rows),
        },
        sensitive: sensitive
            .iter()
            .map(|name| {
                let column = table.column(name.as_ref())?;
                Ok((name.as_ref().to_owned(), measure_column(column, &class_of_row, &sizes)))
            })
            .collect::<Result<_>>()?,
    })
}

fn measure_column(column: &Column, class_of_row: &[u32], sizes: &[u64]) -> SensitiveRisk {
    let mut counts: Vec<HashMap<u32, u64>> = vec![HashMap::new(); sizes.len()];
    let mut whole = vec![0u64; column.dictionary_len()];
    for (&class, &code) in class_of_row.iter().zip(column.codes()) {
        *counts[num::index(class)].entry(code).or_default() += 1;
        whole[num::index(code)] += 1;
    }
    let rows: u64 = sizes.iter().sum();
    let share_of_whole: Vec<f64> = whole.iter().map(|&n| num::to_f64(n) / num::to_f64(rows)).collect();
    let order = numeric_order(column);

    let mut risk = SensitiveRisk {
        l_distinct: u64::MAX,
        l_entropy: f64::INFINITY,
        l_recursive: (0.0, u64::MAX),
        t_equal: 0.0,
        t_ordered: order.as_ref().map(|_| 0.0),
        alpha: 0.0,
        beta_basic: f64::NEG_INFINITY,
        beta_enhanced: 0.0,
        delta_disclosure: 0.0,
    };
    let is_value =
        |code: u32| Some(code) != column.missing_code() && column.value(code) != super::hierarchy::TOP;
    for class in &counts {
        risk.l_distinct = risk.l_distinct.min(num::count(class.keys().filter(|&&c| is_value(c)).count()));
    }
    for (class, &size) in counts.iter().zip(sizes) {
        let size = num::to_f64(size);
        let share = |code: u32| class.get(&code).map_or(0.0, |&n| num::to_f64(n) / size);
        // By code, so that sums do not depend on the order of a hash table.
        let present: BTreeMap<u32, u64> = class.iter().map(|(&c, &n)| (c, n)).collect();
        let entropy: f64 = -present.keys().map(|&c| share(c) * share(c).ln()).sum::<f64>();
        risk.l_entropy = risk.l_entropy.min(entropy.exp());
        let mut descending: Vec<u64> = present.values().copied().collect();
        descending.sort_unstable_by(|a, b| b.cmp(a));
        let l = usize::try_from(risk.l_distinct.max(1)).unwrap_or(usize::MAX);
        let tail: u64 = descending.iter().skip(l - 1).sum();
        risk.l_recursive.0 = risk.l_recursive.0.max(num::to_f64(descending[0]) / num::to_f64(tail.max(1)));
        let all = (0u32..).zip(&share_of_whole);
        risk.t_equal = risk.t_equal.max(all.map(|(c, &p)| (share(c) - p).abs()).sum::<f64>() / 2.0);
        if let (Some(order), Some(t)) = (&order, risk.t_ordered.as_mut()) {
            *t = t.max(ordered_distance(order, &share, &share_of_whole));
        }
        for &code in present.keys() {
            let (p, q) = (share(code), share_of_whole[num::index(code)]);
            risk.alpha = risk.alpha.max(p);
            risk.beta_basic = risk.beta_basic.max((p - q) / q);
            risk.delta_disclosure = risk.delta_disclosure.max((p / q).log2().abs());
        }
    }
    let surprise = share_of_whole.iter().map(|p| -p.ln()).fold(0.0, f64::max);
    risk.beta_basic = risk.beta_basic.max(0.0);
    risk.beta_enhanced = risk.beta_basic.min(surprise);
    risk.l_recursive.1 = risk.l_distinct;
    risk
}

/// Codes from the least to the greatest number; none unless all values are numbers.
fn numeric_order(column: &Column) -> Option<Vec<Vec<u32>>> {
    let mut numbers: Vec<(f64, u32)> = (0u32..)
        .zip(column.dictionary())
        .map(|(code, value)| value.trim().parse::<f64>().ok().filter(|x| x.is_finite()).map(|x| (x, code)))
        .collect::<Option<_>>()?;
    numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut order: Vec<(f64, Vec<u32>)> = Vec::new();
    for (number, code) in numbers {
        match order.last_mut() {
            // Two spellings of one number are one step.
            Some((last, codes)) if last.total_cmp(&number).is_eq() => codes.push(code),
            _ => order.push((number, vec![code])),
        }
    }
    Some(order.into_iter().map(|(_, codes)| codes).collect())
}

fn ordered_distance(order: &[Vec<u32>], share: &impl Fn(u32) -> f64, whole: &[f64]) -> f64 {
    if order.len() < 2 {
        return 0.0;
    }
    let mut cumulated = 0.0;
    let mut distance = 0.0;
    for codes in order {
        cumulated += codes.iter().map(|&c| share(c) - whole[num::index(c)]).sum::<f64>();
        distance += cumulated.abs();
    }
    distance / num::to_f64(num::count(order.len() - 1))
}
