"""JSON of unknown origin, with bounded size and depth: one document, or one document a line."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from casekit.errors import DataError, Problem
from casekit.importers.source import lines_of

MOST_BYTES = 200_000_000
SNIFFED = 65_536
DEEPEST = 100
GZIP = b"\x1f\x8b"
ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
GZIP_OR_ZLIB = 47  # zlib's number for: largest window, either header


def ends_of(file: Path) -> str:
    """The beginning and the end of a file as text, by which its format is recognised."""
    try:
        with file.open("rb") as opened:
            head = opened.read(SNIFFED)
            if head.startswith((GZIP, *ZLIB)):
                return zlib.decompressobj(GZIP_OR_ZLIB).decompress(head, SNIFFED).decode("utf-8", errors="replace")
            opened.seek(max(file.stat().st_size - SNIFFED, 0))
            return (head + opened.read(SNIFFED)).decode("utf-8-sig", errors="replace")
    except (OSError, zlib.error):
        return ""


def documents(file: Path) -> Iterator[tuple[int, Any]]:
    """Each document with the line it starts on: the whole file, or its lines when every line is one.

    Raises
    ------
    DataError
        When the file is too large, damaged, nested too deeply or no JSON at all.
    """
    text = _text(file)
    first, _, rest = text.lstrip().partition("\n")
    if rest.strip() and _is_whole(first):
        for number, line in enumerate(lines_of(text), start=1):
            if line.strip():
                yield number, _parsed(file, line, number)
    else:
        yield 1, _parsed(file, text, None)


def _is_whole(line: str) -> bool:
    """Whether a line is a JSON object of its own."""
    try:
        return isinstance(json.loads(line), dict | list)
    except (ValueError, RecursionError):
        return False


def _parsed(file: Path, text: str, line: int | None) -> Any:
    """One document, or the reason why it is none."""
    try:
        document = json.loads(text, parse_constant=_no_number)
    except RecursionError as error:
        raise _refused(file, line, "objects nested too deeply", "JSON of ordinary depth") from error
    except ValueError as error:
        raise _refused(file, line, f"no JSON that can be read ({error})", "complete JSON in UTF-8") from error
    if _is_deep(document):
        raise _refused(file, line, "objects nested too deeply", "JSON of ordinary depth")
    return document


def _is_deep(document: Any) -> bool:
    """Whether lists and objects stand inside each other more often than any format needs."""
    level = [document]
    for _ in range(DEEPEST):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [each for values in inner for each in values]
        if not level:
            return False
    return True


def _no_number(word: str) -> None:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(f"the word {word} in place of a number")


def _text(file: Path) -> str:
    """The text of a file, unpacked when it is compressed."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise _refused(file, None, f"{file.stat().st_size:,} bytes", f"at most {MOST_BYTES:,} bytes")
        content = file.read_bytes()
        if content.startswith((GZIP, *ZLIB)):
            content = _unpacked(file, content)
        return content.decode("utf-8-sig")
    except (OSError, zlib.error, gzip.BadGzipFile) as error:
        raise _refused(file, None, f"a file that cannot be read ({error})", "a readable file") from error
    except UnicodeDecodeError as error:
        raise _refused(file, None, f"bytes that are no UTF-8, at byte {error.start}", "UTF-8 text") from error


def _unpacked(file: Path, content: bytes) -> bytes:
    """Compressed content, refused before it fills the memory."""
    unpacking = zlib.decompressobj(GZIP_OR_ZLIB)
    plain = unpacking.decompress(content, MOST_BYTES + 1)
    if len(plain) > MOST_BYTES:
        raise _refused(file, None, "a file that unpacks into too much", f"at most {MOST_BYTES:,} bytes unpacked")
    if not unpacking.eof:
        raise _refused(file, None, "a compressed file that breaks off", "the whole file")
    return plain


def _refused(file: Path, line: int | None, found: str, expected: str) -> DataError:
    """The refusal of a file."""
    return DataError([Problem(file.name, line, None, found, expected, "Export it again, or split it.")])
