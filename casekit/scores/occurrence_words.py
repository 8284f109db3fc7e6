"""The small language in which one asks what happened on a timeline: read into conditions, never guessed.

::

    CRS >= 2
    B cells back before day 90 and not infection during aplasia
    steroid-free by month 3
    response at month 6
"""

import re
from dataclasses import dataclass
from math import inf

from casekit import catalogue
from casekit.errors import CaseKitError, UnknownName
from casekit.records.links import known_ids
from casekit.records.schema import declared

UNIT_DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375}
B_CELLS_BACK = "b cells back"
STEROID_FREE = "steroid-free"
DRUG_FREE = "drug-free"
RESPONSE = "response"
LAST_RESPONSE = "response at the last visit"
INFECTION_IN_APLASIA = "infection during aplasia"
COMPUTED = (B_CELLS_BACK, STEROID_FREE, DRUG_FREE, RESPONSE, LAST_RESPONSE, INFECTION_IN_APLASIA)
# A state that lasts has no "after", and these take no limit at all.
NO_AFTER = (STEROID_FREE, DRUG_FREE)
NO_LIMIT = (LAST_RESPONSE, INFECTION_IN_APLASIA)
# A visit "at month 6" is the one nearest to it within this many days, as in the published month-6 figures.
VISIT_WINDOW = 31

LIMIT = re.compile(r"^(?P<rest>.+?)\s+(?P<side>before|by|after|at)\s+(?P<unit>day|week|month)\s+(?P<number>\d{1,5})$")
GRADE = re.compile(r"^(?P<rest>.+?)\s*(?:>=|≥)\s*(?P<grade>[1-5])$")
EXAMPLE = 'Write for example "CRS >= 2", "B cells back before day 90" or "steroid-free by month 3".'
LONGEST = 300


@dataclass(frozen=True)
class Condition:
    """One thing asked of every patient.

    Attributes
    ----------
    what : str
        One of ``COMPUTED``, or the id of an event, or a kind of event.
    label : str
        How it was written, without grade and limit.
    grade : int or None
        Lowest grade that counts; None asks for no grade.
    first, last : float
        First and last day on which it counts, days since the infusion; infinite without a limit.
    negated : bool
        Whether it is asked that it did not happen.
    near : float or None
        The day whose nearest visit is meant; None for every visit.
    """

    what: str
    label: str
    grade: int | None = None
    first: float = 0.0
    last: float = inf
    negated: bool = False
    near: float | None = None


def conditions(words: str) -> tuple[Condition, ...]:
    """Return the conditions, all of which are asked for.

    Raises
    ------
    CaseKitError
        When the words cannot be read; ``UnknownName`` for an event that is not declared.

    Examples
    --------
    >>> [found] = conditions("CRS >= 2")
    >>> found.what, found.grade
    ('crs', 2)
    """
    if len(words) > LONGEST:
        raise CaseKitError(f"filter: found {len(words)} characters; up to {LONGEST} are expected. {EXAMPLE}")
    parts = [part.strip() for part in re.split(r"\s+and\s+", words.strip(), flags=re.IGNORECASE)]
    return tuple(_condition(" ".join(part.split())) for part in parts)


def _condition(words: str) -> Condition:
    """Return one condition."""
    negated = words.casefold().startswith("not ")
    rest, first, last, side = _limit(words[4:] if negated else words)
    near = (first + last) / 2 if side == "at" else None
    graded = GRADE.match(rest)
    label = graded["rest"] if graded else rest
    what = _what(label)
    misplaced = (side == "after" and what in NO_AFTER) or (side == "at" and what != RESPONSE)
    if (side and what in NO_LIMIT) or misplaced or (graded and what in COMPUTED):
        raise CaseKitError(f'filter: found "{words}"; no such limit is expected beside "{label}". {EXAMPLE}')
    return Condition(what, label, int(graded["grade"]) if graded else None, first, last, negated, near)


def _limit(words: str) -> tuple[str, float, float, str]:
    """Return the words without the limit, the first and last day that count, and the word that limits."""
    found = LIMIT.match(words.casefold())
    if found is None:
        return words, 0.0, inf, ""
    day = round(int(found["number"]) * UNIT_DAYS[found["unit"]])
    around = (float(day - VISIT_WINDOW), float(day + VISIT_WINDOW))
    sides = {"before": (0.0, day - 1.0), "by": (0.0, float(day)), "after": (day + 1.0, inf), "at": around}
    first, last = sides[found["side"]]
    return words[: found.end("rest")], first, last, found["side"]


def _what(label: str) -> str:
    """Return which computed answer, event or kind of event goes by that name."""
    folded = label.casefold().replace("b-cell aplasia", "aplasia").replace("at last visit", "at the last visit")
    known = {name: name for name in COMPUTED} | _events()
    if folded not in known:
        raise UnknownName("event", label, known, "casekit.catalogue.events()")
    return known[folded]


def _events() -> dict[str, str]:
    """Return every way to name an event or a kind of event, in small letters, with its id."""
    kinds = {kind.replace("_", " "): kind for kind in declared()["events"].column("kind").allowed}
    ids = known_ids("events")
    shorts = {str(catalogue.event(name).get("short", name)).casefold(): name for name in ids}
    labels = {str(catalogue.event(name)["label"]).casefold(): name for name in ids}
    return {**{name: name for name in ids}, **shorts, **labels, **kinds}
