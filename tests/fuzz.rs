//! The seeds of the fuzz targets, and inputs that once found a fault, go through the same properties on the stable compiler.
//!
//! The properties stand in `fuzz/properties`; the fuzzer calls them from `fuzz/fuzz_targets`. New inputs: `.ci/fuzz`.

#![allow(
    clippy::expect_used,
    clippy::unwrap_in_result,
    unreachable_pub,
    reason = "shared with the fuzz targets"
)]

use std::{fs, path::Path};

/// A module for each property, and a test of all seeds. They are decoded as the fuzzer decodes them.
macro_rules! seeds {
    ($($property:ident: $input:ty, $path:literal;)*) => {
        $(#[path = $path] mod $property;)*

        mod every_seed_holds {
            use arbitrary::{Arbitrary as _, Unstructured};

            $(#[test]
            fn $property() {
                super::replay(stringify!($property), |bytes| {
                    let input = <$input>::arbitrary_take_rest(Unstructured::new(bytes));
                    input.map(|input| super::$property::holds(input)).is_ok()
                });
            })*
        }
    };
}

seeds! {
    accountant: crate::fuzz::accountant::Input<'_>, "../fuzz/properties/accountant.rs";
    chunks: (Vec<u8>, &[u8]), "../fuzz/properties/chunks.rs";
    csv: &[u8], "../fuzz/properties/csv.rs";
    ff1: crate::fuzz::ff1::Input, "../fuzz/properties/ff1.rs";
    hierarchy: crate::fuzz::hierarchy::Input<'_>, "../fuzz/properties/hierarchy.rs";
    kanon: &[u8], "../fuzz/properties/kanon.rs";
    ledger_open: &[u8], "../fuzz/properties/ledger_open.rs";
    ledger_ops: &[u8], "../fuzz/properties/ledger_ops.rs";
    parameters: crate::fuzz::parameters::Input, "../fuzz/properties/parameters.rs";
    patterns: crate::fuzz::patterns::Input<'_>, "../fuzz/properties/patterns.rs";
    policy: &str, "../fuzz/properties/policy.rs";
    redact_json: &str, "../fuzz/properties/redact_json.rs";
    scan: &[u8], "../fuzz/properties/scan.rs";
    session: &str, "../fuzz/properties/session.rs";
    stream: (Vec<u16>, u8, Vec<u8>), "../fuzz/properties/stream.rs";
    sums: crate::fuzz::sums::Input, "../fuzz/properties/sums.rs";
    token: ([u8; 32], Vec<String>, String, u8), "../fuzz/properties/token.rs";
    validators: crate::fuzz::validators::Input<'_>, "../fuzz/properties/validators.rs";
}

/// `property` says whether the seed was an input at all.
fn replay(target: &str, property: impl Fn(&[u8]) -> bool) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut seeds: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{target} has no seeds");
    let mut tried = 0;
    for seed in &seeds {
        // Shown when a test fails: the last one is the seed that did it.
        println!("{}", seed.display());
        tried += u32::from(property(&fs::read(seed).unwrap()));
    }
    assert!(tried > 0, "no seed of {target} is an input");
    println!("{tried} seeds");
}
