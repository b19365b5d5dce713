//! Sentences about scanners and redaction.

use std::{io, path::Path};

use super::{Error, ErrorKind, Position, list};

impl Error {
    pub(crate) fn malformed_entity() -> Self {
        Error::new(
            ErrorKind::Parameter,
            "an entity is named by 1 to 64 characters of A-Z, 0-9 and _, starting with a letter, as in 'STAFF_ID'",
        )
    }

    pub(crate) fn unknown_entity<S: AsRef<str>>(name: &str, known: impl IntoIterator<Item = S>) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("no recognizer finds entity '{name}'; known are {}", list(known)),
        )
    }

    pub(crate) fn finding_confidence_range(got: f64) -> Self {
        Error::new(ErrorKind::Parameter, format!("a confidence must be in 0 ≤ c ≤ 1, got {got}"))
    }

    pub(crate) fn finding_confidence_permille(got: u16) -> Self {
        Error::new(ErrorKind::Parameter, format!("a confidence must be in 0 to 1000 thousandths, got {got}"))
    }
}

/// Operators.
impl Error {
    pub(crate) fn keep_last_range(got: u8, most: u8) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("keep-last keeps 1 to {most} characters, got {got}; to keep none, use mask"),
        )
    }

    #[cfg(feature = "pseudonym")]
    pub(crate) fn not_letters_of_one_case(byte: usize) -> Self {
        Error::new(
            ErrorKind::Value,
            format!(
                "byte {byte}: neither a digit, nor a letter A-Z of the case of the others, nor one of the separators \
                 space - . / ( ) +; use a token for such values"
            ),
        )
        .at(super::Position::byte(crate::num::count(byte)))
    }
}

/// Own recognizers. They name the entity and the limit, never a pattern or a word.
impl Error {
    pub(crate) fn pattern_syntax(entity: &str, byte: usize, what: &str) -> Self {
        own(entity, format!("byte {byte} of the pattern: {}", what.replace('\n', " ")))
    }

    pub(crate) fn pattern_text(entity: &str, got: usize, most: usize) -> Self {
        own(entity, format!("a pattern has at most {most} bytes, got {got}; make several recognizers of it"))
    }

    pub(crate) fn pattern_never(entity: &str) -> Self {
        own(entity, "the pattern can match nothing at all; remove the empty class in it")
    }

    pub(crate) fn pattern_of_nothing(entity: &str) -> Self {
        own(
            entity,
            "the pattern also matches where there is nothing; let it need a character, as in {1,64} instead of *",
        )
    }

    pub(crate) fn pattern_unbounded(entity: &str, most: usize) -> Self {
        own(
            entity,
            format!(
                "what the pattern finds may be longer than {most} bytes; bound its repetitions, as in {{1,64}} \
                 instead of +"
            ),
        )
    }

    pub(crate) fn pattern_size(entity: &str, most: usize) -> Self {
        own(
            entity,
            format!(
                "the pattern compiles to more than {} MiB; use smaller repetitions, or (?-u) for ASCII classes",
                most >> 20
            ),
        )
    }

    pub(crate) fn too_many_patterns(got: usize, most: usize) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("a scanner has at most {most} patterns, got {got}; join some with |, or use a word list"),
        )
    }

    pub(crate) fn patterns_size(most: usize) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!(
                "the patterns of a scanner compile to at most {} MiB together; use smaller repetitions, or (?-u) for \
                 ASCII classes",
                most >> 20
            ),
        )
    }

    pub(crate) fn unknown_check(entity: &str, name: &str, known: &[&str]) -> Self {
        own(entity, format!("check '{name}' is unknown; known are {}", list(known)))
    }

    pub(crate) fn needs_labels(entity: &str) -> Self {
        own(entity, "it needs a label and has none; name some, as in labels = [\"staff id\"]")
    }

    pub(crate) fn too_many_labels(entity: &str, got: usize, most: usize) -> Self {
        own(entity, format!("a recognizer has at most {most} labels, got {got}; leave out the rare ones"))
    }

    pub(crate) fn unusable_label(entity: &str, place: usize, most: usize) -> Self {
        own(entity, format!("label {place}: a label has 1 to {most} bytes and a letter or digit"))
    }

    pub(crate) fn setting_of_words(entity: &str, setting: &str, instead: &str) -> Self {
        own(entity, format!("{setting} has no effect on a pattern; {instead}"))
    }

    pub(crate) fn unusable_word(place: &str, most: usize) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!(
                "{place}: an entry has 1 to {most} bytes and a letter or digit; correct it, or leave it out"
            ),
        )
    }

    pub(crate) fn empty_list(entity: &str) -> Self {
        own(entity, "the word list has no entries; name some, or remove the recognizer")
    }

    pub(crate) fn list_too_large(entity: &str) -> Self {
        own(
            entity,
            "the word lists of a scanner have at most 1000000 entries and 64 MiB; leave out the rare ones",
        )
    }

    pub(crate) fn list_unreadable(path: &Path, cause: &io::Error) -> Self {
        Error::new(ErrorKind::Policy, format!("word list '{}' cannot be read: {cause}", path.display()))
    }

    pub(crate) fn list_not_utf8(place: &str) -> Self {
        Error::new(ErrorKind::Policy, format!("{place}: not UTF-8; save the file as UTF-8"))
    }

    pub(crate) fn too_many_allowed() -> Self {
        Error::new(
            ErrorKind::Parameter,
            "a scanner allows at most 1000000 values and 64 MiB of them; leave out the rare ones",
        )
    }

    #[cfg(feature = "pipeline")]
    pub(crate) fn bad_scanner(line: usize, what: &str) -> Self {
        Error::new(ErrorKind::Policy, format!("line {line}: {}", what.trim().replace('\n', ", ")))
            .at(super::Position::line(crate::num::count(line)))
    }

    #[cfg(feature = "pipeline")]
    pub(crate) fn recognizer_source(entity: &str) -> Self {
        Error::new(
            ErrorKind::Policy,
            format!("recognizer of {entity}: it has one of pattern, words and file; give exactly one"),
        )
    }
}

