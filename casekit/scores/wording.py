"""Rules and observations of a declaration in words a clinician reads."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.scores.declaration import EDGES, YES_OR_NO, Rule, reach_of
from casekit.units import shown

OPPOSITE = {"below": "from", "up_to": "above", "from": "below", "above": "up_to"}
LIMIT_WORDS = {"below": "below {}", "up_to": "{} or less", "from": "{} or more", "above": "above {}"}
JOINTS = {"all": " and ", "any": " or ", "first_known": ", or where not recorded: "}


def needed(rule: Rule) -> str:
    """A condition in words.

    >>> needed({"var": "platelets_10e9_l", "below": 100})
    'Platelets below 100 10⁹/L'
    >>> needed({"none": [{"flag": "gi_activity"}]})
    'not: Gastrointestinal lupus activity'
    """
    if "none" in rule:
        return "not: " + " or ".join(needed(part) for part in rule["none"])
    for word, joint in JOINTS.items():
        if word in rule:
            return joint.join(needed(part) for part in rule[word])
    if "flag" in rule:
        return catalogue.variable(rule["flag"]).label
    return _limits(rule, met=True)


def meeting(rule: Rule) -> str:
    """What would meet a condition, in words.

    >>> meeting({"var": "prednisolone_eq_mg_day", "up_to": 5})
    'Prednisolone equivalent 5 mg/day or less'
    """
    return _answer(rule, met=True)


def failing(rule: Rule) -> str:
    """What would not meet a condition, in words.

    >>> failing({"all": [{"flag": "rash"}, {"var": "pga_0_3", "below": 0.5}]})
    'Rash: no or PGA 0.5 or more'
    """
    return _answer(rule, met=False)


def _answer(rule: Rule, *, met: bool) -> str:
    if "none" in rule:
        return (" and " if met else " or ").join(_answer(part, met=not met) for part in rule["none"])
    if "first_known" in rule:  # any answer in the first place decides, so it is the one asked for
        return _answer(rule["first_known"][0], met=met)
    for word in ("all", "any"):
        if word in rule:
            joint = " and " if (word == "all") is met else " or "
            return joint.join(_answer(part, met=met) for part in rule[word])
    if "flag" in rule:
        declared = catalogue.variable(rule["flag"])
        return f"{declared.short or declared.label}: {'yes' if met else 'no'}"
    return _limits(rule, met=met)


def _limits(rule: Rule, *, met: bool) -> str:
    """Subject and limits of a comparison; of one that fails, the other side of each limit."""
    subject, unit = _judged(rule)
    if _is_criterion(rule):
        return f"{subject} {'met' if met else 'not met'}"
    words = list(rule.get("one_of", [rule["is"]] if "is" in rule else []))
    if words and not met:
        words = [word for word in catalogue.variable(rule["var"]).allowed if word not in words]
    told = [" or ".join(str(word).replace("_", " ") for word in words)] if words else []
    for edge in (edge for edge in EDGES if edge in rule):
        side = edge if met else OPPOSITE[edge]
        # "0 or less" of what cannot be below 0 is 0
        least = side == "up_to" and "change" not in rule and rule[edge] == reach_of(rule)[0]
        told += [("{}" if least else LIMIT_WORDS[side]).format(_limit(rule[edge], unit))]
    return f"{subject} {(' and ' if met else ' or ').join(told)}"


def _is_criterion(rule: Rule) -> bool:
    """Whether the rule asks for another criterion to be met."""
    return "score" in rule and catalogue.instrument(rule["score"]).get("combine") in YES_OR_NO


def _judged(rule: Rule) -> tuple[str, str]:
    """What a comparison judges, and its unit: a value, the value at baseline, or a change since then."""
    subject, unit = _subject(rule)
    if "at" in rule:
        return f"{subject} at baseline", unit
    if "change" not in rule:
        return subject, unit
    is_relative = rule["change"] in ("percent", "fall_percent")
    word = "fall" if rule["change"].startswith("fall") else "change"
    return f"{'relative ' if is_relative else ''}{word} in {subject} since baseline", "%" if is_relative else unit


def _subject(rule: Rule) -> tuple[str, str]:
    if "score" in rule:
        name = catalogue.instrument(rule["score"])["name"]
        groups = rule.get("groups")
        return (f"{name} ({', '.join(groups)})" if groups else name), ""
    declared = catalogue.variable(rule["var"])
    return declared.short or declared.label, declared.unit


def _limit(limit: float | str, unit: str) -> str:
    if isinstance(limit, str):
        named = {"lower": "the lower limit of normal", "upper": "the upper limit of normal"}
        return named.get(limit.rpartition("_")[2], limit.replace("_", " "))
    if limit == 1 and unit == "days":
        return "1 day"
    return f"{limit:g} {shown(unit)}".strip()


def needed_for(item: Rule) -> str:
    """What an item asks for, with its points.

    >>> needed_for({"value": "ice_naming"})
    'ICE: names three objects, 0 to 3'
    >>> needed_for({"when": {"flag": "rash"}, "counts": "New or persisting.", "points": 2})
    'New or persisting. (2 points)'
    """
    if "when" in item:
        text = item.get("counts") or needed(item["when"])
        return f"{text} ({_points(float(item['points']))})" if "points" in item else text
    if "value" in item:
        declared = catalogue.variable(item["value"])
        return f"{declared.label}, {declared.minimum:g} to {declared.maximum:g}"
    if "weighted" in item:
        weight, subject = float(item["weighted"]["weight"]), _judged(item["weighted"])[0]
        return subject if weight == 1 else f"{subject}, each point weighs {weight:g}"
    if "choices" in item:
        return ", ".join(f"{word.replace('_', ' ')} {points:g}" for word, points in item["choices"]["points"].items())
    steps = (f"{_edge(step, _unit_of(item))} → {float(step['points']):g}" for step in item["steps"])
    return f"{_stepped(item)}: {', '.join(steps)}"


def step_words(item: Rule, step: Rule) -> str:
    """What one step of an item asks for.

    >>> step_words({"improvement": {"var": "md_global_0_10"}}, {"above": 15, "points": 15})
    'improvement in % of the range: above 15'
    """
    return f"{_stepped(item)}: {_edge(step, _unit_of(item))}"


def _stepped(item: Rule) -> str:
    return "improvement in % of the range" if "improvement" in item else _judged(item["steps_of"])[0]


def _points(number: float) -> str:
    return "1 point" if number == 1 else f"{number:g} points"


def _unit_of(item: Rule) -> str:
    return "" if "improvement" in item else _judged(item["steps_of"])[1]


def _edge(step: Rule, unit: str) -> str:
    return " and ".join(LIMIT_WORDS[edge].format(_limit(step[edge], unit)) for edge in EDGES if edge in step)


def observed(row: Mapping[str, Any]) -> str:
    """One observation in words, with its reference range and another cause when recorded.

    >>> observed({"variable": "c3_g_l", "value": 0.5, "unit": "g/L", "lower": 0.9, "upper": 1.8})
    'C3 0.5 g/L (0.9–1.8)'
    """
    declared = catalogue.variable(str(row["variable"]))
    text = f"{declared.short or declared.label} {_value(row, declared.type)}"
    if pd.notna(row.get("lower")) or pd.notna(row.get("upper")):
        text += f" ({_range(row.get('lower'), row.get('upper'))})"
    cause = row.get("attributed_to")
    return f"{text}, attributed to {cause}: does not count" if pd.notna(cause) else text


def _value(row: Mapping[str, Any], kind: str) -> str:
    value = row["value"]
    if kind == "yes_no":
        return {"1": "yes", "0": "no", "1.0": "yes", "0.0": "no"}.get(str(value), str(value))
    if isinstance(value, str) and not _is_number(value):
        return value.replace("_", " ")
    sign = row.get("comparator")
    unit = catalogue.variable(str(row["variable"])).unit
    return f"{sign if pd.notna(sign) else ''}{float(value):g} {shown(unit)}".strip()


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).isdigit()


def _range(lower: Any, upper: Any) -> str:
    """A reference range, open at one end when the laboratory gives only the other."""
    if pd.isna(lower):
        return f"up to {float(upper):g}"
    return f"from {float(lower):g}" if pd.isna(upper) else f"{float(lower):g}–{float(upper):g}"


def bounds(low: float, high: float) -> str:
    """A score as it is printed: one number, or both ends.

    >>> bounds(4.0, 4.0), bounds(4.0, 20.0)
    ('4', '4–20')
    """
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"
