//! Keyrings through the public API: what rotates, what still resolves, what is refused.

use std::{fs, path::PathBuf, sync::Arc};

use incog::{
    ErrorKind,
    pseudonym::{
        Detokenizer, Key, KeyId, KeyProvider, KeySource, Keyring, SuppliedKeys, SystemKeys, Tokenizer,
    },
};
use proptest::prelude::*;

use crate::temporary::{Temporary, names};

/// A folder of its own for each test, removed at the end.
struct Folder(Temporary);

impl Folder {
    fn new() -> Self {
        Folder(Temporary::new())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        path
    }
}

fn line(byte: u8) -> String {
    format!("incogkey1_{}\n", format!("{byte:02x}").repeat(32))
}

fn id(byte: u8) -> KeyId {
    Key::from_bytes([byte; 32]).id()
}

fn ids(ring: &Keyring) -> Vec<KeyId> {
    ring.ids().collect()
}

#[test]
fn a_file_with_one_key_is_a_ring_and_a_ring_gives_its_current_key() {
    let folder = Folder::new();
    folder.write("one.key", &line(1));
    folder.write("three.key", &[line(1), line(2), line(3)].concat());
    let keys = SystemKeys::new(&*folder.0);
    let [one, three] = ["file:one.key", "file:three.key"].map(|s| KeySource::parse(s).unwrap());
    assert_eq!(ids(&keys.keyring(&one).unwrap()), [id(1)]);
    assert_eq!(ids(&keys.keyring(&three).unwrap()), [id(1), id(2), id(3)]);
    assert_eq!(keys.key(&three).unwrap().id(), id(3));
    assert_eq!(three.load(&folder.0).unwrap().id(), id(3));

    let ring = keys.keyring(&three).unwrap();
    let supplied = SuppliedKeys::default()
        .supply_ring(one.clone(), ring)
        .supply(three.clone(), Key::from_bytes([9; 32]));
    assert_eq!(supplied.key(&one).unwrap().id(), id(3));
    assert_eq!(ids(&supplied.keyring(&one).unwrap()), [id(1), id(2), id(3)]);
    assert_eq!(ids(&supplied.keyring(&three).unwrap()), [id(9)]);
}

/// A provider of somebody's own, that knows nothing of keyrings.
#[test]
fn a_provider_without_older_keys_has_a_ring_of_one() {
    struct Service;
    impl KeyProvider for Service {
        fn key(&self, _: &KeySource) -> incog::Result<Arc<Key>> {
            Ok(Arc::new(Key::from_bytes([4; 32])))
        }
    }
    let ring = Service.keyring(&KeySource::parse("env:ANY").unwrap()).unwrap();
    assert_eq!(ids(&ring), [id(4)]);
}

#[test]
fn text_forms_of_rings() {
    let good = [line(1), line(2)].concat();
    for text in
        [good.clone(), format!("\n{good}\n\n"), good.replace('\n', "\r\n"), good.trim_end().to_owned()]
    {
        assert_eq!(ids(&Keyring::from_text(&text).unwrap()), [id(1), id(2)], "{text:?}");
    }
    let cases = [
        (String::new(), "does not start with 'incogkey1_'"),
        ("\n\n".to_owned(), "does not start with 'incogkey1_'"),
        ([line(1), "# older".to_owned()].concat(), "line 2: a key is"),
        ([line(1), line(2), line(1)].concat(), "keys 1 and 3 have the same id"),
        ([line(1), line(1).to_uppercase()].concat(), "line 2: a key is"),
        ([line(1), line(2)].concat().replace('\n', " "), "a key is"),
    ];
    for (text, sentence) in cases {
        let error = Keyring::from_text(&text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Key);
        assert!(error.to_string().contains(sentence), "{error}");
        assert!(!error.to_string().contains("0101"), "{error}");
    }
    // Beyond 200, and none of the lines is read as another.
    let many: Vec<String> = (0..=200u8).map(line).collect();
    assert_eq!(Keyring::from_text(&many[..200].concat()).unwrap().ids().count(), 200);
    assert!(Keyring::from_text(&many.concat()).unwrap_err().to_string().contains("at most 200 keys"));
}

#[test]
fn ids_are_read_as_they_are_written_and_no_other_way() {
    let ring = Keyring::from_text(&[line(1), line(2)].concat()).unwrap();
    for id in ring.ids() {
        assert_eq!(KeyId::parse(&id.to_string()).unwrap(), id);
        assert_eq!(ring.key(id).unwrap().id(), id);
    }
    for text in ["", "abc", "abcde", "ABCD", "abc1", "abc8", "ab c", "éab"] {
        assert_eq!(KeyId::parse(text).unwrap_err().kind(), ErrorKind::Key, "{text}");
    }
    let error = ring.key(id(3)).unwrap_err();
    let expected = format!("no key has the id '{}'; the keyring has '{}', '{}'", id(3), id(1), id(2));
    assert_eq!(error.to_string(), expected);
}

#[test]
fn rotating_a_file_keeps_the_old_keys_and_leaves_nothing_else() {
    let folder = Folder::new();
    let path = folder.write("incog.key", &line(1));
    // What a run that was killed leaves.
    folder.write(".incog.key.rotating", "incogkey1_");
    let mut known = vec![id(1)];
    for _ in 0..5 {
        let ring = Keyring::rotate_file(&path).unwrap();
        known.push(ring.current().id());
        assert_eq!(ids(&ring), known);
        let read = KeySource::File(path.clone()).load_ring(&folder.0).unwrap();
        assert_eq!(ids(&read), known);
        assert_eq!(names(&folder.0), ["incog.key"]);
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(&path).unwrap()) & 0o777, 0o600);
    }
    assert!(fs::read_to_string(&path).unwrap().starts_with(&line(1)));
}

