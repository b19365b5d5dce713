//! Contribution bounding: which rows of each person count.
//!
//! ```text
//!   persons  0 1 0 2 0 1          rows by person   0: 0 2 4    1: 1 5    2: 3
//!   groups   A A B - B A          `-` = NO_GROUP, left out
//!                                 person 0 with 1 group: {A: 0} or {B: 2 4}, evenly;
//!                                 then at most rows_per_person of what is left, evenly
//! ```
//!
//! Persons within all bounds are told by a count and touched no more. The rows of the others are brought together by
//! person in two steps, so that the second one stays in the cache: first into parts of a few thousand persons, each part
//! written from its start to its end, then by a counting sort inside of each part.

use crate::{
    dp::{ContributionBounds, aggregate::Kept},
    error::Result,
    num,
    rng::{SecureRng, Source},
};

/// The group of a row that belongs to no declared group.
pub(in crate::dp) const NO_GROUP: u32 = u32::MAX;

/// Whose the rows are: a code below `people` per row, and the code that stands for nobody.
#[derive(Clone, Copy, Debug)]
pub(in crate::dp) struct Persons<'a> {
    pub(in crate::dp) codes: &'a [u32],
    pub(in crate::dp) people: usize,
    pub(in crate::dp) nobody: Option<u32>,
}

/// The rows that count. `groups` has the group of each row, or [`NO_GROUP`] for one that is left out; unless the query
/// is `grouped`, all others are in one group, and only `rows_per_person` bounds them.
///
/// Of a person beyond a bound: first a uniform sample of groups, if there are too many; then one of the rows of each
/// group; then one of all rows that are left. A bound that a smaller one implies is no reason to sample.
///
/// # Guarantee
/// For all tables and all persons, at most `rows_per_person` rows in at most `groups_per_person` groups and at most
/// `rows_per_group` in each are kept, and which ones depends on that person's rows and fresh randomness only: adding
/// or removing a person leaves the distribution of everybody else's sample as it was.
///
/// # Errors
/// `Io` if the system has no entropy.
pub(in crate::dp) fn bounded_rows(
    persons: Persons<'_>,
    groups: Option<&[u32]>,
    grouped: bool,
    bounds: ContributionBounds,
    rng: &mut SecureRng,
) -> Result<Kept> {
    let Persons { codes, people, nobody } = persons;
    let rows = codes.len();
    let limits = Limits::new(bounds, grouped);
    let all_count = nobody.is_none() && groups.is_none_or(|groups| !groups.contains(&NO_GROUP));
    let counts_for_somebody =
        |row: usize| all_count || Some(codes[row]) != nobody && groups.is_none_or(|g| g[row] != NO_GROUP);

    let counting = || (0..rows).filter(|&row| counts_for_somebody(row)).map(|row| num::index(codes[row]));
    let all = || if all_count { Kept::all(rows) } else { Kept::of(rows, counts_for_somebody) };
    if nobody_is_beyond(limits.free, people, counting()) {
        return Ok(all());
    }
    let mut of_person = vec![0usize; people];
    counting().for_each(|person| of_person[person] += 1);
    if of_person.iter().all(|&own| own <= limits.free) {
        return Ok(all());
    }

    let beyond = |row: usize| of_person[num::index(codes[row])] > limits.free;
    let mut kept = Kept::of(rows, |row| counts_for_somebody(row) && !beyond(row));
    let shift = part_width(rows, people);
    let mut ends = vec![0usize; (people >> shift) + 2];
    for (person, &own) in of_person.iter().enumerate().filter(|&(_, &own)| own > limits.free) {
        ends[(person >> shift) + 1] += own;
    }
    (1..ends.len()).for_each(|part| ends[part] += ends[part - 1]);
    let mut records = vec![Record::default(); ends[ends.len() - 1]];
    let mut next = ends.clone();
    for row in (0..rows).filter(|&row| counts_for_somebody(row) && beyond(row)) {
        let place = &mut next[num::index(codes[row]) >> shift];
        records[*place] = Record { row, person: codes[row], group: groups.map_or(0, |groups| groups[row]) };
        *place += 1;
    }

    let mut by_person = Vec::new();
    for part in 0..ends.len() - 1 {
        let records = &records[ends[part]..ends[part + 1]];
        let first = part << shift;
        let own = &of_person[first.min(people)..(first + (1 << shift)).min(people)];
        let own: Vec<usize> = own.iter().map(|&own| if own > limits.free { own } else { 0 }).collect();
        sort_by_person(records, first, &own, &mut by_person);
        let mut rest = by_person.as_mut_slice();
        for own in own.into_iter().filter(|&own| own > 0) {
            let (rows, others) = rest.split_at_mut(own);
            limits.sample(rows, rng)?.iter().for_each(|record| kept.insert(record.row));
            rest = others;
        }
    }
    Ok(kept)
}

