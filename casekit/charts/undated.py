"""Courses and events whose days are not fully known: told in words, since no bar can show them."""

from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.charts.event_frames import event_label
from casekit.charts.words import END_NOT_KNOWN, as_rows

DRUG, EVENT = "drug", "event"
COLUMNS = ["patient_id", "what", "category", "name", "label", "route", "known"]
DAY_NOT_KNOWN = "day not known"


def undated_frame(courses: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Return one row per course whose first day or end is not known, and per event whose first day is not.

    Parameters
    ----------
    courses, events : DataFrame
        From :mod:`casekit.scores.spans`.

    Returns
    -------
    DataFrame
        patient_id, what (``drug`` or ``event``), category of the drug or kind of event, name, label, route (of a
        drug), and known: what is not known, ``day not known`` or ``end not known``.
    """
    drugs = courses[(courses["surely_from"] != courses["maybe_from"]) | (courses["surely_to"] != courses["maybe_to"])]
    rows = [
        (
            row["patient_id"],
            DRUG,
            row["category"],
            row["drug"],
            catalogue.drug(row["drug"])["label"],
            row["route"],
            _known(row),
        )
        for row in as_rows(drugs)
    ]
    rows += [
        (row["patient_id"], EVENT, row["kind"], row["name"], event_label(row["name"]), None, DAY_NOT_KNOWN)
        for row in as_rows(events[events["start_day"].isna()])
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _known(course: dict[str, Any]) -> str:
    """Return which day of a course is not known."""
    return DAY_NOT_KNOWN if pd.isna(course["start_day"]) else END_NOT_KNOWN
