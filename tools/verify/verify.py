#!/usr/bin/env python3
"""Checks a release folder of incog against its card. Python 3.11, standard library only; pyarrow for tables of Parquet.

    python3 verify.py DIR [--trust KEY]... [--earlier CARD]... [--json]

Written from docs/CARD.md alone, without a look at the verifier in the tool: so that a fault in either is
noticed by the other. Section numbers in comments are those of that page. Exit codes: 0 verified, 1 something
differs, 2 bad usage, 4 no readable card.

Memory: one line of a table, and at most LIMIT classes; a table with more is read again, in parts.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit("verify.py needs Python 3.11 or later")

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import stat
import tomllib
from fractions import Fraction

import measures
import parquet_table
from differs import Differs
from ed25519 import verify as ed25519_verify

HOLDS, DIFFERS, NOT_CHECKED = "holds", "differs", "not_checked"
LIMIT = 2_000_000
LARGEST = 1 << 28
SCHEMA = "incog-card/1"
DIGEST = re.compile(r"[0-9a-f]{64}\Z")
DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?\Z")


class Unreadable(Exception):
    """There is no card to verify."""


# ---------------------------------------------------------------- files, section 4.1


def small_file(path):
    """The bytes of a regular file: whoever opens a pipe waits, and a device has no end."""
    found = os.lstat(path)
    if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
        raise OSError("not a regular file of at most 256 MiB")
    with open(path, "rb") as file:
        return file.read()


# ---------------------------------------------------------------- JSON, section 2


class Doubled(Exception):
    pass


def parse_json(text, strict=True):
    """The value; with `strict`, doubled members are refused."""

    def members(pairs):
        value = dict(pairs)
        if strict and len(value) != len(pairs):
            raise Doubled
        return value

    def constant(_):
        raise ValueError("not a number of JSON")

    def integer(digits):
        return float(digits) if digits == "-0" else int(digits)

    value = json.loads(text, object_pairs_hook=members, parse_constant=constant, parse_int=integer)
    # A lone surrogate is no character, so the text is not JSON that everybody reads alike.
    json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


# ---------------------------------------------------------------- shapes, sections 3 to 5


def fail(where, what):
    raise Differs(f"{where}: {what} is expected")


def text(value, where):
    if type(value) is not str:
        fail(where, "a text")


def boolean(value, where):
    if type(value) is not bool:
        fail(where, "true or false")


def integer(value, where, most=2**64 - 1):
    if type(value) is not int or not 0 <= value <= most:
        fail(where, f"an integer from 0 to {most}")


def permille(value, where):
    integer(value, where, 1000)


def small(value, where):
    integer(value, where, 2**32 - 1)


def number(value, where):
    if type(value) not in (int, float) or not -sys.float_info.max <= value <= sys.float_info.max:
        fail(where, "a number")


def nonempty(shape):
    def check(value, where):
        shape(value, where)
        if not value:
            fail(where, "something, or nothing at all,")

    return check


def either(words, shape):
    return lambda value, where: None if type(value) is str and value in words else shape(value, where)


def share(value, where):
    if type(value) not in (int, float) or not 0 <= value <= 1:
        fail(where, "a number from 0 to 1")


def matching(pattern, what):
    def check(value, where):
        if type(value) is not str or not pattern.match(value):
            fail(where, what)

    return check


digest = matching(DIGEST, "64 hexadecimal digits")
decimal = matching(DECIMAL, "decimal text")


def optional(shape):
    return lambda value, where: None if value is None else shape(value, where)


def listing(shape):
    def check(value, where):
        if type(value) is not list:
            fail(where, "a list")
        for i, item in enumerate(value):
            shape(item, f"{where}/{i}")

    return check


def mapping(shape):
    def check(value, where):
        if type(value) is not dict:
            fail(where, "an object")
        for item in value.values():
            shape(item, f"{where}/..")

    return check


def members(optional_names=(), **shapes):
    def check(value, where):
        if type(value) is not dict:
            fail(where, "an object")
        for name in value:
            if name not in shapes:
                raise Differs(f"{where or 'the card'} holds a member that {SCHEMA} does not have")
        for name, shape in shapes.items():
            if name not in value:
                if name in optional_names:
                    continue
                raise Differs(f"{where or 'the card'} has no member '{name}'")
            shape(value[name], f"{where}/{name}")

    return check


def one_character(value, where):
    if type(value) is not str or len(value) != 1:
        fail(where, "one character")


def one_of(*words):
    return matching(re.compile("(" + "|".join(words) + r")\Z"), " or ".join(words))


texts = listing(text)
some_texts = nonempty(texts)
VALUES = members(optional_names=("unknown", "person"), sensitive=text, columns=texts, unknown=some_texts, person=text)
REFERENCE = either(("released", "withheld"), members(input=members(values=mapping(integer), others=integer)))
GROUND = either(("equal", "ordered"), members(hierarchical=members(groups=mapping(listing(small)))))
STATEMENTS = {
    "k_anonymity": ("recomputed", members(k=integer, columns=texts, insensitive=texts, with_insensitive=optional(integer))),
    "distinct_l_diversity": (
        "recomputed",
        members(optional_names=("unknown",), l=integer, sensitive=text, columns=texts, unknown=some_texts),
    ),
    "entropy_l_diversity": (None, members(l=number, of=VALUES)),
    "recursive_l_diversity": (None, members(c=number, l=integer, of=VALUES)),
    "t_closeness": (None, members(t=number, of=VALUES, ground=GROUND, reference=REFERENCE)),
    "n_t_closeness": (None, members(n=integer, t=number, of=VALUES)),
    "beta_likeness": (None, members(beta=number, enhanced=boolean, of=VALUES, reference=REFERENCE)),
    "delta_disclosure": (None, members(delta=number, of=VALUES, reference=REFERENCE)),
    "alpha_k": (None, members(alpha=number, of=VALUES)),
    "k_map": ("replayable", members(k=integer, columns=texts)),
    "delta_presence": ("replayable", members(min=number, max=number, columns=texts)),
    "average_risk": ("recomputed", members(risk=number, columns=texts)),
    "sample_uniques": ("recomputed", members(share=number, columns=texts)),
    "sampled_rows": (
        "attested",
        members(epsilon=decimal, delta=decimal, neighbors=text, person=text, columns=texts, k=integer, sampling=number),
    ),
    "population_uniques": ("attested", members(share=number, model=text, population=integer, columns=texts)),
    "excess_risk": (
        "measured",
        members(attacks=texts, columns=texts, sensitive=texts, max_excess=number, confidence=number, control=number),
    ),
    "nothing_found": ("recomputed", members(columns=texts, entities=texts, min_confidence_permille=permille)),
    "person_k_anonymity": ("replayable", members(k=integer, columns=texts, person=text)),
    "nothing_found_by_policy": (
        "replayable",
        members(columns=texts, entities=mapping(permille), own=texts, allowed=integer),
    ),
    "pseudonymised": ("attested", members(columns=listing(members(column=text, treatment=one_of("kept", "token", "fpe", "date_shift", "scrub", "generalized"))))),
    "differential_privacy": ("attested", members(epsilon=decimal, delta=decimal, neighbors=text, person=text)),
    "privacy_loss": ("attested", members(amount=text, neighbors=text, person=text)),
}
BY_OF = {"entropy_l_diversity", "recursive_l_diversity", "t_closeness", "n_t_closeness", "beta_likeness", "delta_disclosure", "alpha_k"}
ATTACKS = {"singling_out", "linkability", "inference", "register_linkage"}
QUASI = BY_OF | {
    "k_anonymity",
    "distinct_l_diversity",
    "person_k_anonymity",
    "k_map",
    "delta_presence",
    "average_risk",
    "sample_uniques",
    "population_uniques",
    "sampled_rows",
}


def check_of(kind, body):
    """The word that `check` must be. Sections 5 and 5.8."""
    if kind in BY_OF:
        return "replayable" if "person" in body["of"] else "recomputed"
    return STATEMENTS[kind][0]


def quasi_of(body):
    return body["of"]["columns"] if "of" in body else body["columns"]


def person_of(body):
    return body["of"].get("person") if "of" in body else body.get("person")


def sensitive_of(body):
    return body["of"]["sensitive"] if "of" in body else body.get("sensitive")


def statement(value, where):
    if type(value) is not dict or len(value) != 1:
        fail(where, "an object with one member")
    ((kind, body),) = value.items()
    if kind not in STATEMENTS:
        raise Differs(f"{where} is a claim of a kind that {SCHEMA} does not have")
    STATEMENTS[kind][1](body, f"{where}/{kind}")


CARD = members(
    schema=text,
    tool=members(name=text, version=text, features=texts),
    purpose=text,
    policy_sha256=digest,
    overrides=listing(members(rule=text, release=text, who=text, why=text, until=text)),
    inputs=listing(members(keyed_id=optional(text))),
    outputs=listing(
        members(
            file=text,
            sha256=digest,
            delimiter=optional(one_character),
            rows=optional(integer),
            columns=listing(members(name=text, sha256=digest)),
        )
    ),
    claims=listing(
        members(
            release=text,
            check=one_of("recomputed", "replayable", "measured", "attested"),
            statement=statement,
            assumptions=texts,
        )
    ),
    joint=texts,
    utility=mapping(members(levels=mapping(integer), search=text, optimal=boolean, loss=share)),
    budget=mapping(members(epsilon=decimal, delta=decimal, currency=text, accountant=text)),
    not_established=texts,
    parent=optional(digest),
)


# ---------------------------------------------------------------- tables, section 4


class Table:
    """A table of the folder, read from the top as often as asked."""

    def __init__(self, path, delimiter):
        self.path = path
        self.delimiter = delimiter.encode("utf-8")
        if len(self.delimiter) != 1 or self.delimiter in b'"\r\n':
            raise Differs("its delimiter is not one byte other than a quote or a line end")
        self.names = []

    def records(self):
        """The records, the header first, as lists of bytes. Section 4.2."""
        delimiter, quote = self.delimiter, b'"'
        cells, cell, state = [], bytearray(), "start"
        began = False  # whether the line so far holds a byte
        with open(self.path, "rb") as file:
            first = True
            for line in file:
                if first and line.startswith(b"\xef\xbb\xbf"):
                    line = line[3:]
                first = False
                # What most lines are: no quote, no CR but before the LF.
                if not began and quote not in line:
                    bare = line[:-1] if line.endswith(b"\n") else line
                    bare = bare[:-1] if bare.endswith(b"\r") else bare
                    if b"\r" not in bare:
                        if bare:
                            yield bare.split(delimiter)
                        continue
                for byte in line:
                    if state == "quoted":
                        if byte == 0x22:
                            state = "closed"
                        else:
                            cell.append(byte)
                    elif byte == 0x22:
                        if state == "bare":
                            raise Differs("it has a quote inside a cell that does not start with one")
                        if state == "closed":
                            cell.append(byte)
                        state, began = "quoted", True
                    elif byte == delimiter[0]:
                        cells.append(bytes(cell))
                        cell.clear()
                        state, began = "start", True
                    elif byte in b"\r\n":
                        if began:
                            cells.append(bytes(cell))
                            yield cells
                        cells, state, began = [], "start", False
                        cell.clear()
                    elif state == "closed":
                        raise Differs("it has text between a closing quote and the next delimiter")
                    else:
                        cell.append(byte)
                        state, began = "bare", True
        if state == "quoted":
            raise Differs("it ends inside quotes")
        if began:
            cells.append(bytes(cell))
            yield cells

    def rows(self):
        """Numbered rows, from 1."""
        for number, record in enumerate(self.records()):
            if number:
                yield number, record

    def read(self):
        """Checks the form, and returns names, number of rows and digests of columns. Sections 4.2, 4.3."""
        hashes, rows = None, 0
        for number, record in enumerate(self.records()):
            try:
                if hashes is None:
                    self.names = [name.decode("utf-8") for name in record]
                else:
                    b"".join(record).decode("utf-8")
                    for cell in record if not b"".join(record).isascii() else ():
                        cell.decode("utf-8")
            except UnicodeDecodeError:
                raise Differs(f"row {number} is not UTF-8" if number else "the header is not UTF-8") from None
            if hashes is None:
                if any(not name.strip() or name.startswith("\ufeff") for name in self.names):
                    raise Differs("a column has no name")
                if len(set(self.names)) != len(self.names):
                    raise Differs("two columns have one name")
                hashes = [hashlib.sha256() for _ in record]
                continue
            if len(record) != len(hashes):
                raise Differs(f"row {number} has {len(record)} cells where the header has {len(hashes)} columns")
            rows = number
            for column, cell in zip(hashes, record):
                column.update(len(cell).to_bytes(8, "little") + cell)
        if hashes is None:
            raise Differs("it has no header")
        return self.names, rows, [column.hexdigest() for column in hashes]

    def place(self, column):
        return self.names.index(column)


class ParquetTable(Table):
    """The same of Parquet. Section 4.6."""

    def __init__(self, path, policy_sha256, names):
        self.path, self.policy_sha256 = path, policy_sha256
        # Those of the card, until they are read.
        self.names = names

    def records(self):
        return parquet_table.records(self.path, self.policy_sha256)


class Class:
    __slots__ = ("rows", "first", "values")

    def __init__(self, first):
        self.rows, self.first, self.values = 0, first, set()


def reference_fits(body):
    """5.9, 5.10: what claims nothing, what only goes with persons, and what only goes with equal distances."""
    if "of" in body and body.get("l", 1) < 1:
        raise Differs("l is below 1: that claims nothing")
    reference, ground = body.get("reference"), body.get("ground")
    if reference == "withheld" and "person" not in body["of"]:
        raise Differs("the distribution that classes are compared with is not on the card")
    if ground not in (None, "equal") and type(reference) is dict and reference["input"]["others"] != 0:
        raise Differs("rows of other values cannot be ordered or grouped")


def smallest_class(table, columns, sensitive=None, least=0, unknown=()):
    """(rows of the smallest class, its first row); with `sensitive` the fewest distinct values instead. 5.2 to 5.4."""
    places = [table.place(column) for column in columns]
    other = None if sensitive is None else table.place(sensitive)
    nothing = {b"", b"*"} | {value.encode("utf-8") for value in unknown}
    enough = max(least, 255)
    parts = 1
    while True:
        best, full = None, False
        for part in range(parts):
            classes, entries = {}, 0
            for number, record in table.rows():
                key = hashlib.sha256()
                for place in places:
                    key.update(len(record[place]).to_bytes(8, "little") + record[place])
                key = key.digest()[:16]
                if parts > 1 and int.from_bytes(key[:8], "little") % parts != part:
                    continue
                found = classes.get(key)
                if found is None:
                    found = classes[key] = Class(number)
                    entries += 1
                found.rows += 1
                if other is not None and record[other] not in nothing and len(found.values) < enough:
                    before = len(found.values)
                    found.values.add(hashlib.sha256(record[other]).digest()[:16])
                    entries += len(found.values) - before
                if entries > LIMIT and len(classes) > 1:
                    full = True
                    break
            if full:
                break
            for found in classes.values():
                size = found.rows if other is None else len(found.values)
                if best is None or (size, found.first) < best:
                    best = (size, found.first)
        if not full:
            if best is None:
                raise Differs("the table has no rows, so there is no class to make a claim about")
            return best
        parts *= 4


# ---------------------------------------------------------------- the checks, section 6


class Verifier:
    def __init__(self, folder, trusted=(), earlier=()):
        self.folder, self.trusted, self.earlier = folder, list(trusted), list(earlier)
        self.checks, self.tables, self.lock, self.stats = [], {}, None, None

    def note(self, subject, outcome, detail):
        self.checks.append({"subject": subject, "outcome": outcome, "detail": detail})

    def check(self, subject, function, *arguments):
        """Notes what the function says: an outcome with a sentence, a difference, or that a table cannot be read here."""
        try:
            self.note(subject, *function(*arguments))
        except Differs as difference:
            self.note(subject, DIFFERS, str(difference))
        except parquet_table.NotRead as why:
            self.note(subject, NOT_CHECKED, str(why))

    def run(self):
        self.read_card()
        try:
            if self.doubled:
                raise Differs("an object has two members of one name")
            CARD(self.card, "")
        except Differs as difference:
            self.note("", DIFFERS, str(difference))
            return self.checks
        self.check("/outputs", self.files)
        for i, output in enumerate(self.card["outputs"]):
            self.check(f"/outputs/{i}", self.output, output)
        if any(o["file"] == "policy.lock" for o in self.card["outputs"]):
            self.check("policy.lock", self.policy_lock)
        for i, claim in enumerate(self.card["claims"]):
            self.check(f"/claims/{i}", self.claim, claim)
        missing = self.without_claim()
        if missing:
            self.note("/claims", DIFFERS, missing)
        self.check("/parent", self.parent)
        self.check("card.json.sig", self.signature)
        return self.checks

    def read_card(self):
        try:
            self.bytes = small_file(os.path.join(self.folder, "card.json"))
            value = parse_json(self.bytes.decode("utf-8"), strict=False)
        except OSError:
            raise Unreadable("there is no card.json that can be read") from None
        except (ValueError, RecursionError):
            raise Unreadable("card.json is not JSON") from None
        if type(value) is not dict or value.get("schema") != SCHEMA:
            raise Unreadable(f"schema {SCHEMA} is expected")
        self.card, self.doubled = value, False
        try:
            parse_json(self.bytes.decode("utf-8"))
        except Doubled:
            self.doubled = True

    # 4, 4.1
    def files(self):
        expected = {"card.json"}
        for output in self.card["outputs"]:
            name = output["file"]
            if not name or name in (".", "..", "card.json", "card.json.sig") or "/" in name or "\\" in name:
                raise Differs("an output has a name that is not that of a file beside the card")
            if name in expected:
                raise Differs(f"'{name}' is in the card twice")
            expected.add(name)
        found = set()
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if not stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
                    raise Differs(f"'{entry.name}' is not a regular file")
                found.add(entry.name)
        extra = sorted(found - expected - {"card.json.sig"})
        if extra:
            raise Differs(f"'{extra[0]}' is in the folder and not in the card")
        absent = sorted(expected - found)
        if absent:
            raise Differs(f"'{absent[0]}' is in the card and not in the folder")
        return HOLDS, f"{len(expected) - 1} files, all in the card"

    # 4, 4.2, 4.3
    def output(self, output):
        name = output["file"]
        is_parquet = name.endswith(".parquet")
        if is_parquet and output["delimiter"] is not None:
            raise Differs(f"'{name}' is Parquet by its name, which has no delimiter")
        parts = [is_parquet or output["delimiter"] is not None, output["rows"] is not None, bool(output["columns"])]
        if any(parts) and not all(parts):
            raise Differs(f"'{name}' is half a table: delimiter, rows and columns belong together")
        if "/" in name or "\\" in name or not name:
            raise Differs("the name is not that of a file beside the card")
        path = os.path.join(self.folder, name)
        if os.path.islink(path) or not os.path.isfile(path):
            raise Differs(f"'{name}' is not there")
        with open(path, "rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == output["sha256"]
        if not all(parts):
            if not same:
                raise Differs(f"'{name}' is not the file of the card: its SHA-256 is another")
            return HOLDS, f"'{name}': SHA-256 as in the card"
        declared = [column["name"] for column in output["columns"]]
        if is_parquet:
            table = ParquetTable(path, self.card["policy_sha256"], declared)
        else:
            table = Table(path, output["delimiter"])
        try:
            names, rows, digests = table.read()
        except parquet_table.NotRead as why:
            if not same:
                raise Differs(f"'{name}' is not the file of the card: its SHA-256 is another") from None
            self.tables[name] = table
            return NOT_CHECKED, f"'{name}': SHA-256 as in the card; {why}"
        except Differs as difference:
            raise Differs(f"'{name}' cannot be read as a table: {difference}") from None
        self.tables[name] = table
        if names != declared:
            extra = [i for i, n in enumerate(names, 1) if n not in declared]
            detail = f": column {extra[0]} is not in the card" if extra else ""
            raise Differs(f"'{name}' has other columns than the card says{detail}")
        if rows != output["rows"]:
            raise Differs(f"'{name}' has {rows} rows where the card says {output['rows']}")
        for column, found in zip(output["columns"], digests):
            if column["sha256"] != found:
                raise Differs(f"'{name}': cells differ from the card in column '{column['name']}'")
        if not same:
            raise Differs(f"'{name}' is not the file of the card: its SHA-256 is another")
        return HOLDS, f"'{name}': SHA-256 as in the card, {rows} rows"

    # 4.4
    def policy_lock(self):
        try:
            lock = tomllib.loads(small_file(os.path.join(self.folder, "policy.lock")).decode("utf-8"))
        except (OSError, ValueError, RecursionError):
            raise Differs("it is not TOML") from None
        if type(lock.get("version")) is not int or lock["version"] != 1:
            raise Differs("its version is not 1")
        several = lock.get("inputs", {})
        inputs = [lock["columns"]] if "columns" in lock else []
        inputs += [i.get("columns") if type(i) is dict else None for i in several.values()] if type(several) is dict else [None]
        for columns in inputs:
            if type(columns) is not dict or any(
                type(entry) is not dict
                or type(entry.get("role", "")) is not str
                or type(entry.get("person", False)) is not bool
                for entry in columns.values()
            ):
                raise Differs("it does not say what became of each column")
        if lock.get("policy_sha256") != self.card["policy_sha256"]:
            raise Differs("it is of another policy than the card")
        for output in self.card["outputs"]:
            names = [column["name"] for column in output["columns"]]
            misfits = [self.misfit(output["file"], names, columns) for columns in inputs]
            if names and all(misfits):
                raise Differs(f"'{output['file']}': {misfits[0]}")
            if names and not inputs:
                raise Differs("it names no columns")
        return HOLDS, "the policy of the card, with the roles that the claims take columns for"

    def misfit(self, file, names, columns):
        """Why a table with these columns is not of the input with those, or nothing."""
        for name in names:
            if name not in columns:
                return f"column '{name}' is not in the policy"
        for claim in self.card["claims"]:
            ((kind, body),) = claim["statement"].items()
            if file not in tables_of(claim["release"]) or kind not in QUASI:
                continue
            wanted = {name: "quasi" for name in quasi_of(body)}
            if kind == "k_anonymity":
                wanted |= {name: "insensitive" for name in body["insensitive"]}
                wanted |= {name: "sensitive" for name in names if name not in wanted}
            elif sensitive_of(body) is not None:
                wanted[sensitive_of(body)] = "sensitive"
            person = person_of(body)
            if person is not None and not columns.get(person, {}).get("person", False):
                return f"a claim counts persons of column '{person}', which names none in the policy"
            for name, role in wanted.items():
                if name in columns and columns[name].get("role") != role:
                    return f"a claim takes column '{name}' for {role}, which it is not in the policy"
        return None

    # 5
    def claim(self, claim):
        ((kind, body),) = claim["statement"].items()
        release, check = claim["release"], check_of(kind, body)
        if claim["check"] != check:
            raise Differs(f"such a claim is {check}, and this one says {claim['check']}")
        if kind in ("differential_privacy", "privacy_loss"):
            return self.statistics(release, kind, body)
        files = [o["file"] for o in self.card["outputs"] if o["file"] in tables_of(release)]
        if len(files) > 1:
            raise Differs(f"there are two tables '{release}', and a claim is about one")
        table = self.tables.get(files[0]) if files else None
        if table is None:
            raise Differs(f"there is no readable table '{files[0] if files else release + '.csv'}'")
        if kind == "pseudonymised":
            return self.pseudonymised(release, table, body)
        columns = list(quasi_of(body))
        if kind == "k_anonymity":
            columns += body["insensitive"]
        elif kind == "excess_risk":
            columns += body["sensitive"]
        elif sensitive_of(body) is not None:
            columns.append(sensitive_of(body))
        for column in columns:
            if column not in table.names:
                raise Differs(f"'{release}' has no column '{column}'")
        if len(set(columns)) != len(columns):
            raise Differs("a column is named twice")
        if kind == "k_anonymity":
            if self.also(release, "pseudonymised"):
                raise Differs(f"'{release}' is claimed to be pseudonymised as well; one excludes the other")
            return self.k_anonymity(table, body)
        if kind == "excess_risk":
            return self.excess_risk(body)
        reference_fits(body)
        if kind in ("person_k_anonymity", "sampled_rows"):
            self.rows_of_persons(table, body)
        if kind in BY_OF and check == "replayable":
            measures.bounds(kind, body, table)
        if kind == "sampled_rows":
            self.budget_is(release, body)
            return NOT_CHECKED, "attested: rests on whoever ran the tool"
        if check == "attested":
            return NOT_CHECKED, "attested: an estimate about people who are not in the release"
        if check == "replayable":
            return NOT_CHECKED, "replayable: needs the raw data, the policy or the population"
        if kind == "nothing_found":
            return NOT_CHECKED, "needs the scanner of the tool: incog verify repeats it"
        if kind == "distinct_l_diversity":
            fewest, first = smallest_class(table, body["columns"], body["sensitive"], body["l"], body.get("unknown", ()))
            if fewest < body["l"]:
                raise Differs(f"l = {fewest}: the class of row {first} holds {fewest} distinct values, {body['l']} are claimed")
            return HOLDS, f"l = {fewest}"
        return HOLDS, measures.check(kind, body, table)

    def also(self, release, kind):
        return any(c["release"] == release and kind in c["statement"] for c in self.card["claims"])

    # 5.3
    def k_anonymity(self, table, body):
        if body["k"] < 1:
            raise Differs("k is 0: that claims nothing")
        stated = body["with_insensitive"]
        if bool(body["insensitive"]) != (stated is not None):
            raise Differs("k with the insensitive columns is stated, and there are none, or the other way round")
        if next(table.rows(), None) is None:
            return HOLDS, "no rows, so every k holds"
        k, first = smallest_class(table, body["columns"])
        if k < body["k"]:
            raise Differs(f"k = {k}: row {first} equals {k - 1} others, {body['k'] - 1} are claimed")
        if not body["insensitive"]:
            return HOLDS, f"k = {k}"
        both, at = smallest_class(table, body["columns"] + body["insensitive"])
        if both < stated:
            raise Differs(f"k with the insensitive columns is {both}, the card says {stated}")
        return HOLDS, f"k = {k}; with the insensitive columns: k = {both}"

    # 5.3
    def rows_of_persons(self, table, body):
        """A class of k persons has k rows."""
        if body["k"] < 1:
            raise Differs("k is 0: that claims nothing")
        if next(table.rows(), None) is None:
            return
        rows, first = smallest_class(table, body["columns"])
        if rows < body["k"]:
            raise Differs(f"k = {rows}: row {first} equals {rows - 1} others, {body['k'] - 1} are claimed")

    # 5.6
    def pseudonymised(self, release, table, body):
        if self.also(release, "k_anonymity"):
            raise Differs(f"'{release}' is claimed to be k-anonymous as well; one excludes the other")
        if [c["column"] for c in body["columns"]] != table.names:
            raise Differs(f"its columns are not those of the table '{release}'")
        return NOT_CHECKED, "attested: rests on whoever ran the tool"

    # 5.13
    def excess_risk(self, body):
        """An experiment on people: the card has its bound, and the folder not those people."""
        attacks = body["attacks"]
        if not attacks or len(set(attacks)) != len(attacks) or not set(attacks) <= ATTACKS:
            raise Differs("its attacks are none, one twice, or one that this version does not know")
        if ("inference" in attacks) != bool(body["sensitive"]):
            raise Differs("inference is tried on sensitive columns, and on those alone")
        if not (0 < body["max_excess"] <= 1 and 0 < body["confidence"] < 1 and 0 < body["control"] < 1):
            raise Differs("an excess, a confidence or a control is no share: that claims nothing")
        return NOT_CHECKED, "measured: an experiment; to try it again needs the raw data, the keys and the register"

    # 5.7
    def statistics(self, release, kind, body):
        queries = self.releases().get(release)
        if queries is None:
            raise Differs(f"stats.json has no release '{release}'")
        for number, query in enumerate(queries, 1):
            if query["insecure"]:
                raise Differs(f"the noise of query {number} came from a seed: it protects nobody")
        if kind == "differential_privacy":
            self.budget_is(release, body)
            costs = [query.get("epsilon") for query in queries]
            if costs and all(type(cost) is str and DECIMAL.match(cost) for cost in costs):
                total = sum(map(Fraction, costs))
                if total != Fraction(body["epsilon"]):
                    raise Differs("the epsilons of the queries do not add up to the claim")
        return NOT_CHECKED, "attested: rests on whoever ran the tool"

    def budget_is(self, release, body):
        budget = self.card["budget"].get(release)
        if budget is None or (budget["epsilon"], budget["delta"]) != (body["epsilon"], body["delta"]):
            raise Differs(f"the budget of '{release}' on the card is another")

    def releases(self):
        """Name of a release of stats.json -> its queries."""
        if self.stats is None:
            if not any(o["file"] == "stats.json" for o in self.card["outputs"]):
                return {}
            try:
                value = parse_json(small_file(os.path.join(self.folder, "stats.json")).decode("utf-8"))
            except (OSError, ValueError, Doubled, RecursionError):
                raise Differs("stats.json is not JSON") from None
            queries = listing(
                lambda q, where: None
                if type(q) is dict
                and type(q.get("query")) is str
                and type(q.get("values")) is list
                and type(q.get("insecure")) is bool
                else fail(where, "a query with its values")
            )
            shape = members(schema=one_of("incog-stats/1"), releases=mapping(members(queries=queries)))
            try:
                shape(value, "stats.json")
            except Differs as difference:
                raise Differs(f"{difference}") from None
            self.stats = {name: release["queries"] for name, release in value["releases"].items()}
        return self.stats

    def without_claim(self):
        """A sentence about what nothing is claimed about, or nothing."""
        if not self.card["claims"]:
            return "the card claims nothing"
        for output in self.card["outputs"]:
            claimed = any(
                output["file"] in tables_of(c["release"]) and not ({"differential_privacy", "privacy_loss", "excess_risk"} & c["statement"].keys())
                for c in self.card["claims"]
            )
            if output["columns"] and not claimed:
                return f"nothing is claimed about '{output['file']}'"
        try:
            releases = self.releases()
        except Differs as difference:
            return str(difference)
        for name in sorted(releases):
            if not self.also(name, "differential_privacy") and not self.also(name, "privacy_loss"):
                return f"nothing is claimed about the statistics '{name}'"
        return None

    # 8
    def parent(self):
        parent = self.card["parent"]
        if not self.earlier:
            said = "it continues another card" if parent else "it says that it is the first of its chain"
            return NOT_CHECKED, f"{said}; give earlier cards with --earlier to notice a roll-back"
        parents = {}
        for path in self.earlier:
            try:
                with open(path, "rb") as file:
                    content = file.read()
                value = parse_json(content.decode("utf-8"))
                optional(digest)(value["parent"], "parent")
            except (OSError, ValueError, KeyError, TypeError, Doubled, Differs, RecursionError):
                raise Differs("an earlier card cannot be read") from None
            parents[hashlib.sha256(content).hexdigest()] = value["parent"]
        own = hashlib.sha256(self.bytes).hexdigest()
        for start in parents:
            at, steps = parents[start], 0
            while at is not None and steps <= len(parents):
                if at == own:
                    raise Differs("the folder was rolled back: a card that was given continues this one")
                at, steps = parents.get(at), steps + 1
        left, at = set(parents) - {own}, parent
        while at in left:
            left.discard(at)
            at = parents[at]
        if left:
            raise Differs("it does not continue the cards that were given: the chain is broken, or the card was replaced")
        return HOLDS, f"it continues or is the newest of the {len(parents)} cards given"

    # 7
    def signature(self):
        path = os.path.join(self.folder, "card.json.sig")
        if not os.path.lexists(path):
            if self.trusted:
                raise Differs("the card is not signed")
            return NOT_CHECKED, "the card is not signed: anybody may have made it"
        try:
            envelope = parse_json(small_file(path).decode("utf-8"))
        except (OSError, ValueError, Doubled, RecursionError):
            raise Differs("it is not JSON") from None
        members(
            payloadType=text, payload=text, signatures=listing(members(keyid=text, sig=text))
        )(envelope, "the envelope")
        kind = envelope["payloadType"]
        if kind != "application/vnd.incog.card+json":
            raise Differs("its payload is of another type")
        if not envelope["signatures"]:
            raise Differs("it holds no signature")
        try:
            payload = strict_base64(envelope["payload"])
            signatures = [strict_base64(s["sig"]) for s in envelope["signatures"]]
        except (ValueError, binascii.Error):
            raise Differs("it is not base64") from None
        if payload != self.bytes:
            raise Differs("it signs another card")
        if any(len(signature) != 64 for signature in signatures):
            raise Differs("a signature does not have 64 bytes")
        if not self.trusted:
            return NOT_CHECKED, "signed, unknown signer: name a key that you trust with --trust"
        message = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
        for key in self.trusted:
            if any(ed25519_verify(key, message, signature) for signature in signatures):
                return HOLDS, f"signed by trusted key {hashlib.sha256(key).hexdigest()[:16]}"
        raise Differs("no signature is by a key that you trust")


def tables_of(release):
    """The names that the table of a release can have. Section 5.1."""
    return release + ".csv", release + ".parquet"


def strict_base64(value):
    """RFC 4648, section 4: with padding, and the one encoding of its bytes."""
    decoded = base64.b64decode(value, validate=True)
    if base64.b64encode(decoded).decode() != value:
        raise ValueError
    return decoded


def public_key(argument):
    """The key written out, or the file that holds it. Section 7."""
    written = argument
    if not argument.startswith("incogpub1_"):
        try:
            with open(argument, encoding="utf-8") as file:
                written = file.read().strip()
        except (OSError, UnicodeDecodeError):
            raise argparse.ArgumentTypeError("no such file, and not a public key") from None
    digits = written.removeprefix("incogpub1_")
    if digits == written or not DIGEST.match(digits):
        raise argparse.ArgumentTypeError("a public key is incogpub1_ and 64 hexadecimal digits")
    return bytes.fromhex(digits)


def main():
    parser = argparse.ArgumentParser(description="Checks a release folder of incog against its card.")
    parser.add_argument("folder", metavar="DIR")
    parser.add_argument("--trust", metavar="KEY", type=public_key, action="append", default=[])
    parser.add_argument("--earlier", metavar="CARD", action="append", default=[])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    try:
        checks = Verifier(arguments.folder, arguments.trust, arguments.earlier).run()
    except Unreadable as why:
        print(f"error: no card to verify: {why}; name a folder that incog apply wrote", file=sys.stderr)
        return 4
    # Of an output that was not read nothing is known but its digest.
    unread = any(c["outcome"] == NOT_CHECKED and c["subject"].startswith("/outputs/") for c in checks)
    verified = not unread and all(check["outcome"] != DIFFERS for check in checks)
    if arguments.json:
        print(json.dumps({"verified": verified, "checks": checks}, indent=2))
    else:
        words = {HOLDS: "holds      ", DIFFERS: "DIFFERS    ", NOT_CHECKED: "not checked"}
        for check in checks:
            print(f"{words[check['outcome']]}  {check['subject'] or 'card.json'}: {printable(check['detail'])}")
        first = next((check for check in checks if check["outcome"] == DIFFERS), None)
        if first is None and unread:
            print("NOT VERIFIED: nothing differs, but there are tables that were not read, and their claims were not checked")
        elif first is None:
            print("verified: everything that can be recomputed from the folder holds")
        else:
            print(f"NOT VERIFIED, first: {first['subject'] or 'card.json'}: {printable(first['detail'])}")
    return 0 if verified else 1


def printable(sentence):
    """Names of columns and files stand in sentences: none of them can command a terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in sentence)


if __name__ == "__main__":
    sys.exit(main())
