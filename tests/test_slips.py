"""Every number and every edge word of every declaration matters: change one, and a case must notice.

The hand cases and the cases beside the declarations are run against each altered declaration.
"""

import copy
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import hand_cases
import hand_cases_safety
import pytest
from hand_cases import Case

import casekit as ck
from casekit.scores import declaration

# What is checked elsewhere: the range by reach (test_rules.py), windows on series (test_scoring.py).
NOT_SLIPPED = {"range", "window", "source", "version", "parameters"}
# The steps a score can take: its limits are moved by one step, as a smaller move decides nothing.
STEPS = {"tis_2016": Decimal("2.5"), "eustar_2017": Decimal("0.25")}
CASES = [*hand_cases.CASES, *hand_cases_safety.CASES]
EDGE_SLIPS = {"below": "up_to", "up_to": "below", "from": "above", "above": "from"}
SCORED = [name for name in ck.instruments().index if ck.catalogue.instrument(name).get("items")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.instrument}: {case.why}")
def test_hand_case(case: Case) -> None:
    assert holds(case)


def holds(case: Case) -> bool:
    got = ck.calculate(case.instrument, case.given)
    return agrees(case, got)


def agrees(case: Case, got: ck.Calculation) -> bool:
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
    if isinstance(wanted, str) or got is None:
        return bool(got == wanted)
    return abs(float(got) - float(wanted)) < 1e-6


def slips(entry: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Where something was altered, and the altered declaration: numbers by one in the last digit, edge words."""
    for path, value in places({key: part for key, part in entry.items() if key not in NOT_SLIPPED}):
        if isinstance(value, int | float) and not isinstance(value, bool):
            step = Decimal(1).scaleb(min(0, int(Decimal(str(value)).as_tuple().exponent)))
            step = STEPS.get(entry["id"], step) if path[0] in ("bands", "verdict") else step
            for slipped in (Decimal(str(value)) + step, Decimal(str(value)) - step):
                yield f"{path}: {value} became {slipped}", altered(entry, path, path[-1], float(slipped))
        if path[-1] in EDGE_SLIPS:
            yield f"{path}: {path[-1]} became {EDGE_SLIPS[path[-1]]}", altered(entry, path, EDGE_SLIPS[path[-1]], value)


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


@pytest.mark.parametrize("name", SCORED)
def test_every_slip_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [case for case in CASES if case.instrument == name]
    known = dict(ck.catalogue._instruments())
    unnoticed = []
    for slip, changed in slips(known[name]):
        with monkeypatch.context() as patched:
            patched.setattr(ck.catalogue, "_instruments", lambda changed=changed: {**known, name: changed})
            declaration.read.cache_clear()
            if not any(noticed(case) for case in cases):
                unnoticed.append(slip)
    declaration.read.cache_clear()
    assert not unnoticed, f"{len(unnoticed)} slips go unnoticed:\n" + "\n".join(unnoticed)
