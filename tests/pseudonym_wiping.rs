//! Keys are gone from memory when they are dropped: looked for in all of the process's own memory, as a core dump has it.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::Path,
    sync::{Mutex, PoisonError},
};

use incog::pseudonym::{
    Alphabet, DateShift, Ff1, Format, FormatPreserving, Key, KeySource, Keyring, Tokenizer,
};

/// What is looked for must not be found in the test itself, so it never stands in memory as it is.
const MASK: u8 = 0x5a;

/// Searches one after the other: the buffer of one may hold what another looks for.
static ALONE: Mutex<()> = Mutex::new(());

/// How often the key with these masked bytes stands in writable memory.
fn copies(masked: &[u8; 32]) -> usize {
    copies_apart(masked, 1)
}

/// As [`copies`], with the first bytes of its signs so many apart.
fn copies_apart(masked: &[u8; 32], apart: usize) -> usize {
    let whole = 31 * apart + 1;
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut buffer = vec![0u8; 1 << 20];
    let own = buffer.as_ptr().addr()..buffer.as_ptr().addr() + buffer.len();
    let mut found = 0;
    for line in maps.lines() {
        let mut fields = line.split_whitespace();
        let (range, mode) = (fields.next().unwrap(), fields.next().unwrap());
        if !mode.starts_with("rw") {
            continue;
        }
        let (start, end) = range.split_once('-').unwrap();
        let [mut at, end] = [start, end].map(|hex| usize::from_str_radix(hex, 16).unwrap());
        while at < end {
            // The buffer is not searched in itself, but all that is before and behind it is.
            if own.contains(&at) {
                at = own.end;
                continue;
            }
            let stop = if at < own.start { end.min(own.start) } else { end };
            let length = buffer.len().min(stop - at);
            memory.seek(SeekFrom::Start(at as u64)).unwrap();
            if memory.read_exact(&mut buffer[..length]).is_err() {
                break;
            }
            let here = |i: &usize| (0..32).all(|j| buffer[i + j * apart] ^ MASK == masked[j]);
            found += (0..length.saturating_sub(whole - 1))
                .filter(|i| buffer[*i] ^ MASK == masked[0])
                .filter(here)
                .count();
            at += length;
            if at < stop {
                // Parts overlap by a key.
                at -= whole - 1;
            }
        }
    }
    found
}

fn masked(path: &Path) -> [u8; 32] {
    let text = fs::read(path).unwrap();
    let digits = &text[b"incogkey1_".len()..];
    let nibble = |i: usize| char::from(digits[i]).to_digit(16).unwrap() as u8;
    std::array::from_fn(|i| ((nibble(2 * i) << 4) ^ (MASK & 0xf0)) | (nibble(2 * i + 1) ^ (MASK & 0x0f)))
}

/// Everything that takes a key.
fn use_key(key: &Key, folder: &Path) {
    let tokenizer = Tokenizer::new(key, "d", "MRN").unwrap();
    let ff1 = Ff1::new(key, "d", Alphabet::DIGITS).unwrap();
    let cards = FormatPreserving::new(key, "d", Format::Card).unwrap();
    let shift = DateShift::new(key, "d", 30).unwrap();
    let tenant = key.tenant("north").unwrap();
    let sub_key = key.derive(&["own"]);
    assert!(!tokenizer.token("4711").is_empty() && !sub_key.mac(b"x").is_empty());
    assert!(ff1.encrypt("123456").is_ok() && cards.encrypt("4111111111111111").is_ok());
    assert!(shift.shift("4711", "2024-02-29").is_ok() && tenant.id() != key.id());
    #[cfg(feature = "pii")]
    {
        use incog::pii::{ReversibleSession, Scanner};
        let session = ReversibleSession::new(Scanner::new()).unwrap();
        session.seal(key, folder.join("chat.vault")).unwrap();
        ReversibleSession::open(key, folder.join("chat.vault"), Scanner::new()).unwrap();
    }
    let _ = folder;
}

#[test]
fn no_byte_of_a_key_is_left_in_memory_when_it_is_dropped() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = std::env::temp_dir().join(format!("incog-wiping-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("incog.key");
    Key::generate().unwrap().write_new(&path).unwrap();
    let masked = masked(&path);
    assert_eq!(copies(&masked), 0, "generating and writing left a copy");

    let source = KeySource::parse(&format!("file:{}", path.display())).unwrap();
    let key = source.load(Path::new("")).unwrap();
    assert_eq!(
        copies(&masked),
        1,
        "the search must find the key while it is there, and loading must copy it once"
    );
    use_key(&key, &folder);
    assert_eq!(copies(&masked), 1, "using it left a copy");
    let mut ring = Keyring::from(key);
    ring.rotate().unwrap();
    let copy = ring.clone();
    drop(ring);
    assert_eq!(copies(&masked), 1, "rings share their keys");
    drop(copy);
    assert_eq!(copies(&masked), 0, "dropping it left a copy");
    fs::remove_dir_all(&folder).unwrap();
}

#[cfg(feature = "pii")]
#[test]
fn no_copy_of_a_known_value_is_left_in_memory_when_its_session_is_dropped() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    use incog::pii::{Entity, ReversibleSession, Scanner};
    // Letters only, so that nothing else finds them, and never in memory as they are: upper and lower case, masked.
    let drawn = Key::generate().unwrap().derive(&["value"]).mac(b"value");
    let upper: [u8; 32] = std::array::from_fn(|i| (b'A' + drawn[i] % 26) ^ MASK);
    let lower = upper.map(|byte| byte ^ 0x20);
    let spelled = |letters: &[u8; 32]| -> String { letters.iter().map(|b| char::from(b ^ MASK)).collect() };
    let wipe = |text: String| {
        let mut bytes = text.into_bytes();
        bytes.fill(0);
        std::hint::black_box(&bytes);
    };
    let session = ReversibleSession::new(Scanner::new()).unwrap();
    let value = spelled(&upper);
    session.know(Entity::PERSON, &value).unwrap();
    wipe(value);
    assert_eq!(copies(&upper), 1, "the session holds it once");
    // Another spelling, of which it holds a value as well; and one that is none, which is compared and not held.
    let value = spelled(&lower);
    assert!(session.redact(&value).unwrap().starts_with("PERSON_"));
    wipe(value);
    assert_eq!((copies(&upper), copies(&lower)), (1, 1), "redacting left a copy");
    drop(session);
    for masked in [&upper, &lower] {
        // As text, and as characters in a list of whatever they stand beside.
        for apart in [1, 4, 8, 16, 24, 32, 40, 48] {
            assert_eq!(copies_apart(masked, apart), 0, "{apart}");
        }
    }
}
