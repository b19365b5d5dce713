//! Clipped aggregates: exact totals on a lattice, so that no order of rows, cut into parts or repeated task changes a digit.

use std::{
    fmt,
    hash::{Hash, Hasher},
    mem,
    sync::Arc,
};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions},
        datatypes::{DataType, Decimal128Type, Field, FieldRef, Schema, UInt64Type},
    },
    common::{ScalarValue, exec_err},
    error::Result,
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, Signature, Volatility,
        function::{AccumulatorArgs, StateFieldsArgs},
        utils::{AggregateOrderSensitivity, format_state_name},
    },
    physical_plan::PhysicalExpr,
};
use incog::dp::{Moment, Summand, Unreadable};

use crate::{cell, error};

/// What is made of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Count,
    Sum,
    Mean,
    Total,
}

/// All of them.
pub(crate) const ALL: [Kind; 4] = [Kind::Count, Kind::Sum, Kind::Mean, Kind::Total];

/// The aggregate `kind`.
pub(crate) fn aggregate(kind: Kind) -> AggregateUDF {
    AggregateUDF::from(Clipped { kind, signature: Signature::variadic_any(Volatility::Immutable) })
}

/// Its signature says nothing more than its kind.
#[derive(Debug)]
struct Clipped {
    kind: Kind,
    signature: Signature,
}

impl PartialEq for Clipped {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Eq for Clipped {}

impl Hash for Clipped {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
    }
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Count => "clip_count",
            Kind::Sum => "clip_sum",
            Kind::Mean => "clip_mean",
            Kind::Total => "clip_total",
        }
    }

    fn usage(self) -> &'static str {
        match self {
            Kind::Count => "clip_count(column, lower, upper [, unreadable])",
            Kind::Sum => "clip_sum(column, lower, upper [, unreadable])",
            Kind::Mean => "clip_mean(column, lower, upper [, unreadable])",
            Kind::Total => "clip_total(column, moment, lower, upper [, unreadable])",
        }
    }

    fn result(self) -> DataType {
        match self {
            Kind::Count => DataType::UInt64,
            Kind::Sum | Kind::Mean => DataType::Float64,
            Kind::Total => TOTAL,
        }
    }
}

