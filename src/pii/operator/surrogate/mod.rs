//! Values of the same look that belong to nobody.
//!
//! ```text
//!   text ─▶ plain, canonical ─▶ HMAC ─┬─ digest ─▶ map: seen before? the same place
//!                                     └─ place in the reserve ─▶ free? else the next free one
//!                                                                       │
//!   out  ◀─ place written in the layout of the text ◀────────────────────┘
//! ```

mod contact;
mod layout;
mod name;
mod network;
mod number;
mod reserve;

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Finding, Operator};
use crate::{
    Result,
    pii::normalize::Plain,
    pseudonym::{Key, KeyId, SubKey},
};
use reserve::Reserve;

/// Writes a value that looks like the one that stood there and is nobody's: from ranges reserved for documentation and
/// fiction, where there are such.
///
/// | entity | surrogate | how many | kept |
/// |---|---|---|---|
/// | `PHONE_NUMBER` | 555-0100 to 555-0199 of any geographic area code (NANPA) | 52,800 | layout of North American numbers; others become `+1 ...` |
/// | `EMAIL_ADDRESS` | at example.com, .org, .net (RFC 2606) | 10^9 | |
/// | `IP_ADDRESS`, version 4 | 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 (RFC 5737) | 762 | |
/// | `IP_ADDRESS`, version 6 | 2001:db8::/32 (RFC 3849) | 2^96 | |
/// | `MAC_ADDRESS` | 00:00:5E:00:53:00 to FF (RFC 7042) | 256 | layout, case |
/// | `URL` | at example.com (RFC 2606) | 2^40 | scheme |
/// | `CREDIT_CARD` | first 8 digits of published test numbers, valid check digit | 10^(length - 9) | network, length, layout |
/// | `US_SSN` | areas 900 to 999, groups 01 to 49: no SSN and no ITIN | 49 million | layout |
/// | `IBAN` | country `ZZ`, never assigned (ISO 3166-1), valid check digits | by its length | length, layout, case |
/// | `PERSON` | given name, initial, family name, from invented lists | 851,968 | |
/// | others, and what has another form | `[ENTITY_mzxw6ytb]`: the label and 40 keyed bits | 2^40 | |
///
/// Two of these are weaker than the others. No range of card numbers is reserved, so a card surrogate may be a number
/// that its issuer has given out; and an invented name may be somebody's.
///
/// Values are compared without disguises, such as full-width digits; numbers without their separators, names and e-mail
/// addresses without case, others as they are. A surrogate looks like the real thing, so the
/// scanner finds many of them again; a [`Redactor`](crate::pii::Redactor) leaves alone what it wrote, but a second run
/// replaces surrogates by others. Whoever reads the text cannot tell a surrogate from a value that was not found.
///
/// # Guarantee
/// For all keys and domains: equal values of one entity become equal surrogates, in any order, on any thread, as long
/// as the operator lives. Unequal values become unequal surrogates, but for as many as [`collisions`](Self::collisions)
/// counts; none is counted until a reserve is used up. No value becomes itself. Another operator of the same key and
/// domain gives the same surrogates, but for values whose first choice was taken; that of another key or domain gives
/// unrelated ones, HMAC-SHA-256 taken for a pseudorandom function.
///
/// The operator remembers a keyed digest of each value, never the value: about a hundred bytes for each that is new.
///
/// # Examples
/// ```
/// use incog::{
///     pii::{Redactor, Scanner, Surrogate},
///     pseudonym::Key,
/// };
/// let surrogate = Surrogate::new(&Key::generate()?, "tickets")?;
/// let redactor = Redactor::builder(Scanner::new()).otherwise(surrogate).build();
/// let text = redactor.redact("call (212) 736-5000, or 212-736-5000");
/// assert!(text[6..].starts_with(|c: char| c.is_ascii_digit()));
/// assert!(text[9..].starts_with(") 555-01") && text[27..].starts_with("-555-01"));
/// assert_eq!(text[6..9], text[24..27]);
/// # Ok::<(), incog::Error>(())
/// ```
/// Shared, so that its collisions can be read:
/// ```
/// use std::sync::Arc;
/// use incog::{
///     pii::{Entity, Redactor, Scanner, Surrogate},
///     pseudonym::Key,
/// };
/// let surrogate = Arc::new(Surrogate::new(&Key::generate()?, "tickets")?);
/// let redactor = Redactor::builder(Scanner::new()).with(Entity::MAC_ADDRESS, surrogate.clone()).build();
/// for i in 0..300 {
///     let _ = redactor.redact(&format!("3c:52:82:11:{:02x}:{:02x}", i / 256, i % 256));
/// }
/// assert_eq!(surrogate.collisions(), 300 - 256);
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Surrogate {
    sub_key: SubKey,
    key_id: KeyId,
    session: Mutex<Session>,
}

