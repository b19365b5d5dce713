//! Contribution bounding: which rows of each person count.

use crate::{dp::ContributionBounds, error::Result, num, rng::SecureRng};

/// The group of a row that belongs to no declared group.
pub(in crate::dp) const NO_GROUP: u32 = u32::MAX;

/// The rows that count, in no particular order.
///
/// ```text
///   persons  0 1 0 2 0 1          rows by person   0: 0 2 4    1: 1 5    2: 3
///   groups   A A B - B A          `-` = NO_GROUP, left out
///                                 person 0 with 1 group: {A: 0} or {B: 2 4}, evenly;
///                                 then at most rows_per_person of what is left, evenly
/// ```
///
/// # Guarantee
/// For all tables and all persons, at most `rows_per_person` rows in at most `groups_per_person` groups are
/// returned, and which ones depends on that person's rows and fresh randomness only: adding or removing
/// a person leaves the distribution of everybody else's sample as it was.
///
/// # Errors
/// `Io` if the system has no entropy.
pub(in crate::dp) fn bounded_rows(
    persons: &[u32],
    nobody: Option<u32>,
    groups: Option<&[u32]>,
    bounds: ContributionBounds,
    rng: &mut SecureRng,
) -> Result<Vec<usize>> {
    let counts_for_somebody =
        |row: usize| Some(persons[row]) != nobody && groups.is_none_or(|groups| groups[row] != NO_GROUP);
    // Counting sort of the rows by person.
    let people = persons.iter().max().map_or(0, |&last| num::index(last) + 1);
    let mut starts = vec![0usize; people + 1];
    for row in (0..persons.len()).filter(|&row| counts_for_somebody(row)) {
        starts[num::index(persons[row]) + 1] += 1;
    }
    for person in 0..people {
        starts[person + 1] += starts[person];
    }
    let mut rows = vec![0usize; starts[people]];
    let mut filled = starts.clone();
    for row in (0..persons.len()).filter(|&row| counts_for_somebody(row)) {
        let place = &mut filled[num::index(persons[row])];
        rows[*place] = row;
        *place += 1;
    }

    let (row_limit, group_limit) =
        (num::index(bounds.rows_per_person()), num::index(bounds.groups_per_person()));
    let mut kept = Vec::with_capacity(rows.len());
    let mut own_groups = Vec::new();
    for person in 0..people {
        let mut own = &mut rows[starts[person]..starts[person + 1]];
        if let Some(groups) = groups {
            own_groups.clear();
            own_groups.extend(own.iter().map(|&row| groups[row]));
            own_groups.sort_unstable();
            own_groups.dedup();
            if own_groups.len() > group_limit {
                sample(&mut own_groups, group_limit, rng)?;
                own_groups.truncate(group_limit);
                own_groups.sort_unstable();
                let inside = partition(own, |&row| own_groups.binary_search(&groups[row]).is_ok());
                own = &mut own[..inside];
            }
        }
        if own.len() > row_limit {
            sample(own, row_limit, rng)?;
            own = &mut own[..row_limit];
        }
        kept.extend_from_slice(own);
    }
    Ok(kept)
}

/// Moves a uniform sample of `size` items to the front (the first `size` steps of Fisher and Yates).
fn sample<T>(items: &mut [T], size: usize, rng: &mut SecureRng) -> Result<()> {
    for place in 0..size {
        let others = num::count(items.len() - place);
        let offset = usize::try_from(rng.below(others)?).unwrap_or(0);
        items.swap(place, place + offset);
    }
    Ok(())
}

/// Moves the items that satisfy `inside` to the front and returns their number.
fn partition<T>(items: &mut [T], inside: impl Fn(&T) -> bool) -> usize {
    let mut front = 0;
    for i in 0..items.len() {
        if inside(&items[i]) {
            items.swap(front, i);
            front += 1;
        }
    }
    front
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(persons: &[u32], groups: Option<&[u32]>, rows: u32, in_groups: u32) -> Vec<usize> {
        let bounds = ContributionBounds::new(rows, in_groups).unwrap();
        let mut rng = SecureRng::from_os().unwrap();
        bounded_rows(persons, None, groups, bounds, &mut rng).unwrap()
    }

    #[test]
    fn a_person_with_a_thousand_rows_counts_as_often_as_allowed() {
        let mut persons = vec![7u32; 1000];
        persons.extend([1, 2, 2]);
        let rows = kept(&persons, None, 3, 1);
        assert_eq!(rows.iter().filter(|&&row| persons[row] == 7).count(), 3);
        assert_eq!(rows.len(), 6);

        let groups: Vec<u32> = (0..1003).map(|row| row % 10).collect();
        let rows = kept(&persons, Some(&groups), 500, 2);
        let mut seen: Vec<u32> =
            rows.iter().filter(|&&row| persons[row] == 7).map(|&row| groups[row]).collect();
        assert_eq!(seen.len(), 200);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 2);
    }

    #[test]
    fn rows_of_nobody_and_outside_every_group_are_left_out() {
        let bounds = ContributionBounds::new(9, 9).unwrap();
        let mut rng = SecureRng::from_os().unwrap();
        let groups = [0, NO_GROUP, 0, 1];
        let mut rows = bounded_rows(&[0, 0, 1, 2], Some(1), Some(&groups), bounds, &mut rng).unwrap();
        rows.sort_unstable();
        assert_eq!(rows, [0, 3]);
        assert!(bounded_rows(&[], None, None, bounds, &mut rng).unwrap().is_empty());
    }

    #[test]
    fn every_row_of_a_person_is_sampled_equally_often() {
        // 6,000 samples of 2 rows out of 6: 2,000 each, standard deviation 37; 7 deviations: below 1e-10.
        let mut seen = [0i32; 6];
        for _ in 0..6000 {
            for row in kept(&[0; 6], None, 2, 1) {
                seen[row] += 1;
            }
        }
        assert!(seen.iter().all(|n| (n - 2000).abs() < 260), "{seen:?}");
    }
}
