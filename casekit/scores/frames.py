"""Scores of any dataframe that Narwhals knows, with the engine the frame belongs to."""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import add
from typing import Any

import narwhals as nw
import pandas as pd

from casekit import catalogue
from casekit.scores.declaration import read
from casekit.scores.evaluation import Scored, evaluated
from casekit.scores.intervals import expression
from casekit.scores.rules import compile_instrument
from casekit.scores.validity import checked_frame, checked_parameters

RESULT = ("low", "high", "value", "missing")
# Items whose openness makes one number: more of them are fewer columns of text, from tables twice as long with each.
TOGETHER = 6


def score_table(frame: Any, instrument: str, **parameters: Any) -> Any:
    """The frame with the columns low, high, value and missing.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB, PySpark or any other dataframe that Narwhals knows
        One row per patient and visit, one column per variable or item; null means not assessed. A column the
        instrument needs and the frame lacks counts as not assessed.
    instrument : str
    **parameters

    Returns
    -------
    dataframe of the same kind
        One row per row of `frame`.

    Raises
    ------
    DataError
        When a value cannot be: a 4 on an item from 0 to 3, a text where a number is expected.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"ice_orientation": [4, 2], "ice_naming": [3, 3], "ice_commands": [1, 1],
    ...                       "ice_writing": [1, None], "ice_attention": [1, 0]})
    >>> score_table(frame, "ice")[["low", "high", "missing"]]
        low  high  missing
    0  10.0  10.0
    1   6.0   7.0  writing
    """
    checked_parameters(catalogue.instrument(instrument), parameters)
    chosen, given = read(instrument), nw.from_native(frame)
    given = checked_frame(given, chosen)
    if given.implementation.is_pandas():
        return _scored_table(given.to_native(), evaluated(chosen, given.to_native(), parameters))
    names = given.collect_schema().names()
    compiled = compile_instrument(chosen, set(names), parameters)
    open_names = _looked_up if given.implementation.is_polars() else _joined
    ends = {"low": expression(compiled.result.low), "high": expression(compiled.result.high)}
    with_result = compiled.on(given).with_columns(**ends, missing=open_names(compiled.open_items))
    value = nw.when(nw.col("low") == nw.col("high")).then(nw.col("low"))
    result = [nw.col("low"), nw.col("high"), value.alias("value"), nw.col("missing")]
    return with_result.select(*[nw.col(name) for name in names if name not in RESULT], *result).to_native()


def _scored_table(frame: pd.DataFrame, scored: Scored) -> pd.DataFrame:
    kept = frame.drop(columns=[name for name in RESULT if name in frame])
    return kept.assign(**{name: getattr(scored, name) for name in RESULT})


def _joined(open_items: Mapping[str, nw.Expr]) -> nw.Expr:
    """The names of the open items, joined by commas one by one: what SQL does best."""
    return _together(nw.when(is_open).then(nw.lit(name)) for name, is_open in open_items.items())


def _looked_up(open_items: Mapping[str, nw.Expr]) -> nw.Expr:
    """The same, several names at a time from a table of their combinations: text is what takes the time in Polars."""
    items = list(open_items.items())
    starts = range(0, len(items), TOGETHER)
    return _together(_combination(items[start : start + TOGETHER]) for start in starts)


def _combination(items: Iterable[tuple[str, nw.Expr]]) -> nw.Expr:
    """The open ones among a few items as one text, null when none is open."""
    names, are_open = zip(*items, strict=True)
    places = [is_open.cast(nw.Int16) * (1 << place) for place, is_open in enumerate(are_open)]
    numbers = range(1, 1 << len(names))
    texts = [", ".join(name for place, name in enumerate(names) if number >> place & 1) for number in numbers]
    number: nw.Expr = reduce(add, places)
    return number.replace_strict(list(numbers), texts, default=None, return_dtype=nw.String)


def _together(parts: Iterable[nw.Expr]) -> nw.Expr:
    return nw.concat_str(*parts, separator=", ", ignore_nulls=True)
