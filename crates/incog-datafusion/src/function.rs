//! Functions of one row.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, BinaryBuilder, StringArray},
        datatypes::DataType,
    },
    common::ScalarValue,
    error::Result,
    logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility},
};
use incog::pii::Scanner;
use incog_arrow::kernel;

use crate::{Node, cell, error, places::Places};

/// What is done to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    PiiScan,
    PiiContains,
    Redact,
    Token,
    FpeEncrypt,
    FpeDecrypt,
    Generalize,
    QiKey,
    Text,
    Number,
    SampleOrder,
    Recode,
}

/// All of them.
pub(crate) const ALL: [Kind; 12] = [
    Kind::PiiScan,
    Kind::PiiContains,
    Kind::Redact,
    Kind::Token,
    Kind::FpeEncrypt,
    Kind::FpeDecrypt,
    Kind::Generalize,
    Kind::QiKey,
    Kind::Text,
    Kind::Number,
    Kind::SampleOrder,
    Kind::Recode,
];

/// The function `kind`, which takes keys and policies from `node`.
pub(crate) fn function(kind: Kind, node: &Node) -> ScalarUDF {
    let signature = Signature::variadic_any(kind.volatility());
    ScalarUDF::from(Function { kind, signature, node: node.clone() })
}

/// The function of a kind that needs neither.
pub(crate) fn plain(kind: Kind) -> ScalarUDF {
    function(kind, &Node::default())
}

/// A kind, where it runs.
#[derive(Debug)]
struct Function {
    kind: Kind,
    signature: Signature,
    node: Node,
}

/// Functions travel by name: the node is the one that a plan has come to.
impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
    }
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::PiiScan => "pii_scan",
            Kind::PiiContains => "pii_contains",
            Kind::Redact => "redact",
            Kind::Token => "token",
            Kind::FpeEncrypt => "fpe_encrypt",
            Kind::FpeDecrypt => "fpe_decrypt",
            Kind::Generalize => "generalize",
            Kind::QiKey => "qi_key",
            Kind::Text => "text",
            Kind::Number => "number",
            Kind::SampleOrder => "sample_order",
            Kind::Recode => "recode",
        }
    }

    /// How it is called.
    fn usage(self) -> &'static str {
        match self {
            Kind::PiiScan => "pii_scan(text [, policy])",
            Kind::PiiContains => "pii_contains(text [, policy])",
            Kind::Redact => "redact(text [, policy])",
            Kind::Token => "token(text, key, domain, kind)",
            Kind::FpeEncrypt => "fpe_encrypt(text, key, domain, format)",
            Kind::FpeDecrypt => "fpe_decrypt(text, key, domain, format)",
            Kind::Generalize => "generalize(text, policy, column, level)",
            Kind::QiKey => "qi_key(column, ..)",
            Kind::Text => "text(column)",
            Kind::Number => "number(column)",
            Kind::SampleOrder => "sample_order(key, request, column, ..)",
            Kind::Recode => "recode(column, values, labels, missing)",
        }
    }

    fn takes(self, arguments: usize) -> bool {
        match self {
            Kind::PiiScan | Kind::PiiContains | Kind::Redact => (1..=2).contains(&arguments),
            Kind::Token | Kind::FpeEncrypt | Kind::FpeDecrypt | Kind::Generalize | Kind::Recode => {
                arguments == 4
            }
            Kind::QiKey => arguments >= 1,
            Kind::Text | Kind::Number => arguments == 1,
            Kind::SampleOrder => arguments >= 3,
        }
    }

    /// Those with keys and policies are the same within a query, on nodes with the same folder; the others always.
    fn volatility(self) -> Volatility {
        match self {
            Kind::QiKey | Kind::Text | Kind::Number | Kind::Recode => Volatility::Immutable,
            _ => Volatility::Stable,
        }
    }

    fn needs_text(self) -> bool {
        !matches!(self, Kind::QiKey | Kind::Text | Kind::Number | Kind::SampleOrder | Kind::Recode)
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let kind = self.kind;
        let Some(first) = types.first().filter(|_| kind.takes(types.len())) else {
            let what = format!("called with {} arguments; it is {}", types.len(), kind.usage());
            return Err(error::statement(kind.name(), what));
        };
        if kind.needs_text() && !cell::is_text(first) {
            let what = format!("its first argument is {first}, and it works on text; cast it to text");
            return Err(error::statement(kind.name(), what));
        }
        if kind == Kind::Number && !cell::may_be_number(first) {
            let what = format!("its argument is {first}, which holds no numbers; cast it to double");
            return Err(error::statement(kind.name(), what));
        }
        if kind == Kind::Text && !cell::has_text(first) {
            let what =
                format!("its argument is {first}, which has no text; give it a column of another type");
            return Err(error::statement(kind.name(), what));
        }
        Ok(match kind {
            Kind::PiiScan => kernel::findings_type(),
            Kind::PiiContains => DataType::Boolean,
            Kind::QiKey | Kind::SampleOrder => DataType::Binary,
            Kind::Number => DataType::Float64,
            Kind::Text | Kind::Recode => DataType::Utf8,
            _ => first.clone(),
        })
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        // One row stands for all where nothing is a column.
        let scalar = call.args.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let rows = if scalar { 1 } else { call.number_rows };
        let array = self.of_rows(&Call { kind: self.kind, values: &call.args, rows })?;
        Ok(if scalar {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?)
        } else {
            ColumnarValue::Array(array)
        })
    }
}

