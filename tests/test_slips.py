"""Every number and every edge word of every declaration matters: change one, and a case must notice.

The hand cases of an instrument are run against each altered declaration of it.
"""

import copy
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hand_case import Case
from hand_cases import CASES

import casekit as ck
from casekit.scores import declaration

# What is checked elsewhere: the range by reach (test_rules.py), windows on series (test_windows.py). Not computed
# with: source, version, and how a card names the instrument.
NOT_SLIPPED = {"range", "window", "source", "version", "exploratory", "examples"}
# The steps a score can take: its limits are moved by one step, as a smaller move decides nothing.
STEPS = {
    "tis_2016": Decimal("2.5"),
    "tis_2016_juvenile": Decimal("2.5"),
    "eustar_2017": Decimal("0.25"),
    "escsg_2003": Decimal("0.5"),
}
EDGE_SLIPS = {"below": "up_to", "up_to": "below", "from": "above", "above": "from"}
NAMES = list(ck.instruments().index)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.instrument}: {case.why}")
def test_hand_case(case: Case) -> None:
    assert holds(case)


def test_a_later_last_day_counts() -> None:
    late = {"samples": [[50, 1.4], [110, 0.4]], "unit": "10^9/L"}
    assert ck.calculate("icaht_late", late, last=120).value == 3


def test_every_instrument_has_cases() -> None:
    assert set(NAMES) == {case.instrument for case in CASES}


def holds(case: Case) -> bool:
    got = ck.calculate(case.instrument, case.given, **case.parameters)
    return all(same(getattr(got, name), wanted) for name, wanted in case.expected.items())


def noticed(case: Case) -> bool:
    """Whether the case fails, or the declaration is refused."""
    try:
        return not holds(case)
    except (ck.CaseKitError, KeyError):
        return True


def same(got: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return all(same(got[key], value) for key, value in wanted.items())
    if isinstance(wanted, str) or got is None or wanted is None:
        return bool(got == wanted)
    if wanted == math.inf:
        return bool(got == math.inf)
    return abs(float(got) - float(wanted)) < 1e-6


def slips(entry: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], str, dict[str, Any]]]:
    """Where and how something was altered, and the altered declaration."""
    for path, value in places({key: part for key, part in entry.items() if key not in NOT_SLIPPED}):
        for slipped in [*others(entry["id"], path, value), *other_words(entry, path, value)]:
            yield path, f"{path}: {value} became {slipped}", altered(entry, path, path[-1], slipped)
        if path[-1] in EDGE_SLIPS:
            yield path, f"{path}: became {EDGE_SLIPS[path[-1]]}", altered(entry, path, EDGE_SLIPS[path[-1]], value)


def others(name: str, path: tuple[Any, ...], value: Any) -> Iterator[Any]:
    """What stands there after a slip: a number one more and one less in its last digit, yes for no."""
    if path[0] == "parameters" and path[2] != "default":
        return  # what a parameter may be is refused elsewhere (test_scoring.py), not computed with
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        step = Decimal(1).scaleb(min(0, int(Decimal(str(value)).as_tuple().exponent)))
        step = STEPS.get(name, step) if path[0] in ("bands", "verdict") else step
        kind = type(value) if step == int(step) else float
        yield from (kind(Decimal(str(value)) + way * step) for way in (1, -1))


def other_words(entry: Mapping[str, Any], path: tuple[Any, ...], value: Any) -> list[Any]:
    """The other words a parameter may have; the assay is left out, as the unit of typed samples names it."""
    if path[0] != "parameters" or path[2] != "default" or not isinstance(value, str) or path[1] == "assay":
        return []
    return [word for word in entry["parameters"][path[1]]["allowed"] if word != value]


def places(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every leaf of a declaration with the way to it."""
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else None
    if inner is None:
        yield path, part
        return
    for key, value in inner:
        yield from places(value, (*path, key))


def altered(entry: dict[str, Any], path: tuple[Any, ...], key: Any, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(entry)
    part: Any = changed
    for step in path[:-1]:
        part = part[step]
    if key == path[-1]:
        part[key] = value
    else:  # a renamed edge keeps its place: the first step that matches wins
        renamed = {key if word == path[-1] else word: kept for word, kept in part.items()}
        part.clear()
        part.update(renamed)
    return changed


@pytest.mark.parametrize("name", NAMES)
def test_every_slip_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cases, place = [case for case in CASES if case.instrument == name], 0
    known = dict(ck.catalogue._instruments())
    unnoticed = []
    for _, slip, changed in slips(known[name]):
        with monkeypatch.context() as patched:
            patched.setattr(ck.catalogue, "_instruments", lambda changed=changed: {**known, name: changed})
            declaration.read.cache_clear()
            noticing = (at for at in outward(place, len(cases)) if noticed(cases[at]))
            found = next(noticing, None)
        if found is None:
            unnoticed.append(slip)
        else:
            place = found
    declaration.read.cache_clear()
    assert not unnoticed, f"{len(unnoticed)} slips go unnoticed:\n" + "\n".join(unnoticed)


def outward(place: int, length: int) -> list[int]:
    """All places, those near `place` first: the slips of one item are noticed by cases that stand together."""
    return sorted(range(length), key=lambda at: abs(at - place))
