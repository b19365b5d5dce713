//! k^m-anonymity for columns that hold sets, such as purchases or diagnoses.
//!
//! Whoever knows at most m items of a person must find at least k rows that hold them all. Items become coarser
//! along a hierarchy, the same item everywhere (global recoding), until every set of at most m generalized items
//! that occurs in a row occurs in at least k. \[TMK08\] Terrovitis, Mamoulis, Kalnis, *Privacy-preserving anonymization
//! of set-valued data*, PVLDB 1(1), 2008 (apriori anonymization): smaller sets first, since a set that occurs too
//! seldom makes all its supersets too rare.
//!
//! What is too rare at the coarsest level is left out of its rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    error::{Error, Result},
    kanon::hierarchy::{Hierarchy, Levels},
    num,
    table::{Column, ColumnBuilder},
};

/// A column of sets, generalized.
///
/// # Guarantee
/// For all rows of the released column and all sets of at most `m` of its items, at least `k` rows hold them all.
///
/// # Examples
/// ```
/// use incog::{kanon::{Hierarchy, SetValued, hierarchy::Tree}, table::Column};
/// let tree = Tree::Groups(vec![
///     ("fruit".into(), Tree::Leaves(vec!["apple".into(), "pear".into()])),
///     ("fish".into(), Tree::Leaves(vec!["cod".into(), "eel".into()])),
/// ]);
/// let bought = Column::from_values(["apple|cod", "pear|cod", "apple|cod", "pear|eel"])?;
/// let released = SetValued::new("bought", &bought, '|', &Hierarchy::tree(&tree)?, 2, 2)?;
/// assert_eq!(released.column().cell(3), Some("fish|pear"));
/// assert_eq!(released.left_out(), 0);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
pub struct SetValued {
    column: Column,
    left_out: u64,
    loss: f64,
}

impl SetValued {
    /// Sets of items, between `separator`, of which any `m` stand in at least `k` rows.
    ///
    /// # Errors
    /// `Parameter` if `k` is below 2 or `m` is 0; `Unsupported` if a row has more sets of `m` items than this version
    /// counts; `Value` if an item is outside the hierarchy; `Policy` if its levels do not nest.
    pub fn new(
        name: &str,
        column: &Column,
        separator: char,
        hierarchy: &Hierarchy,
        k: u64,
        m: usize,
    ) -> Result<Self> {
        if k < 2 {
            return Err(Error::k_too_small(k));
        }
        if m == 0 {
            return Err(Error::m_too_small());
        }
        let sets: Vec<BTreeSet<&str>> = column
            .dictionary()
            .map(|cell| cell.split(separator).map(str::trim).filter(|item| !item.is_empty()).collect())
            .collect();
        let items: Vec<&str> = sets.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let levels = hierarchy.levels(name, &Column::from_values(&items)?)?;
        let item: HashMap<&str, u32> = items.iter().copied().zip(0..).collect();
        let transactions: Vec<Vec<u32>> =
            column.codes().iter().map(|&c| sets[num::index(c)].iter().map(|i| item[i]).collect()).collect();
        let mut cut = Cut {
            levels: &levels,
            level: vec![0; items.len()],
            is_left_out: vec![false; items.len()],
            rows_of_item: vec![0; items.len()],
            k,
        };
        transactions.iter().flatten().for_each(|&i| cut.rows_of_item[num::index(i)] += 1);
        for size in 1..=m {
            cut.raise(&transactions, size)?;
        }

        let label = |i: u32| levels.label(cut.level[num::index(i)], i);
        let mut released = ColumnBuilder::default();
        let (mut left_out, mut lost, mut all) = (0u64, 0.0, 0u64);
        for transaction in &transactions {
            let kept = transaction.iter().filter(|&&i| !cut.is_left_out[num::index(i)]);
            left_out += num::count(transaction.len() - kept.clone().count());
            all += num::count(transaction.len());
            for &i in transaction {
                lost += cut.share(i);
            }
            let labels: BTreeSet<&str> = kept.map(|&i| label(i)).collect();
            let text = labels.into_iter().collect::<Vec<_>>().join(&separator.to_string());
            if text.is_empty() { released.push_missing()? } else { released.push(&text)? }
        }
        let loss = if all == 0 { 0.0 } else { lost / num::to_f64(all) };
        Ok(SetValued { column: released.finish(), left_out, loss })
    }

    /// The released column: generalized items in the order of their text, each once.
    #[must_use]
    pub fn column(&self) -> &Column {
        &self.column
    }

    /// Items that were left out of their rows, over all rows.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The share of the domain that an item stands for, mean over all items of all rows; 1 if it was left out.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.loss
    }
}

/// The level of each item. Items under one node that is released have one level.
struct Cut<'a> {
    levels: &'a Levels,
    level: Vec<usize>,
    is_left_out: Vec<bool>,
    rows_of_item: Vec<u64>,
    k: u64,
}

