"""A declaration read word by word for one visit, in plain numbers, True, False and None.

Written from the vocabulary in `declaration.py` and apart from everything that scores: it reads the files itself and is
slow. It is there to disagree.
"""

import math
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import casekit

DEFINITIONS = Path(casekit.__file__).parent / "definitions"
EDGES: Mapping[str, Callable[[float, float], bool]] = {
    "below": lambda value, limit: value < limit,
    "up_to": lambda value, limit: value <= limit,
    "from": lambda value, limit: value >= limit,
    "above": lambda value, limit: value > limit,
}
LOGIC = ("all", "any", "none", "first_known")
NOTHING_KNOWN = (-math.inf, math.inf)

Visit = Mapping[str, Any]
Rule = Mapping[str, Any]
Span = tuple[float, float]


@cache
def variables() -> dict[str, Any]:
    return tomllib.loads((DEFINITIONS / "variables.toml").read_text(encoding="utf-8"))


@cache
def declared(name: str) -> dict[str, Any]:
    """The file of an instrument; one that is based on another has what is not its own from there."""
    entry = tomllib.loads((DEFINITIONS / "instruments" / f"{name}.toml").read_text(encoding="utf-8"))
    if "based_on" in entry:
        full = declared(entry["based_on"]["instrument"])
        entry = {**full, **entry, "items": of_groups(full["items"], entry["based_on"])}
    return entry


def of_groups(items: list[Rule], asked: Rule) -> list[Rule]:
    kept = [item for item in items if item.get("group") not in asked.get("without_groups", [])]
    return [item for item in kept if "groups" not in asked or item.get("group") in asked["groups"]]


def reading(name: str, visit: Visit, given: Rule, asked: Rule | None = None) -> tuple[Span, dict[str, Span]]:
    """The least and the most the instrument can be at a visit, and the same for each item."""
    entry = declared(name)
    settings = {key: entry["default"] for key, entry in entry.get("parameters", {}).items()} | dict(given)
    items = [item for item in of_groups(entry["items"], asked or {}) if in_force(item, settings)]
    spans = {item["id"]: span_of(item, entry, visit, settings) for item in items}
    low, high = combined(entry, items, spans, visit)
    if "gate" in entry:
        is_open = truth(entry["gate"], visit, settings)
        low, high = {True: (low, high), False: (0.0, 0.0), None: (min(low, 0.0), max(high, 0.0))}[is_open]
    return (round(low, 6), round(high, 6)), spans


def in_force(part: Rule, settings: Rule) -> bool:
    return "if_parameter" not in part or bool(settings[part["if_parameter"]])


def combined(entry: Rule, items: list[Rule], spans: Mapping[str, Span], visit: Visit) -> Span:
    how = entry["combine"]
    if how == "mean":
        answered = [item["id"] for item in items if visit.get(item["value"]) is not None]
        spans = {key: spans[key] for key in answered} if len(answered) >= entry["at_least"] else spans
    low, high = ([span[end] for span in spans.values()] for end in (0, 1))
    if how == "sum":
        return sum(low), sum(high)
    if how == "mean":
        return sum(low) / len(spans), sum(high) / len(spans)
    if how == "logistic":
        return probability(entry["intercept"] + sum(low)), probability(entry["intercept"] + sum(high))
    return (min(low), min(high)) if how == "all" else (max(low), max(high))


def probability(logit: float) -> float:
    return 1 / (1 + math.exp(-min(max(logit, -50), 50)))


def span_of(item: Rule, entry: Rule, visit: Visit, settings: Rule) -> Span:
    """The points of one item; none when another cause than the disease is recorded."""
    other_cause = visit.get(f"{item['id']}_other_cause") if entry.get("attribution") else None
    points = points_of(item, visit, settings)
    return (0.0, 0.0) if other_cause == 1 else points


def points_of(item: Rule, visit: Visit, settings: Rule) -> Span:
    if "when" in item:
        worth = item.get("points", 1)
        return {True: (worth, worth), False: (0, 0), None: (0, worth)}[truth(item["when"], visit, settings)]
    if "choices" in item:
        word, points = visit.get(item["choices"]["var"]), item["choices"]["points"]
        return (min(points.values()), max(points.values())) if word is None else (points[word], points[word])
    if "weighted" in item:
        ends = [item["weighted"]["weight"] * end for end in subject(item["weighted"], visit, settings)]
        return min(ends), max(ends)
    if "steps" in item:
        asked = improvement(item["improvement"], visit, settings) if "improvement" in item else None
        return stepped(item["steps"], asked or subject(item["steps_of"], visit, settings))
    return value_that_counts(item, visit, settings)


def value_that_counts(item: Rule, visit: Visit, settings: Rule) -> Span:
    low, high = within(value(item["value"], visit, 0), variables()[item["value"]])
    if "raised" in item:
        raised, floor = truth(item["raised"]["when"], visit, settings), item["raised"]["to"]
        low = max(low, floor) if raised is True else low
        high = max(high, floor) if raised is not False else high
    return low, high


def within(span: Span, limits: Rule) -> Span:
    """Where an end is not known, what the variable can be at that end."""
    low, high = span
    least, most = limits.get("minimum", -math.inf), limits.get("maximum", math.inf)
    return least if low == -math.inf else low, most if high == math.inf else high


