//! Invented names of persons.
//!
//! Words of nature as given names, and family names put together from two of them: of no people, language or gender.

use super::layout;

/// Appends given name, initial and family name.
pub(super) fn write(place: u128, out: &mut String) {
    let (initial, place) = (place % 26, place / 26);
    out.push_str(given(place % GIVEN_NAMES));
    out.push(' ');
    out.push(layout::sign(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", initial));
    out.push_str(". ");
    out.push_str(&family(place / GIVEN_NAMES));
}

/// The given name at `place`.
pub(super) fn given(place: u128) -> &'static str {
    pick(GIVEN, place)
}

/// The family name at `place`.
pub(super) fn family(place: u128) -> String {
    let tails = layout::wide(TAILS.len());
    format!("{}{}", pick(HEADS, place / tails), pick(TAILS, place % tails))
}

fn pick(words: &[&'static str], place: u128) -> &'static str {
    // The remainder is below the length, so it fits.
    let place = usize::try_from(place % layout::wide(words.len())).unwrap_or(0);
    words.get(place).copied().unwrap_or_default()
}

pub(super) const GIVEN_NAMES: u128 = 64;
pub(super) const FAMILY_NAMES: u128 = 32 * 16;
pub(super) const PERSONS: u128 = GIVEN_NAMES * FAMILY_NAMES * 26;

const GIVEN: &[&str] = &[
    "Alder", "Amber", "Arrow", "Ash", "Aspen", "Aster", "Bay", "Birch", "Bracken", "Briar", "Brook", "Cedar",
    "Cinder", "Clay", "Clover", "Coral", "Cove", "Cricket", "Dale", "Dove", "Drift", "Echo", "Elm", "Ember",
    "Fen", "Fern", "Finch", "Flint", "Frost", "Glen", "Grove", "Harbor", "Haven", "Hazel", "Heath", "Heron",
    "Indigo", "Ivory", "Jade", "Juniper", "Kestrel", "Lark", "Laurel", "Linden", "Maple", "Marsh", "Meadow",
    "Moss", "Oak", "Onyx", "Pebble", "Quill", "Rain", "Reed", "River", "Rowan", "Sage", "Sparrow", "Teal",
    "Thistle", "Vale", "Willow", "Wren", "Yarrow",
];

const HEADS: &[&str] = &[
    "Amber", "Ash", "Birch", "Bright", "Cedar", "Clear", "Cloud", "Copper", "Dawn", "Drift", "Elder",
    "Ember", "Fern", "Frost", "Gold", "Gray", "Hazel", "High", "Iron", "Juniper", "Lark", "Linden", "Moss",
    "North", "Oak", "Pine", "Rain", "Sand", "Silver", "Storm", "Thistle", "Willow",
];

const TAILS: &[&str] = &[
    "bank", "bridge", "brook", "cliff", "crest", "croft", "dale", "fall", "field", "gate", "glen", "hollow",
    "meadow", "moor", "ridge", "water",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_places_have_one_name() {
        assert_eq!((GIVEN.len(), HEADS.len(), TAILS.len()), (64, 32, 16));
        let families: BTreeSet<String> = (0..FAMILY_NAMES).map(family).collect();
        assert_eq!(families.len(), 512);
        let persons: BTreeSet<String> = (0..PERSONS)
            .step_by(11)
            .map(|place| {
                let mut name = String::new();
                write(place, &mut name);
                name
            })
            .collect();
        assert_eq!(persons.len(), 851_968usize.div_ceil(11));
    }
}
