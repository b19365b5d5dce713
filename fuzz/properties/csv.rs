//! Any bytes: an error or a table whose cells survive being written and read again. As JSON Lines: an error or a table.

use incog::table::{
    csv::{Dialect, Encoding, Writer, read},
    json_lines,
};

pub fn holds(data: &[u8]) {
    if let Ok(table) = json_lines::read(data, Encoding::Utf8) {
        assert!(table.rows() <= data.len());
    }
    let dialect = Dialect::default();
    let Ok(table) = read(data, dialect) else { return };
    let mut written = Vec::new();
    // Verbatim, so that every cell must come back as it was.
    let writer = Writer::new(dialect).verbatim(table.names().iter().cloned());
    writer.write(&table, &mut written).expect("writing to memory");
    let again = match read(&written[..], dialect) {
        Ok(again) => again,
        // Names are defused even where cells are not, which can make two of them equal.
        Err(e) if e.to_string().contains("occurs twice") => return,
        // A row of one missing cell is an empty line, which reads as no row: only in tables of one column.
        Err(e) => panic!("what was written cannot be read: {e}"),
    };
    assert_eq!(table.names().len(), again.names().len());
    if table.names().len() > 1 {
        assert_eq!(table.rows(), again.rows());
        for ((_, before), (_, after)) in table.iter().zip(again.iter()) {
            for row in 0..table.rows() {
                assert_eq!(before.cell(row), after.cell(row));
            }
        }
    }
    // Defused, no cell starts a formula.
    let mut defused = Vec::new();
    Writer::new(dialect).write(&table, &mut defused).expect("writing to memory");
    let Ok(defused) = read(&defused[..], dialect) else { return };
    for (_, column) in defused.iter() {
        for cell in column.dictionary() {
            assert!(!cell.starts_with(['=', '@', '\t', '\r']), "a formula got through");
        }
    }
}
