"""What would change a verdict or score at one visit: for every condition and item, in a sentence."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.scores import wording
from casekit.scores.declaration import EDGES, LOGIC, Instrument, Rule, elementary, reach_of
from casekit.scores.evaluation import VERDICTS, Scored

Ends = tuple[float, float]
GATE = "gate"
TURNED = {"below": "above", "up_to": "from", "from": "up_to", "above": "below"}


def flips_of(scored: Scored, visit: pd.DataFrame) -> dict[str, str]:
    """Item id to what would flip the result there, for the one row of `visit`; under `gate` for the gate."""
    chosen, row = scored.instrument, visit.index[0]
    gate = (1.0, 1.0) if scored.gate is None else tuple(float(end) for end in scored.gate.loc[row])
    ends = scored.items(row)
    if gate == (0.0, 0.0):
        told = dict.fromkeys(ends, "does not matter: nothing counts while the condition above is not met")
    elif chosen.is_yes_or_no:
        told = _of_conditions(chosen, ends, visit)
    elif chosen.combine == "logistic":
        told = _of_probability(chosen, ends)
    elif chosen.combine == "mean":
        told = {}
    else:
        told = {item["id"]: _of_points(item, chosen, ends, visit) for item in chosen.items}
    return {GATE: _of_gate(chosen, gate, visit), **told}


def _of_gate(chosen: Instrument, gate: tuple[float, ...], visit: pd.DataFrame) -> str:
    if chosen.gate is None:
        return ""
    rule = concrete(chosen.gate, visit)
    if gate == (1.0, 1.0):
        return f"nothing counts with {wording.failing(rule)}"
    start = "the items count" if gate == (0.0, 0.0) else "decides: the items count only"
    return f"{start} with {wording.meeting(rule)}"


def _of_conditions(chosen: Instrument, ends: Mapping[str, Ends], visit: pd.DataFrame) -> dict[str, str]:
    """For each condition what would turn it, and whether the verdict hangs on it."""
    decisive = "not met" if chosen.combine == "all" else "met"
    states = {name: VERDICTS[low, high] for name, (low, high) in ends.items()}
    told = {}
    for item in chosen.items:
        others = [state for name, state in states.items() if name != item["id"]]
        rule = concrete(item["when"], visit)
        if decisive in others:
            told[item["id"]] = _decided(states[item["id"]], decisive, rule)
        else:
            told[item["id"]] = _deciding(states[item["id"]], decisive, rule, others.count("unknown"))
    return told


def _decided(state: str, decisive: str, rule: Rule) -> str:
    """A condition beside another that settles the verdict already."""
    if state == decisive == "not met":
        return f"met with {_reachable(rule)}; another condition fails too"
    return f"does not matter: another condition {'fails' if decisive == 'not met' else 'is met'}"


def _deciding(state: str, decisive: str, rule: Rule, still_open: int) -> str:
    """A condition on which the verdict hangs, alone or with others that are not known."""
    if state == "unknown":
        both = f"met if {wording.meeting(rule)}, not met if {wording.failing(rule)}"
        if not still_open:
            return f"decides the verdict: {both}"
        lone = "not met" if decisive == "not met" else "met"
        return f"{both}; {lone} settles the verdict, otherwise {_others(still_open)}"
    turn = f"met with {_reachable(rule)}" if state == "not met" else f"lost with {wording.failing(rule)}"
    if not still_open:
        return f"{turn}; this alone changes the result"
    return f"{turn}; then {_others(still_open)}" if state == decisive else turn


def _others(still_open: int) -> str:
    return "the other open condition decides" if still_open == 1 else f"{still_open} other open conditions decide"


def _reachable(rule: Rule) -> str:
    return str(rule["impossible"]) if "impossible" in rule else wording.meeting(rule)


def concrete(rule: Rule, visit: pd.DataFrame) -> Rule:
    """The rule in terms of this visit: changes as values to be reached, of alternatives the one that was assessed."""
    if "first_known" in rule:
        assessed = [part for part in rule["first_known"] if _assessed(part, visit)]
        return concrete((assessed or rule["first_known"])[0], visit)
    for word in LOGIC:
        if word in rule:
            return {word: [concrete(part, visit) for part in rule[word]]}
    before = _baseline(rule, visit) if "change" in rule else None
    if before is None:
        return rule
    subject = {word: rule[word] for word in ("var", "score", "groups", "without_groups") if word in rule}
    falls, percent = rule["change"].startswith("fall"), rule["change"] in ("percent", "fall_percent")
    if percent and before == 0:
        return {**rule, "impossible": "no value: it was 0 at baseline"}
    for edge in (edge for edge in EDGES if edge in rule):
        step = float(rule[edge]) * (-1 if falls else 1)
        target = before * (1 + step / 100) if percent else before + step
        subject[TURNED[edge] if falls else edge] = round(target, 6)
    return _possible(subject, before)


def _possible(rule: dict[str, Any], before: float) -> Rule:
    """The rule, with the word `impossible` when no value can meet it from that baseline."""
    low, high = reach_of(rule)
    too_low = rule.get("up_to", high) < low or rule.get("below", math.inf) <= low
    too_high = rule.get("from", low) > high or rule.get("above", -math.inf) >= high
    return {**rule, "impossible": f"no value: it was {before:g} at baseline"} if too_low or too_high else rule


def _assessed(rule: Rule, visit: pd.DataFrame) -> bool:
    """Whether any part of a condition was recorded at the visit."""
    names = [str(part.get("flag") or part.get("var") or part.get("score")) for part in elementary(rule)]
    return any(name in visit and pd.notna(visit[name].iloc[0]) for name in names)


def _baseline(rule: Rule, visit: pd.DataFrame) -> float | None:
    """The subject of a rule at baseline, when it is one number."""
    name = rule.get("score") or rule["var"]
    columns = [f"{name}_baseline"] if f"{name}_baseline" in visit else [f"{name}_baseline_{e}" for e in ("low", "high")]
    found = {float(visit[column].iloc[0]) for column in columns if column in visit and pd.notna(visit[column].iloc[0])}
    return found.pop() if len(found) == 1 else None


def _of_points(item: Rule, chosen: Instrument, ends: Mapping[str, Ends], visit: pd.DataFrame) -> str:
    """For one item of a sum or a worst-of: the total and band when it were otherwise."""
    now, (least, most) = _combined(chosen, ends), ends[item["id"]]
    named = _name(chosen, now)
    if least != most:
        return _of_open(chosen, named, [_with(chosen, ends, item, points) for points in (least, most)])
    if not named or len(named) > 1:
        return ""
    others = [(points, words) for points, words in _alternatives(item, visit) if points != least]
    moved = [(points, words, _with(chosen, ends, item, points)) for points, words in others]
    moved = [entry for entry in moved if _name(chosen, entry[2]) != named]
    lower = max((entry for entry in moved if entry[0] < least), default=None, key=lambda entry: entry[0])
    higher = min((entry for entry in moved if entry[0] > least), default=None, key=lambda entry: entry[0])
    # A sum without a threshold would name every absent finding here.
    wanted = [lower, higher if chosen.verdict else None]
    return "; ".join(f"{_told(chosen, total)} with {words}" for _, words, total in filter(None, wanted))


def _of_open(chosen: Instrument, named: tuple[str, ...], totals: list[Ends]) -> str:
    """An item that is not known: whether it could move the band."""
    without, counting = (_told(chosen, total) for total in totals)
    if len(named) == 1:
        return f"does not matter: {named[0]} either way"
    if named and _name(chosen, totals[0]) == _name(chosen, totals[1]):
        return f"does not decide alone: {without} without it, {counting} with it"
    return f"{without} without it, {counting} with it"


def _combined(chosen: Instrument, ends: Mapping[str, Ends]) -> Ends:
    join = max if chosen.combine == "worst" else sum
    lows, highs = zip(*ends.values(), strict=True)
    return round(join(lows), 6), round(join(highs), 6)


def _with(chosen: Instrument, ends: Mapping[str, Ends], item: Rule, points: float) -> Ends:
    """The total when this item had so many points."""
    return _combined(chosen, {**ends, item["id"]: (points, points)})


def _name(chosen: Instrument, total: Ends) -> tuple[str, ...]:
    """The band of a total, or both bands it may be in; none when the instrument has none."""
    if chosen.bands:
        return tuple(dict.fromkeys(chosen.label_of(end) for end in total))
    if chosen.verdict:
        words = {True: "met", False: "not met"}
        return tuple(dict.fromkeys(chosen.labels.get(words[end >= chosen.verdict["from"]], "") for end in total))
    return ()


def _told(chosen: Instrument, total: Ends) -> str:
    names = " to ".join(_name(chosen, total))
    return wording.bounds(*total) + (f" ({names})" if names else "")


def _alternatives(item: Rule, visit: pd.DataFrame) -> Iterator[tuple[float, str]]:
    """What an item could have been: points and words."""
    if "when" in item:
        rule = concrete(item["when"], visit)
        yield float(item["points"]), wording.meeting(rule)
        yield 0.0, wording.failing(rule)
    elif "choices" in item:
        name = catalogue.variable(item["choices"]["var"]).label
        for word, points in item["choices"]["points"].items():
            yield float(points), f"{name}: {word.replace('_', ' ')}"
    elif "steps" in item:
        yield from ((float(step["points"]), wording.step_words(item, step)) for step in item["steps"])


def _of_probability(chosen: Instrument, ends: Mapping[str, Ends]) -> dict[str, str]:
    """For each measure of a logistic sum the change at which the threshold is crossed, the others as they are."""
    limit = float((chosen.verdict or {})["from"])
    needed = math.log(limit / (1 - limit)) - chosen.intercept
    open_items = [name for name, (low, high) in ends.items() if low != high]
    told = {}
    for item in chosen.items:
        others = [name for name in open_items if name != item["id"]]
        if others:
            told[item["id"]] = (
                "open measures decide" if item["id"] not in open_items else "not known: keeps the result open"
            )
            continue
        weight = float(item["weighted"]["weight"])
        rest = needed - sum(low for name, (low, _) in ends.items() if name != item["id"])
        edge = "or more" if weight > 0 else "or less"
        told[item["id"]] = f"{chosen.labels.get('met', 'met')} with a change of {_toward(rest / weight, weight)} {edge}"
    return told


def _toward(change: float, weight: float) -> str:
    """The change rounded to two decimals, on the side that still crosses the threshold."""
    turn = math.ceil if weight > 0 else math.floor
    return f"{turn(round(change, 6) * 100) / 100:g}"
