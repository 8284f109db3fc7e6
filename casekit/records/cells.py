"""One cell: its text becomes a value, or a reason why not; nothing is guessed or repaired.

The texts of a column are looked at once each, however many rows they stand in.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from casekit.errors import Problem, near
from casekit.records.schema import DTYPES, Column, Type

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
INTEGER = re.compile(r"[+-]?\d{1,15}", re.ASCII)
DATE = re.compile(r"\d{4}-\d{1,2}(-\d{1,2})?([T ].*)?|\d{1,2}[./-](\d{1,2}|[A-Za-z]{3})[./-]\d{2,4}|(19|20)\d{6}")
LIMIT = re.compile(r"([<>≤≥]=?)\s*(.+)")
DECIMAL_COMMA = re.compile(r"[+-]?\d[\d. ]*,\d+")
WITH_UNIT = re.compile(r"([+-]?\d+(\.\d+)?)\s*([^\d\s.,][^\d]*)")
EXCEL_ZERO = date(1899, 12, 30)
EXCEL_DAYS = (20000, 80000)

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a text is no value of its column: what was expected, and what to do."""

    expected: str
    todo: str


Cell = tuple[Value, Refusal | None]


def convert(column: Column, texts: pd.Series, file: str) -> tuple[pd.Series, list[Problem]]:
    """The values of a column in their own type, and a problem for every cell that has none."""
    codes, distinct = pd.factorize(texts.to_numpy(dtype=object))
    cells = [read_cell(column, text) for text in distinct]
    values = pd.array([value for value, _ in cells], dtype=DTYPES[column.type])
    refused = {code: refusal for code, (_, refusal) in enumerate(cells) if refusal}
    places = np.flatnonzero(np.isin(codes, list(refused)))
    problems = [cell_problem(column, texts, file, place, refused[codes[place]]) for place in places]
    return pd.Series(values.take(codes), index=texts.index, name=column.name), problems


def cell_problem(column: Column, texts: pd.Series, file: str, place: Any, refusal: Refusal) -> Problem:
    """The problem of one cell."""
    text = texts.iloc[place]
    found = f'"{text}"' if text else "an empty cell"
    return Problem(file, int(texts.index[place]), column.name, found, refusal.expected, refusal.todo)


def read_cell(column: Column, text: str) -> Cell:
    """The value a text stands for in a column, or why it stands for none.

    Examples
    --------
    >>> day = Column("day", "integer", "Day of the visit.", unit="day")
    >>> read_cell(day, "28")
    (28, None)
    >>> read_cell(day, "45321")[1].todo
    'This is how Excel stores the date 2024-01-30. Write the day as whole days since the infusion (day 0).'
    """
    if text == "":
        return None, empty_refusal(column) if column.required and not column.unless else None
    if (column.type != "text" or column.is_id) and text != text.strip():
        return None, Refusal(f'"{text.strip()}" without blanks around it', "Delete the blanks.")
    return READERS[column.type](column, text)


def empty_refusal(column: Column) -> Refusal:
    """Why a required cell may not be empty."""
    return Refusal(_expected(column), column.when_empty or "Fill it in; this column is needed in every row.")


def _text(column: Column, text: str) -> Cell:
    """A text as written; an id may not hold characters that cannot be seen."""
    if column.is_id and not text.isprintable():
        return None, Refusal("an id of visible characters", "Type it again; it holds an invisible character.")
    return text, None


def _choice(column: Column, text: str) -> Cell:
    """One of the allowed words."""
    if text in column.allowed:
        return text, None
    refusal = word_refusal(text, column.allowed)
    if column.required or not column.when_empty:
        return None, refusal
    otherwise = f"Otherwise {refusal.todo[0].lower()}{refusal.todo[1:]}"
    return None, replace(refusal, todo=f"{column.when_empty} {otherwise}")


def word_refusal(text: str, allowed: tuple[str, ...]) -> Refusal:
    """Why a word is not one of the allowed ones, with the one it resembles."""
    close = near(text, allowed)
    todo = f"Write {close[0]}." if close else "Write one of these words exactly."
    return Refusal(" or ".join(allowed), todo)