/// Whether it is known that none of the `persons` of rows occurs more than `free` times: small bounds are looked at with a byte
/// for each person, an eighth of what exact counts take. Most of their time is that to get memory.
fn nobody_is_beyond(free: usize, people: usize, persons: impl Iterator<Item = usize>) -> bool {
    let Ok(free) = u8::try_from(free) else { return false };
    let mut seen = vec![0u8; people];
    let mut beyond = false;
    persons.for_each(|person| {
        beyond |= seen[person] >= free;
        seen[person] = seen[person].saturating_add(1);
    });
    !beyond
}

/// A row of a person beyond a bound.
#[derive(Clone, Copy, Debug, Default)]
struct Record {
    row: usize,
    person: u32,
    group: u32,
}

/// The bounds that can matter.
struct Limits {
    rows: usize,
    groups: Option<usize>,
    rows_per_group: Option<usize>,
    /// A person with at most so many rows is within all of them.
    free: usize,
}

impl Limits {
    fn new(bounds: ContributionBounds, grouped: bool) -> Self {
        let rows = num::index(bounds.rows_per_person());
        let below = |bound: u32| Some(num::index(bound)).filter(|&bound| bound < rows);
        let groups = below(bounds.groups_per_person()).filter(|_| grouped);
        let rows_per_group = bounds.rows_per_group().and_then(below).filter(|_| grouped);
        let free = rows.min(groups.unwrap_or(rows)).min(rows_per_group.unwrap_or(rows));
        Limits { rows, groups, rows_per_group, free }
    }

    /// The rows of one person that count, moved to the front.
    fn sample<'r>(&self, own: &'r mut [Record], rng: &mut SecureRng) -> Result<&'r [Record]> {
        let mut left = own.len();
        if self.groups.is_some() || self.rows_per_group.is_some() {
            own.sort_unstable_by_key(|record| (record.group, record.row));
            let mut runs = runs(own);
            if let Some(groups) = self.groups.filter(|&groups| groups < runs.len()) {
                rng.words()?.to_front(&mut runs, groups)?;
                runs.truncate(groups);
                // Ascending, so that a run never moves over one that is still to come.
                runs.sort_unstable();
            }
            left = 0;
            for (start, end) in runs {
                let take = self.rows_per_group.unwrap_or(usize::MAX).min(end - start);
                if take < end - start {
                    rng.words()?.to_front(&mut own[start..end], take)?;
                }
                own.copy_within(start..start + take, left);
                left += take;
            }
        }
        if left > self.rows {
            rng.words()?.to_front(&mut own[..left], self.rows)?;
            left = self.rows;
        }
        Ok(&own[..left])
    }
}

/// Where the rows of each group are, in rows sorted by group.
fn runs(own: &[Record]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (i, record) in own.iter().enumerate() {
        match runs.last_mut() {
            Some((start, end)) if own[*start].group == record.group => *end = i + 1,
            _ => runs.push((i, i + 1)),
        }
    }
    runs
}

/// Counting sort of one part by person.
fn sort_by_person(records: &[Record], first: usize, own: &[usize], sorted: &mut Vec<Record>) {
    sorted.clear();
    sorted.resize(records.len(), Record::default());
    let mut start = 0;
    let mut next: Vec<usize> = own
        .iter()
        .map(|own| {
            start += own;
            start - own
        })
        .collect();
    for record in records {
        let place = &mut next[num::index(record.person) - first];
        sorted[*place] = *record;
        *place += 1;
    }
}

