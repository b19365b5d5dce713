//! The second file of a ledger: how many records it had when the last spend was acknowledged.
//!
//! ```text
//!   0      slot: magic 8 | ledger 16 | count 8 | hash 32 | check 8
//!   4096   slot
//! ```
//!
//! A slot is overwritten while the other one holds the mark before it, so a write that is cut short damages the older
//! mark only. The file is also what writers lock: an open file that is locked by one handle is locked for all others,
//! in this process or another, and free as soon as its holder dies. The handles of one process queue for it first.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use super::{
    place::{self, Place},
    turn::{Queue, Turn},
};
use crate::{
    digest,
    dp::ledger::{Anchor, Terms},
    error::{Error, Result},
    num,
};

/// The open mark of a ledger.
pub(super) struct Mark {
    file: File,
    ledger: [u8; 16],
    /// The handles of this process.
    queue: Arc<Queue>,
}

/// What a whole slot says: of which ledger, and up to where.
type Slot = ([u8; 16], Anchor);

/// Held while a ledger is written.
pub(super) struct Locked<'m> {
    file: &'m File,
    _turn: Turn<'m>,
}

impl Mark {
    /// Writes the first mark of the ledger with `terms` to `path`, which does not exist.
    pub(super) fn create(path: &Path, terms: &Terms, anchor: &Anchor) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mark = Mark { file: options.open(path)?, ledger: *terms.id(), queue: Arc::default() };
        mark.write(0, anchor)?;
        mark.write(1, anchor)?;
        mark.file.sync_all()
    }

    /// Whether `path` is a mark as [`create`](Self::create) writes it, or a beginning of one: nothing was spent of its
    /// ledger.
    pub(super) fn is_of_nothing(path: &Path) -> io::Result<bool> {
        let bytes = match std::fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_file() && metadata.len() <= PLACES[1] + num::count(SLOT) => {
                std::fs::read(path)?
            }
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
            _ => return Ok(false),
        };
        let slot = |place: u64| {
            let rest = bytes.get(usize::try_from(place).ok()?..)?;
            rest.first_chunk::<SLOT>().and_then(whole)
        };
        let [first, second] = PLACES.map(slot);
        Ok(match (bytes.len(), first, second) {
            (0, ..) => true,
            (SLOT, Some((_, anchor)), None) => anchor.count() == 0,
            (_, Some(first), Some(second)) => first == second && first.1.count() == 0,
            _ => false,
        })
    }

    /// The mark of the ledger at `place`.
    pub(super) fn open(place: &Place) -> Result<Self> {
        let path = place.mark();
        let failed = |cause: io::Error| match cause.kind() {
            io::ErrorKind::NotFound => Error::mark_missing(&path),
            _ => Error::io(format!("opening '{}'", path.display()), cause),
        };
        place::check_names(&path, &std::fs::symlink_metadata(&path).map_err(failed)?)?;
        let file = OpenOptions::new().read(true).write(true).open(&path).map_err(failed)?;
        let mut mark = Mark { file, ledger: [0; 16], queue: Queue::of(place.identity()) };
        mark.ledger = mark.slots()?.into_iter().flatten().next().ok_or_else(Error::damaged_mark)?.0;
        Ok(mark)
    }

    /// The latest mark.
    pub(super) fn read(&self) -> Result<Anchor> {
        let slots = self.slots()?.into_iter().flatten();
        let own = slots.filter(|(ledger, _)| *ledger == self.ledger).map(|(_, anchor)| anchor);
        own.max_by_key(Anchor::count).ok_or_else(Error::damaged_mark)
    }

    /// Refuses the mark of another ledger.
    pub(super) fn check_ledger(&self, terms: &Terms) -> Result<()> {
        if self.ledger == *terms.id() { Ok(()) } else { Err(Error::other_mark()) }
    }

    /// Waits until no other handle writes, for its turn and for the file as long as `longest` each.
    pub(super) fn lock(&self, longest: Duration) -> Result<Locked<'_>> {
        let busy = || Error::ledger_busy(longest);
        let turn = self.queue.wait(longest).ok_or_else(busy)?;
        let started = Instant::now();
        loop {
            match self.file.try_lock() {
                Ok(()) => return Ok(Locked { file: &self.file, _turn: turn }),
                Err(TryLockError::WouldBlock) if started.elapsed() < longest => {
                    // A spend takes less than a millisecond: look often at first.
                    let waited = started.elapsed();
                    thread::sleep((waited / 8).clamp(Duration::from_micros(50), Duration::from_millis(2)));
                }
                Err(TryLockError::WouldBlock) => return Err(busy()),
                Err(TryLockError::Error(cause)) => return Err(Error::io("locking the ledger", cause)),
            }
        }
    }

    /// Says durably that the ledger has come to `anchor`. The lock is held.
    pub(super) fn advance(&self, anchor: &Anchor) -> Result<()> {
        let slots = self.slots()?;
        let count = |slot: usize| slots[slot].as_ref().map_or(0, |(_, anchor)| anchor.count());
        let older = usize::from(slots[1].is_none() || (slots[0].is_some() && count(1) <= count(0)));
        self.write(older, anchor)
            .and_then(|()| self.file.sync_data())
            .map_err(|cause| Error::io("marking the end of the ledger; this handle spends no more", cause))
    }

    fn write(&self, slot: usize, anchor: &Anchor) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(SLOT);
        bytes.extend(MAGIC);
        bytes.extend(self.ledger);
        bytes.extend(anchor.count().to_be_bytes());
        bytes.extend(anchor.hash());
        let check = digest::sha256(&bytes);
        bytes.extend(&check[..8]);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(PLACES[slot]))?;
        file.write_all(&bytes)
    }

    /// Each slot's ledger and mark, if it is whole.
    fn slots(&self) -> Result<[Option<Slot>; 2]> {
        let read = |slot: usize| {
            let mut bytes = [0; SLOT];
            let mut file = &self.file;
            file.seek(SeekFrom::Start(PLACES[slot]))?;
            match file.read_exact(&mut bytes) {
                Ok(()) => Ok(whole(&bytes)),
                Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
                Err(cause) => Err(cause),
            }
        };
        let failed = |cause| Error::io("reading the mark of the ledger", cause);
        Ok([read(0).map_err(failed)?, read(1).map_err(failed)?])
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // Closing the file would do it as well; there is nobody to tell.
        let _ = self.file.unlock();
    }
}

