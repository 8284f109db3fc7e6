"""The names of patients at the ends of their lines, where there are few enough to be read."""

import altair as alt
import pandas as pd

from casekit.charts import theme
from casekit.charts.head import chosen
from casekit.charts.time_axis import time_x
from casekit.charts.words import as_rows

FEW = 8
PLACES = (-10.0, 11.0, -23.0)  # pixels from the point, the nearest first
TALL = 13.0  # pixels of a line of text
WIDE = 0.1  # of the time shown: a name in the narrowest picture with names
ROOM = 480  # pixels of that picture; on a telephone names would cover the lines


def line_ends(rows: pd.DataFrame, span: float, height: float) -> pd.DataFrame:
    """Return where the names of the patients stand: above or below the last value, where they cover least.

    Parameters
    ----------
    rows : DataFrame
        patient_id, day and height in pixels (``y``) of every exact value.
    span : float
        Days from the left to the right edge of the picture.
    height : float
        Pixels of the picture; the numbers of its axis stand below.

    Returns
    -------
    DataFrame
        One row per patient who can be named: patient_id, day, ``y_name`` in pixels; none for more than eight patients.

    Examples
    --------
    >>> days, heights = [0.0, 90.0, 92.0, 300.0], [50.0, 20.0, 21.0, 20.0]
    >>> rows = pd.DataFrame({"patient_id": ["A", "A", "B", "C"], "day": days, "y": heights})
    >>> line_ends(rows, span=400, height=100).to_dict("list")
    {'patient_id': ['A', 'B', 'C'], 'day': [90.0, 92.0, 300.0], 'y_name': [10.0, 32.0, 10.0]}
    """
    last = rows.sort_values("day").groupby("patient_id", sort=False).tail(1)
    placed: list[tuple[str, float, float]] = []
    for end in as_rows(last) if len(last) <= FEW else []:
        day, heights = float(end["day"]), [end["y"] + away for away in PLACES if end["y"] + away < height]
        free = [y for y in heights if not _taken(placed, day, y, WIDE * span)]
        best = sorted(free, key=lambda y: _covered(rows, day, y, WIDE * span))
        placed += [(str(end["patient_id"]), day, y) for y in best[:1]]
    return pd.DataFrame(placed, columns=["patient_id", "day", "y_name"])


def _taken(placed: list[tuple[str, float, float]], day: float, y: float, wide: float) -> bool:
    """Return whether a name stands so near that another would cover it."""
    return any(abs(day - other) < wide and abs(y - height) < TALL for _, other, height in placed)


def _covered(rows: pd.DataFrame, day: float, y: float, wide: float) -> int:
    """Return how many values a name at that place would cover."""
    return int((((rows["day"] - day).abs() < wide / 2) & ((rows["y"] - y).abs() < TALL / 2)).sum())


def end_names(table: str, visible: str) -> list[alt.Chart]:
    """Return the names of that table, white around the letters so that lines do not strike them out."""
    names = alt.Chart(alt.NamedData(name=table)).transform_filter(f"{visible} && width >= {ROOM}")
    at = {"x": time_x(), "y": alt.Y("y_name:Q", scale=None), "text": "patient_id:N", "opacity": chosen(1, 0.25)}
    look = {"baseline": "middle", "fontSize": 11}
    halo = names.mark_text(**look, color="#ffffff", stroke="#ffffff", strokeWidth=4)
    return [halo.encode(**at), names.mark_text(**look, color=theme.INK).encode(**at)]