def _yes_no(column: Column, text: str) -> Cell:
    """Yes as True, no as False."""
    if text in {"yes", "no"}:
        return text == "yes", None
    otherwise = "Write yes or no; leave the cell empty when not known."
    return None, Refusal("yes or no", column.when_empty or otherwise)


def _integer(column: Column, text: str) -> Cell:
    """A whole number within the declared range."""
    if not INTEGER.fullmatch(text):
        return None, (_day_refusal(text) if column.is_day else None) or _not_whole(column, text)
    value = int(text)
    if column.is_day and EXCEL_DAYS[0] <= value:
        return None, _day_refusal(text) or _outside(column)
    return (value, None) if within(column, value) else (None, _outside(column))


def _number(column: Column, text: str) -> Cell:
    """A finite number with a decimal point within the declared range."""
    if not NUMBER.fullmatch(text) or math.isinf(float(text)):
        return None, Refusal(_expected(column), _todo_for_text(column, text))
    value = float(text)
    return (value, None) if within(column, value) else (None, _outside(column))


READERS: Mapping[Type, Callable[[Column, str], Cell]] = MappingProxyType(
    {"text": _text, "choice": _choice, "yes_no": _yes_no, "integer": _integer, "number": _number}
)


def within(column: Column, value: float) -> bool:
    """Whether a number lies in the declared range, ends included."""
    above = column.minimum is None or value >= column.minimum
    return above and (column.maximum is None or value <= column.maximum)


def _outside(column: Column) -> Refusal:
    """Why a number outside the declared range is refused."""
    negative_dose = column.name == "dose"
    todo = "Write the amount that was given, without a sign." if negative_dose else "Correct the number or its unit."
    return Refusal(_expected(column), todo)


def _not_whole(column: Column, text: str) -> Refusal:
    """Why a text is no whole number."""
    if NUMBER.fullmatch(text):
        todo = "Days are counted, not measured: write whole days." if column.is_day else "Write it without decimals."
        return Refusal(_expected(column), todo)
    return Refusal(_expected(column), _todo_for_text(column, text))


def _day_refusal(text: str) -> Refusal | None:
    """Why a calendar date is no day, when the text looks like one."""
    todo = "Write the day as whole days since the infusion (day 0)."
    expected = "whole days since the infusion"
    if DATE.fullmatch(text):
        return Refusal(expected, f"This is a calendar date. {todo}")
    if NUMBER.fullmatch(text) and EXCEL_DAYS[0] <= float(text) <= EXCEL_DAYS[1]:
        meant = EXCEL_ZERO + timedelta(days=int(float(text)))
        return Refusal(expected, f"This is how Excel stores the date {meant}. {todo}")
    return None


def _todo_for_text(column: Column, text: str) -> str:
    """What to do about a text where a number belongs."""
    limit, unit = LIMIT.fullmatch(text), WITH_UNIT.fullmatch(text)
    if DECIMAL_COMMA.fullmatch(text):
        return "Write decimals with a point and thousands without any mark, such as 1234.5."
    if limit and column.name == "value":
        return f"Put {limit[1]} into the column comparator and {limit[2]} into value."
    if limit:
        return "Write the number alone."
    if unit:
        return f"Write {unit[1]} alone; the unit ({unit[3].strip()}) has its own column or is fixed."
    return column.when_empty or "Leave the cell empty when it is not known."


def _expected(column: Column) -> str:
    """What the column expects, in words, such as `a number from 0 to 24`."""
    nouns = {"integer": "a whole number", "number": "a number", "yes_no": "yes or no", "text": "a text"}
    noun = " or ".join(column.allowed) if column.type == "choice" else nouns[column.type]
    unit = {"": "", "day": " (days since the infusion)"}.get(column.unit, f" {column.unit}")
    return f"{noun}{span(column.minimum, column.maximum)}{unit}"


def span(minimum: float | None, maximum: float | None) -> str:
    """The declared range in words; empty when there is none."""
    low = "" if minimum is None else f" from {minimum:g}"
    high = "" if maximum is None else f" to {maximum:g}"
    return low + high
