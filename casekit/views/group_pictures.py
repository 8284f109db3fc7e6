"""Pictures of a group, made once for everybody: frames once per series and day 0, specifications once per group."""

from functools import lru_cache
from typing import Any

from casekit.charts.gallery import picture
from casekit.charts.picture import Frames
from casekit.records import CaseSeries
from casekit.views.day_zero import aligned

Spec = dict[str, Any]
WIDTH = 860


@lru_cache(maxsize=256)
def frames(series: CaseSeries, name: str, day_zero: str) -> Frames:
    """Return the frames of a picture for the whole series, counted from that day."""
    return picture(name).frames(aligned(series, day_zero))


@lru_cache(maxsize=256)
def specification(series: CaseSeries, name: str, day_zero: str, shown: tuple[str, ...]) -> Spec:
    """Return the specification of a picture of these patients; whoever changes it must copy it first."""
    chart = picture(name).chart(frames(series, name, day_zero).of(shown), width=WIDTH)
    spec: Spec = chart.to_dict(validate=False)
    spec["usermeta"]["key"] = key(name, day_zero, shown)
    return spec


def key(name: str, day_zero: str, shown: tuple[str, ...]) -> str:
    """Return the name under which the browser keeps a picture of these patients."""
    return f"{name}|{day_zero}|{','.join(shown)}"
