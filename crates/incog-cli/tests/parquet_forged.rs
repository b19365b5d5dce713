//! Released files of Parquet with the right rows, and more in them than a release writes. The card is made to fit: both verifiers
//! have to find it in the file itself.

use std::{fs, process::Command};

use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema, SchemaRef};
use incog::evidence::sha256_hex;
use incog_arrow::{
    parquet::{Bytes, read_path},
    table::{Nulls, batch_of, text_schema},
};
use parquet::{
    arrow::{ArrowWriter, arrow_writer::ArrowWriterOptions},
    basic::Compression,
    data_type::ByteArray,
    file::{
        metadata::{
            ColumnChunkMetaData, ColumnChunkMetaDataBuilder, FileMetaData, KeyValue, ParquetMetaData,
            ParquetMetaDataOptions, ParquetMetaDataReader, ParquetMetaDataWriter, SortingColumn,
        },
        properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder},
        statistics::Statistics,
    },
};
use serde_json::Value;

use crate::{
    parquet::folder,
    support::{Folder, incog},
};

const STATISTICS: &str = "it holds statistics or an index of its cells";
const OTHER_BYTES: &str = "it holds bytes that belong to no column";
const UNWRITTEN: &str = "its metadata is not written as a release writes it";

#[test]
fn a_released_file_that_holds_more_than_its_cells_is_found_by_both_verifiers() {
    let folder = folder(600);
    let out = folder.file("out");
    incog(&["apply", &folder.file("parquet.toml"), "-o", &out]).done();
    let path = folder.path().join("out/table.parquet");
    let genuine = fs::read(&path).unwrap();
    let table = read_path(&path, Nulls::Missing).unwrap();
    let batch = batch_of(&table, &text_schema(table.names())).unwrap();
    let policy = folder.json("out/card.json")["policy_sha256"].as_str().unwrap().to_owned();
    let card = folder.read("out/card.json");
    let second = has_pyarrow();
    if !second {
        println!("skipped: pyarrow is not there, so the second verifier was not asked");
    }

    // What is changed below is all that differs from a release.
    let same = Writing::of(&policy).file(&batch);
    assert!(same == genuine, "a release is written in another way than this test writes it");
    let rewritten = with_end(&genuine, |end| end, |chunk| chunk);
    assert!(rewritten == genuine, "the end of a release is written in another way than this test writes it");

    for (what, file, said) in forged(&policy, &batch, &genuine) {
        assert!(file != genuine, "{what}");
        put(&folder, &card, &file);
        let run = incog(&["verify", &out]).exits(1);
        let line =
            run.stdout.lines().find(|line| line.starts_with("DIFFERS") && line.contains("table.parquet"));
        assert!(line.is_some_and(|line| line.contains(said)), "{what}: {said}\n{run}");
        assert!(!run.stdout.contains("CANARY"), "{what}\n{run}");
        if second {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/verify/verify.py");
            let found = Command::new("python3").args([script, &out]).output().unwrap();
            let stdout = String::from_utf8(found.stdout).unwrap();
            let line = stdout.lines().find(|line| line.contains("/outputs/") && line.contains("DIFFERS"));
            assert_eq!(found.status.code(), Some(1), "{what}\n{stdout}");
            assert!(line.is_some_and(|line| line.contains(said)), "{what}: {said}\n{stdout}");
            assert!(!stdout.contains("CANARY"), "{what}\n{stdout}");
        }
    }
    put(&folder, &card, &genuine);
    incog(&["verify", &out]).done();
}

