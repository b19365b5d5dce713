//! From the bytes of a file to UTF-8, before anything reads cells.
//!
//! Files come as people have them: compressed, or in the encoding of a spreadsheet. Compression is told from its
//! first two bytes, which no text in a supported encoding starts with. An encoding is never guessed: a wrong guess
//! turns one name into another without a word. It is declared, or the file has to be UTF-8.
//!
//! ```text
//!   file ──> gzip? ──yes──> unpack, within a limit ──> byte order mark? ──> UTF-8 ──> reader
//!                └──no──────────────────────────────┘
//! ```

use std::{
    fmt,
    io::{self, BufReader, Cursor, Read},
    str::FromStr,
};

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};
use flate2::read::MultiGzDecoder;

use crate::error::{Error, Result};

/// How the bytes of a file stand for characters.
///
/// # Examples
/// ```
/// use incog::table::csv::Encoding;
/// assert_eq!("latin-1".parse::<Encoding>()?, Encoding::Latin1);
/// assert_eq!(
///     "ebcdic".parse::<Encoding>().unwrap_err().to_string(),
///     "encoding 'ebcdic' is not known; use 'utf-8', 'utf-16', 'latin-1'",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark. Anything else is refused, never replaced.
    #[default]
    Utf8,
    /// UTF-16 with a byte order mark, as spreadsheets write it.
    Utf16,
    /// One byte a character: Windows-1252, which agrees with ISO 8859-1 on all of its letters and is what
    /// spreadsheets write under that name.
    Latin1,
}

impl Encoding {
    /// The word for it in policies.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
            Encoding::Latin1 => "latin-1",
        }
    }

    /// `input` as UTF-8 without a byte order mark, unpacked if it is compressed by gzip.
    ///
    /// Reading UTF-8 passes bytes on unchecked, so that whoever splits them into cells can name the line of a
    /// fault. A fault of the other encodings, and of gzip, is an error of the reader.
    ///
    /// # Errors
    /// `Data` if the first bytes say that the file is in another encoding, or in none of this one's byte orders;
    /// `Io` if they cannot be read.
    ///
    /// # Examples
    /// ```
    /// use std::io::Read;
    /// use incog::table::csv::Encoding;
    /// let mut text = String::new();
    /// Encoding::Latin1.decode(&b"Z\xfcrich"[..])?.read_to_string(&mut text).unwrap();
    /// assert_eq!(text, "Zürich");
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn decode<'a>(self, input: impl Read + Send + 'a) -> Result<Box<dyn Read + Send + 'a>> {
        let (first, input) = start(input, 5)?;
        if let Some((_, what)) = NO_TEXT.iter().find(|(signature, _)| first.starts_with(signature)) {
            return Err(Error::no_text(what));
        }
        let unpacked: Box<dyn Read + Send> =
            if first.starts_with(&GZIP) { Box::new(Unpacked::new(input)) } else { Box::new(input) };
        let (mark, input) = start(unpacked, 2 * crate::num::count(UTF_8_MARK.len()))?;
        let utf_16 = match mark.as_slice() {
            [0xff, 0xfe, ..] => Some(UTF_16LE),
            [0xfe, 0xff, ..] => Some(UTF_16BE),
            _ => None,
        };
        let utf_8 = mark.starts_with(&UTF_8_MARK);
        if utf_8 && mark[UTF_8_MARK.len()..] == UTF_8_MARK {
            // The parser would swallow the second one, which is part of a name.
            return Err(Error::unnamed_column(1));
        }
        match (self, utf_16) {
            (Encoding::Utf8, None) => Ok(Box::new(skip_mark(input, utf_8)?)),
            (Encoding::Utf16, Some(order)) => {
                Ok(Box::new(Transcoded::new(input, order.new_decoder_with_bom_removal())))
            }
            (Encoding::Utf16, None) => Err(Error::utf16_without_mark()),
            // A mark that contradicts the declaration: one of them is wrong, and with it every letter.
            (_, Some(_)) => Err(Error::other_encoding("UTF-16", "utf-16")),
            (Encoding::Latin1, None) if utf_8 => Err(Error::other_encoding("UTF-8", "utf-8")),
            (Encoding::Latin1, None) => {
                Ok(Box::new(Transcoded::new(input, WINDOWS_1252.new_decoder_without_bom_handling())))
            }
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Encoding {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        [Encoding::Utf8, Encoding::Utf16, Encoding::Latin1]
            .into_iter()
            .find(|encoding| encoding.word() == word)
            .ok_or_else(|| Error::unknown_encoding(word))
    }
}

