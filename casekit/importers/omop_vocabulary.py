"""The vocabulary of an OMOP CDM, which is large and no data: of it only what is asked for is kept."""

import csv
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from casekit.importers import parquet
from casekit.importers.omop_tables import Cdm, connected, lower, quoted, refused
from casekit.importers.source import MOST_BYTES

Pair = tuple[str, str]
NAMES = ("concept", "concept_id", "concept_name")
DESCENDANTS = ("concept_ancestor", "ancestor_concept_id", "descendant_concept_id")


def concept_names(cdm: Cdm, wanted: Iterable[str]) -> dict[str, str]:
    """The names of the concepts asked for, as far as the vocabulary is there."""
    return dict(_pairs(cdm, NAMES, set(wanted)))


def descendants(cdm: Cdm, wanted: Iterable[str]) -> set[str]:
    """The concepts asked for and all below them; without CONCEPT_ANCESTOR only those asked for."""
    asked = set(wanted)
    return asked | {below for _, below in _pairs(cdm, DESCENDANTS, asked)}


def _pairs(cdm: Cdm, columns: tuple[str, str, str], asked: Collection[str]) -> Iterator[Pair]:
    """Key and value of a table of the vocabulary, where the key is asked for; wherever the table stands."""
    name, key, value = columns
    if name in cdm.vocabulary:
        yield from _chosen((cells for _, cells in cdm.vocabulary[name].rows), key, value, asked)
    for file in cdm.vocabulary_files:
        if file.stem.casefold() == name and file.suffix.casefold() == ".parquet":
            yield from _chosen((lower(cells) for _, cells in parquet.rows_of(file)), key, value, asked)
        elif file.stem.casefold() == name:
            yield from _chosen(_streamed(file), key, value, asked)
    if cdm.database:
        yield from _queried(cdm.database, columns, asked)


def _chosen(rows: Iterable[dict[str, str]], key: str, value: str, asked: Collection[str]) -> Iterator[Pair]:
    """Key and value of the rows whose key is asked for."""
    return ((cells[key], cells.get(value) or "") for cells in rows if cells.get(key) in asked)


def _streamed(file: Path) -> Iterator[dict[str, str]]:
    """The rows of a file, read line by line; Athena writes tabs and no quotation marks."""
    if file.stat().st_size > 10 * MOST_BYTES:
        raise refused(file, f"{file.stat().st_size:,} bytes", f"at most {10 * MOST_BYTES:,}", "Leave it out.")
    csv.field_size_limit(min(sys.maxsize, 1_000_000))
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        tabs = "\t" in opened.readline()
        opened.seek(0)
        read = csv.DictReader(opened, delimiter="\t", quoting=csv.QUOTE_NONE) if tabs else csv.DictReader(opened)
        read.fieldnames = [name.casefold() for name in read.fieldnames or ()]
        yield from read


def _queried(file: Path, columns: tuple[str, str, str], asked: Collection[str]) -> Iterator[Pair]:
    """The same, from the database."""
    table, key, value = columns
    numbers = [int(number) for number in asked if number.lstrip("-").isdigit()]
    with connected(file) as connection:
        named = "select table_schema, table_name from information_schema.tables where lower(table_name) = ?"
        for schema, name in connection.execute(named, [table]).fetchall():
            query = f"select {key}, {value} from {quoted(schema)}.{quoted(name)} where {key} in (select unnest(?::bigint[]))"  # noqa: E501, S608
            found = connection.execute(query, [numbers]).fetchall()
            yield from ((str(number), str(other)) for number, other in found)