impl Cut<'_> {
    /// Makes items coarser until no set of `size` items is too rare.
    fn raise(&mut self, transactions: &[Vec<u32>], size: usize) -> Result<()> {
        loop {
            let counts = self.count(transactions, size)?;
            let k = self.k;
            let mut rare = counts.iter().filter(|(_, rows)| **rows < k).map(|(set, _)| set).peekable();
            if rare.peek().is_none() {
                return Ok(());
            }
            for set in rare {
                // An earlier set may have changed an item of this one: it is counted anew.
                if !set.iter().all(|&node| self.is_current(node)) {
                    continue;
                }
                // Of the items of the set, the one whose next level costs least; if there is none, the rarest goes.
                let raised = set
                    .iter()
                    .filter_map(|&node| self.price(node).map(|price| (price, node)))
                    .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                match raised {
                    Some((_, node)) => self.raise_node(node),
                    None => self.leave_out(set),
                }
            }
        }
    }

    /// Items that are released as `node`.
    fn items_of(&self, node: (usize, u32)) -> impl Iterator<Item = usize> {
        let codes = self.levels.level(node.0).codes().iter().enumerate();
        codes
            .filter(move |&(item, &c)| c == node.1 && self.level[item] == node.0 && !self.is_left_out[item])
            .map(|(item, _)| item)
    }

    fn is_current(&self, node: (usize, u32)) -> bool {
        self.items_of(node).next().is_some()
    }

    /// A released item: level and generalized code.
    fn node(&self, item: u32) -> (usize, u32) {
        let level = self.level[num::index(item)];
        (level, self.levels.level(level).codes()[num::index(item)])
    }

    /// How many rows hold each set of `size` released items.
    fn count(&self, transactions: &[Vec<u32>], size: usize) -> Result<BTreeMap<Vec<(usize, u32)>, u64>> {
        let mut counts = BTreeMap::new();
        for (transaction, row) in transactions.iter().zip(1u64..) {
            let nodes: BTreeSet<(usize, u32)> = transaction
                .iter()
                .filter(|&&i| !self.is_left_out[num::index(i)])
                .map(|&i| self.node(i))
                .collect();
            let nodes: Vec<(usize, u32)> = nodes.into_iter().collect();
            if sets_of(nodes.len(), size) > MAX_SETS {
                return Err(Error::too_many_sets(row, size, MAX_SETS));
            }
            for_each_set(&nodes, size, &mut Vec::new(), &mut |set| {
                *counts.entry(set.to_vec()).or_insert(0) += 1;
            });
        }
        Ok(counts)
    }

    /// What making `node` coarser by one level costs over all rows; none at the coarsest level.
    fn price(&self, node: (usize, u32)) -> Option<f64> {
        if node.0 == self.levels.height() {
            return None;
        }
        let parent = self.parent(node);
        let leaves = |level: usize, c: u32| num::to_f64(self.levels.level(level).leaves()[num::index(c)]);
        let below = self.levels.level(node.0 + 1).codes().iter().zip(0u32..).filter(|(c, _)| **c == parent);
        Some(
            below
                .map(|(_, item)| {
                    let (level, c) = self.node(item);
                    num::to_f64(self.rows_of_item[num::index(item)])
                        * (leaves(node.0 + 1, parent) - leaves(level, c)).max(0.0)
                })
                .sum(),
        )
    }

    fn parent(&self, node: (usize, u32)) -> u32 {
        let fine = self.levels.level(node.0).codes();
        let coarse = self.levels.level(node.0 + 1).codes();
        fine.iter().position(|&c| c == node.1).map_or(0, |item| coarse[item])
    }

    /// All items under the parent of `node` take its level, so that the released items never overlap.
    fn raise_node(&mut self, node: (usize, u32)) {
        let parent = self.parent(node);
        let level = node.0 + 1;
        for (item, &c) in self.levels.level(level).codes().iter().enumerate() {
            if c == parent {
                self.level[item] = self.level[item].max(level);
            }
        }
    }

    fn leave_out(&mut self, set: &[(usize, u32)]) {
        let rows = |node: (usize, u32)| self.items_of(node).map(|i| self.rows_of_item[i]).sum::<u64>();
        if let Some(rarest) = set.iter().copied().min_by_key(|&n| (rows(n), n)) {
            let items: Vec<usize> = self.items_of(rarest).collect();
            items.into_iter().for_each(|item| self.is_left_out[item] = true);
        }
    }

    fn share(&self, item: u32) -> f64 {
        let (level, c) = self.node(item);
        if self.is_left_out[num::index(item)] || self.levels.domain() == 0 {
            return 1.0;
        }
        num::to_f64(self.levels.level(level).leaves()[num::index(c)]) / num::to_f64(self.levels.domain())
    }
}

/// All sets of `size` of `nodes`.
fn for_each_set(
    nodes: &[(usize, u32)],
    size: usize,
    chosen: &mut Vec<(usize, u32)>,
    f: &mut impl FnMut(&[(usize, u32)]),
) {
    if chosen.len() == size {
        f(chosen);
        return;
    }
    for (i, &node) in nodes.iter().enumerate() {
        chosen.push(node);
        for_each_set(&nodes[i + 1..], size, chosen, f);
        chosen.pop();
    }
}

/// n choose k, or more than [`MAX_SETS`].
fn sets_of(n: usize, k: usize) -> u64 {
    let (n, k) = (num::count(n), num::count(k));
    let mut sets = 1u64;
    for i in 0..k.min(n) {
        sets = sets.saturating_mul(n - i) / (i + 1);
        if sets > MAX_SETS {
            return sets;
        }
    }
    if k > n { 0 } else { sets }
}

/// Sets that one row may have: 100 items taken two at a time, 30 taken three at a time.
const MAX_SETS: u64 = 5_000;
