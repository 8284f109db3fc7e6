"""Rules and observations of a declaration in words a clinician reads."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.scores.declaration import EDGES, Rule
from casekit.units import shown

EDGE_WORDS = {"below": "below", "up_to": "up to", "from": "from", "above": "above"}
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
    return _comparison(rule)


def _comparison(rule: Rule) -> str:
    subject, unit = _subject(rule)
    if "change" in rule:
        subject = f"change of {subject} since baseline" + (" in percent" if rule["change"] == "percent" else "")
        unit = "%" if rule["change"] == "percent" else unit
    words = rule.get("one_of", [rule["is"]] if "is" in rule else [])
    parts = [" or ".join(str(word).replace("_", " ") for word in words)] if words else []
    parts += [f"{EDGE_WORDS[edge]} {_limit(rule[edge], unit)}" for edge in EDGES if edge in rule]
    return " ".join([subject, *parts])


def _subject(rule: Rule) -> tuple[str, str]:
    if "score" in rule:
        name = catalogue.instrument(rule["score"])["name"]
        groups = rule.get("groups")
        return (f"{name} ({', '.join(groups)})" if groups else name), ""
    declared = catalogue.variable(rule["var"])
    return declared.short or declared.label, declared.unit


def _limit(limit: float | str, unit: str) -> str:
    if isinstance(limit, str):
        return "the lower limit of normal" if limit.endswith("_lower") else "the upper limit of normal"
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
    if "choices" in item:
        return ", ".join(f"{word.replace('_', ' ')} {points:g}" for word, points in item["choices"]["points"].items())
    change = "improvement, % of the range," if "improvement" in item else _subject(item["steps_of"])[0]
    return f"{change} " + ", ".join(f"{_edge(step)}: {float(step['points']):g}" for step in item["steps"])


def _points(number: float) -> str:
    return "1 point" if number == 1 else f"{number:g} points"


def _edge(step: Rule) -> str:
    return " ".join(f"{EDGE_WORDS[edge]} {step[edge]:g}" for edge in EDGES if edge in step)


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