/// What was forged, the file, what is said of it.
fn forged(policy: &str, batch: &RecordBatch, genuine: &[u8]) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let note = KeyValue::new("note".to_owned(), "CANARY".to_owned());
    let policy_is = KeyValue::new("incog.policy".to_owned(), policy.to_owned());
    let writing = || Writing::of(policy);
    let of_end = |change: &dyn Fn(FileMetaData) -> FileMetaData| with_end(genuine, change, |chunk| chunk);
    let of_chunk = |change: &dyn Fn(ColumnChunkMetaDataBuilder) -> ColumnChunkMetaDataBuilder| {
        with_end(genuine, |end| end, change)
    };
    let others = |end: FileMetaData, writer: Option<&str>, entries: Vec<KeyValue>| {
        let order = end.column_orders().cloned();
        let writer = writer.map(str::to_owned);
        FileMetaData::new(end.version(), end.num_rows(), writer, Some(entries), end.schema_descr_ptr(), order)
    };
    let only_policy = || vec![policy_is.clone()];
    // Of each page alone: those of the chunks are taken out again.
    let of_pages = writing()
        .with(|p| p.set_statistics_enabled(EnabledStatistics::Page).set_write_page_header_statistics(true))
        .file(batch);
    let sorted = SortingColumn { column_idx: 0, descending: false, nulls_first: false };
    let numbered = |field: &Field| {
        let id = [("PARQUET:field_id".to_owned(), "7".to_owned())].into();
        field.clone().with_metadata(id)
    };
    let numbered: SchemaRef =
        Schema::new(batch.schema().fields().iter().map(|f| numbered(f)).collect::<Vec<_>>()).into();
    vec![
        (
            "smallest and largest values, written by the library",
            writing().with(|p| p.set_statistics_enabled(EnabledStatistics::Chunk)).file(batch),
            STATISTICS,
        ),
        (
            "smallest and largest values in the end of a file",
            of_chunk(&|chunk| {
                let least = Some(ByteArray::from("CANARY"));
                chunk.set_statistics(Statistics::new(least.clone(), least, None, None, false))
            }),
            STATISTICS,
        ),
        (
            "a count of nulls",
            of_chunk(&|chunk| {
                chunk.set_statistics(Statistics::new::<ByteArray>(None, None, None, Some(3), false))
            }),
            STATISTICS,
        ),
        (
            "a page index",
            writing()
                .with(|p| p.set_statistics_enabled(EnabledStatistics::Page).set_offset_index_disabled(false))
                .file(batch),
            STATISTICS,
        ),
        ("a bloom filter", writing().with(|p| p.set_bloom_filter_enabled(true)).file(batch), STATISTICS),
        (
            "values in the headers of pages",
            with_end(&of_pages, |end| end, of_nothing),
            "field 5 of the structure of a data page's header",
        ),
        (
            "lengths of texts",
            of_chunk(&|chunk| chunk.set_unencoded_byte_array_data_bytes(Some(77))),
            "field 16 of the structure of a column chunk's metadata",
        ),
        (
            "an order of rows",
            writing().with(|p| p.set_sorting_columns(Some(vec![sorted.clone()]))).file(batch),
            "field 4 of the structure of a row group",
        ),
        (
            "the path of another file",
            of_chunk(&|chunk| chunk.set_file_path("CANARY".to_owned())),
            "field 1 of the structure of a column chunk",
        ),
        (
            "another writer",
            of_end(&|end| others(end, Some("incog 0.1.0 CANARY"), only_policy())),
            "names a version or a writer that is none of incog",
        ),
        ("no writer", of_end(&|end| others(end, None, only_policy())), UNWRITTEN),
        (
            "metadata beside the policy",
            of_end(&|end| {
                others(
                    end.clone(),
                    end.created_by().map(str::to_owned).as_deref(),
                    vec![policy_is.clone(), note.clone()],
                )
            }),
            "its metadata is not the digest of the card's policy alone",
        ),
        (
            "another policy",
            of_end(&|end| {
                let writer = end.created_by().map(str::to_owned);
                others(
                    end,
                    writer.as_deref(),
                    vec![KeyValue::new("incog.policy".to_owned(), "CANARY".to_owned())],
                )
            }),
            "its metadata is not the digest of the card's policy alone",
        ),
        (
            "metadata of a column chunk",
            with_chunk_metadata(genuine),
            "field 8 of the structure of a column chunk's metadata",
        ),
        (
            "a field that nobody knows",
            // The last byte ends the structure; the field before has the number 7.
            with_footer(genuine, |end| [&end[..end.len() - 1], b"\xf8\x06CANARY\0"].concat()),
            "field 22 of the structure of the file",
        ),
        (
            "a number with a longer form than it needs",
            with_footer(genuine, |end| [&end[..1], b"\x82\0", &end[2..]].concat()),
            UNWRITTEN,
        ),
        ("bytes behind the structure", with_footer(genuine, |end| [end, b"CANARY"].concat()), OTHER_BYTES),
        ("bytes behind the pages", with_gap(genuine, false), OTHER_BYTES),
        ("bytes before the pages", with_gap(genuine, true), "the header of a page is not written as"),
        ("a name of the schema", writing().root("CANARY").file(batch), "its schema has another name"),
        (
            "numbers of columns",
            writing().file(&RecordBatch::try_new(numbered, batch.columns().to_vec()).unwrap()),
            "field 9 of the structure of a column",
        ),
    ]
}

/// How a file is written: as a release, but for what is changed.
struct Writing {
    properties: WriterPropertiesBuilder,
    root: Option<String>,
}

impl Writing {
    fn of(policy: &str) -> Self {
        let entry = KeyValue::new("incog.policy".to_owned(), policy.to_owned());
        let properties = WriterProperties::builder()
            .set_created_by(format!("incog {}", env!("CARGO_PKG_VERSION")))
            .set_key_value_metadata(Some(vec![entry]))
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
            .set_compression(Compression::SNAPPY);
        Writing { properties, root: None }
    }

    fn with(mut self, change: impl FnOnce(WriterPropertiesBuilder) -> WriterPropertiesBuilder) -> Self {
        self.properties = change(self.properties);
        self
    }

    fn root(mut self, name: &str) -> Self {
        self.root = Some(name.to_owned());
        self
    }

