//! Any small table: what leaves a search meets k by a recount, its cells are above those of the input, and no row is lost.

use std::collections::HashMap;

use incog::{
    kanon::{Anonymizer, Hierarchy, Search, model::KAnonymity},
    table::{Column, Table},
};

pub fn holds(data: &[u8]) {
    let [k, search, share, cells @ ..] = data else { return };
    let k = u64::from(k % 5) + 2;
    let search = match search % 5 {
        0 => Search::Optimal,
        1 => Search::Local,
        2 => Search::Mondrian,
        3 => Search::MondrianRelaxed,
        _ => Search::CellSuppression,
    };
    let rows: Vec<&[u8]> = cells.chunks_exact(2).take(200).collect();
    if rows.is_empty() {
        return;
    }
    let text = |i: usize| rows.iter().map(move |r| format!("{:02}", r[i] % 100)).collect::<Vec<_>>();
    let columns = [("a", text(0)), ("b", text(1))];
    let table = Table::new(columns.iter().map(|(n, v)| (*n, Column::from_values(v).expect("few values"))))
        .expect("equal lengths");
    let request = Anonymizer::builder()
        .quasi_identifier("a", Hierarchy::prefix(&[2, 1, 0]).expect("nests"))
        .quasi_identifier("b", Hierarchy::intervals(&[5.0, 20.0], 0.0).expect("nests"))
        .model(KAnonymity::new(k).expect("at least 2"))
        .max_suppressed(f64::from(share % 4) / 10.0)
        .search(search)
        .build()
        .expect("a good request");
    let Ok(outcome) = request.run(&table) else {
        assert!((rows.len() as u64) < k, "one class of all rows would do");
        return;
    };
    let released = outcome.table().expect("equal lengths");
    let cell =
        |column: &str, row: usize| released.column(column).ok().and_then(|c| c.cell(row)).expect("there");
    let mut classes: HashMap<(&str, &str), u64> = HashMap::new();
    for (row, &input) in outcome.kept_rows().iter().enumerate() {
        let (a, b) = (cell("a", row), cell("b", row));
        *classes.entry((a, b)).or_default() += 1;
        let (was, number) = (&columns[0].1[input], rows[input][1] % 100);
        assert!(a == "*" || a == was || a == format!("{}*", &was[..1]), "{a} is above {was}");
        let inside = b.strip_prefix('[').and_then(|r| r.split_once(", ")).is_none_or(|(low, high)| {
            let closed = high.ends_with(']');
            let (low, high): (i32, i32) =
                (low.parse().expect("a number"), high[..high.len() - 1].parse().expect("a number"));
            let number = i32::from(number);
            low <= number && (number < high || closed && number == high)
        });
        assert!(
            inside && (b.starts_with('[') || b == "*" || b.parse() == Ok(number)),
            "{b} is above {number}"
        );
    }
    assert!(classes.values().all(|&n| n >= k), "a class below k");
    let report = outcome.report();
    assert_eq!(report.rows, released.rows() as u64 + report.suppressed_rows);
    assert_eq!(report.classes, classes.len() as u64);
}
