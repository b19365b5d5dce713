//! `incog audit`: an attack on a program's claim, by what it prints.

use std::{
    cell::RefCell,
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, ChildStdout, Command, ExitCode, Stdio},
};

use incog::{
    Error, ErrorKind, Result,
    audit::{Audit, LowerBound, Transcript, Verdict},
};
use serde_json::json;

use super::{Outcome, print_json};
use crate::{
    failure::{FAILED, Failure, REFUSED},
    output::say,
    progress::Bar,
};

/// Attack a program that claims differential privacy: run it many times on two neighboring inputs, and bound from below what
/// its outputs give away.
///
/// The input of a side stands for each {} in the command, and in the environment as INCOG_AUDIT_INPUT. What the program prints
/// is read as numbers and words, so its outcomes may be one number, several answers or labels. Stdin is empty, stderr is not
/// read. A program that does not end is waited for: `-- timeout 10 COMMAND`.
///
/// Exits with 0 if the claim is not refuted and a loss of --detect times the claim would have been, with 1 if it is refuted, with
/// 3 if it is not refuted but such a loss could have been missed, with 4 if the program fails or prints no outcomes.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("claim").required(true).args(["epsilon", "mu"])))]
pub(crate) struct Args {
    /// The ε that is claimed.
    #[arg(long, value_name = "E")]
    epsilon: Option<f64>,
    /// The δ that is claimed with it.
    #[arg(long, value_name = "D", default_value_t = 0.0, conflicts_with = "mu")]
    delta: f64,
    /// The μ of Gaussian differential privacy that is claimed.
    #[arg(long, value_name = "M")]
    mu: Option<f64>,
    /// The first input: a number, a file, whatever the program takes.
    #[arg(long, value_name = "INPUT", allow_hyphen_values = true)]
    left: String,
    /// The input that is its neighbor.
    #[arg(long, value_name = "INPUT", allow_hyphen_values = true)]
    right: String,
    /// Outcomes of each side. Half of them choose what is looked at, half are counted.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..=100_000_000))]
    samples: u32,
    /// Each line is an outcome by itself, of a run of its own inside of the program; it is run again until there are enough.
    #[arg(long)]
    lines: bool,
    /// A run that fails is an outcome, by its exit code, and no reason to stop.
    #[arg(long, conflicts_with = "lines")]
    failures: bool,
    /// How often a correct claim may be refuted.
    #[arg(long, value_name = "P", default_value_t = 1e-6)]
    false_alarm: f64,
    /// How many times the claim a loss would have to be seen.
    #[arg(long, value_name = "TIMES", default_value_t = 1.5)]
    detect: f64,
    /// The program and its arguments.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    let claim = args.epsilon.or(args.mu).unwrap_or(f64::NAN);
    if !claim.is_finite() || claim <= 0.0 {
        return Err(Failure::usage(format!("--epsilon and --mu must be above 0 and finite, got {claim}")));
    }
    let samples = usize::try_from(args.samples).unwrap_or(usize::MAX);
    let audit = Audit::new().samples(samples).false_alarm(args.false_alarm)?.must_detect(args.detect)?;
    let bar = Bar::new();
    let done = RefCell::new(0u64);
    let advance = || {
        *done.borrow_mut() += 1;
        bar.advance("running the program", *done.borrow(), 2 * u64::from(args.samples));
    };
    let (mut left, mut right) = (Side::new(args, "left", &args.left), Side::new(args, "right", &args.right));
    let bound = {
        let (left, right) = (|| left.next(&advance), || right.next(&advance));
        match args.mu {
            Some(_) => audit.mu(left, right)?,
            None => audit.epsilon(args.delta, left, right)?,
        }
    };
    drop(bar);
    if left.nothing && right.nothing {
        return Err(Failure::unreadable_form(
            "the program printed nothing for either input in any run; print the outcome to stdout",
        ));
    }
    report(args, claim, &bound, json)?;
    Ok(match bound.verdict(claim) {
        Verdict::Refuted => ExitCode::from(FAILED),
        Verdict::Holds => ExitCode::SUCCESS,
        _ => ExitCode::from(REFUSED),
    })
}

fn report(args: &Args, claim: f64, bound: &LowerBound, json: bool) -> std::result::Result<(), Failure> {
    let (name, delta) = if args.mu.is_some() { ("mu", None) } else { ("epsilon", Some(args.delta)) };
    let (word, sentence) = match bound.verdict(claim) {
        Verdict::Refuted => ("refuted", "the claim is false".to_owned()),
        Verdict::Holds => {
            let times = bound.detectable(claim);
            ("not_refuted", format!("the claim is not refuted; {times:.2} times the loss would have been"))
        }
        _ => (
            "underpowered",
            format!(
                "the claim is not refuted, but {} times the loss would not have been either; do more runs, choose inputs \
                 that give more away, or a higher --detect",
                args.detect
            ),
        ),
    };
    if json {
        let (more, less) = bound.shares();
        return print_json(&json!({
            "claim": { name: claim, "delta": delta },
            "verdict": word,
            "lower_bound": bound.value(),
            "detectable": bound.detectable(claim),
            "detect": args.detect,
            "samples": args.samples,
            "false_alarm": args.false_alarm,
            "event": { "of": bound.view().to_string(), "shares": [more, less] },
        }));
    }
    let delta = delta.map_or_else(String::new, |delta| format!(", delta {delta}"));
    say!("claim: {name} {claim}{delta}");
    say!("found: {name} {bound}");
    say!("{sentence}");
    Ok(())
}

