//! Many draws at once, and sums that cannot wrap.

use crate::{
    dp::noise::table::Table,
    error::Result,
    rng::{SecureRng, Spare, Words},
};

/// A symmetric distribution on the integers.
pub(super) trait Symmetric {
    /// Sign and size of a draw; zero is never negative.
    fn draw(&self, spare: &mut Spare, words: &mut Words<'_>) -> Result<(bool, u128)>;

    /// A table of the sizes that is quicker for this many draws, or none. Depends on nothing else.
    fn table_of_sizes(&self, draws: usize) -> Option<Table>;
}

/// Overwrites `draws`; beyond 64 bits the end of the range.
#[inline]
pub(super) fn sample_into(noise: &impl Symmetric, rng: &mut SecureRng, draws: &mut [i64]) -> Result<()> {
    draw_each(noise, rng, draws, |draw, negative, size| {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        *draw = if negative { -size } else { size };
    })
}

/// Adds a draw to each value: the exact sum where it fits, else the end of the range.
#[inline]
pub(super) fn add_to(noise: &impl Symmetric, rng: &mut SecureRng, values: &mut [i128]) -> Result<()> {
    draw_each(noise, rng, values, |value, negative, size| {
        let sum = if negative { value.checked_sub_unsigned(size) } else { value.checked_add_unsigned(size) };
        *value = sum.unwrap_or(if negative { i128::MIN } else { i128::MAX });
    })
}

/// Adds a draw to each value: the exact sum where it fits, else the end of the range.
#[inline]
pub(super) fn add_to_i64(noise: &impl Symmetric, rng: &mut SecureRng, values: &mut [i64]) -> Result<()> {
    draw_each(noise, rng, values, |value, negative, size| {
        let wide = i128::from(*value);
        let sum = if negative { wide.checked_sub_unsigned(size) } else { wide.checked_add_unsigned(size) };
        let end = if negative { i64::MIN } else { i64::MAX };
        *value = sum.and_then(|sum| i64::try_from(sum).ok()).unwrap_or(end);
    })
}

/// Hands a draw to each entry.
#[inline(always)]
fn draw_each<T>(
    noise: &impl Symmetric,
    rng: &mut SecureRng,
    entries: &mut [T],
    mut take: impl FnMut(&mut T, bool, u128),
) -> Result<()> {
    let (mut words, mut spare) = (rng.words()?, Spare::default());
    if let Some(table) = noise.table_of_sizes(entries.len()) {
        for entry in entries {
            let size = table.draw(&mut words)?;
            // For zero the sign says nothing.
            take(entry, spare.take(1, &mut words)? == 1, u128::from(size));
        }
    } else {
        for entry in entries {
            let (negative, size) = noise.draw(&mut spare, &mut words)?;
            take(entry, negative, size);
        }
    }
    Ok(())
}

/// A column of a table costs as much to make as it saves on about 15 draws.
pub(super) const DRAWS_PER_COLUMN: usize = 32;
