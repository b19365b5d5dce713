//! For the tests: what a check makes of one wrong character.

/// How many of the changes of one digit of `valid` into another digit `check` lets pass.
///
/// Asserts on the way that `valid` holds, that nothing longer or shorter does, and that no byte that is neither digit
/// nor capital letter is taken anywhere.
pub(in crate::pii) fn unnoticed(check: fn(&[u8]) -> bool, valid: &[u8]) -> usize {
    assert!(check(valid), "{}", valid.escape_ascii());
    assert!(!check(b"") && !check(&[valid, valid].concat()));
    let mut passed = 0;
    for place in 0..valid.len() {
        for byte in (0..=255).filter(|b| *b != valid[place]) {
            let mut wrong = valid.to_vec();
            wrong[place] = byte;
            let holds = check(&wrong);
            let usual = byte.is_ascii_digit() || byte.is_ascii_uppercase();
            assert!(usual || !holds, "place {place}, byte {byte}");
            passed += usize::from(holds && byte.is_ascii_digit() && valid[place].is_ascii_digit());
        }
    }
    passed
}

/// Asserts that all of `valid` hold and none of `invalid`.
pub(in crate::pii) fn tell_apart(check: fn(&[u8]) -> bool, valid: &[&str], invalid: &[&str]) {
    for id in valid {
        assert!(check(id.as_bytes()), "{id} must hold");
    }
    for id in invalid {
        assert!(!check(id.as_bytes()), "{id} must not hold");
    }
}