impl Function {
    fn of_rows(&self, call: &Call<'_>) -> Result<ArrayRef> {
        // Messages name the column by its place: the engine may have renamed it.
        const NAME: &str = "1st argument";
        let node = &self.node;
        let text = || call.array(0);
        let policy = || if call.values.len() > 1 { call.text(1).map(Some) } else { Ok(None) };
        let redactor = || node.redactor(policy()?);
        let scanner_of = |redactor: &incog::pii::Redactor| -> Scanner { redactor.scanner().clone() };
        let core = error::of_core;
        Ok(match self.kind {
            Kind::PiiScan => {
                let scanner = scanner_of(&*redactor()?);
                cell::shared(kernel::scan(NAME, &text()?, &scanner).map_err(core)?)
            }
            Kind::PiiContains => {
                let scanner = scanner_of(&*redactor()?);
                cell::shared(kernel::contains(NAME, &text()?, &scanner).map_err(core)?)
            }
            Kind::Redact => kernel::redact(NAME, &text()?, &*redactor()?).map_err(core)?,
            Kind::Token => {
                let tokenizer = node.tokenizer(call.text(1)?, call.text(2)?, call.text(3)?)?;
                kernel::token(NAME, &text()?, &tokenizer).map_err(core)?
            }
            Kind::FpeEncrypt | Kind::FpeDecrypt => {
                let cipher = node.cipher(call.text(1)?, call.text(2)?, call.text(3)?)?;
                let permute =
                    if self.kind == Kind::FpeEncrypt { kernel::fpe_encrypt } else { kernel::fpe_decrypt };
                permute(NAME, &text()?, &cipher).map_err(core)?
            }
            Kind::Generalize => {
                let hierarchy = node.hierarchy(call.text(1)?, call.text(2)?)?;
                kernel::generalize(NAME, &text()?, &hierarchy, call.level(3)?).map_err(core)?
            }
            Kind::QiKey => cell::shared(cell::packed(&call.arrays(0)?)?),
            Kind::Text => {
                let texts = cell::texts(&text()?)?;
                cell::shared(texts.iter().map(present).collect::<StringArray>())
            }
            Kind::Number => cell::shared(cell::numbers(&text()?)?),
            Kind::SampleOrder => {
                let order = node.order(call.text(0)?, call.text(1)?)?;
                let mut places = BinaryBuilder::with_capacity(call.rows, call.rows * ORDER);
                for key in cell::packed(&call.arrays(2)?)?.iter() {
                    places.append_value(&order.mac(key.unwrap_or_default())[..ORDER]);
                }
                cell::shared(places.finish())
            }
            Kind::Recode => recode(call)?,
        })
    }
}