fn whole(bytes: &[u8; SLOT]) -> Option<Slot> {
    let (body, check) = bytes.split_at(SLOT - 8);
    let rest = body.strip_prefix(MAGIC)?;
    if digest::sha256(body)[..8] != *check {
        return None;
    }
    let (ledger, rest) = rest.split_first_chunk::<16>()?;
    let (count, hash) = rest.split_first_chunk::<8>()?;
    Some((*ledger, Anchor::new(u64::from_be_bytes(*count), hash.try_into().ok()?)))
}

const MAGIC: &[u8; 8] = b"incogmrk";
const SLOT: usize = 8 + 16 + 8 + 32 + 8;
/// In separate sectors, so that one is never written with the other.
const PLACES: [u64; 2] = [0, 4096];

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::{super::tests::folder, *};
    use crate::{ErrorKind, dp::Budget};

    fn anchor(count: u64) -> Anchor {
        Anchor::new(count, [u8::try_from(count).unwrap(); 32])
    }

    /// A mark of nothing at `mark` in a new folder.
    fn marked(name: &str) -> (PathBuf, Mark) {
        let folder = folder(name);
        let (path, terms) =
            (folder.join("mark"), Terms::new(Budget::parse("1", "0").unwrap(), None).unwrap());
        Mark::create(&path, &terms, &anchor(0)).unwrap();
        let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
        (folder, Mark { file, ledger: *terms.id(), queue: Arc::default() })
    }

    fn counts(mark: &Mark) -> [Option<u64>; 2] {
        mark.slots().unwrap().map(|slot| slot.map(|(_, anchor)| anchor.count()))
    }

    /// While it is written the other slot has to say where the ledger was.
    #[test]
    fn the_older_slot_is_overwritten_or_the_one_that_is_damaged() {
        let (folder, mark) = marked("slots");
        for (before, after) in [
            ([Some(4), Some(5)], [Some(6), Some(5)]),
            ([Some(5), Some(4)], [Some(5), Some(6)]),
            ([None, Some(5)], [Some(6), Some(5)]),
            ([Some(5), None], [Some(5), Some(6)]),
        ] {
            for (slot, count) in before.into_iter().enumerate() {
                mark.write(slot, &anchor(count.unwrap_or(0))).unwrap();
                if count.is_none() {
                    let mut file = &mark.file;
                    file.seek(SeekFrom::Start(PLACES[slot] + 30)).unwrap();
                    file.write_all(b"x").unwrap();
                }
            }
            assert_eq!(counts(&mark), before);
            mark.advance(&anchor(6)).unwrap();
            assert_eq!(counts(&mark), after, "{before:?}");
            assert_eq!(mark.read().unwrap(), anchor(6));
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_mark_that_was_cut_has_one_slot_or_none_and_one_that_cannot_be_read_is_an_error() {
        let (folder, mark) = marked("cut");
        for (length, slots) in [
            (4168, [Some(0), Some(0)]),
            (4167, [Some(0), None]),
            (72, [Some(0), None]),
            (71, [None, None]),
            (0, [None, None]),
        ] {
            mark.file.set_len(length).unwrap();
            assert_eq!(counts(&mark), slots, "{length}");
        }
        let file = OpenOptions::new().write(true).open(folder.join("mark")).unwrap();
        let unreadable = Mark { file, ledger: mark.ledger, queue: Arc::default() };
        assert_eq!(unreadable.slots().unwrap_err().kind(), ErrorKind::Io);
        fs::remove_dir_all(folder).unwrap();
    }

    /// Only what [`Mark::create`] writes, or begins to write, may be replaced.
    #[test]
    fn a_mark_of_nothing_is_a_file_of_its_own_without_anything_more() {
        let (folder, _) = marked("nothing");
        let (whole, path) = (fs::read(folder.join("mark")).unwrap(), folder.join("other"));
        let longer = [whole.as_slice(), b"x"].concat();
        for (content, is) in [(&b""[..], true), (&whole[..72], true), (&whole, true), (&longer, false)] {
            fs::write(&path, content).unwrap();
            assert_eq!(Mark::is_of_nothing(&path).unwrap(), is, "{}", content.len());
        }
        assert!(!Mark::is_of_nothing(&folder.join("missing")).unwrap());
        assert!(!Mark::is_of_nothing(&folder).unwrap());
        #[cfg(unix)]
        {
            let link = folder.join("link");
            std::os::unix::fs::symlink(folder.join("mark"), &link).unwrap();
            assert!(!Mark::is_of_nothing(&link).unwrap());
            // Below a file there is nothing, and no answer.
            assert!(Mark::is_of_nothing(&path.join("mark")).is_err());
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_writer_waits_for_another_process_and_not_for_ever() {
        let (folder, mark) = marked("lock");
        // Another open file stands for another process: it is not in the queue.
        let other = File::open(folder.join("mark")).unwrap();
        other.lock().unwrap();
        for longest in [Duration::ZERO, Duration::from_millis(30)] {
            let started = Instant::now();
            let error = mark.lock(longest).map(drop).unwrap_err();
            assert!(error.kind() == ErrorKind::Io && error.to_string().contains("locked by other handles"));
            assert!(started.elapsed() >= longest);
        }
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(50));
                other.unlock().unwrap();
            });
            drop(mark.lock(Duration::from_secs(60)).unwrap());
        });
        fs::remove_dir_all(folder).unwrap();
    }
}