#[test]
fn a_file_that_is_no_private_keyring_is_not_rotated() {
    let folder = Folder::new();
    let cases = [
        ("empty.key", String::new()),
        ("twice.key", line(1).repeat(2)),
        ("torn.key", [line(1), line(2)[..40].to_owned()].concat()),
        ("long.key", " ".repeat(1 << 15)),
        ("full.key", (0..200u8).map(line).collect()),
    ];
    for (name, text) in cases {
        let path = folder.write(name, &text);
        let error = Keyring::rotate_file(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Key, "{name}");
        assert!(!error.to_string().contains("0101"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "{name}");
    }
    let error = Keyring::rotate_file(&folder.0.join("missing.key")).unwrap_err();
    assert!(error.to_string().contains("run: incog keys generate -o"), "{error}");
    #[cfg(unix)]
    {
        let path = folder.write("open.key", &line(1));
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
        assert!(Keyring::rotate_file(&path).unwrap_err().to_string().contains("has mode 640"));
    }
    assert_eq!(names(&folder.0).iter().filter(|n| n.starts_with('.')).count(), 0);
}

#[test]
#[cfg(unix)]
fn a_link_to_a_key_file_stays_a_link() {
    let folder = Folder::new();
    let path = folder.write("real.key", &line(1));
    let link = folder.0.join("link.key");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    Keyring::rotate_file(&link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(KeySource::File(path).load_ring(&folder.0).unwrap().ids().count(), 2);
}

#[test]
#[cfg(unix)]
fn rotations_at_the_same_time_lose_no_key() {
    let folder = Folder::new();
    let path = folder.write("incog.key", &line(1));
    let made: Vec<KeyId> = std::thread::scope(|scope| {
        let rotate =
            || (0..5).map(|_| Keyring::rotate_file(&path).unwrap().current().id()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(rotate)).collect();
        threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
    });
    let ring = KeySource::File(path).load_ring(&folder.0).unwrap();
    assert_eq!(ring.ids().count(), 41);
    assert!(made.iter().all(|&id| ring.key(id).is_ok()));
}

#[test]
fn no_formatting_of_a_ring_shows_the_bytes_of_a_key() {
    let ring = Keyring::from_text(&[line(0x2a), line(0x2b)].concat()).unwrap();
    let text = format!("{ring:?} {ring:#?}").to_lowercase();
    assert!(text.contains(&id(0x2a).to_string()));
    assert!(!text.contains("2a2a") && !text.contains("42, 42"), "{text}");
}

#[test]
fn tenants_share_nothing_and_old_keys_of_a_tenant_resolve() {
    let mut ring = Keyring::from(Key::from_bytes([7; 32]));
    let token = |key: &Key| Tokenizer::new(key, "d", "MRN").unwrap().token("4711");
    let names = ["a", "b", "ab", "a\0", "tenant/1", " a"];
    let mut seen = vec![token(ring.current())];
    for name in names {
        let key = ring.current().tenant(name).unwrap();
        assert_eq!(key.id(), ring.current().tenant(name).unwrap().id());
        seen.push(token(&key));
        seen.push(token(&key.tenant(name).unwrap()));
    }
    let tags: std::collections::BTreeSet<&str> = seen.iter().map(|t| &t[9..]).collect();
    assert_eq!(tags.len(), 1 + 2 * names.len());

    let old = token(&ring.current().tenant("a").unwrap());
    ring.rotate().unwrap();
    let tenant = ring.tenant("a").unwrap();
    assert_eq!(tenant.ids().count(), 2);
    let back = Detokenizer::new(&tenant, "d", ["4711"]).unwrap();
    assert_eq!((back.value(&old), back.value(&token(tenant.current()))), (Some("4711"), Some("4711")));
    assert_eq!(Detokenizer::new(&ring.tenant("b").unwrap(), "d", ["4711"]).unwrap().value(&old), None);
    for name in ["", " "] {
        assert_eq!(ring.current().tenant(name).unwrap_err().kind(), ErrorKind::Parameter);
        assert!(ring.tenant(name).is_err());
    }
}

proptest! {
    /// The guarantee of `Keyring`.
    #[test]
    fn rotation_keeps_old_tokens_resolvable(value in ".{0,40}", rotations in 1..12usize) {
        let mut ring = Keyring::from(Key::generate().unwrap());
        let token = |key: &Key| Tokenizer::new(key, "d", "MRN").unwrap().token(&value);
        let mut issued = vec![(ring.current().id(), token(ring.current()))];
        for _ in 0..rotations {
            ring.rotate().unwrap();
            issued.push((ring.current().id(), token(ring.current())));
        }
        for (i, (id, issued_token)) in issued.iter().enumerate() {
            prop_assert_eq!(&token(ring.key(*id).unwrap()), issued_token);
            prop_assert!(issued[..i].iter().all(|(other, older)| other != id && older != issued_token));
        }
        prop_assert_eq!(issued.len(), ring.ids().count());
    }
}