/// The arguments of a call.
struct Call<'a> {
    kind: Kind,
    values: &'a [ColumnarValue],
    rows: usize,
}

impl Call<'_> {
    fn array(&self, at: usize) -> Result<ArrayRef> {
        self.values[at].to_array(self.rows)
    }

    fn arrays(&self, from: usize) -> Result<Vec<ArrayRef>> {
        self.values[from..].iter().map(|value| value.to_array(self.rows)).collect()
    }

    /// A name, which must be the same for all rows: it is configuration.
    fn text(&self, at: usize) -> Result<&str> {
        match &self.values[at] {
            ColumnarValue::Scalar(value) => value.try_as_str().flatten(),
            ColumnarValue::Array(_) => None,
        }
        .ok_or_else(|| self.not_literal(at, "a text in quotes"))
    }

    fn level(&self, at: usize) -> Result<usize> {
        let level = match &self.values[at] {
            ColumnarValue::Scalar(value) => value.cast_to(&DataType::UInt64).ok(),
            ColumnarValue::Array(_) => None,
        };
        match level {
            Some(ScalarValue::UInt64(Some(level))) => usize::try_from(level).ok(),
            _ => None,
        }
        .ok_or_else(|| self.not_literal(at, "a whole number from 0 on"))
    }

    fn not_literal(&self, at: usize, wanted: &str) -> datafusion::error::DataFusionError {
        let what = format!("argument {} must be {wanted}; it is {}", at + 1, self.kind.usage());
        error::statement(self.kind.name(), what)
    }

    /// The texts of a list that is the same for all rows.
    fn list(&self, at: usize) -> Result<StringArray> {
        let list = match &self.values[at] {
            ColumnarValue::Scalar(ScalarValue::List(list)) if list.len() == 1 => Some(list.value(0)),
            _ => None,
        };
        let texts = list.and_then(|list| list.as_string_opt::<i32>().cloned());
        texts.ok_or_else(|| self.not_literal(at, "a list of texts"))
    }
}

/// Each cell's label: its place in ascending `values` is that in `labels`. A cell that is not among them is null, and a
/// missing one has a label of its own.
fn recode(call: &Call<'_>) -> Result<ArrayRef> {
    let cells = cell::texts(&call.array(0)?)?;
    let (values, labels) = (call.list(1)?, call.list(2)?);
    let missing = match &call.values[3] {
        ColumnarValue::Scalar(value) => value.try_as_str().flatten(),
        ColumnarValue::Array(_) => return Err(call.not_literal(3, "a text in quotes, or null")),
    };
    let places = Places::new(values.iter().map(Option::unwrap_or_default).collect());
    // Rows that follow each other are often equal, and a search costs as much as copying the label.
    let mut last: Option<(&str, Option<usize>)> = None;
    let of = |cell: &str| places.of(cell).filter(|at| *at < labels.len());
    let label = |cell| match (cell, last) {
        (None, _) => missing,
        (Some(cell), Some((text, at))) if text == cell => at.map(|at| labels.value(at)),
        (Some(cell), _) => {
            let at = of(cell);
            last = Some((cell, at));
            at.map(|at| labels.value(at))
        }
    };
    let recoded: StringArray = cells.iter().map(present).map(label).collect();
    Ok(Arc::new(recoded))
}

/// An empty text is a missing cell, as in the core.
fn present(cell: Option<&str>) -> Option<&str> {
    cell.filter(|text| !text.is_empty())
}

/// Bytes of a row's place: two rows of a person share one with a chance below 2^-128 times their pairs.
const ORDER: usize = 16;
