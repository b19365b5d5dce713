//! Sentences about mechanisms.

use std::fmt;

use super::{Error, ErrorKind};

impl Error {
    pub(crate) fn candidates_range(limit: usize, got: usize) -> Self {
        mechanism(format!("a choice needs 1 to {limit} candidates, got {got}"))
    }

    pub(crate) fn score_sensitivity() -> Self {
        mechanism(
            "the sensitivity of scores must be at least 1, got 0; a score that no person can move needs no noise",
        )
    }

    pub(crate) fn score_count(declared: usize, got: usize) -> Self {
        mechanism(format!("the choice was declared for {declared} candidates, got {got} scores"))
    }

    pub(crate) fn top_k_range(candidates: usize, got: usize) -> Self {
        mechanism(format!("a choice of the best must be of 1..={candidates} candidates, got {got}"))
    }

    pub(crate) fn question_sensitivity() -> Self {
        mechanism("the sensitivity of a question must be at least 1, got 0")
    }

    pub(crate) fn positives_range(limit: u32, got: u32) -> Self {
        mechanism(format!("the answers 'above' must be in 1..={limit}, got {got}"))
    }

    pub(crate) fn threshold_epsilon() -> Self {
        mechanism(
            "epsilon is too small to be parted between threshold and questions; raise it or ask for fewer answers 'above'",
        )
    }

    pub(crate) fn categories_range(limit: u64, got: u64) -> Self {
        mechanism(format!("categories must be in 2..={limit}, got {got}"))
    }

    pub(crate) fn response_epsilon(epsilon: impl fmt::Display) -> Self {
        mechanism(format!("epsilon {epsilon} is so small that every answer would be random; raise it"))
    }

    pub(crate) fn not_binary(categories: u64) -> Self {
        mechanism(format!("bits need a response of 2 categories, this one has {categories}"))
    }

    pub(crate) fn report_range(limit: u64) -> Self {
        Error::new(ErrorKind::Data, format!("a report must be below {limit}; it was not made by this oracle"))
    }

    pub(crate) fn report_length(words: usize, got: usize) -> Self {
        Error::new(
            ErrorKind::Data,
            format!("a report has {words} words, got {got}; it was not made by this oracle"),
        )
    }

    pub(crate) fn other_oracle() -> Self {
        mechanism("only collectors of one oracle can be merged: same categories and epsilon")
    }

    pub(crate) fn keys_per_person_range(limit: u32, got: u32) -> Self {
        mechanism(format!("keys per person must be in 1..={limit}, got {got}"))
    }

    pub(crate) fn partition_delta() -> Self {
        mechanism("keys from the data need a delta above 0; without one no key may ever be released")
    }

    pub(crate) fn partition_too_small(price: impl fmt::Display, delta: impl fmt::Display) -> Self {
        mechanism(format!(
            "a price of {price} and a delta of {delta} are too small to release keys; raise them or count fewer keys per person"
        ))
    }

    pub(crate) fn looser_sets(declared: u32, got: u32) -> Self {
        mechanism(format!("the rule was declared for {declared} keys per person, the sets hold up to {got}"))
    }

    pub(crate) fn lattice_range(limit: i32, got: i32) -> Self {
        mechanism(format!("the exponent of a lattice must be in -{limit}..={limit}, got {got}"))
    }

    pub(crate) fn distance_range(got: f64) -> Self {
        mechanism(format!("the distance of neighbors must be a number in 1e-100 to 1e100, got {got:e}"))
    }

    pub(crate) fn dimension_range(limit: u64, got: u64) -> Self {
        mechanism(format!("the dimension must be in 1..={limit}, got {got}"))
    }

    pub(crate) fn value_count(declared: usize, got: usize) -> Self {
        mechanism(format!("the noise was declared for {declared} numbers, got {got}"))
    }

    pub(crate) fn steps_range(limit: u64, got: u64) -> Self {
        mechanism(format!(
            "steps of a counter must be in 1..={limit}, got {got}; longer streams start a new block"
        ))
    }

    pub(crate) fn step_sensitivity(limit: u64, got: u64) -> Self {
        mechanism(format!("the sensitivity of a step must be in 1..={limit}, got {got}"))
    }

    pub(crate) fn rounds_range(limit: u32, got: u32) -> Self {
        mechanism(format!("rounds must be in 1..={limit}, got {got}"))
    }
}

fn mechanism(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Parameter, message)
}
