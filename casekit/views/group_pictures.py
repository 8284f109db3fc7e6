"""Pictures of a group, made once for everybody: frames once per series and day 0, specifications once per group."""

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any

from casekit.charts.gallery import picture, pictures
from casekit.charts.picture import Frames
from casekit.records import CaseSeries
from casekit.views.day_zero import aligned
from casekit.views.group_state import MOST_DRAWN, GroupState
from casekit.views.prepared import those

Spec = dict[str, Any]
# pictures that count or estimate over all patients; every other one draws each of them
OF_ALL = (
    "b_cell_return", "claim_check", "infection_rate", "intervals", "missing_basis", "responders_doris_2021",
    "responders_drug_free_remission", "responders_lldas_2016", "table_one", "toxicity_grades",
)  # fmt: skip
WIDTH = 860


@lru_cache(maxsize=256)
def frames(series: CaseSeries, name: str, day_zero: str) -> Frames:
    """Return the frames of a picture for the whole series, counted from that day."""
    return picture(name).frames(aligned(series, day_zero))


def specification(series: CaseSeries, name: str, day_zero: str, shown: Collection[str]) -> Spec:
    """Return the specification of a picture of these patients; whoever changes it must copy it first.

    Its key names picture, day 0 and patients: the browser keeps a picture under it.
    """
    able = frames(series, name, day_zero).patients["patient_id"]
    return _specification(series, name, day_zero, tuple(str(who) for who in able if who in set(shown)))


@lru_cache(maxsize=256)
def _specification(series: CaseSeries, name: str, day_zero: str, shown: tuple[str, ...]) -> Spec:
    """Return the specification of a picture of patients who can be in it."""
    chart = picture(name).chart(frames(series, name, day_zero).of(shown), width=WIDTH)
    spec: Spec = chart.to_dict(validate=False)
    spec["usermeta"]["key"] = f"{name}|{day_zero}|{','.join(shown)}"
    return spec


def wanted(state: GroupState, name: str) -> tuple[CaseSeries, str, str, tuple[str, ...]]:
    """Return series, picture, day 0 and patients; of many patients a part, where each of them is drawn."""
    series, shown = state.series, state.remaining().shown
    if name not in OF_ALL and len(series.patients) > MOST_DRAWN and shown:
        shown = state.drawn()
        series = those(series, shown)
    return series, name, state.day_zero, shown


def prepare_groups(series: CaseSeries) -> Iterator[str]:
    """Compute what the pages of groups show of a series, before anybody asks; yield the name of each picture done."""
    state = GroupState(series)
    for name in pictures():
        specification(*wanted(state, name))
        yield name
