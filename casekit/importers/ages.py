"""Age at day 0, where the source gives a birth instead of an age; the date of birth itself is not kept."""

import pandas as pd

from casekit.importers.dates import span
from casekit.importers.day_zero import DayZero
from casekit.importers.work import Work, column
from casekit.records.cells import INTEGER

DAYS_PER_YEAR = 365.25


def fill_ages(work: Work, zero: DayZero) -> None:
    """Fill in the age of each patient with a date or a day of birth, and forget the birth."""
    rows = work.tables["patients"]
    births = list(zip(rows["patient_id"], column(rows, "birth_date"), column(rows, "birth_day"), strict=True))
    ages = pd.Series([_age(zero, *birth) for birth in births], index=rows.index, dtype=object)
    given = column(rows, "age_years")
    vague = int(sum(1 for _, date, _ in births if (ends := span(date)) and ends[0] != ends[1]))
    if vague:
        work.assumptions.append(
            f"the day of birth is not known of {vague} patients; their age counts from the middle of what is known"
        )
    work.tables["patients"] = rows.assign(age_years=given.mask(given == "", ages)).drop(
        columns=["birth_date", "birth_day"], errors="ignore"
    )


def _age(zero: DayZero, who: str, date: str, day: str) -> str:
    """Years from birth to day 0 with one decimal; empty when one of the two is not known."""
    if who not in zero.at.index:
        return ""
    at = zero.at.loc[who]
    ends = span(date)
    if ends and not pd.isna(at["date"]):
        return f"{(int(at['date']) - sum(ends) / 2) / DAYS_PER_YEAR:.1f}"
    if INTEGER.fullmatch(day) and not pd.isna(at["day"]):
        return f"{(int(at['day']) - int(day)) / DAYS_PER_YEAR:.1f}"
    return ""