/// What was read already, and the rest.
type Whole<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// The first `length` bytes, or all there are, and the whole input.
fn start<R: Read>(mut input: R, length: u64) -> Result<(Vec<u8>, Whole<R>)> {
    let mut first = Vec::new();
    input.by_ref().take(length).read_to_end(&mut first).map_err(|e| Error::io("reading the table", e))?;
    Ok((first.clone(), Cursor::new(first).chain(input)))
}

fn skip_mark<R: Read>(mut input: R, mark: bool) -> Result<R> {
    if mark {
        input.read_exact(&mut [0; UTF_8_MARK.len()]).map_err(|e| Error::io("reading the table", e))?;
    }
    Ok(input)
}

/// What a gzip file holds, refused when it is far more than a file of that size should hold.
struct Unpacked<R> {
    inner: MultiGzDecoder<Counted<R>>,
    unpacked: u64,
}

/// A reader that knows how much was read.
struct Counted<R> {
    inner: R,
    read: u64,
}

impl<R: Read> Unpacked<R> {
    fn new(input: R) -> Self {
        Unpacked { inner: MultiGzDecoder::new(Counted { inner: input, read: 0 }), unpacked: 0 }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read += crate::num::count(n);
        Ok(n)
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.unpacked += crate::num::count(n);
        let packed = self.inner.get_ref().read;
        if self.unpacked > UNPACKED_FREELY && self.unpacked / MOST_RATIO > packed {
            return Err(io::Error::other(format!(
                "the gzip file unpacks to over {MOST_RATIO} times its size; unpack it by hand if that is meant"
            )));
        }
        Ok(n)
    }
}

/// Another encoding, as UTF-8.
struct Transcoded<R> {
    input: BufReader<R>,
    decoder: Decoder,
    ready: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Transcoded<R> {
    fn new(input: R, decoder: Decoder) -> Self {
        Transcoded {
            input: BufReader::with_capacity(CHUNK, input),
            decoder,
            ready: Vec::new(),
            given: 0,
            ended: false,
        }
    }

    /// Decodes one more chunk into `ready`.
    fn refill(&mut self) -> io::Result<()> {
        let mut raw = [0; CHUNK];
        let n = self.input.read(&mut raw)?;
        self.ended = n == 0;
        // A character of either encoding takes at most three bytes of UTF-8, and one more unit may be pending.
        self.ready.resize(3 * CHUNK + 16, 0);
        let (result, read, written, malformed) =
            self.decoder.decode_to_utf8(&raw[..n], &mut self.ready, self.ended);
        if malformed {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "half of a UTF-16 character stands alone",
            ));
        }
        debug_assert!(result == CoderResult::InputEmpty && read == n, "the buffer holds any chunk");
        self.ready.truncate(written);
        self.given = 0;
        Ok(())
    }
}

