"""How numbers, days and units are written for a reader."""

import math
from typing import Any

import pandas as pd

DAYS_PER_MONTH = 30.4375
START_NOT_KNOWN, END_NOT_KNOWN, ONGOING = "start not known", "end not known", "ongoing"
UNITS = {
    "/uL": "/µL",
    "10^9/L": "×10⁹/L",
    "ug/L": "µg/L",
    "copies/ug": "copies/µg DNA",
    "degC": "°C",
    "10^6/kg": "×10⁶/kg",
    "1e6/kg": "×10⁶/kg",
    "mL/min/1.73m2": "mL/min/1.73 m²",
    "mg/m2": "mg/m²",
}


def number(value: float) -> str:
    """Return the number as it is read: no trailing zeros, a thin space at thousands, a real minus.

    Examples
    --------
    >>> number(1500.0), number(0.30), number(-2)
    ('1500', '0.3', '−2')
    """
    if not math.isfinite(value):
        return "∞" if value > 0 else "−∞"
    return (
        f"{value:.4g}".replace("-", "−")
        if abs(value) < 10_000
        else f"{value:,.0f}".replace(",", "\u202f").replace("-", "−")
    )


def unit_text(unit: Any) -> str:
    """Return the unit as it is printed; nothing for a missing unit."""
    return "" if pd.isna(unit) else UNITS.get(str(unit), str(unit))


def day_text(day: float) -> str:
    """Return the day with week and month.

    Examples
    --------
    >>> day_text(84)
    'day 84 (week 12, month 2.8)'
    >>> day_text(-5)
    'day −5'
    """
    text = f"day {number(day)}"
    return text if day < 14 else f"{text} (week {day // 7:.0f}, month {day / DAYS_PER_MONTH:.1f})"


def span_text(start: float, end: float, *, ongoing: bool = False) -> str:
    """Return first and last day of something that lasted, or its single day."""
    if ongoing:
        return f"{day_text(start)} to now, {ONGOING}"
    return day_text(start) if start == end else f"{day_text(start)} to {day_text(end)}"


def known_last(courses: pd.DataFrame) -> pd.Series:
    """Return the last day of courses or events, whose frames end on the day after it; missing where it is not known."""
    return (courses["end"] - 1).mask(courses["when"].str.contains(f"{END_NOT_KNOWN}|{ONGOING}"))


def length_text(days: float) -> str:
    """Return a length as a clinician says it: days up to two months, then months.

    Examples
    --------
    >>> length_text(41), length_text(490)
    ('41 days', '16 months')
    """
    return (
        f"{days:.0f} day{'' if days == 1 else 's'}"
        if days < 2 * DAYS_PER_MONTH
        else f"{days / DAYS_PER_MONTH:.0f} months"
    )


def reference_text(lower: Any, upper: Any) -> str:
    """Return the reference range, one-sided where only one limit is known."""
    if pd.isna(lower) and pd.isna(upper):
        return "not given"
    if pd.isna(lower):
        return f"up to {number(upper)}"
    return f"from {number(lower)}" if pd.isna(upper) else f"{number(lower)} to {number(upper)}"


def text(value: Any) -> str:
    """Return the text, or nothing where none is known."""
    return "" if pd.isna(value) else str(value)


def as_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
