//! United States social security numbers.

/// Whether area, group and serial can have been issued.
///
/// Source: SSA, "Social Security Number Randomization" (2011): no area 000, 666 or 900-999, no group 00, no
/// serial 0000; SSA, POMS RM 10201.030 for the numbers voided after their use in advertisements.
pub(in crate::pii) fn us_ssn(digits: &[u8]) -> bool {
    let [a, b, c, d, e, f, g, h, i] = *digits else { return false };
    let area = [a, b, c];
    area != [0, 0, 0]
        && area != [6, 6, 6]
        && a != 9
        && [d, e] != [0, 0]
        && [f, g, h, i] != [0, 0, 0, 0]
        && ![[0, 7, 8, 0, 5, 1, 1, 2, 0], [2, 1, 9, 0, 9, 9, 9, 9, 9]].contains(&[a, b, c, d, e, f, g, h, i])
}
