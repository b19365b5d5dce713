//! How do I change a key without losing what the old one made?
//!
//! `cargo run --example rotate_a_key`
//!
//! From the command line: `incog keys rotate FILE`.

use incog::pseudonym::{Detokenizer, Format, FormatPreserving, Key, KeySource, Keyring, Tokenizer};

fn main() -> incog::Result<()> {
    let folder = std::env::temp_dir().join(format!("incog-rotate-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|e| incog::Error::io("making a folder", e))?;
    let file = folder.join("incog.key");

    // A new key file, readable by its owner alone. It is never written over.
    Key::generate()?.write_new(&file)?;
    println!("again: {}", Key::generate()?.write_new(&file).map_or_else(|e| kind(&e), |()| "written".into()));
    let before = KeySource::File(file.clone()).load_ring(&folder)?;
    let token = Tokenizer::new(before.current(), "readmission", "MRN")?.token("4711");
    let hidden =
        FormatPreserving::new(before.current(), "readmission", Format::Digits)?.encrypt("4711 4712")?;

    // One line more in the file. From here on new tokens are made with the new key, whose id they carry.
    let ring = Keyring::rotate_file(&file)?;
    println!("keys: {}", ring.ids().map(|id| id.to_string()).collect::<Vec<_>>().join(", "));
    let newer = Tokenizer::new(ring.current(), "readmission", "MRN")?.token("4711");
    println!("one patient, before and after: {token}  {newer}");
    assert_ne!(token, newer, "a new key is a new name for everybody: deliveries do not join across it");

    // What was made before is still resolved: a token by trying out the register, digits by the key that encrypted them.
    let register = Detokenizer::new(&ring, "readmission", ["4710", "4711", "4712"])?;
    assert_eq!((register.value(&token), register.value(&newer)), (Some("4711"), Some("4711")));
    let old = ring.key(before.current().id())?;
    let digits = FormatPreserving::new(old, "readmission", Format::Digits)?.decrypt(&hidden)?;
    println!("digits of the old key: {hidden} was {digits}");
    assert_eq!(digits, "4711 4712");

    std::fs::remove_dir_all(&folder).map_err(|e| incog::Error::io("removing the folder", e))?;
    Ok(())
}

fn kind(error: &incog::Error) -> String {
    format!("refused, {:?}", error.kind())
}