fn own(entity: &str, what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Parameter, format!("recognizer of {entity}: {what}"))
}

/// Text with a form. They name the place, never what stands there.
impl Error {
    pub(crate) fn no_document(byte: usize, why: &str) -> Self {
        Error::new(
            ErrorKind::Data,
            format!("byte {byte}: not JSON that can be redacted: {why}; correct the document, or redact it as text"),
        )
        .at(Position::byte(offset(byte)))
    }

    pub(crate) fn line_no_document(line: u64, byte: usize, why: &str) -> Self {
        let mut error = Error::no_document(byte, why).context(format_args!("line {line}"));
        error.0.position = Some(Position { line: Some(line), ..Position::byte(offset(byte)) });
        error
    }

    pub(crate) fn line_not_utf8(line: u64, byte: usize) -> Self {
        let mut error = Error::not_utf8_at(byte).context(format_args!("line {line}"));
        error.0.position = Some(Position { line: Some(line), ..Position::byte(offset(byte)) });
        error
    }

    pub(crate) fn not_utf8_at(byte: usize) -> Self {
        Error::new(ErrorKind::Data, format!("byte {byte}: not UTF-8; convert the text to UTF-8 first"))
            .at(Position::byte(offset(byte)))
    }

    pub(crate) fn token_too_long(byte: usize, most: usize) -> Self {
        Error::new(
            ErrorKind::Data,
            format!(
                "byte {byte}: a string or key of more than {} MiB, which is the most that a stream holds; redact the \
                 document as a whole, or as text",
                most >> 20
            ),
        )
        .at(Position::byte(offset(byte)))
    }

    pub(crate) fn line_too_long(line: u64, most: usize) -> Self {
        Error::new(
            ErrorKind::Data,
            format!(
                "line {line}: more than {} MiB, which is the most that a stream holds; check the line ends and quotes, or \
                 redact it as text",
                most >> 20
            ),
        )
        .at(Position::line(line))
    }

    #[cfg(feature = "csv")]
    pub(crate) fn row_too_long(line: u64, most: usize) -> Self {
        Error::new(
            ErrorKind::Data,
            format!(
                "line {line}: a row of more than {} MiB, which is the most that a stream holds; check the quotes, or \
                 redact it as text",
                most >> 20
            ),
        )
        .at(Position::line(line))
    }

    pub(crate) fn stream_failed() -> Self {
        Error::new(ErrorKind::Data, "the stream has failed before, and takes nothing more; start another one")
    }

    pub(crate) fn path_syntax(pattern: &str) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!(
                "path '{pattern}' is not of the form user.email, items[].card, *.id, **.password; put keys with other \
                 signs in quotes, as in \"a.b\".c"
            ),
        )
    }

    pub(crate) fn path_length(most: usize) -> Self {
        Error::new(ErrorKind::Parameter, format!("a path has at most {most} parts; use ** for many"))
    }

    #[cfg(feature = "log")]
    pub(crate) fn logger_installed() -> Self {
        Error::new(
            ErrorKind::Refused,
            "the process has a logger already, and what that writes is not redacted; install this one in its place",
        )
    }
}

fn offset(byte: usize) -> u64 {
    u64::try_from(byte).unwrap_or(u64::MAX)
}
