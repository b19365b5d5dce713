//! Parquet files in and out, a stretch of rows at a time.
//!
//! What is read of a file is its columns and their cells: its statistics, page index and bloom filters are not looked at, of its
//! key-value metadata only the types in the schema of Arrow, and no metadata of schema or fields comes out again. What is written holds no statistics, no page index and no bloom filter:
//! the smallest and largest value of a column are values of it, which whoever reads only the end of a file would see.
//!
//! # Examples
//! ```
//! use incog::table::{Column, Table};
//! use incog_arrow::{parquet::{self, Provenance, Writer}, table::{Nulls, batch_of, text_schema}};
//! let table = Table::new([("age", Column::from_values(["34", "35"])?)])?;
//! let schema = text_schema(table.names());
//! let policy = "a".repeat(64);
//! let mut writer = Writer::new(Vec::new(), &schema, &Provenance::of_policy(&policy))?;
//! writer.write(&batch_of(&table, &schema)?)?;
//! let file = writer.finish()?;
//!
//! let back = parquet::read(parquet::Bytes::from(file.clone()), Nulls::Missing)?;
//! assert_eq!(back.column("age")?.cell(1), Some("35"));
//!
//! let error = parquet::read(parquet::Bytes::from(file[..file.len() / 2].to_vec()), Nulls::Missing).unwrap_err();
//! assert_eq!(error.to_string(), "the file is no whole Parquet file; is it cut, or still being written?");
//! # Ok::<(), incog::Error>(())
//! ```

mod files;
mod layout;
mod reader;
mod writer;

pub use files::Files;
pub use reader::{Bytes, Reader, read, read_path};
pub use writer::{Compression, Provenance, Writer};
