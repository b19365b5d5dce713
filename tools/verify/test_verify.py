"""Tests of the parts that have published answers. Run: python3 -m unittest discover tools/verify

What the verifier says of releases is tested from Rust, beside the other verifier: tests/evidence_agree.rs.
"""

import tempfile
import unittest
from pathlib import Path

import ed25519
import parquet_layout
import verify

# RFC 8032, section 7.1, tests 1 to 3: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


class Ed25519(unittest.TestCase):
    def test_signatures_of_the_standard_verify_and_no_changed_bit_does(self):
        for key, message, signature in VECTORS:
            key, message, signature = map(bytes.fromhex, (key, message, signature))
            self.assertTrue(ed25519.verify(key, message, signature))
            self.assertFalse(ed25519.verify(key, message + b"x", signature))
            for bit in range(0, 512, 37):
                changed = bytearray(signature)
                changed[bit // 8] ^= 1 << bit % 8
                self.assertFalse(ed25519.verify(key, message, bytes(changed)), bit)

    def test_s_plus_the_order_is_refused(self):
        key, message, signature = map(bytes.fromhex, VECTORS[1])
        s = int.from_bytes(signature[32:], "little") + ed25519.ORDER
        self.assertFalse(ed25519.verify(key, message, signature[:32] + s.to_bytes(32, "little")))

    def test_keys_of_small_order_are_refused(self):
        # The neutral element as key and as R, and S = 0: the equation holds for every message.
        neutral = (1).to_bytes(32, "little")
        self.assertFalse(ed25519.verify(neutral, b"anything", neutral + bytes(32)))


class Layout(unittest.TestCase):
    def test_a_structure_has_one_way_to_be_written(self):
        # Field 1, a number of 4 bytes: 1. Field 2, a list of two texts.
        thrift = parquet_layout.Thrift(bytes([0x15, 2, 0x19, 0x28, 1, 97, 0, 0]))
        self.assertEqual((thrift.structure(0), thrift.at), ({1: 1, 2: [b"a", b""]}, 8))
        for data in [
            b"\x15\x82\x00\x00",  # a number with a group that is none
            b"\x15\x03\x00",  # below zero
            b"\x05\x02\x02\x00",  # a field by its number
            b"\x19\xf8\x02\x01a\x00\x00",  # a short list with a long length
            b"\x19\xf8\xff\xff\xff\xff\x0f\x00\x00",  # a list longer than the file
            b"\x17" + bytes(9),  # a number with a fraction
            b"\x1b\x00\x00",  # a map
            b"\x15\x02",  # no end
            b"\x1c" * 64,
            b"\x19" * 64,  # too deep
            b"\x18\x09a\x00",  # a text behind the end
        ]:
            with self.assertRaises(parquet_layout.Unwritten, msg=data):
                parquet_layout.Thrift(data).structure(0)

    def test_a_file_that_is_too_short_is_none(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "t.parquet")
            for content in [b"", b"PAR1", b"PAR1\xff\xff\xff\xffPAR1"]:
                path.write_bytes(content)
                with self.assertRaises(verify.Differs):
                    parquet_layout.check(path)


class Tables(unittest.TestCase):
    def records(self, content, delimiter=","):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "t.csv")
            path.write_bytes(content)
            return list(verify.Table(str(path), delimiter).records())

    def test_records_are_those_of_rfc_4180(self):
        cases = [
            (b"a,b\n1,\n", [[b"a", b"b"], [b"1", b""]]),
            (b"\xef\xbb\xbfa\r\n\r\n1", [[b"a"], [b"1"]]),
            (b'"a,""x""\r\n",b\r1,""\n', [[b'a,"x"\r\n', b"b"], [b"1", b""]]),
            (b'a\n""\n', [[b"a"], [b""]]),
        ]
        for content, expected in cases:
            self.assertEqual(self.records(content), expected, content)

    def test_other_quotes_are_differences(self):
        for content in (b'a,b\n5" pipe,2\n', b'a\n"x" y\n', b'a\n"x\ny\n'):
            with self.assertRaises(verify.Differs, msg=content):
                self.records(content)

    def test_a_table_of_many_classes_is_counted_in_parts(self):
        rows = "\n".join(f"{i // 3},{i % 7}" for i in range(600))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "t.csv")
            path.write_text("q,s\n" + rows + "\n")
            table = verify.Table(str(path), ",")
            table.read()
            before, verify.LIMIT = verify.LIMIT, 50
            try:
                self.assertEqual(verify.smallest_class(table, ["q"]), (3, 1))
                self.assertEqual(verify.smallest_class(table, ["q"], "s"), (3, 1))
                self.assertEqual(verify.smallest_class(table, ["q", "s"]), (1, 1))
            finally:
                verify.LIMIT = before


if __name__ == "__main__":
    unittest.main()
