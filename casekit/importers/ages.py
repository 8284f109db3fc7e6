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
    zeros = {who: tuple(None if pd.isna(part) else int(part) for part in pair) for who, *pair in zero.at.itertuples()}
    ages = [_age(zeros.get(who, (None, None)), date, day) for who, date, day in births]
    given = column(rows, "age_years")
    vague = int(sum(1 for _, date, _ in births if (ends := span(date)) and ends[0] != ends[1]))
    if vague:
        work.assumptions.append(
            f"the day of birth is not known of {vague} patients; their age counts from the middle of what is known"
        )
    work.tables["patients"] = rows.assign(
        age_years=given.mask(given == "", pd.Series(ages, index=rows.index, dtype=object))
    ).drop(columns=["birth_date", "birth_day"], errors="ignore")


def _age(zero: tuple[int | None, ...], birth_date: str, birth_day: str) -> str:
    """Years from birth to day 0 with one decimal; empty when one of the two is not known."""
    date, day = zero
    if (ends := span(birth_date)) and date is not None:
        return f"{(date - sum(ends) / 2) / DAYS_PER_YEAR:.1f}"
    if INTEGER.fullmatch(birth_day) and day is not None:
        return f"{(day - int(birth_day)) / DAYS_PER_YEAR:.1f}"
    return ""
