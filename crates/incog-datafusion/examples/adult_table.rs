//! How do I get a large table to try things on?
//!
//! ```text
//! cargo run --profile engine -p incog-datafusion --example adult_table -- FOLDER ROWS [FILES]
//! ```
//!
//! Writes Parquet files with ROWS rows that look like the Adult census table: its nine quasi-identifying columns, a person with one
//! to three rows, and a note. Rows come close to one of as many as that table has, so that cells of a row go together and distinct
//! rows grow far slower than rows. The same rows for the same numbers, whatever the machine; nobody in it exists.

use std::{error::Error, fs, path::Path, sync::Arc};

use datafusion::{
    arrow::array::{Int64Array, RecordBatch, StringArray},
    parquet::{
        arrow::ArrowWriter,
        basic::{Compression, ZstdLevel},
        file::properties::WriterProperties,
    },
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, rows, files @ ..] = arguments.as_slice() else {
        return Err("say a folder, a number of rows and, if you like, of files".into());
    };
    let (rows, files): (u64, u64) = (rows.parse()?, files.first().map_or(Ok(4), |f| f.parse())?);
    fs::create_dir_all(folder)?;
    for file in 0..files {
        let (start, end) = (rows * file / files, rows * (file + 1) / files);
        write(&Path::new(folder).join(format!("part-{file:04}.parquet")), start, end)?;
    }
    println!("{rows} rows in {files} files in {folder}");
    Ok(())
}

fn write(path: &Path, start: u64, end: u64) -> Result<(), Box<dyn Error>> {
    let level = Compression::ZSTD(ZstdLevel::try_new(1)?);
    let properties = WriterProperties::builder().set_compression(level).build();
    let mut writer =
        ArrowWriter::try_new(fs::File::create_new(path)?, batch(0, 0)?.schema(), Some(properties))?;
    for start in (start..end).step_by(1 << 16) {
        writer.write(&batch(start, end.min(start + (1 << 16)))?)?;
    }
    writer.close()?;
    Ok(())
}

fn batch(start: u64, end: u64) -> Result<RecordBatch, Box<dyn Error>> {
    let text = |f: &dyn Fn(u64) -> String| Arc::new(StringArray::from_iter_values((start..end).map(f)));
    let of = |column: u64, shares: &'static [(&'static str, u64)]| {
        text(&move |row| cell(row, column, shares).to_owned())
    };
    let number = |f: &dyn Fn(u64) -> i64| Arc::new((start..end).map(f).collect::<Int64Array>());
    Ok(RecordBatch::try_from_iter([
        // Three of four rows are a person's first, and a sixth is a third one: the same person as some rows before.
        ("person", number(&|row| (row - row % 4 % 3).cast_signed()) as _),
        ("sex", of(1, &[("Male", 670), ("Female", 330)]) as _),
        ("age", number(&age) as _),
        ("race", of(3, RACES) as _),
        ("marital-status", of(4, MARITAL) as _),
        ("education", of(5, EDUCATION) as _),
        ("native-country", of(6, COUNTRIES) as _),
        ("workclass", of(7, WORK) as _),
        ("occupation", of(8, OCCUPATIONS) as _),
        ("salary-class", of(9, &[("<=50K", 750), (">50K", 250)]) as _),
        ("note", text(&|row| note(row)) as _),
    ])?)
}

/// What the row resembles: one of as many as the census table has without missing cells.
fn model(row: u64) -> u64 {
    (1 << 40) + random(row, 0) % 30_162
}

/// The cell of the model; one of twenty is another one.
fn cell(row: u64, column: u64, shares: &'static [(&'static str, u64)]) -> &'static str {
    let own = random(row, column);
    pick(if own.is_multiple_of(20) { own / 20 } else { random(model(row), column) } % 1000, shares)
}

/// Up to three years from the model's. Young people are more frequent: the least of two draws.
fn age(row: u64) -> i64 {
    let model = model(row);
    let years = (random(model, 2) % 74).min(random(model, 10) % 74) + random(row, 2) % 7;
    14 + years.clamp(3, 76).cast_signed()
}

/// One in four holds something to find.
fn note(row: u64) -> String {
    let n = random(row, 13);
    match n % 8 {
        0 => format!("prefers mail to user{}@example.org, called twice", n % 100_003),
        1 => format!("reached at +1 212 555 {:04} after five", n % 10_000),
        _ => format!("visit {} went as planned, next in {} weeks", n % 97, n % 13),
    }
}

/// SplitMix64 (Steele, Lea, Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014): each cell by itself.
fn random(row: u64, column: u64) -> u64 {
    let mut z = (row * 16 + column).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The value whose share holds `permille`; the last one has the rest.
fn pick(permille: u64, shares: &'static [(&'static str, u64)]) -> &'static str {
    let mut below = 0;
    let mut holds = |(_, share): &&(&str, u64)| {
        below += share;
        permille < below
    };
    shares.iter().find(|of| holds(of)).or(shares.last()).map_or("", |(value, _)| value)
}

// Values and shares, in rows of a thousand, after the census table (UCI repository, *Adult*).
const RACES: &[(&str, u64)] =
    &[("White", 860), ("Black", 93), ("Asian-Pac-Islander", 30), ("Amer-Indian-Eskimo", 9), ("Other", 8)];
const MARITAL: &[(&str, u64)] = &[
    ("Married-civ-spouse", 466),
    ("Never-married", 323),
    ("Divorced", 140),
    ("Separated", 31),
    ("Widowed", 27),
    ("Married-spouse-absent", 12),
    ("Married-AF-spouse", 1),
];
const EDUCATION: &[(&str, u64)] = &[
    ("HS-grad", 326),
    ("Some-college", 221),
    ("Bachelors", 167),
    ("Masters", 54),
    ("Assoc-voc", 43),
    ("11th", 35),
    ("Assoc-acdm", 33),
    ("10th", 27),
    ("7th-8th", 18),
    ("Prof-school", 18),
    ("9th", 15),
    ("12th", 13),
    ("Doctorate", 12),
    ("5th-6th", 10),
    ("1st-4th", 5),
    ("Preschool", 3),
];
const COUNTRIES: &[(&str, u64)] = &[
    ("United-States", 912),
    ("Mexico", 20),
    ("Philippines", 6),
    ("Germany", 5),
    ("Puerto-Rico", 4),
    ("Canada", 4),
    ("India", 3),
    ("El-Salvador", 3),
    ("Cuba", 3),
    ("England", 3),
    ("China", 3),
    ("Jamaica", 3),
    ("Italy", 2),
    ("Poland", 2),
    ("Vietnam", 2),
    ("Others", 25),
];
const WORK: &[(&str, u64)] = &[
    ("Private", 737),
    ("Self-emp-not-inc", 83),
    ("Local-gov", 68),
    ("State-gov", 42),
    ("Self-emp-inc", 36),
    ("Federal-gov", 31),
    ("Without-pay", 3),
];
const OCCUPATIONS: &[(&str, u64)] = &[
    ("Craft-repair", 134),
    ("Prof-specialty", 134),
    ("Exec-managerial", 132),
    ("Adm-clerical", 123),
    ("Sales", 119),
    ("Other-service", 106),
    ("Machine-op-inspct", 65),
    ("Transport-moving", 52),
    ("Handlers-cleaners", 45),
    ("Farming-fishing", 33),
    ("Tech-support", 30),
    ("Protective-serv", 21),
    ("Priv-house-serv", 5),
    ("Armed-Forces", 1),
];
