//! The search that a verifier repeats: `evidence` uses no engine, so it is handed in.

use std::cell::RefCell;

use crate::{
    error::Result,
    pii::{Confidence, Entity, Scanner},
};

/// What a [`Verifier`](crate::evidence::Verifier) takes to search released text again: the catalog's scanner, for the entities
/// and at the confidence that the card names. It is the one that redacted the text, and the card says so.
///
/// # Examples
/// ```
/// use incog::{evidence::Verifier, pipeline::rescan};
/// let scan = rescan();
/// let verifier = Verifier::new(&scan);
/// assert!(verifier.verify(std::path::Path::new("no such folder")).is_err());
/// assert_eq!(scan(&["IBAN".to_owned()], 500, "note", "to ada@example.org")?, 0);
/// assert_eq!(scan(&["EMAIL_ADDRESS".to_owned()], 500, "note", "to ada@example.org")?, 1);
/// # Ok::<(), incog::Error>(())
/// ```
///
/// # Errors
/// What it gives back fails with `Parameter` if an entity or a confidence of the card is none that the catalog has.
pub fn rescan() -> impl Fn(&[String], u16, &str, &str) -> Result<usize> {
    // Cells come by the million and claims one after the other: a scanner is built once for each claim.
    let built: RefCell<Option<(Vec<String>, u16, Scanner)>> = RefCell::new(None);
    move |entities: &[String], min_confidence_permille: u16, column: &str, cell: &str| {
        let mut built = built.borrow_mut();
        let fits =
            |(of, at, _): &mut (Vec<String>, u16, Scanner)| *at == min_confidence_permille && of == entities;
        if !built.as_mut().is_some_and(fits) {
            let kinds = entities.iter().map(|e| Entity::new(e.clone())).collect::<Result<Vec<_>>>()?;
            let confidence = Confidence::from_permille(min_confidence_permille)?;
            let scanner = Scanner::builder().entities(kinds).min_confidence(confidence).build()?;
            *built = Some((entities.to_vec(), min_confidence_permille, scanner));
        }
        Ok(built.as_ref().map_or(0, |(_, _, scanner)| scanner.scan_labelled(column, cell.as_bytes()).len()))
    }
}
