//! Where a text is in a list of texts.

/// Ascending texts, in which others are looked up.
pub(crate) struct Places<'t> {
    texts: Vec<&'t str>,
    /// Numbers of texts by their hashes, four slots a text and each in the next free one; no slots where the list is long, and would
    /// be made for each batch of rows.
    slots: Vec<Option<u32>>,
}

impl<'t> Places<'t> {
    /// `texts` ascend.
    pub(crate) fn new(texts: Vec<&'t str>) -> Self {
        let mut slots = Vec::new();
        if (1..=FEW).contains(&texts.len()) {
            slots.resize((4 * texts.len()).next_power_of_two(), None);
            for (number, text) in (0..).zip(&texts) {
                let mut at = hash(text) & (slots.len() - 1);
                while slots[at].is_some() {
                    at = (at + 1) & (slots.len() - 1);
                }
                slots[at] = Some(number);
            }
        }
        Places { texts, slots }
    }

    /// The number of `text`, if it is there.
    pub(crate) fn of(&self, text: &str) -> Option<usize> {
        if self.slots.is_empty() {
            return self.texts.binary_search(&text).ok();
        }
        let mut at = hash(text) & (self.slots.len() - 1);
        while let Some(number) = self.slots[at] {
            if self.texts[number as usize] == text {
                return Some(number as usize);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        None
    }
}

/// Of the length, the first eight bytes and the last eight. Texts can be made to meet in one slot, which costs as many comparisons.
fn hash(text: &str) -> usize {
    let bytes = text.as_bytes();
    let word = |bytes: &[u8]| bytes.iter().fold(0u64, |word, &byte| word << 8 | u64::from(byte));
    let (head, tail) = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(head), Some(tail)) => (u64::from_le_bytes(*head), u64::from_le_bytes(*tail)),
        _ => (word(bytes), 0),
    };
    let mixed = (head ^ tail.rotate_left(29) ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 40).unwrap_or(0)
}

/// Lists of so many texts at most have slots.
const FEW: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_where_a_search_by_halves_finds_it() {
        for count in [0, 1, 2, 7, 16, 300, 1024, 1025] {
            let texts: Vec<String> = (0..count).map(|i| format!("Married-{}-spouse", i * 7)).collect();
            let mut sorted: Vec<&str> = texts.iter().map(String::as_str).collect();
            sorted.sort_unstable();
            let places = Places::new(sorted.clone());
            let others = ["", "M", "Married-", "Married-1-spouse", "Married-7-spouse\u{0}", "Z"];
            for text in sorted.iter().chain(&others) {
                assert_eq!(places.of(text), sorted.binary_search(text).ok(), "{count} {text}");
            }
        }
    }

    /// All in one slot, as only the middle differs.
    #[test]
    fn texts_that_meet_are_told_apart() {
        let texts: Vec<String> = (100..400).map(|i| format!("beginning{i}ending..")).collect();
        let sorted: Vec<&str> = texts.iter().map(String::as_str).collect();
        let places = Places::new(sorted.clone());
        assert!(sorted.iter().all(|text| places.of(text) == sorted.binary_search(text).ok()));
        assert_eq!(places.of("beginning999ending.."), None);
    }
}
