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
TOGETHER = 8


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
        One row per row of `frame`, with its columns; columns of it that are called low, high, value or missing are
        replaced.

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
    with_missing = _looked_up if given.implementation.is_polars() else _joined
    ends = {"low": expression(compiled.result.low), "high": expression(compiled.result.high)}
    with_result = with_missing(compiled.on(given).with_columns(**ends), compiled.open_items)
    value = nw.when(nw.col("low") == nw.col("high")).then(nw.col("low"))
    result = [nw.col("low"), nw.col("high"), value.alias("value"), nw.col("missing")]
    return with_result.select(*[nw.col(name) for name in names if name not in RESULT], *result).to_native()


def _scored_table(frame: pd.DataFrame, scored: Scored) -> pd.DataFrame:
    kept = frame.drop(columns=[name for name in RESULT if name in frame])
    return kept.assign(**{name: getattr(scored, name) for name in RESULT})


def _joined(frame: Any, open_items: Mapping[str, nw.Expr]) -> Any:
    """The frame with the names of the open items, joined by commas one by one: what SQL does best."""
    names = [nw.when(is_open).then(nw.lit(name)) for name, is_open in open_items.items()]
    return frame.with_columns(missing=nw.concat_str(*names, separator=", ", ignore_nulls=True))


def _looked_up(frame: Any, open_items: Mapping[str, nw.Expr]) -> Any:
    """The same, several names at a time taken from a list of their combinations: text is what takes the time in Polars.

    Narwhals has no word for taking rows of a list, so that step is said to Polars itself.
    """
    import polars as pl

    items = list(open_items.items())
    groups = [items[start : start + TOGETHER] for start in range(0, len(items), TOGETHER)]
    numbered = frame.with_columns(**{f"{place}|open": _number(group) for place, group in enumerate(groups)})
    texts = [
        pl.lit(pl.Series(_combinations([name for name, _ in group]), dtype=pl.String)).gather(pl.col(f"{place}|open"))
        for place, group in enumerate(groups)
    ]
    joined = pl.concat_str(texts, separator=", ", ignore_nulls=True)
    return nw.from_native(numbered.to_native().with_columns(missing=joined))


def _number(items: Iterable[tuple[str, nw.Expr]]) -> nw.Expr:
    """Which of a few items are open, as one number: a place of the number for each."""
    number: nw.Expr = reduce(add, [is_open.cast(nw.Int32) * (1 << place) for place, (_, is_open) in enumerate(items)])
    return number


def _combinations(names: list[str]) -> list[str | None]:
    """The text of every such number, null where none is open."""
    texts = (
        ", ".join(name for place, name in enumerate(names) if number >> place & 1) for number in range(1 << len(names))
    )
    return [text or None for text in texts]