impl AggregateUDFImpl for Clipped {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let least = if self.kind == Kind::Total { 4 } else { 3 };
        if !(least..=least + 1).contains(&types.len()) {
            let what = format!("called with {} arguments; it is {}", types.len(), self.kind.usage());
            return Err(error::statement(self.kind.name(), what));
        }
        match types.first().filter(|first| !cell::may_be_number(first)) {
            None => Ok(self.kind.result()),
            Some(first) => {
                let what = format!("its column is {first}, which holds no numbers; cast it to double");
                Err(error::statement(self.kind.name(), what))
            }
        }
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        if args.is_distinct {
            let what = "DISTINCT would count a person's equal rows once, and that is no bound; leave it out";
            return Err(error::statement(self.kind.name(), what));
        }
        let summand = summand(self.kind, args.exprs)?;
        Ok(Box::new(Running { kind: self.kind, summand, steps: 0, rows: 0 }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let field = |name: &str, of| Arc::new(Field::new(format_state_name(args.name, name), of, false));
        Ok(vec![field("steps", TOTAL), field("rows", DataType::UInt64)])
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

/// The summand that the arguments behind the column say.
fn summand(kind: Kind, arguments: &[Arc<dyn PhysicalExpr>]) -> Result<Summand> {
    let values =
        arguments.iter().skip(1).map(|argument| literal(kind, argument)).collect::<Result<Vec<_>>>()?;
    let wrong = |what: &str| error::statement(kind.name(), format!("{what}; it is {}", kind.usage()));
    let text = |value: &ScalarValue| value.try_as_str().flatten().map(str::to_owned);
    let number = |value: Option<&ScalarValue>| match value.map(|v| v.cast_to(&DataType::Float64)) {
        Some(Ok(ScalarValue::Float64(Some(number)))) => Ok(number),
        _ => Err(wrong("bounds are numbers")),
    };
    let (moment, values) = match (kind, values.split_first()) {
        (Kind::Total, Some((first, rest))) => {
            let word = text(first).unwrap_or_default();
            let known = MOMENTS.iter().find(|(name, _)| *name == word);
            let moment = known.ok_or_else(|| wrong("a moment is 'rows', 'value', 'distance' or 'square'"))?.1;
            (moment, rest)
        }
        (Kind::Count, _) => (Moment::Rows, values.as_slice()),
        _ => (Moment::Value, values.as_slice()),
    };
    let unreadable = match values.get(2) {
        None => Unreadable::Lower,
        Some(value) => match text(value).as_deref() {
            Some("lower") => Unreadable::Lower,
            Some("upper") => Unreadable::Upper,
            Some("left_out") => Unreadable::LeftOut,
            Some(_) => {
                return Err(wrong("unreadable cells count as 'lower', 'upper', 'left_out' or a number"));
            }
            None => Unreadable::Value(number(Some(value))?),
        },
    };
    Summand::new(kind.name(), moment, number(values.first())?, number(values.get(1))?, unreadable)
        .map_err(error::of_core)
}

/// The value of an argument that no row changes.
fn literal(kind: Kind, argument: &Arc<dyn PhysicalExpr>) -> Result<ScalarValue> {
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    let nothing = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options)?;
    match argument.evaluate(&nothing) {
        Ok(ColumnarValue::Scalar(value)) => Ok(value),
        Ok(ColumnarValue::Array(array)) if array.len() == 1 => ScalarValue::try_from_array(&array, 0),
        _ => Err(error::statement(
            kind.name(),
            format!("bounds are written out, never taken from the data; it is {}", kind.usage()),
        )),
    }
}

/// A total so far. Shows nothing of it.
struct Running {
    kind: Kind,
    summand: Summand,
    steps: i128,
    rows: u64,
}

impl Accumulator for Running {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let numbers = cell::numbers(&values[0])?;
        let (steps, rows) = if numbers.null_count() == 0 {
            self.summand.total(numbers.values())
        } else {
            let numbers: Vec<f64> = numbers.iter().map(|n| n.unwrap_or(f64::NAN)).collect();
            self.summand.total(&numbers)
        };
        self.add(steps, rows)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let steps = states[0].as_primitive::<Decimal128Type>();
        let rows = states[1].as_primitive::<UInt64Type>();
        for (steps, rows) in steps.iter().zip(rows) {
            self.add(steps.unwrap_or(0), rows.unwrap_or(0))?;
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![total(self.steps), ScalarValue::UInt64(Some(self.rows))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(match self.kind {
            Kind::Count => ScalarValue::UInt64(Some(self.rows)),
            Kind::Sum => ScalarValue::Float64(Some(self.summand.to_f64(self.steps))),
            Kind::Mean if self.rows == 0 => ScalarValue::Float64(None),
            Kind::Mean => {
                #[allow(clippy::cast_precision_loss, reason = "a mean is rounded anyway")]
                let rows = self.rows as f64;
                ScalarValue::Float64(Some(self.summand.to_f64(self.steps) / rows))
            }
            Kind::Total => total(self.steps),
        })
    }

    fn size(&self) -> usize {
        mem::size_of_val(self)
    }
}

impl Running {
    fn add(&mut self, steps: i128, rows: u64) -> Result<()> {
        match (self.steps.checked_add(steps), self.rows.checked_add(rows)) {
            (Some(steps), Some(rows)) if steps.unsigned_abs() < LARGEST => {
                (self.steps, self.rows) = (steps, rows);
                Ok(())
            }
            _ => exec_err!("{}: more rows than a total has room for, 2^64", self.kind.name()),
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("kind", &self.kind).finish_non_exhaustive()
    }
}

fn total(steps: i128) -> ScalarValue {
    ScalarValue::Decimal128(Some(steps), 38, 0)
}

/// The words for moments.
pub(crate) const MOMENTS: [(&str, Moment); 4] = [
    ("rows", Moment::Rows),
    ("value", Moment::Value),
    ("distance", Moment::Distance),
    ("square", Moment::Square),
];
/// 2^64 rows of at most 2^40 steps stay below 10^32.
const TOTAL: DataType = DataType::Decimal128(38, 0);
/// 10^38: what its digits hold.
const LARGEST: u128 = 10u128.pow(38);
