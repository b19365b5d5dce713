//! Any hierarchy, from a file or a rule, over any values: refused with one sentence, or levels that nest, where each value
//! of the column has a label at every level, and coarser ones are fewer.

use arbitrary::Arbitrary;
use incog::{
    kanon::hierarchy::{DateLevel, Hierarchy, Tree},
    table::Column,
};

#[derive(Arbitrary, Debug)]
pub struct Input<'b> {
    rule: Rule<'b>,
    values: Vec<&'b str>,
}

#[derive(Arbitrary, Debug)]
enum Rule<'b> {
    Lines(&'b [u8], char),
    Intervals(Vec<f64>, f64),
    Widths(Vec<u16>, i16),
    Prefix(Vec<u8>),
    Dates(Vec<&'b str>),
    Networks(Vec<(u8, u8)>),
    Ordered(Vec<&'b str>, Vec<u8>),
    Automatic(u8),
    Tree(Branch<'b>),
}

#[derive(Arbitrary, Debug)]
enum Branch<'b> {
    Leaves(Vec<&'b str>),
    Groups(Vec<(&'b str, Branch<'b>)>),
}

pub fn holds(input: Input<'_>) {
    let Some(hierarchy) = accepted(input.rule.hierarchy()) else { return };
    let column = Column::from_values(&input.values).expect("few values");
    let Some(levels) = accepted(hierarchy.levels("c", &column)) else { return };
    let all = column.dictionary().len();
    for height in 0..=levels.height() {
        let level = levels.level(height);
        assert_eq!(level.codes().len(), all);
        assert_eq!(level.labels().len(), level.leaves().len());
        assert!(level.codes().iter().all(|&code| (code as usize) < level.labels().len()));
        let Some(above) = (height < levels.height()).then(|| levels.level(height + 1)) else { continue };
        // Equal at one level, equal at the next: every code of this level has one parent.
        let mut parents = vec![None; level.labels().len()];
        for (code, parent) in level.codes().iter().zip(above.codes()) {
            let known = parents[*code as usize].get_or_insert(parent);
            assert_eq!(*known, parent, "levels do not nest");
        }
        assert!(above.labels().len() <= level.labels().len());
    }
}

impl Rule<'_> {
    fn hierarchy(&self) -> incog::Result<Hierarchy> {
        let lengths = |numbers: &[u8]| numbers.iter().map(|&n| usize::from(n)).collect::<Vec<_>>();
        match self {
            Rule::Lines(bytes, delimiter) => Hierarchy::from_lines(*bytes, *delimiter),
            Rule::Intervals(widths, origin) => Hierarchy::intervals(widths, *origin),
            Rule::Widths(widths, origin) => {
                let widths: Vec<f64> = widths.iter().map(|&w| f64::from(w) / 10.0).collect();
                Hierarchy::intervals(&widths, f64::from(*origin) / 10.0)
            }
            Rule::Prefix(keep) => Hierarchy::prefix(&lengths(keep)),
            Rule::Dates(names) => {
                let levels: incog::Result<Vec<_>> = names.iter().map(|name| DateLevel::parse(name)).collect();
                Hierarchy::dates(&levels?)
            }
            Rule::Networks(bits) => {
                let (v4, v6): (Vec<u32>, Vec<u32>) =
                    bits.iter().map(|&(a, b)| (u32::from(a), u32::from(b))).unzip();
                Hierarchy::networks(&v4, &v6)
            }
            Rule::Ordered(values, groups) => Hierarchy::ordered(values, &lengths(groups)),
            Rule::Automatic(parts) => Hierarchy::automatic(usize::from(*parts)),
            Rule::Tree(branch) => Hierarchy::tree(&branch.tree()),
        }
    }
}

impl Branch<'_> {
    fn tree(&self) -> Tree {
        match self {
            Branch::Leaves(values) => Tree::Leaves(values.iter().map(|&v| v.to_owned()).collect()),
            Branch::Groups(groups) => Tree::Groups(
                groups.iter().map(|(name, branch)| ((*name).to_owned(), branch.tree())).collect(),
            ),
        }
    }
}

/// What was made; an error is one line.
fn accepted<T>(made: incog::Result<T>) -> Option<T> {
    made.map_err(|error| assert!(error.to_string().lines().count() == 1, "no sentence: {error}")).ok()
}
