"""What a format found in its files: the five tables in the words of the source, before day 0, names and units.

A format only says what stands where. The core (`core.finish`) gives every import the same treatment.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from casekit.importers.report import Reported
from casekit.records import Metadata

# the time of a row is a day counted by the source, or a date as ISO text that may be partial: 2020-03-01T10:30, 2020-03
DATES = {"day": "date", "start_day": "start_date", "end_day": "end_date", "last_known_day": "last_known_date"}
PLACE = ("file", "row")


@dataclass
class Gathered:
    """The rows of all files of one source.

    Attributes
    ----------
    source_format : str
        Name of the format.
    rows_read : dict of str to int
        Number of data rows by file or sheet: all rows, those that were not understood as well.
    tables : dict of str to DataFrame
        Any of the five tables. Every row carries `file` and `row` of the source it was made of. Other columns are
        those of the table; a date column of `DATES` in place of a day; `code` and `code_system` of what was measured;
        any further column is kept under its own name, as text. Names are as in the source.
    reported : list of Reported
        What the format could not take over, in words that name no patient: ids are hashed later, and words are not.
    about : Metadata
        Title, licence, sources; `synthetic` as the source says.
    assumptions : list of str
        What the format had to suppose.
    dates : DataFrame
        Dates that may be chosen as day 0: one row per patient_id, name of the column, date, and in `start_day` the
        same day as the source counts it, where it counts days.
    joined : dict
        Rows of the source that became cells of another row, by place, and the place of that row: they are kept when it
        is kept.
    day_zero : str
        The rule of this format when nobody chooses one, see `day_zero.py`.
    free_text : dict of str to tuple of str
        Columns by table that hold what somebody wrote freely.
    unknown_patients : str
        ``report`` when a row of a patient without a row in `patients` is wrong, ``add`` when the source has no such
        table and its patients are those named anywhere.
    narrower : callable
        Takes codes and returns them with all codes below them, where the source knows a hierarchy.
    """

    source_format: str
    rows_read: dict[str, int]
    tables: dict[str, pd.DataFrame]
    about: Metadata
    reported: list[Reported] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    dates: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["patient_id", "name", "date"]))
    day_zero: str = ""
    free_text: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown_patients: str = "report"
    joined: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    narrower: Callable[[Iterable[str]], set[str]] = set
