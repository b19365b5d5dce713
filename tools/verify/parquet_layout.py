"""Whether each byte of a file of Parquet is one that a release writes: section 4.6 of docs/CARD.md.

Readers of the format pass over what they do not know or need, so the end of the file and the headers of its pages are read here by
themselves: structures of parquet.thrift in the compact protocol of Thrift. A value that is not in its shortest form is refused.
"""

import re

from differs import Differs

UNWRITTEN = "its metadata is not written as a release writes it"
OTHER_BYTES = "it holds bytes that belong to no column"
# Fields in which values of cells, or where they are, would stand: page index; statistics and bloom filter.
TELLING = {"a column chunk": (4, 5, 6, 7), "a column chunk's metadata": (12, 14, 15)}
DEEPEST = 8
HEADER = 128  # bytes of a page's header at most


class Unwritten(Exception):
    """Bytes that are no value, or one in another form."""


class Thrift:
    """Reads values from bytes: numbers, texts, lists and structures, the last as dicts from the numbers of fields."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise Unwritten
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self):
        return self.take(1)[0]

    def whole(self):
        number = shift = 0
        while True:
            byte = self.byte()
            number |= (byte & 127) << shift
            if (byte == 0 and shift) or number >> 64:
                raise Unwritten
            if byte < 128:
                return number
            shift += 7

    def value(self, kind, depth):
        if depth > DEEPEST:
            raise Unwritten
        if kind in (1, 2):
            return 2 - kind
        if kind in (4, 5, 6):
            number = self.whole()
            if number % 2:  # below zero
                raise Unwritten
            return number // 2
        if kind == 8:
            return self.take(self.whole())
        if kind == 9:
            head = self.byte()
            length = head >> 4
            if length == 15:
                length = self.whole()
                if length < 15:
                    raise Unwritten
            if head & 15 in (1, 2):
                raise Unwritten
            values = []
            for _ in range(length):
                values.append(self.value(head & 15, depth + 1))
            return values
        if kind == 12:
            return self.structure(depth)
        raise Unwritten

    def structure(self, depth):
        fields, number = {}, 0
        while True:
            head = self.byte()
            if head == 0:
                return fields
            if head >> 4 == 0:
                raise Unwritten
            number += head >> 4
            fields[number] = self.value(head & 15, depth + 1)


def fields(value, what, allowed):
    """The structure, if it has no field that is not allowed."""
    if not isinstance(value, dict):
        raise Unwritten
    for number in value:
        if number in TELLING.get(what, ()):
            raise Differs("it holds statistics or an index of its cells")
        if number not in allowed:
            raise Differs(f"it holds more than a release writes: field {number} of the structure of {what}")
    return value


def get(structure, number, kind):
    value = structure.get(number)
    if not isinstance(value, kind):
        raise Unwritten
    return value


def check(path):
    """Goes through the end of the file and the headers of its pages."""
    try:
        with open(path, "rb") as file:
            check_file(file)
    except Unwritten:
        raise Differs(UNWRITTEN) from None


def check_file(file):
    size = file.seek(0, 2)
    if size < 12:
        raise Unwritten
    file.seek(size - 8)
    start = size - 8 - int.from_bytes(file.read(4), "little")
    if start < 4:
        raise Unwritten
    file.seek(start)
    thrift = Thrift(file.read(size - 8 - start))
    end = fields(thrift.structure(0), "the file", range(1, 8))
    if thrift.at != len(thrift.data):
        raise Differs(OTHER_BYTES)
    if get(end, 1, int) != 1 or not re.fullmatch(rb"incog \d{1,4}\.\d{1,4}\.\d{1,4}", get(end, 6, bytes)):
        raise Differs("its end names a version or a writer that is none of incog")
    names = schema(get(end, 2, list))
    for entry in get(end, 5, list):
        fields(entry, "a metadata entry", (1, 2))
    for order in get(end, 7, list):
        fields(fields(order, "a column order", (1,)).get(1), "a column order", ())
    at = 4
    for group in get(end, 4, list):
        group = fields(group, "a row group", (1, 2, 3, 5, 6, 7))
        chunks = get(group, 1, list)
        if len(chunks) != len(names):
            raise Unwritten
        for chunk, name in zip(chunks, names):
            chunk = fields(chunk, "a column chunk", (2, 3)).get(3)
            chunk = fields(chunk, "a column chunk's metadata", (1, 2, 3, 4, 5, 6, 7, 9, 11, 13))
            if get(chunk, 3, list) != [name]:
                raise Differs("a column chunk has another name than its column")
            for count in get(chunk, 13, list):
                fields(count, "a count of pages", (1, 2, 3))
            at = pages(file, at, get(chunk, 7, int), start)
    if at != start:
        raise Differs(OTHER_BYTES)


def schema(elements):
    if not elements:
        raise Unwritten
    root, *columns = elements
    if get(fields(root, "the schema", (4, 5)), 4, bytes) != b"arrow_schema":
        raise Differs("its schema has another name than a release gives it")
    names = []
    for column in columns:
        column = fields(column, "a column", (1, 3, 4, 6, 10))
        kind = fields(column.get(10), "a column's type", (1,))
        fields(kind.get(1), "a column's type", ())
        names.append(get(column, 4, bytes))
    return names


def pages(file, at, size, start):
    """Goes through the pages of a chunk; where the next chunk begins."""
    end = at + size
    if end > start:
        raise Differs(OTHER_BYTES)
    while at < end:
        file.seek(at)
        thrift = Thrift(file.read(min(HEADER, end - at)))
        try:
            header = thrift.structure(0)
        except Unwritten:
            raise Differs("the header of a page is not written as a release writes it") from None
        header = fields(header, "a page's header", (1, 2, 3, 5, 7))
        kind = get(header, 1, int)
        if kind == 0:
            fields(header.get(5), "a data page's header", (1, 2, 3, 4))
        elif kind == 2:
            fields(header.get(7), "a dictionary page's header", (1, 2, 3))
        else:
            raise Differs("it holds a page of a kind that a release does not write")
        if len(header) != 4:
            raise Unwritten
        at += thrift.at + get(header, 3, int)
    if at != end:
        raise Differs(OTHER_BYTES)
    return end