/// What was given out so far.
#[derive(Default)]
struct Session {
    given: HashMap<Digest, u128>,
    taken: HashMap<Reserve, HashSet<u128>>,
    collisions: u64,
}

/// 128 bits of HMAC of entity and value: among n values, two collide with a chance of at most n^2 / 2^129.
type Digest = [u8; 16];

impl Surrogate {
    /// Surrogates by `key` for `domain`, inside which equal values can be joined, and outside of which they cannot.
    ///
    /// # Errors
    /// `Parameter` if `domain` is empty.
    pub fn new(key: &Key, domain: &str) -> Result<Self> {
        let sub_key = key.for_surrogates(domain)?;
        Ok(Surrogate { sub_key, key_id: key.id(), session: Mutex::default() })
    }

    /// How many values share their surrogate with a value before, because there were more values than the reserve has.
    #[must_use]
    pub fn collisions(&self) -> u64 {
        self.session().collisions
    }

    /// The public name of the key.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Each change of the session is one insertion after all that can fail, so one that a panic left is whole.
    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Operator for Surrogate {
    fn apply(&self, finding: &Finding, text: &str, out: &mut String) {
        let plain = Plain::of(text.as_bytes()).bytes;
        let plain = String::from_utf8_lossy(&plain);
        let (reserve, canonical) = Reserve::of(finding.entity(), &plain);
        // No name of an entity has a zero byte, so the message says where it ends.
        let message = [finding.entity().as_str().as_bytes(), &[0], canonical.as_bytes()].concat();
        let mac = self.sub_key.mac(&message);
        let [digest, choice] = *mac.as_chunks::<16>().0 else { return };
        let place = self.session().place(&reserve, digest, u128::from_be_bytes(choice), &plain);
        reserve.write(place, &plain, out);
    }
}

impl Session {
    /// The place in the reserve of the value with this digest.
    fn place(&mut self, reserve: &Reserve, digest: Digest, choice: u128, text: &str) -> u128 {
        if let Some(&place) = self.given.get(&digest) {
            return place;
        }
        let size = reserve.size();
        if !self.taken.contains_key(reserve) {
            self.taken.insert(reserve.clone(), HashSet::new());
        }
        let mut own = String::new();
        let mut itself = |place| {
            own.clear();
            reserve.write(place, text, &mut own);
            own.eq_ignore_ascii_case(text)
        };
        let mut place = choice % size;
        let Some(taken) = self.taken.get_mut(reserve) else { return place };
        let mut left = size.saturating_sub(layout::wide(taken.len()));
        // Linear probing; every place is looked at at most once.
        let mut steps = 0;
        while left > 0 && steps < size && (taken.contains(&place) || itself(place)) {
            place = (place + 1) % size;
            steps += 1;
        }
        if steps == size {
            left = 0;
        }
        if left > 0 {
            taken.insert(place);
        } else {
            place = choice % size;
            if itself(place) {
                place = (place + 1) % size;
            }
            self.collisions += 1;
        }
        self.given.insert(digest, place);
        place
    }
}

/// Without what was given out.
impl fmt::Debug for Surrogate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surrogate")
            .field("key_id", &self.key_id)
            .field("collisions", &self.collisions())
            .finish_non_exhaustive()
    }
}