/// The runs on one input.
struct Side<'a> {
    args: &'a Args,
    name: &'static str,
    input: &'a str,
    runs: u64,
    /// Parts of all outcomes so far; half of these are held at once.
    parts: usize,
    /// Whether no run printed anything.
    nothing: bool,
    /// With `lines`: the program that prints, and whether it has printed a line.
    open: Option<(Running, bool)>,
}

/// A program that is ended when nobody reads it any more.
struct Running(Child, BufReader<ChildStdout>);

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended already is not there to be killed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl<'a> Side<'a> {
    fn new(args: &'a Args, name: &'static str, input: &'a str) -> Self {
        Side { args, name, input, runs: 0, parts: 0, nothing: true, open: None }
    }

    fn next(&mut self, advance: &impl Fn()) -> Result<Transcript> {
        let outcome = if self.args.lines { self.line()? } else { self.run()? };
        // An outcome costs a little even if nothing is in it.
        self.parts += outcome.len().max(4) + 2;
        if outcome.len() > PARTS {
            return Err(self
                .refused(&format!("printed more than {PARTS} numbers and words; print the outcome alone")));
        }
        if self.parts > ALL_PARTS {
            return Err(self.refused(&format!(
                "came to more than {ALL_PARTS} numbers and words in all; print fewer, or lower --samples"
            )));
        }
        self.nothing &= outcome.is_empty();
        advance();
        Ok(outcome)
    }

    /// One run of the program.
    fn run(&mut self) -> Result<Transcript> {
        let mut program = self.start()?;
        let mut printed = Vec::new();
        let limit = u64::try_from(BYTES).unwrap_or(u64::MAX) + 1;
        (&mut program.1).take(limit).read_to_end(&mut printed).map_err(|e| self.unreadable(e))?;
        let outcome = self.outcome(&printed)?;
        let status = program.0.wait().map_err(|e| self.unreadable(e))?;
        match (status.success(), self.args.failures) {
            (true, _) => Ok(outcome),
            (false, true) => Ok(outcome.label("failure").label(status.code())),
            (false, false) => {
                Err(self.failed(status, "; run it yourself to see why, or count failures with --failures"))
            }
        }
    }

    /// The next line of a program that prints many, or the first one of its next run.
    fn line(&mut self) -> Result<Transcript> {
        loop {
            let (mut program, mut any) = match self.open.take() {
                Some(open) => open,
                None => (self.start()?, false),
            };
            let mut line = Vec::new();
            let limit = u64::try_from(BYTES).unwrap_or(u64::MAX) + 2;
            let read = (&mut program.1).take(limit).read_until(b'\n', &mut line);
            if read.map_err(|e| self.unreadable(e))? == 0 {
                let status = program.0.wait().map_err(|e| self.unreadable(e))?;
                if !status.success() {
                    return Err(self.failed(status, "; run it yourself to see why"));
                }
                if !any {
                    return Err(self.refused("printed no line; print an outcome a line"));
                }
                continue;
            }
            any |= true;
            self.open = Some((program, any));
            line.pop_if(|last| *last == b'\n');
            return self.outcome(&line);
        }
    }

    fn start(&mut self) -> Result<Running> {
        self.runs += 1;
        let mut words = self.args.command.iter().map(|word| word.replace("{}", self.input));
        let mut child = Command::new(words.next().unwrap_or_default())
            .args(words)
            .env("INCOG_AUDIT_INPUT", self.input)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| Error::io("starting the program", e))?;
        let stdout = child.stdout.take().ok_or_else(|| self.refused("has no stdout"))?;
        Ok(Running(child, BufReader::new(stdout)))
    }

    fn outcome(&self, printed: &[u8]) -> Result<Transcript> {
        if printed.len() > BYTES {
            return Err(self.refused(&format!(
                "printed more than {BYTES} bytes for one outcome; print the outcome alone, or one a line with --lines"
            )));
        }
        let text = std::str::from_utf8(printed)
            .map_err(|_| self.refused("printed what is no UTF-8; print numbers and words"))?;
        if text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
            return Err(self.refused("printed control characters; print numbers and words"));
        }
        Ok(Transcript::parse(text))
    }

    fn refused(&self, what: &str) -> Error {
        Error::new(
            ErrorKind::Data,
            format!("run {} of the program on the {} input {what}", self.runs, self.name),
        )
    }

    fn unreadable(&self, cause: std::io::Error) -> Error {
        Error::io(
            format!("reading what run {} of the program on the {} input prints", self.runs, self.name),
            cause,
        )
    }

    fn failed(&self, status: std::process::ExitStatus, way_out: &str) -> Error {
        let how = match status.code() {
            Some(code) => format!("failed with exit code {code}"),
            None => "was ended by a signal".to_owned(),
        };
        self.refused(&format!("{how}{way_out}"))
    }
}

/// Bytes of one outcome at most: no program is read without a bound.
const BYTES: usize = 1 << 16;
/// Numbers and words of one outcome at most.
const PARTS: usize = 1000;
/// Of all outcomes of a side, where each counts as two more than it has, and as six at least; half are held, at 16 bytes each.
const ALL_PARTS: usize = 1 << 26;
