//! Checks on identifiers of Croatia.

use crate::pii::check::{digits::digits, iso7064::mod_11_10};

/// Personal identification number, in a tax number behind `HR`: check digit MOD 11,10. Catches every single wrong digit.
///
/// Source: Porezna uprava, "Osobni identifikacijski broj"; Zakon o osobnom identifikacijskom broju, art. 5.
pub(in crate::pii) fn oib(id: &[u8]) -> bool {
    digits::<11>(id.strip_prefix(b"HR").unwrap_or(id)).is_some_and(|d| mod_11_10(&d))
}

#[cfg(test)]
mod tests {
    use super::oib;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // The tax administration's own, and usual specimens.
        let valid = ["18683136487", "33392005961", "69435151530", "HR33392005961"];
        tell_apart(oib, &valid, &["33392005962", "3339200596", "SI33392005961", "333920059611"]);
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(oib, b"33392005961"), 0);
    }
}