/// The binary logarithm of the number of persons in a part, so that a part of usual size has [`PART`] rows.
fn part_width(rows: usize, people: usize) -> u32 {
    let parts = rows.div_ceil(PART).clamp(1, MOST_PARTS);
    people.div_ceil(parts).next_power_of_two().trailing_zeros()
}

/// 2^14 records of 16 bytes twice: half a megabyte, which fits the second cache.
const PART: usize = 1 << 14;
/// As many places are written at a time; more would not stay in the cache either.
const MOST_PARTS: usize = 1 << 11;

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(codes: &[u32], groups: Option<&[u32]>, bounds: ContributionBounds) -> Vec<usize> {
        let mut rng = SecureRng::from_os().unwrap();
        let people = codes.iter().max().map_or(0, |&code| num::index(code) + 1);
        let persons = Persons { codes, people, nobody: None };
        let mut rows = Vec::new();
        bounded_rows(persons, groups, groups.is_some(), bounds, &mut rng)
            .unwrap()
            .for_each_in(0..codes.len(), |row| rows.push(row));
        rows
    }

    fn bounds(rows: u32, groups: u32) -> ContributionBounds {
        ContributionBounds::new(rows, groups).unwrap()
    }

    #[test]
    fn a_person_with_a_thousand_rows_counts_as_often_as_allowed() {
        let mut persons = vec![7u32; 1000];
        persons.extend([1, 2, 2]);
        let rows = kept(&persons, None, bounds(3, 1));
        assert_eq!(rows.iter().filter(|&&row| persons[row] == 7).count(), 3);
        assert_eq!(rows.len(), 6);

        let groups: Vec<u32> = (0..1003).map(|row| row % 10).collect();
        for (bounds, most) in [
            (bounds(500, 2), 200),
            (bounds(500, 2).per_group(30).unwrap(), 60),
            (bounds(50, 2).per_group(30).unwrap(), 50),
        ] {
            let rows = kept(&persons, Some(&groups), bounds);
            let mut seen: Vec<u32> =
                rows.iter().filter(|&&row| persons[row] == 7).map(|&row| groups[row]).collect();
            assert_eq!(seen.len(), most);
            seen.sort_unstable();
            let largest = seen.chunk_by(|a, b| a == b).map(<[u32]>::len).max().unwrap();
            assert!(largest <= num::index(bounds.rows_per_group().unwrap_or(500)));
            seen.dedup();
            assert_eq!(seen.len(), 2);
        }
    }

    #[test]
    fn bounds_hold_where_a_byte_does_not_count_so_far() {
        for rows in [1u32, 2, 253, 254, 255, 256, 257, 600] {
            for more in [0, 1, 2, 300] {
                let own = num::index(rows + more);
                let persons: Vec<u32> = std::iter::repeat_n(1, own).chain([0, 2]).collect();
                assert_eq!(
                    kept(&persons, None, bounds(rows, 1)).len(),
                    num::index(rows) + 2,
                    "{rows} {more}"
                );
            }
        }
    }

    #[test]
    fn rows_of_nobody_and_outside_every_group_are_left_out() {
        let mut rng = SecureRng::from_os().unwrap();
        let groups = [0, NO_GROUP, 0, 1];
        let mut rows = Vec::new();
        let persons = Persons { codes: &[0, 0, 1, 2], people: 3, nobody: Some(1) };
        bounded_rows(persons, Some(&groups), true, bounds(9, 9), &mut rng)
            .unwrap()
            .for_each_in(0..4, |row| rows.push(row));
        assert_eq!(rows, [0, 3]);
        // Nobody's rows are left out where every row has a group, and where there are no groups at all.
        for groups in [None, Some([0, 0, 1, 1].as_slice())] {
            let kept = bounded_rows(persons, groups, groups.is_some(), bounds(9, 9), &mut rng).unwrap();
            assert_eq!(kept, Kept::of(4, |row| row != 2), "{groups:?}");
        }
        let nobody = Persons { codes: &[], people: 0, nobody: None };
        assert_eq!(bounded_rows(nobody, None, false, bounds(9, 9), &mut rng).unwrap().count(), 0);
    }

    #[test]
    fn every_row_and_group_of_a_person_is_sampled_equally_often() {
        // 6,000 samples of 2 rows out of 6, and of the rows of 1 group out of 3: 2,000 each, standard deviation 37; 7
        // deviations: below 1e-10.
        // The same chances for 2 rows of one group out of 6, and for 2 rows out of 6 in 3 groups where the other two
        // bounds are implied by that one: groups are then not sampled first, else rows of small ones were kept more often.
        let own = |groups: [u32; 6], bounds| kept(&[0; 6], Some(&groups), bounds);
        let samples: [&dyn Fn() -> Vec<usize>; 4] = [
            &|| kept(&[0; 6], None, bounds(2, 1)),
            &|| own([0, 1, 2, 0, 1, 0], bounds(6, 1)),
            &|| own([7; 6], bounds(6, 1).per_group(2).unwrap()),
            &|| own([0, 0, 1, 0, 2, 0], bounds(2, 2).per_group(2).unwrap()),
        ];
        for (i, sample) in samples.into_iter().enumerate() {
            let mut seen = [0i32; 6];
            (0..6000).for_each(|_| sample().into_iter().for_each(|row| seen[row] += 1));
            assert!(seen.iter().all(|n| (n - 2000).abs() < 260), "{i}: {seen:?}");
        }
    }

    /// 40,000 rows are brought together by person in three parts; a hundred persons have 133 rows, others 13 or none.
    #[test]
    fn rows_of_persons_in_several_parts_are_kept_as_those_in_one() {
        let codes: Vec<u32> =
            (0..40_000).map(|row| row * (if row % 3 == 0 { 10 } else { 1 }) % 3000).collect();
        assert!(3000 >> part_width(codes.len(), 3000) > 0, "more than one part");
        let count = |rows: &[usize]| {
            let mut seen = vec![0usize; 3000];
            rows.iter().for_each(|&row| seen[num::index(codes[row])] += 1);
            seen
        };
        let all: Vec<usize> = (0..codes.len()).collect();
        for most in [1, 3, 9] {
            let twin: Vec<usize> = count(&all).into_iter().map(|own| own.min(num::index(most))).collect();
            assert_eq!(count(&kept(&codes, None, bounds(most, 1))), twin, "{most}");
        }
    }

    /// Random tables against the definition; up to 40 persons, some far beyond the bounds.
    #[test]
    fn what_is_kept_is_within_the_bounds_and_as_much_as_they_allow() {
        let mut state = 1u64;
        let mut below = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u32::try_from((state >> 33) % n).unwrap()
        };
        for _ in 0..400 {
            let rows = num::index(below(300));
            let codes: Vec<u32> = (0..rows).map(|_| below(40) * below(2)).collect();
            let groups: Vec<u32> = (0..rows).map(|_| [0, 1, 2, 3, NO_GROUP][num::index(below(5))]).collect();
            let (r, g, c) = (below(9) + 1, below(5) + 1, below(4) + 1);
            let bounds = bounds(r, g).per_group(c).unwrap();
            let kept = kept(&codes, Some(&groups), bounds);
            for person in 0..40 {
                let count = |rows: &mut dyn Iterator<Item = usize>| {
                    let mut seen = [0u32; 4];
                    rows.filter(|&row| codes[row] == person && groups[row] != NO_GROUP)
                        .for_each(|row| seen[num::index(groups[row])] += 1);
                    seen
                };
                let (all, some) = (count(&mut (0..rows)), count(&mut kept.iter().copied()));
                assert!(all.iter().zip(&some).all(|(all, some)| some <= all && *some <= c));
                assert!(some.iter().filter(|&&n| n > 0).count() <= num::index(g));
                let total: u32 = some.iter().sum();
                // The most that any choice of groups could keep, and the least that every choice can.
                let mut each: Vec<u32> = all.iter().map(|&n| n.min(c)).collect();
                each.sort_unstable();
                let least: u32 = each.iter().filter(|&&n| n > 0).take(num::index(g)).sum();
                assert!(total <= r && total >= least.min(r), "{all:?} {some:?} {r} {g} {c}");
            }
        }
    }
}
