//! What is held of a file while it is read, redacted and written. A process of its own, so that nothing else is in its peak.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::{fs::File, io::BufWriter, sync::Arc};

use arrow_array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use incog::{
    pii::{Redactor, Scanner},
    table::Rows,
};
use incog_arrow::{
    kernel,
    parquet::{Compression, Provenance, Reader, Writer},
    table::Nulls,
};

const ROWS: u64 = 1_000_000;
const AT_A_TIME: u64 = 10_000;
/// One row group of 131,072 rows of some 100 bytes, before and after it is encoded, and batches.
const LIMIT_KIB: u64 = 80 << 10;

#[test]
fn a_file_is_read_redacted_and_written_in_memory_that_its_length_does_not_change() {
    let Some(before) = peak_kib() else {
        println!("skipped: the peak of a process is read from /proc");
        return;
    };
    let folder = std::env::temp_dir().join(format!("incog-arrow-memory-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (raw, out) = (folder.join("raw.parquet"), folder.join("out.parquet"));
    let create = |path| BufWriter::new(File::create(path).unwrap());

    let first = batch(0);
    let mut writer =
        Writer::packed(create(&raw), &first.schema(), &Provenance::default(), Compression::None).unwrap();
    (0..ROWS / AT_A_TIME).for_each(|i| writer.write(&batch(i * AT_A_TIME)).unwrap());
    drop(writer.finish().unwrap());
    let length = std::fs::metadata(&raw).unwrap().len() >> 10;
    assert!(length > LIMIT_KIB, "a file that fits into the limit shows nothing: {length} KiB");

    let redactor = Redactor::builder(Scanner::new()).build();
    let mut reader = Reader::new(File::open(&raw).unwrap(), Nulls::Missing).unwrap();
    let mut writer =
        Writer::packed(create(&out), reader.schema(), &Provenance::default(), Compression::None).unwrap();
    while let Some(batch) = reader.next_batch().unwrap() {
        let note = kernel::redact("note", batch.column(1), &redactor).unwrap();
        let clean = RecordBatch::try_new(batch.schema(), vec![Arc::clone(batch.column(0)), note]).unwrap();
        writer.write(&clean).unwrap();
    }
    drop(writer.finish().unwrap());

    let mut reader = Reader::new(File::open(&out).unwrap(), Nulls::Refuse).unwrap();
    let (mut rows, mut read) = (Rows::default(), 0);
    while reader.next_rows(&mut rows).unwrap() {
        assert!(
            (0..rows.len()).all(|row| rows.cell(row, 1).is_some_and(|note| note.contains("[EMAIL_ADDRESS]")))
        );
        read += rows.len() as u64;
    }
    assert_eq!(read, ROWS);
    std::fs::remove_dir_all(&folder).unwrap();
    let held = peak_kib().unwrap() - before;
    println!("a file of {} MiB: at most {} MiB held", length >> 10, held >> 10);
    assert!(held < LIMIT_KIB, "{held} KiB held");
}

/// Rows that no two of are alike, so that no dictionary is shorter than its cells.
fn batch(first: u64) -> RecordBatch {
    let mixed = |i: u64| i.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let note = |i: u64| {
        let (a, b) = (mixed(i), mixed(i ^ 0x5555));
        Some(format!("order {a:016x} {b:016x} {i} is for user{i}@example.org and leaves the house later"))
    };
    let ids: UInt64Array = (first..first + AT_A_TIME).map(Some).collect();
    let notes: StringArray = (first..first + AT_A_TIME).map(note).collect();
    RecordBatch::try_from_iter([("id", Arc::new(ids) as ArrayRef), ("note", Arc::new(notes) as ArrayRef)])
        .unwrap()
}

/// The most that this process ever held.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
}
