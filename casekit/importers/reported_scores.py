"""Scores that the source reports beside scores computed from its items: disagreement is shown, never hidden."""

from collections.abc import Iterator
from functools import cache

import pandas as pd

from casekit import catalogue, scores
from casekit.importers.names import plain
from casekit.importers.report import Reported
from casekit.importers.work import Work, column
from casekit.records import CaseSeries
from casekit.records.cells import INTEGER, NUMBER

KEPT = "Both are kept: the reported one under its own name."


def disagreements(work: Work, series: CaseSeries) -> Iterator[Reported]:
    """Every reported total that lies outside what its items allow on that day."""
    for table in ("measurements", "assessments"):
        rows = work.tables[table]
        if rows.empty:
            continue
        instrument = rows["variable"].map(_instrument)
        for name, told in rows[instrument != ""].groupby(instrument):
            yield from _compared(str(name), told, series)


def _instrument(name: str) -> str:
    """The instrument that a name of the source's own stands for; empty when there is none.

    >>> _instrument("other: SLEDAI-2K"), _instrument("other: Lipase")
    ('sledai_2k', '')
    """
    return _totals().get(plain(catalogue.own_name(name)), "") if catalogue.is_other(name) else ""


@cache
def _totals() -> dict[str, str]:
    """The instruments by id and by name."""
    known = catalogue.instruments()["name"]
    return {plain(text): str(key) for key, name in known.items() for text in (str(key), str(name))}


def _compared(instrument: str, told: pd.DataFrame, series: CaseSeries) -> Iterator[Reported]:
    """The reported totals of one instrument that its items contradict."""
    computed = scores.score(series, instrument)
    keys = zip(computed["patient_id"], computed["day"], strict=True)
    ranges = dict(zip(keys, zip(computed["low"], computed["high"], strict=True), strict=True))
    for file, row, who, day, text in zip(
        told["file"], told["row"], told["patient_id"], column(told, "day"), told["value"], strict=True
    ):
        if not (INTEGER.fullmatch(day) and NUMBER.fullmatch(text)) or (who, int(day)) not in ranges:
            continue
        low, high = ranges[who, int(day)]
        if not low <= float(text) <= high:
            items = f"{low:g}" if low == high else f"{low:g} to {high:g}"
            problem = f"{instrument} of {who} on day {day} is reported as {text}, its items give {items}"
            yield Reported(file, int(row), instrument, problem, KEPT, "conflict")
