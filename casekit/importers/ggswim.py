"""The CAR T cohort that ships with the R package ggswim: response intervals, re-infusions and end of study.

Three CSV files, times in months from the initial infusion. What the files do not say, and where it is taken from:

- A month is 30.4375 days, rounded to the nearest day. The script that made the files divided days by 30.417 and
  rounded to a tenth of a month (data-raw/patient_data.R of the source); with that factor no day differs by more than
  one, and the rounding alone leaves each day open by a day and a half to either side.
- Every patient had an initial infusion on day 0: the times count from it. It has no row of its own.
- The cells are against CD19 and the disease is B-ALL. The files name neither: the cohort is paediatric CAR T
  (Children's Hospital of Philadelphia, study 22CT011), assessed by CR, CRi and B-cell aplasia, as in that disease.
- An interval runs from one disease assessment to the next, so one ends on the day the next one starts.
- RD is kept as it is written; the source does not spell it out. End of study is an event; only death is an end reason.

Where an interval ends before it starts, one of its two times is wrong and nobody can know which: the row is reported
and kept out. A re-infusion on the day of the initial infusion is reported likewise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from casekit.errors import DataError, Problem
from casekit.importers.gathered import Gathered
from casekit.importers.report import Reported
from casekit.records import Metadata
from casekit.records.cells import convert
from casekit.records.files import Refused, read_cells
from casekit.records.schema import Column, Table

DAYS_PER_MONTH = 30.4375
LEFT_OUT = "Not imported."
CLOCK = "start of the clock"
RESPONSES = {
    "CR/CRi + B Cell Aplasia": "complete_remission_b_cell_aplasia",
    "CR/CRi + B Cell Recovery": "complete_remission_b_cell_recovery",
    "CR": "complete_remission",
    "CRi": "complete_remission_incomplete_recovery",
    "RD": "rd_as_recorded",
}
ASSUMPTIONS = (
    f"a month has {DAYS_PER_MONTH} days, rounded to whole days; the source gives tenths of a month",
    "every patient has an initial infusion on day 0, from which the times count; it has no row in the files",
    "the cells are against CD19 and the disease is B-ALL; the files do not name them",
    "an interval ends on the day the next assessment starts; RD is kept as written",
    "the last known day is the latest day in any kept row; sex and age are not in the files",
)
METADATA = Metadata(
    synthetic=False,
    title="Paediatric CAR T cohort from the R package ggswim",
    licence="MIT, Copyright (c) 2023 ggswim authors",
    sources=(
        "https://github.com/CHOP-CGTInformatics/ggswim, data sets patient_data, infusion_events, end_study_events",
        "Children's Hospital of Philadelphia, Cell and Gene Therapy Informatics; MIT licence",
    ),
    description=(
        "Real patients, de-identified by the source: ids permuted and times jittered, made for demonstration. "
        "Some intervals contradict themselves; see the import report."
    ),
)


def _text_column(name: str) -> Column:
    """A text column that no row may leave empty."""
    return Column(name, "text", name, required=True)


def _months(name: str) -> Column:
    """A column of months since the initial infusion."""
    return Column(name, "number", "months since the initial infusion", required=True, unit="months")


DRAWING = tuple(Column(name, "text", "how the source draws it") for name in ("glyph", "colour"))
PATIENT = Column("pt_id", "text", "patient", required=True, known_in="patients")
SINCE = _months("time_from_initial_infusion")
FILES = {
    "patient_data": (PATIENT, _text_column("disease_assessment"), _months("start_time"), _months("end_time")),
    "infusion_events": (PATIENT, SINCE, _text_column("label"), *DRAWING),
    "end_study_events": (PATIENT, SINCE, _text_column("label"), *DRAWING),
}


@dataclass(frozen=True)
class Part:
    """The rows of one file that are still kept, indexed by spreadsheet row, and those reported so far."""

    file: str
    rows_read: int
    kept: pd.DataFrame
    reported: tuple[Reported, ...]

    def without(self, wrong: pd.Series, field: str, say: Callable[[pd.Series], str]) -> "Part":
        """The part without the wrong rows, each reported in the words of `say`."""
        rows = [
            Reported(self.file, int(str(row)), field, say(cells), LEFT_OUT)
            for row, cells in self.kept[wrong].iterrows()
        ]
        return Part(self.file, self.rows_read, self.kept[~wrong], (*self.reported, *rows))


def recognises(path: Path) -> bool:
    """Whether the folder holds the intervals of ggswim under their own column names."""
    try:
        header = (path / "patient_data.csv").read_text(encoding="utf-8-sig", errors="replace").partition("\n")[0]
    except (OSError, ValueError):
        return False
    return {"pt_id", "disease_assessment", "start_time", "end_time"} <= set(header.strip().split(","))


def read(path: Path) -> Gathered:
    """The rows of a ggswim folder.

    Raises
    ------
    DataError
        When a file or a column is missing, or a file cannot be read as comma separated UTF-8 text.
    """
    intervals, infusions, ends = parts = _parts(path)
    intervals = _response_days(intervals)
    infusions = _reinfusion_days(infusions)
    ends = _with_day(ends, SINCE.name, "start_day")
    tables = {
        "patients": _patients(intervals, infusions, ends),
        "treatments": _treatments(intervals, infusions, ends),
        "events": pd.concat([_responses(intervals), _end_events(ends)], ignore_index=True),
    }
    reported = [entry for part in (intervals, infusions, ends) for entry in part.reported]
    rows_read = {part.file: part.rows_read for part in parts}
    return Gathered("ggswim", rows_read, tables, METADATA, reported, list(ASSUMPTIONS), day_zero="infusion")


def _parts(path: Path) -> list[Part]:
    """The three files, or all that is wrong with their shape."""
    parts, problems = [], []
    for name, columns in FILES.items():
        table = Table(name, "", (), columns)
        try:
            cells, faults = read_cells(path / table.file, table)
        except Refused as refused:
            problems.append(refused.problem)
            continue
        problems.extend(fault for fault in faults if fault.row == 1)
        parts.append((table, cells, [fault for fault in faults if fault.row != 1]))
    if problems:
        raise DataError(problems)
    return [_part(*each) for each in parts]


def _part(table: Table, cells: pd.DataFrame, faults: list[Problem]) -> Part:
    """The rows of one file whose cells can all be read; the others are reported."""
    values = {}
    shape_faults = len(faults)
    for name in cells.columns:
        values[name], wrong = convert(table.column(name), cells[name], table.file)
        faults = [*faults, *wrong]
    kept = pd.DataFrame(values, index=cells.index).drop(index=[fault.row for fault in faults[shape_faults:]])
    reported = tuple(
        Reported(fault.file, fault.row, fault.column, f"found {fault.found}; expected {fault.expected}", LEFT_OUT)
        for fault in faults
    )
    drawing = [name for name in ("glyph", "colour") if name in cells]
    unread = [
        Reported(table.file, None, name, "tells how the source draws the row", "Column left out.", "column")
        for name in drawing
    ]
    return Part(table.file, len(cells) + shape_faults, kept, (*reported, *unread))


def _days(months: pd.Series) -> pd.Series:
    """Whole days, the nearest one; half a day counts up."""
    return (months * DAYS_PER_MONTH + 0.5).floordiv(1).astype("Int64")


def _with_day(part: Part, months: str, day: str) -> Part:
    """The part with a column of months turned into days."""
    kept = part.kept.assign(**{day: _days(part.kept[months])})
    return Part(part.file, part.rows_read, kept, part.reported)


def _response_days(part: Part) -> Part:
    """The intervals with known words that do not end before they start."""
    unknown = ~part.kept["disease_assessment"].isin(RESPONSES)
    part = part.without(unknown, "disease_assessment", lambda cells: f'"{cells["disease_assessment"]}" is not known')
    backwards = part.kept["end_time"] < part.kept["start_time"]
    part = part.without(
        backwards,
        "end_time",
        lambda cells: f"the interval ends at {cells['end_time']:g} months, before it starts at {cells['start_time']:g}",
    )
    return _with_day(_with_day(part, "start_time", "start_day"), "end_time", "end_day")


def _reinfusion_days(part: Part) -> Part:
    """The re-infusions after the day of the initial infusion."""
    part = _with_day(part, SINCE.name, "start_day")
    return part.without(
        part.kept["start_day"] <= 0,
        SINCE.name,
        lambda cells: f'"{cells["label"]}" at {cells[SINCE.name]:g} months, the day of the initial infusion',
    )


def _place(part: Part) -> dict[str, Any]:
    """The place each row comes from."""
    return {"file": part.file, "row": part.kept.index, "origin": [f"{part.file} row {row}" for row in part.kept.index]}


def _ids(*parts: Part) -> list[str]:
    """Every patient in any kept row, in order."""
    return sorted(set().union(*(part.kept["pt_id"] for part in parts)))


def _patients(intervals: Part, infusions: Part, ends: Part) -> pd.DataFrame:
    """One row per patient in any file."""
    parts = (intervals, infusions, ends)
    days = [
        part.kept[["pt_id", day]].set_axis(["pt_id", "day"], axis=1) for part in parts for day in _day_columns(part)
    ]
    last = pd.concat(days).groupby("pt_id")["day"].max().clip(lower=0)
    dead = set(ends.kept["pt_id"][ends.kept["label"] == "Deceased"])
    ids = _ids(*parts)
    return pd.DataFrame(
        {
            "file": CLOCK,
            "row": 0,
            "patient_id": ids,
            "disease": "B-ALL",
            "sex": "unknown",
            "last_known_day": last.loc[ids].to_numpy(),
            "end_reason": ["death" if patient in dead else None for patient in ids],
        }
    )


def _day_columns(part: Part) -> list[str]:
    """The columns of days a part has."""
    return [name for name in ("start_day", "end_day") if name in part.kept]


def _treatments(intervals: Part, infusions: Part, ends: Part) -> pd.DataFrame:
    """The initial infusion of every patient, and the re-infusions."""
    ids = _ids(intervals, infusions, ends)
    first = pd.DataFrame(
        {
            "file": CLOCK,
            "row": 0,
            "patient_id": ids,
            "start_day": 0,
            "reason": "Initial infusion",
            "origin": CLOCK,
        }
    )
    again = infusions.kept.rename(columns={"pt_id": "patient_id", "label": "reason"}).assign(**_place(infusions))
    given = pd.concat([first, again[list(first.columns)]], ignore_index=True)
    return given.assign(drug="cd19_car_t", category="car_t", frequency="once", end_day=given["start_day"])


def _responses(part: Part) -> pd.DataFrame:
    """One event per interval of disease assessment."""
    return pd.DataFrame(
        {
            **_place(part),
            "patient_id": part.kept["pt_id"],
            "kind": "response",
            "name": part.kept["disease_assessment"].map(RESPONSES),
            "start_day": part.kept["start_day"],
            "end_day": part.kept["end_day"],
            "outcome": part.kept["disease_assessment"],
        }
    )


def _end_events(part: Part) -> pd.DataFrame:
    """One event per end of study; a death is a death."""
    died = part.kept["label"] == "Deceased"
    return pd.DataFrame(
        {
            **_place(part),
            "patient_id": part.kept["pt_id"],
            "kind": np.where(died, "death", "other"),
            "name": np.where(died, "death", "end_of_study"),
            "start_day": part.kept["start_day"],
            "end_day": part.kept["start_day"],
            "outcome": part.kept["label"],
        }
    )
