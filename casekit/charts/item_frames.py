"""The items of a score at every visit: points where known, and whether present, absent or not assessed."""

import pandas as pd

from casekit import catalogue
from casekit.charts.words import day_text, number
from casekit.records import CaseSeries
from casekit.scores.aligned import in_aligned_days
from casekit.scores.scoring import scored_visits

PRESENT, ABSENT, NOT_ASSESSED = "present", "absent", "not assessed"
COLUMNS = ["patient_id", "day", "item", "label", "group", "low", "high", "state", "when"]


def item_rows(series: CaseSeries, instrument: str) -> pd.DataFrame:
    """Return one row per visit and item of an instrument that adds up points.

    Returns
    -------
    DataFrame
        patient_id, day, item, label, group; ``low`` and ``high`` in points; ``state``: ``present``, ``absent`` or
        ``not assessed``; ``when`` in words. Visits whose day is not known are left out.

    Examples
    --------
    >>> import casekit as ck
    >>> rows = item_rows(ck.example().patient("SLE-01"), "sledai_2k")
    >>> rows.query("day == 60 and state == 'present'")["item"].tolist()[:2]
    ['proteinuria', 'increased_dna_binding']
    """
    declared = {str(item["id"]): item for item in catalogue.instrument(instrument)["items"]}
    wide = in_aligned_days(series, lambda own: _wide(own, instrument)).dropna(subset=["day"])
    parts = [_item(wide, name, item) for name, item in declared.items()]
    rows = pd.concat(parts, ignore_index=True) if len(wide) else pd.DataFrame(columns=COLUMNS)
    return rows[COLUMNS]


def _wide(series: CaseSeries, instrument: str) -> pd.DataFrame:
    """Return one row per visit with the two bounds of every item."""
    scored = scored_visits(series, instrument)
    keys = scored.frame[["patient_id", "day"]]
    return pd.concat([keys, scored.item_low.add_suffix(" low"), scored.item_high.add_suffix(" high")], axis=1)


def _item(wide: pd.DataFrame, name: str, declared: dict[str, object]) -> pd.DataFrame:
    """Return the rows of one item."""
    low, high = wide[f"{name} low"], wide[f"{name} high"]
    state = pd.Series(ABSENT, index=wide.index).mask(low > 0, PRESENT).mask(low != high, NOT_ASSESSED)
    when = [day_text(float(day)) for day in wide["day"]]
    rows = wide[["patient_id", "day"]].assign(item=name, label=str(declared["label"]), low=low, high=high)
    return rows.assign(group=str(declared.get("group", "")), state=state, when=when)


def points_text(low: float, high: float) -> str:
    """Return points, or from where to where they may lie.

    Examples
    --------
    >>> points_text(4, 4), points_text(0, 8)
    ('4 points', '0 to 8 points, not determinable')
    """
    if low == high:
        return f"{number(low)} point{'' if low == 1 else 's'}"
    return f"{number(low)} to {number(high)} points, not determinable"