impl<R: Read> Read for Transcoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() && !self.ended {
            self.refill()?;
        }
        let n = buffer.len().min(self.ready.len() - self.given);
        buffer[..n].copy_from_slice(&self.ready[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}

/// What tables also come in, by its first bytes, none of which start a text: the fifth of Parquet is a control character.
const NO_TEXT: [(&[u8], &str); 4] = [
    (b"PK\x03\x04", "a spreadsheet (.xlsx, .ods) or another zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet (.xls)"),
    (b"PAR1\x15", "Parquet"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
];
/// RFC 1952, section 2.3.1.
const GZIP: [u8; 2] = [0x1f, 0x8b];
const UTF_8_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
/// Tables of repeated words shrink to about a fiftieth; gzip can reach a thousandth, which no table does.
const MOST_RATIO: u64 = 200;
/// Below this size no file is refused for its ratio.
const UNPACKED_FREELY: u64 = 64 << 20;
const CHUNK: usize = 1 << 13;

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    }

    fn utf_16(text: &str, little: bool) -> Vec<u8> {
        let unit = |u: u16| if little { u.to_le_bytes() } else { u.to_be_bytes() };
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(unit).collect()
    }

    fn read(encoding: Encoding, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        encoding.decode(bytes).map_err(|e| io::Error::other(e.to_string()))?.read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn declared_encodings_give_the_same_text() {
        // Characters of one, two, three and four bytes of UTF-8, over several chunks.
        let text: String = "a;ü;€;𝄞\n".repeat(5000);
        for bytes in [text.as_bytes().to_vec(), [&UTF_8_MARK, text.as_bytes()].concat()] {
            assert_eq!(read(Encoding::Utf8, &bytes).unwrap(), text.as_bytes());
            assert_eq!(read(Encoding::Utf8, &packed(&bytes)).unwrap(), text.as_bytes());
        }
        for little in [true, false] {
            let bytes = utf_16(&text, little);
            assert_eq!(read(Encoding::Utf16, &bytes).unwrap(), text.as_bytes());
            assert_eq!(read(Encoding::Utf16, &packed(&bytes)).unwrap(), text.as_bytes());
        }
        // Windows-1252: 0x80 is the euro sign, 0xfc is ü as in ISO 8859-1.
        assert_eq!(read(Encoding::Latin1, b"\x80\xfc").unwrap(), "€ü".as_bytes());
        let two_members = [packed(b"a\n"), packed(b"b\n")].concat();
        assert_eq!(read(Encoding::Utf8, &two_members).unwrap(), b"a\nb\n");
    }

    #[test]
    fn what_contradicts_the_declaration_is_refused() {
        let cases: [(Encoding, Vec<u8>, &str); 6] = [
            (Encoding::Utf8, utf_16("a", true), "encoding = \"utf-16\""),
            (Encoding::Latin1, utf_16("a", false), "encoding = \"utf-16\""),
            (Encoding::Latin1, [&UTF_8_MARK, &b"a"[..]].concat(), "encoding = \"utf-8\""),
            (Encoding::Utf16, b"a,b".to_vec(), "byte order mark"),
            (Encoding::Utf16, utf_16("a", true)[..3].to_vec(), "half of a UTF-16 character"),
            (Encoding::Utf8, packed(&[b'a'; 1000])[..20].to_vec(), ""),
        ];
        for (encoding, bytes, sentence) in cases {
            let error = read(encoding, &bytes).unwrap_err().to_string();
            assert!(error.contains(sentence), "{encoding}: {error}");
        }
    }

    #[test]
    fn files_that_are_no_text_are_called_what_they_are() {
        for (signature, what) in NO_TEXT {
            let error = read(Encoding::Utf8, &[signature, b"CANARY"].concat()).unwrap_err().to_string();
            assert!(error.contains(what) && error.contains("CSV") && !error.contains("CANARY"), "{error}");
        }
        assert_eq!(read(Encoding::Utf8, b"PAR1,PK\n").unwrap(), b"PAR1,PK\n");
    }

    #[test]
    fn a_small_file_that_unpacks_without_end_is_refused() {
        let bomb = packed(&vec![0; 80 << 20]);
        let mut reader = Encoding::Utf8.decode(&bomb[..]).unwrap();
        let error = io::copy(&mut reader, &mut io::sink()).unwrap_err();
        assert!(error.to_string().contains("200 times its size"), "{error}");
    }
}
