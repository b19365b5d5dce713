//! Levels of a node in a few words, so that "nowhere finer" is one subtraction for each.
//!
//! Each column has a field with a guard bit above it. With all guards of b set, b - a leaves them set exactly if no field
//! of a is above that of b.

/// Where each column's level stands.
#[derive(Clone, Debug)]
pub(crate) struct Packing {
    fields: Vec<(usize, u32)>,
    guards: Vec<u64>,
}

/// The levels of one node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Packed(Vec<u64>);

impl Packing {
    /// For columns with these coarsest levels.
    pub(crate) fn new(coarsest: &[usize]) -> Self {
        let mut packing = Packing { fields: Vec::new(), guards: vec![0] };
        let mut shift = 0;
        for &level in coarsest {
            let bits = usize::BITS - level.leading_zeros();
            if shift + bits + 1 > u64::BITS {
                packing.guards.push(0);
                shift = 0;
            }
            let word = packing.guards.len() - 1;
            packing.fields.push((word, shift));
            packing.guards[word] |= 1 << (shift + bits);
            shift += bits + 1;
        }
        packing
    }

    pub(crate) fn pack(&self, levels: &[usize]) -> Packed {
        let mut words = vec![0u64; self.guards.len()];
        for (&(word, shift), &level) in self.fields.iter().zip(levels) {
            words[word] |= crate::num::count(level) << shift;
        }
        Packed(words)
    }

    pub(crate) fn unpack(&self, packed: &Packed) -> Vec<usize> {
        let level = |&(word, shift): &(usize, u32)| {
            // Up to the guard bit of the field.
            let bits = (self.guards[word] >> shift).trailing_zeros();
            let level = (packed.0[word] >> shift) & ((1 << bits) - 1);
            usize::try_from(level).expect("packed from a level")
        };
        self.fields.iter().map(level).collect()
    }

    /// Whether `fine` is in no column coarser than `coarse`.
    pub(crate) fn is_below(&self, fine: &Packed, coarse: &Packed) -> bool {
        let mut words = self.guards.iter().zip(&fine.0).zip(&coarse.0);
        words.all(|((&guard, &a), &b)| ((b | guard) - a) & guard == guard)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nowhere_coarser_is_told_by_guards(
            columns in prop::collection::vec((0usize..40, 0usize..40, 0usize..9), 1..30),
        ) {
            let coarsest: Vec<usize> = columns.iter().map(|c| c.0.max(c.1) + c.2).collect();
            let packing = Packing::new(&coarsest);
            let a: Vec<usize> = columns.iter().map(|c| c.0).collect();
            let b: Vec<usize> = columns.iter().map(|c| c.1).collect();
            let expected = a.iter().zip(&b).all(|(a, b)| a <= b);
            prop_assert_eq!(packing.is_below(&packing.pack(&a), &packing.pack(&b)), expected);
            prop_assert!(packing.is_below(&packing.pack(&a), &packing.pack(&coarsest)));
            prop_assert_eq!(packing.unpack(&packing.pack(&a)), a);
        }
    }
}
