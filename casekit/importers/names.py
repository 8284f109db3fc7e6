"""The names and codes of a source against the lists of the catalogue: proposed, applied when sure or confirmed.

Unasked, a name becomes an id only when it is that id or its label, or when a LOINC code says so and the unit fits: a
name such as "Creatinine" does not say whether serum or urine was looked at.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from casekit import catalogue, units
from casekit.errors import UnitError
from casekit.records.links import known_ids

FILE = catalogue.FOLDER / "source_names.toml"
LISTS = ("variables", "drugs", "events", "diseases")
SYSTEMS = {"loinc": ("loinc", "http://loinc.org", "https://loinc.org"), "testcd": ("lbtestcd", "testcd", "sdtm")}
CLOSE = 0.88  # a slip of the pen; rituximab and ritonavir are not close, nor are HBsAg and BSG
IN_BRACKETS = re.compile(r"[\[(].*?[\])]")


@dataclass(frozen=True, slots=True)
class Target:
    """What a name of the source stands for: an id of a list, and how its values become the declared unit.

    Parameters
    ----------
    id : str
        Id of the list, or empty: the name stays as it is.
    unit : str
        Unit of the values where the source names none.
    factor : float or None
        What a value in the unit of the source is multiplied by to reach `unit`; None when the unit fits as it is.
    """

    id: str
    unit: str = ""
    factor: float | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An id a name may stand for, why, and whether that is sure enough to be applied unasked."""

    id: str
    why: str
    sure: bool


def plain(name: str) -> str:
    """A name without case, accents, marks and anything in brackets, for comparison.

    >>> plain("  Anti-dsDNA (IU/mL) "), plain("C_reactive  Protein")
    ('anti dsdna', 'c reactive protein')
    """
    bare = unicodedata.normalize("NFKD", IN_BRACKETS.sub(" ", name)).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^a-z0-9+%]+", " ", bare.casefold()).split())


def propose(among: str, name: str, code: str = "", system: str = "", unit: str = "") -> Proposal | None:
    """The id that a name or code of the source most likely stands for; None when nothing is near.

    Parameters
    ----------
    among : {"variables", "drugs", "events", "diseases"}
        The list to look in.
    name, code, system, unit : str
        As the source has them.

    Examples
    --------
    >>> propose("variables", "CRP SerPl-mCnc", "1988-5", "http://loinc.org", "mg/L")
    Proposal(id='crp_mg_l', why='LOINC 1988-5', sure=True)
    >>> propose("variables", "Creatinine", unit="mg/dL")
    Proposal(id='creatinine_mg_dl', why='name', sure=False)
    """
    if name in ids(among):
        return Proposal(name, "id", sure=True)
    for key, systems in SYSTEMS.items():
        found = _by_code(among, key).get(code) if system.casefold() in systems else None
        if found:
            return Proposal(found, f"{key.upper()} {code}", sure=key == "loinc" and fits(found, unit))
    found = _by_label(among).get(plain(name))
    if found:
        return Proposal(found, "name", sure=among != "variables")
    found = _by_name(among).get(plain(name))
    if found:
        return Proposal(found, "name", sure=False)
    close = get_close_matches(plain(name), _by_name(among), n=1, cutoff=CLOSE)
    return Proposal(_by_name(among)[close[0]], "similar name", sure=False) if close else None


def fits(variable: str, unit: str) -> bool:
    """Whether values in that unit are accepted for a variable; those of items have none."""
    if not catalogue.is_variable(variable) or catalogue.variable(variable).kind != "measurement":
        return True
    try:
        units.factor(unit, variable)
    except UnitError:
        return False
    return unit != ""


@cache
def ids(among: str) -> tuple[str, ...]:
    """The ids of one list; variables are those that can be measured or assessed."""
    if among == "variables":
        return (*known_ids("measurements"), *known_ids("assessments"))
    return known_ids(among)


@cache
def _source_names() -> Mapping[str, Any]:
    """The codes and names of the file, by list and id."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def _by_code(among: str, key: str) -> Mapping[str, str]:
    """The id for each code of one system."""
    return {code: name for name, entry in _source_names()[among].items() for code in entry.get(key, ())}


@cache
def _by_label(among: str) -> Mapping[str, str]:
    """The id for each label and short label of the catalogue."""
    return dict(_labels(among))


def _labels(among: str) -> Iterator[tuple[str, str]]:
    """Each label of the catalogue with its id."""
    entry = {"variables": catalogue.variable, "diseases": catalogue.disease}.get(among)
    listed = {"drugs": catalogue.drug, "events": catalogue.event}.get(among)
    for name in ids(among):
        known = vars(entry(name)) if entry else listed(name) if listed else {}
        yield from ((plain(str(known[key])), name) for key in ("short", "label") if known.get(key))


@cache
def _by_name(among: str) -> Mapping[str, str]:
    """The id for each further name, label and id."""
    texts = [
        (text, name)
        for name, entry in _source_names()[among].items()
        for text in (*entry.get("testcd", ()), *entry.get("names", ()))
    ]
    further = {plain(text): name for text, name in texts}
    return {**{plain(name): name for name in ids(among)}, **further, **_by_label(among)}
