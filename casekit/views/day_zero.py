"""From which day the patients of a series can be counted: the infusion, a computed day, any recorded event."""

from functools import lru_cache

from casekit import catalogue
from casekit.records import COMPUTED_DAYS, CaseSeries

INFUSION = "infusion"
B_CELLS = "cd19_b_cells_per_ul"


def day_zero_choices(series: CaseSeries) -> list[tuple[str, str]]:
    """Return what may be day 0 of a series, as label and event; only what at least one patient has.

    Examples
    --------
    >>> import casekit as ck
    >>> day_zero_choices(ck.example())[:2]
    [('Infusion', 'infusion'), ('Leukapheresis', 'leukapheresis')]
    """
    own = series.before_alignment or series
    offered = [("Infusion", INFUSION), *_recorded(own, ["leukapheresis"]), *_computed(own)]
    if "glucocorticoid" in set(own.treatments["category"]):
        offered.append(("Last glucocorticoid", "last_glucocorticoid"))
    rest = sorted(set(own.events["name"]) - {"leukapheresis"})
    return [*offered, *[(f"{label}, first time", event) for label, event in _recorded(own, rest)]]


def _computed(series: CaseSeries) -> list[tuple[str, str]]:
    """Return the days that only scores know."""
    judged = not series.assessments.empty and "first_response" in COMPUTED_DAYS
    counted = B_CELLS in set(series.measurements["variable"])
    found = [("First remission or response", "first_remission")] if judged else []
    return [*found, ("Return of B cells", "b_cell_return")] if counted else found


def _recorded(series: CaseSeries, names: list[str]) -> list[tuple[str, str]]:
    """Return those of the named events that the series records."""
    known = set(series.events["name"])
    return [(str(catalogue.event(name)["label"]), name) for name in names if name in known]


@lru_cache(maxsize=32)
def aligned(series: CaseSeries, event: str) -> CaseSeries:
    """Return the series counted from that event; the same one for everybody who asks."""
    return series if event == INFUSION else series.align(event)
