"""What a menu can offer to ask of the timelines of a series: only what the series records."""

from dataclasses import dataclass

import pandas as pd

from casekit import catalogue
from casekit.records import CaseSeries
from casekit.scores.occurrence_words import INFECTION_IN_APLASIA, LAST_RESPONSE

B_CELLS = "cd19_b_cells_per_ul"
DAYS = ("60", "90", "120", "180")
MONTHS = ("1", "3", "6", "12")


@dataclass(frozen=True)
class OccurrenceChoice:
    """One entry of the menu.

    Attributes
    ----------
    label : str
        How the menu calls it; the limit follows the last word.
    template : str
        The words of :func:`casekit.scores.occurrence`, with ``{}`` where the limit goes.
    limits : tuple of str
        The limits on offer; empty where none is asked for.
    usual : str
        The limit that is offered first; the lowest when empty.
    """

    label: str
    template: str
    limits: tuple[str, ...] = ()
    usual: str = ""

    def words(self, limit: str = "") -> str:
        """Return the words to ask with."""
        return self.template.format(limit)


def occurrence_choices(series: CaseSeries) -> tuple[OccurrenceChoice, ...]:
    """Return what can be asked of this series, the computed answers first and then every recorded event.

    Examples
    --------
    >>> import casekit as ck
    >>> occurrence_choices(ck.example())[0].words("2")
    'CRS >= 2'
    """
    own = series.before_alignment or series
    return (*_toxicities(own), *_computed(own), *_events(own))


def _toxicities(series: CaseSeries) -> list[OccurrenceChoice]:
    """Return the toxicities of the cells, by grade."""
    recorded = set(series.events["name"])
    shorts = [str(catalogue.event(name)["short"]) for name in ("crs", "icans", "licats") if name in recorded]
    return [OccurrenceChoice(f"{short}, grade at least", f"{short} >= {{}}", ("1", "2", "3")) for short in shorts]


def _computed(series: CaseSeries) -> list[OccurrenceChoice]:
    """Return the answers that are computed from samples, drug courses and visits."""
    counted = B_CELLS in set(series.measurements["variable"])
    judged = not series.assessments.empty
    offered = [
        (counted, OccurrenceChoice("B cells back before day", "B cells back before day {}", DAYS)),
        (judged, OccurrenceChoice("Response by month", "response by month {}", MONTHS, "6")),
        (judged, OccurrenceChoice("Response at the visit of month", "response at month {}", MONTHS, "6")),
        (judged, OccurrenceChoice("Response at the last visit", LAST_RESPONSE)),
        (True, OccurrenceChoice("Free of glucocorticoids by month", "steroid-free by month {}", ("0", *MONTHS), "6")),
        (True, OccurrenceChoice("Free of immunosuppressants by month", "drug-free by month {}", ("0", *MONTHS), "6")),
        (counted, OccurrenceChoice("Infection during B-cell aplasia", INFECTION_IN_APLASIA)),
    ]
    return [choice for known, choice in offered if known]


def _events(series: CaseSeries) -> list[OccurrenceChoice]:
    """Return every further event recorded after the infusion; with its grade where several grades were seen."""
    events = series.events
    later = events[(events["start_day"] >= 0) | (events["end_day"] >= 0)]
    named = later[~later["name"].isin(["crs", "icans", "licats"])]
    kinds = [OccurrenceChoice("Any infection", "infection")] if "infection" in set(later["kind"]) else []
    by_name = {str(catalogue.event(str(name))["label"]): group["grade"] for name, group in named.groupby("name")}
    return [*kinds, *[_event(label, by_name[label]) for label in sorted(by_name)]]


def _event(label: str, grades: pd.Series) -> OccurrenceChoice:
    """Return the entry of one event."""
    seen = sorted({str(int(grade)) for grade in grades.dropna()})
    if len(seen) > 1:
        return OccurrenceChoice(f"{label}, grade at least", f"{label} >= {{}}", tuple(seen))
    return OccurrenceChoice(label, label)
