"""Cells that a spreadsheet would run as a formula are written as text, and read back as they were."""

import re
from typing import Any

import pandas as pd

# A cell that begins so is run as a formula by spreadsheets; the apostrophe makes it text. One more apostrophe before
# those that are there already keeps both texts apart when they are read back.
RUN = re.compile(r"'*[=+\-@\t\r]")
PLAIN = re.compile(r"[+-]?[\d.]+([eE][+-]?\d+)?( to -?\d+)?", re.ASCII)  # a number, or a range of days


def harmless(value: Any) -> Any:
    """Return the cell so that no spreadsheet runs it; numbers stay numbers, missing stays empty.

    Examples
    --------
    >>> harmless("=1+1"), harmless(-5), harmless("-5 mg"), harmless("-9 to 3")
    ("'=1+1", -5, "'-5 mg", '-9 to 3')
    """
    if isinstance(value, str):
        return f"'{value}" if RUN.match(value) and not PLAIN.fullmatch(value) else value
    return "" if pd.isna(value) else value.item() if hasattr(value, "item") else value


def harmless_column(texts: pd.Series) -> pd.Series:
    """Return a column of texts so that no spreadsheet runs any of them; missing cells stay missing."""
    changed = {text: safe for text in texts.dropna().unique() if (safe := harmless(text)) != text}
    return texts.replace(changed) if changed else texts


def as_it_was(texts: pd.Series) -> pd.Series:
    """Return a column of texts as it was before it was made harmless.

    Examples
    --------
    >>> list(as_it_was(harmless_column(pd.Series(["=1+1", "'=1+1", "'quoted'", "-5"]))))
    ['=1+1', "'=1+1", "'quoted'", '-5']
    """
    changed = {text: text[1:] for text in texts.unique() if text.startswith("'") and RUN.match(text)}
    return texts.replace(changed) if changed else texts
