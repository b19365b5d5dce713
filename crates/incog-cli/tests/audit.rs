//! Programs that print outcomes, attacked from the command line.

use crate::support::{Run, incog};

/// A count with discrete Laplace noise, so many times, and what stands around it. Not for privacy.
const PROGRAM: &str = "
import math, random, sys
x, scale, times = float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
g = lambda: int(-math.log(1 - random.random()) * scale)
for _ in range(times): print('count =', int(x) + g() - g(), 'CANARY')
";

fn audit(options: &[&str], command: &[&str]) -> Run {
    incog(&[&["audit", "--left", "40", "--right", "41"], options, &["--"], command].concat())
}

fn count(options: &[&str], scale: &str) -> Run {
    audit(&[&["--lines"], options].concat(), &["python3", "-c", PROGRAM, "{}", scale, "30000"])
}

/// The bound that is printed.
fn found(run: &Run) -> f64 {
    let (_, rest) = run.stdout.split_once("found: epsilon at least ").unwrap_or_else(|| panic!("{run}"));
    rest.split_once(' ').unwrap().0.parse().unwrap()
}

#[test]
fn a_claim_is_refuted_and_a_correct_one_is_not() {
    let run = count(&["--epsilon", "1"], "1").done();
    assert!(run.stdout.starts_with("claim: epsilon 1, delta 0\n"), "{run}");
    assert!((0.9..=1.0).contains(&found(&run)), "{run}");
    assert!(run.stdout.contains("the claim is not refuted; 1.0"), "{run}");
    // The loss is 1.25. A bound at a false alarm of 1e-6 lies below it by five deviations, 0.1 or so.
    let run = count(&["--epsilon", "1"], "0.8").exits(1);
    assert!((1.05..=1.25).contains(&found(&run)) && run.stdout.ends_with("the claim is false\n"), "{run}");
    // Noise with a deviation of about sqrt(2): no μ of a half.
    count(&["--mu", "0.5"], "1").exits(1);
}

#[test]
fn its_json_says_what_was_tried_and_how_it_came_out() {
    let run = count(&["--epsilon", "1", "--samples", "60000", "--detect", "1.2", "--json"], "0.5").exits(1);
    let value = run.value();
    assert_eq!(value["verdict"], "refuted");
    assert_eq!((&value["claim"]["epsilon"], &value["claim"]["delta"]), (&1.0.into(), &0.0.into()));
    assert!(value["lower_bound"].as_f64().unwrap() > 1.5 && value["detectable"].as_f64().unwrap() < 0.7);
    assert_eq!((&value["samples"], &value["detect"]), (&60_000.into(), &1.2.into()));
    assert_eq!(value["event"]["of"], "part 2");
    assert_eq!(value["event"]["shares"].as_array().unwrap().len(), 2);
    let run = count(&["--mu", "2", "--samples", "1000", "--json"], "1").exits(3);
    assert_eq!(run.value()["verdict"], "underpowered");
    assert!(run.value()["claim"]["delta"].is_null() && run.value()["claim"]["mu"] == 2.0);
}

#[test]
fn an_experiment_that_could_not_have_seen_a_fault_is_no_proof() {
    let run = count(&["--epsilon", "1", "--samples", "200"], "1").exits(3);
    assert!(run.stdout.contains("1.5 times the loss would not have been either; do more runs"), "{run}");
    // Equal inputs give nothing away.
    let run = audit(&["--epsilon", "1", "--samples", "100"], &["echo", "same"]).exits(3);
    assert!(run.stdout.contains("at least 0.0000"), "{run}");
}

#[test]
fn inputs_come_as_words_and_in_the_environment_and_a_run_is_an_outcome() {
    let options = ["--epsilon", "1", "--samples", "200"];
    let command = ["sh", "-c", "echo \"$INCOG_AUDIT_INPUT\""];
    let run = audit(&options, &command).exits(1);
    assert!(run.stdout.contains("an event of part 1"), "{run}");
    audit(&options, &["echo", "a{}b"]).exits(1);
    // Two lines of one run are one outcome.
    let run = audit(&options, &["printf", "1\\n{}\\n"]).exits(1);
    assert!(run.stdout.contains("an event of part 2"), "{run}");
    // Only one side fails: an outcome if it is to be one.
    let failing = ["sh", "-c", "test \"$INCOG_AUDIT_INPUT\" = 40"];
    audit(&options, &failing).fails(4, &["run 1 ", "right input", "exit code 1", "--failures"]);
    audit(&[&options[..], &["--failures"]].concat(), &failing).exits(1);
}

/// None of what a program prints is in the sentence: `incog` checks that no CANARY is printed.
#[test]
fn what_is_no_outcome_is_refused_in_bounded_memory_and_not_shown() {
    let sh = |options: &[&str], script: &str| {
        audit(&[&["--epsilon", "1", "--samples", "200"], options].concat(), &["sh", "-c", script])
    };
    sh(&[], "echo CANARY; echo CANARY >&2; exit 3").fails(4, &["run 1 ", "left input", "exit code 3"]);
    sh(&[], "kill -9 $$").fails(4, &["was ended by a signal"]);
    sh(&[], "yes CANARY").fails(4, &["more than 65536 bytes", "--lines"]);
    sh(&["--lines"], "tr '\\0' C </dev/zero").fails(4, &["more than 65536 bytes"]);
    sh(&["--lines"], "head -c 5 /dev/zero").fails(4, &["control characters"]);
    sh(&[], "printf 'CANARY \\377\\n'").fails(4, &["no UTF-8"]);
    sh(&[], "yes 1 | head -n 1001").fails(4, &["more than 1000 numbers and words"]);
    sh(&["--lines"], "true").fails(4, &["printed no line"]);
    sh(&["--lines"], "echo CANARY; exit 2").fails(4, &["exit code 2"]);
    sh(&[], "true").fails(4, &["printed nothing"]);
    audit(&["--epsilon", "1"], &["/nowhere/incog-program"]).fails(4, &["starting the program"]);
    // Its input itself comes out, but no loss can be shown by so few runs that is above the claim.
    let few = ["--lines", "--epsilon", "9", "--samples", "2000"];
    audit(&few, &["sh", "-c", "yes {}"]).exits(3);
    // One that never ends is read as far as needed, and ended.
    sh(&["--lines"], "yes 1").exits(3);
}

#[test]
fn claims_out_of_range_are_refused_before_a_run() {
    let missing = ["/nowhere/incog-program"];
    audit(&["--epsilon", "0"], &missing).fails(2, &["above 0", "got 0"]);
    audit(&["--epsilon", "nan"], &missing).fails(2, &["got NaN"]);
    audit(&["--epsilon", "1", "--delta", "1"], &missing).fails(2, &["delta must be in 0"]);
    audit(&["--epsilon", "1", "--detect", "1"], &missing).fails(2, &["more than 1 times"]);
    audit(&["--epsilon", "1", "--false-alarm", "0.5"], &missing).fails(2, &["1e-12 to 0.1"]);
    audit(&["--epsilon", "1", "--mu", "1"], &missing).exits(2);
    audit(&[], &missing).exits(2);
}