    fn file(self, batch: &RecordBatch) -> Vec<u8> {
        let options =
            ArrowWriterOptions::new().with_properties(self.properties.build()).with_skip_arrow_metadata(true);
        let options = match self.root {
            Some(root) => options.with_schema_root(root),
            None => options,
        };
        let mut writer = ArrowWriter::try_new_with_options(Vec::new(), batch.schema(), options).unwrap();
        writer.write(batch).unwrap();
        writer.into_inner().unwrap()
    }
}

/// The pages of a file, and its end as bytes.
fn parts(file: &[u8]) -> (&[u8], &[u8]) {
    let length = u32::from_le_bytes(file[file.len() - 8..file.len() - 4].try_into().unwrap()) as usize;
    file[..file.len() - 8].split_at(file.len() - 8 - length)
}

fn with_footer(file: &[u8], change: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let (pages, end) = parts(file);
    let end = change(end);
    let length = u32::try_from(end.len()).unwrap().to_le_bytes();
    [pages, &end, &length, b"PAR1"].concat()
}

/// The same pages, and nothing behind them, under another end.
fn with_end(
    file: &[u8],
    end: impl Fn(FileMetaData) -> FileMetaData,
    chunk: impl Fn(ColumnChunkMetaDataBuilder) -> ColumnChunkMetaDataBuilder,
) -> Vec<u8> {
    let found = metadata(file);
    let groups = found.row_groups().iter().map(|group| {
        let changed = |c: &ColumnChunkMetaData| chunk(c.clone().into_builder()).build().unwrap();
        let chunks = group.columns().iter().map(changed).collect();
        group.clone().into_builder().set_column_metadata(chunks).build().unwrap()
    });
    let changed = ParquetMetaData::new(end(found.file_metadata().clone()), groups.collect());
    let pages: i64 = found.row_groups().iter().map(|group| group.compressed_size()).sum();
    let mut forged = file[..4 + usize::try_from(pages).unwrap()].to_vec();
    ParquetMetaDataWriter::new(&mut forged, &changed).finish().unwrap();
    forged
}

fn metadata(file: &[u8]) -> ParquetMetaData {
    let all = ParquetMetaDataOptions::new().with_encoding_stats_as_mask(false);
    let reader = ParquetMetaDataReader::new().with_metadata_options(Some(all));
    reader.parse_and_finish(&Bytes::copy_from_slice(file)).unwrap()
}

fn of_nothing(chunk: ColumnChunkMetaDataBuilder) -> ColumnChunkMetaDataBuilder {
    chunk
        .clear_statistics()
        .set_unencoded_byte_array_data_bytes(None)
        .set_definition_level_histogram(None)
        .set_repetition_level_histogram(None)
        .set_column_index_offset(None)
        .set_column_index_length(None)
        .set_offset_index_offset(None)
        .set_offset_index_length(None)
}

/// A list of one entry as field 8 of the first column chunk's metadata, which the library does not write.
fn with_chunk_metadata(file: &[u8]) -> Vec<u8> {
    let found = metadata(file);
    let chunk = found.row_group(0).column(0);
    let number = |n: i64| {
        let mut n = u64::try_from(n).unwrap() * 2;
        let mut bytes = Vec::new();
        while n >= 0x80 {
            bytes.push(u8::try_from(n & 0x7f).unwrap() | 0x80);
            n >>= 7;
        }
        bytes.push(u8::try_from(n).unwrap());
        bytes
    };
    // Fields 7 and 9: the size of the pages, and where the first of data is.
    let before = [&[0x16][..], &number(chunk.compressed_size())].concat();
    let after = number(chunk.data_page_offset());
    let genuine = [&before[..], &[0x26], &after].concat();
    let forged = [&before[..], b"\x19\x1c\x18\x06CANARY\x18\x06CANARY\0\x16", &after].concat();
    with_footer(file, |end| {
        let at = end.windows(genuine.len()).position(|w| w == genuine).unwrap();
        [&end[..at], &forged, &end[at + genuine.len()..]].concat()
    })
}

/// Bytes that no offset points to; those before the pages are behind the mark.
fn with_gap(file: &[u8], before: bool) -> Vec<u8> {
    let at = if before { 4 } else { parts(file).0.len() };
    [&file[..at], b"canary!!", &file[at..]].concat()
}

/// Writes the file into the release, and its digest onto the card.
fn put(folder: &Folder, card: &str, file: &[u8]) {
    folder.write("out/table.parquet", file);
    let mut card: Value = serde_json::from_str(card).unwrap();
    for output in card["outputs"].as_array_mut().unwrap() {
        if output["file"] == "table.parquet" {
            output["sha256"] = sha256_hex(file).into();
        }
    }
    folder.write("out/card.json", serde_json::to_string_pretty(&card).unwrap());
}

fn has_pyarrow() -> bool {
    let check = "import sys, pyarrow.parquet; sys.exit(sys.version_info < (3, 11))";
    Command::new("python3").args(["-c", check]).output().is_ok_and(|run| run.status.success())
}