def stepped(steps: list[Rule], span: Span) -> Span:
    """The least and most points of all values in the span: its ends, and both sides of every edge within."""
    edges = [step[word] for step in steps for word in EDGES if word in step]
    inside = [at for edge in edges for at in (edge - 1e-6, edge, edge + 1e-6) if span[0] <= at <= span[1]]
    points = [points_at(steps, at) for at in (*span, *inside)]
    return min(points), max(points)


def points_at(steps: list[Rule], at: float) -> float:
    for step in steps:
        if all(EDGES[word](round(at, 10), step[word]) for word in EDGES if word in step):
            return float(step["points"])
    return 0.0


def truth(rule: Rule, visit: Visit, settings: Rule) -> bool | None:
    """Whether a rule holds; None when that is not known. Every part is looked at, whatever the first ones say."""
    word = next((word for word in LOGIC if word in rule), None)
    if word:
        parts = [truth(part, visit, settings) for part in rule[word] if in_force(part, settings)]
        answer = joined(word, parts)
    elif "flag" in rule:
        seen = visit.get(rule["flag"])
        answer = None if seen is None else seen == 1
    elif "is" in rule or "one_of" in rule:
        seen = visit.get(rule["var"])
        answer = None if seen is None else seen in rule.get("one_of", [rule.get("is")])
    else:
        span = subject(rule, visit, settings)
        answer = joined(
            "all", [holds(edge, span, limit(rule, edge, visit, settings)) for edge in EDGES if edge in rule]
        )
    return bool(answer) if rule.get("if_measured") else answer


def joined(word: str, parts: list[bool | None]) -> bool | None:
    if word == "first_known":
        return next((part for part in parts if part is not None), None)
    decisive = word != "all"
    found = decisive if decisive in parts else None if None in parts else not decisive
    return found if word != "none" or found is None else not found


def holds(edge: str, span: Span, limits: Span) -> bool | None:
    """Whether the comparison is true for every pair of values in the two spans, for none, or for some."""
    answers = {EDGES[edge](value, limit) for value in span for limit in limits}
    return answers.pop() if len(answers) == 1 else None


def limit(rule: Rule, edge: str, visit: Visit, settings: Rule) -> Span:
    stated = settings.get(rule[edge], rule[edge]) if isinstance(rule[edge], str) else rule[edge]
    if isinstance(stated, str):
        return value(f"{stated}_baseline" if "at" in rule else stated, visit)
    return stated, stated


def subject(rule: Rule, visit: Visit, settings: Rule) -> Span:
    """What a rule speaks of: a value or score now, at baseline, or its change since then."""
    if "at" in rule:
        return at_baseline(rule, visit)
    now = present(rule, visit, settings)
    if "change" not in rule:
        return now
    name, limits = rule.get("score") or rule["var"], limits_of(rule)
    now, before = within(now, limits), within(at_baseline(rule, visit), limits)
    if "percent" in rule["change"]:
        low, high = percent(now, before)
    else:
        low, high = round(now[0] - before[1], 6), round(now[1] - before[0], 6)
        stated = visit.get(f"{name}_change")
        low, high = (low, high) if stated is None else (round(stated, 6),) * 2
    return (-high, -low) if rule["change"].startswith("fall") else (low, high)


def percent(now: Span, before: Span) -> Span:
    """Rise in percent of the baseline value; none from a baseline of 0, any from one that may be close to 0."""
    low = (now[0] - before[1]) / before[1] * 100 if before[1] > 0 else 0.0
    if before[0] > 0:
        return round(low, 6), round((now[1] - before[0]) / before[0] * 100, 6)
    return round(min(low, 0.0), 6), math.inf if before[1] > 0 else 0.0


def limits_of(rule: Rule) -> Rule:
    if "score" not in rule:
        return variables()[rule["var"]]  # type: ignore[no-any-return]
    low, high = declared(rule["score"]).get("range", (0, 1))
    return {"minimum": low, "maximum": high}


def present(rule: Rule, visit: Visit, settings: Rule) -> Span:
    if "score" not in rule:
        return value(rule["var"], visit)
    span, _ = reading(rule["score"], visit, settings, rule)
    stated = None if "groups" in rule else visit.get(rule["score"])
    return span if stated is None else (round(stated, 6),) * 2


def at_baseline(rule: Rule, visit: Visit) -> Span:
    return value(f"{rule.get('score') or rule['var']}_baseline", visit)


def value(name: str, visit: Visit, beside: float = 1e-9) -> Span:
    """The recorded number; below or above a detection limit only one side is known, and the limit itself is not met."""
    seen, sign = visit.get(name), visit.get(f"{name}_comparator")
    if seen is None:
        return NOTHING_KNOWN
    number = round(float(seen), 6)
    return {"<": (-math.inf, number - beside), ">": (number + beside, math.inf)}.get(sign, (number, number))


def improvement(rule: Rule, visit: Visit, settings: Rule) -> Span:
    """Improvement since baseline in percent of the range of the measure."""
    now, before = present(rule, visit, settings), at_baseline(rule, visit)
    better = (before[0] - now[1], before[1] - now[0])
    if rule["better"] == "higher":
        better = (now[0] - before[1], now[1] - before[0])
    span = visit.get(rule["range"]) if isinstance(rule["range"], str) else rule["range"]
    if span is None:
        return NOTHING_KNOWN
    return round(better[0] / span * 100, 6), round(better[1] / span * 100, 6)
