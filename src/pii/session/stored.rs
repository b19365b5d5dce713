//! A session's table as bytes, for a vault.
//!
//! ```text
//! count u64 │ code u32 │ entity: length u8, bytes │ value: length u64, bytes │ code …
//! ```
//!
//! Big-endian. The vault says that the bytes are whole and by whom they were written, so what does not fit here was
//! written by another version.

use zeroize::Zeroizing;

use super::{form::Code, table::Known};
use crate::{num, pii::Entity};

/// What the vault holds. Another layout gets another number.
pub(super) const KIND: &str = "reversible session/1";

pub(super) fn write(known: &Known) -> Zeroizing<Vec<u8>> {
    let of_entry = |entity: &str, value: &str| 4 + 1 + entity.len() + 8 + value.len();
    let entries = known.entries().iter();
    let length = entries.clone().map(|e| of_entry(e.entity.as_str(), e.value())).sum::<usize>();
    // The capacity is exact: growing would leave a copy behind.
    let mut out = Zeroizing::new(Vec::with_capacity(8 + length));
    out.extend(num::count(known.entries().len()).to_be_bytes());
    for entry in entries {
        let entity = entry.entity.as_str();
        out.extend(entry.code.number().to_be_bytes());
        out.push(u8::try_from(entity.len()).expect("the name of an entity has at most 64 bytes"));
        out.extend(entity.as_bytes());
        out.extend(num::count(entry.value().len()).to_be_bytes());
        out.extend(entry.value().as_bytes());
    }
    out
}

/// The table, or nothing if the bytes are not one.
pub(super) fn read(bytes: &[u8]) -> Option<Known> {
    let mut rest = bytes;
    let mut known = Known::default();
    for _ in 0..u64::from_be_bytes(take(&mut rest)?) {
        let code = Code::new(u32::from_be_bytes(take(&mut rest)?))?;
        let [length] = take(&mut rest)?;
        let entity = Entity::new(text(&mut rest, u64::from(length))?).ok()?;
        let length = u64::from_be_bytes(take(&mut rest)?);
        let value = text(&mut rest, length)?;
        known.insert(entity, code, value).then_some(())?;
    }
    rest.is_empty().then_some(known)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk::<N>()?;
    *rest = left;
    Some(*taken)
}

fn text<'b>(rest: &mut &'b [u8], length: u64) -> Option<&'b str> {
    let (taken, left) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = left;
    std::str::from_utf8(taken).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Known {
        let mut known = Known::default();
        for (number, entity, value) in
            [(7, "URL", "https://a.example"), (0, "URL", ""), (9, "STAFF_ID", "ü\0")]
        {
            assert!(known.insert(Entity::new(entity).unwrap(), Code::new(number).unwrap(), value));
        }
        known
    }

    #[test]
    fn a_table_reads_back() {
        let bytes = write(&three());
        let again = read(&bytes).unwrap();
        assert_eq!(write(&again), bytes);
        assert_eq!(again.entries().len(), 3);
        assert!(again.entries().iter().zip(three().entries()).all(|(a, b)| a.value() == b.value()));
    }

    #[test]
    fn bytes_that_are_cut_or_longer_are_no_table() {
        let bytes = write(&three());
        assert!((0..bytes.len()).all(|end| read(&bytes[..end]).is_none()));
        assert!(read(&[&bytes[..], &[0]].concat()).is_none());
        let twice = |code: u8| {
            [&[0; 7][..], &[2], &[0, 0, 0, 1, 1, b'A'], &[0; 8], &[0, 0, 0, code, 1, b'B'], &[0; 8]].concat()
        };
        assert!(read(&twice(2)).is_some());
        assert!(read(&twice(1)).is_none());
    }
}
