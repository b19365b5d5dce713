"""Tables of Parquet, section 4.6 of docs/CARD.md: read by pyarrow where it is installed.

The format is too large for a reader of our own here. Without pyarrow of such a table the bytes are compared, and what is
claimed of its rows is reported as not checked.
"""

import parquet_layout
from differs import Differs

try:
    import pyarrow
    import pyarrow.parquet
except ImportError:
    pyarrow = None

UNREAD = "it is Parquet, and pyarrow is not installed: neither its rows nor what is claimed of them was checked"


class NotRead(Exception):
    """A table whose rows this installation cannot read."""


def records(path, policy_sha256):
    """The names and then the rows, as lists of bytes."""
    if pyarrow is None:
        raise NotRead(UNREAD)
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            check(path, file, policy_sha256)
            yield [name.encode("utf-8") for name in file.schema_arrow.names]
            for batch in file.iter_batches(batch_size=8192):
                columns = [column.cast(pyarrow.binary()).to_pylist() for column in batch.columns]
                for row in zip(*columns):
                    yield [cell or b"" for cell in row]
    except (pyarrow.ArrowException, OSError):
        raise Differs("it is no whole Parquet file, or a damaged one") from None


def check(path, file, policy_sha256):
    """Nothing is in it but names, cells and the digest of the policy."""
    metadata = file.metadata
    for number, field in enumerate(file.schema_arrow, 1):
        if field.type != pyarrow.string():
            raise Differs(f"column {number} is not text")
    if metadata.metadata != {b"incog.policy": policy_sha256.encode("ascii")}:
        raise Differs("its metadata is not the digest of the card's policy alone")
    parquet_layout.check(path)
