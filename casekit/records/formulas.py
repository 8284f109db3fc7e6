"""Cells that a spreadsheet would run as a formula are made text before they are handed on."""

from typing import Any

import pandas as pd

# A cell that begins so is run as a formula by spreadsheets; the apostrophe makes it text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: Any) -> Any:
    """Return the cell so that no spreadsheet runs it; numbers stay numbers, missing stays empty.

    Examples
    --------
    >>> harmless("=1+1"), harmless(-5), harmless("-5 mg")
    ("'=1+1", -5, "'-5 mg")
    """
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    return "" if pd.isna(value) else value.item() if hasattr(value, "item") else value
