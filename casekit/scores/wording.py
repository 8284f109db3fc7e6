"""Rules and observations of a declaration in words a clinician reads."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.scores.declaration import EDGES, YES_OR_NO, Rule, reach_of
from casekit.units import shown

OPPOSITE = {"below": "from", "up_to": "above", "from": "below", "above": "up_to"}
OF_A_NUMBER = {"below": "below {}", "up_to": "{} or less", "from": "{} or more", "above": "above {}"}
OF_NORMAL = {"below": "below {}", "up_to": "at or below {}", "from": "at or above {}", "above": "above {}"}
BETWEEN = {
    ("from", "below"): "{} to below {}", ("from", "up_to"): "{} to {}", ("above", "below"): "above {} to below {}",
    ("above", "up_to"): "above {} to {}",
}  # fmt: skip
BY = {"from": "by {} or more", "above": "by more than {}"}
JOINTS = {"all": " and ", "any": " or ", "first_known": ", or where not recorded: "}
SPELLED = {"cns": "CNS", "cpap": "CPAP", "bipap": "BiPAP", "5min": "5 min"}


def needed(rule: Rule) -> str:
    """A condition in words.

    >>> needed({"var": "platelets_10e9_l", "below": 100})
    'Platelets below 100 × 10⁹/L'
    >>> needed({"none": [{"flag": "gi_activity"}]})
    'no gastrointestinal lupus activity'
    """
    if "none" in rule:
        return " and ".join(f"no {within_a_sentence(needed(part))}" for part in rule["none"])
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


def within_a_sentence(text: str) -> str:
    """The text with a small first letter, unless its first word is an abbreviation.

    >>> within_a_sentence("Increased DNA binding"), within_a_sentence("ICE score 6"), within_a_sentence("B cells")
    ('increased DNA binding', 'ICE score 6', 'B cells')
    """
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


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
    subject, unit = _subject(rule)
    if _is_criterion(rule):
        return f"{subject} {'met' if met else 'not met'}"
    if "is" in rule or "one_of" in rule:
        words = rule.get("one_of", [rule.get("is")])
        told = words if met else [word for word in catalogue.variable(rule["var"]).allowed if word not in words]
        return f"{subject}: {' or '.join(map(_word, told))}"
    edges = {(edge if met else OPPOSITE[edge]): rule[edge] for edge in EDGES if edge in rule}
    if "change" in rule:
        return f"{subject} {_changed(rule, edges, unit, together=met)}"
    if edges == {"up_to": reach_of(rule)[0]}:  # "0 or less" of what cannot be below 0 is 0
        return f"{subject} {_limit(edges['up_to'], unit)}"
    return f"{subject}{' at baseline' if 'at' in rule else ''} {sides(edges, unit, together=met)}"


def sides(edges: Rule, unit: str, *, together: bool) -> str:
    """Both limits as one range where they hold together, else one or the other.

    >>> sides({"from": 5, "below": 10}, "%", together=True)
    '5 % to below 10 %'
    """
    pair = next((pair for pair in BETWEEN if together and set(pair) == set(edges)), None)
    if pair:
        low, high = (edges[edge] for edge in pair)
        least = _limit(low, unit) if unit == "%" or isinstance(low, str) else figure(low)
        return BETWEEN[pair].format(least, _limit(high, unit))
    return " or ".join(_side(edge, limit, unit) for edge, limit in edges.items())


def _side(edge: str, limit: float | str, unit: str) -> str:
    words = OF_NORMAL if isinstance(limit, str) else OF_A_NUMBER
    return words[edge].format(_limit(limit, unit))


def _changed(rule: Rule, edges: Rule, unit: str, *, together: bool) -> str:
    """How far a value lies from the one at baseline: lower or higher, by how much."""
    way, other = ("lower", "higher") if rule["change"].startswith("fall") else ("higher", "lower")
    is_relative = rule["change"] in ("percent", "fall_percent")
    unit, baseline = ("% of baseline", "") if is_relative else (unit, " than at baseline")
    if together and set(edges) == {"from", "below"}:
        low, high = (_limit(edges[edge], unit) for edge in ("from", "below"))
        return f"{way}{baseline} by {low.removesuffix(' of baseline')} to below {high}"
    told = []
    for edge, limit in reversed(list(edges.items())):  # an upper edge stands before a lower one
        if limit == 0:
            against = {"above": way, "from": f"not {other}", "below": other, "up_to": f"not {way}"}
            told.append(f"{against[edge]} than at baseline")
            continue
        is_so = edge in BY
        amount = BY[edge if is_so else OPPOSITE[edge]].format(_limit(limit, unit))
        told.append(f"{'' if is_so else 'not '}{way}{baseline} {amount}")
    return " or ".join(told)


def _is_criterion(rule: Rule) -> bool:
    """Whether the rule asks for another criterion to be met."""
    return "score" in rule and catalogue.instrument(rule["score"]).get("combine") in YES_OR_NO


def _subject(rule: Rule) -> tuple[str, str]:
    """What a comparison judges, and its unit."""
    if "score" in rule:
        declared = catalogue.instrument(rule["score"])
        name, groups = declared.get("short", declared["name"]), [_word(group) for group in rule.get("groups", [])]
        return (f"{name}, items of {', '.join(groups[:-1])} and {groups[-1]}:" if groups else name), ""
    variable = catalogue.variable(rule["var"])
    return variable.short or variable.label, variable.unit


def _word(word: object) -> str:
    """A word of a declaration as it is written: no underscores, abbreviations in capitals."""
    return " ".join(SPELLED.get(part, part) for part in str(word).split("_"))


def _limit(limit: float | str, unit: str) -> str:
    if isinstance(limit, str):
        named = {"lower": "the lower limit of normal", "upper": "the upper limit of normal"}
        return named.get(limit.rpartition("_")[2], limit.replace("_", " "))
    if limit == 1 and unit == "days":
        return "1 day"
    return f"{figure(limit)} {_unit(unit)}".strip()


def _unit(unit: str) -> str:
    """The unit as it stands after a number: 100 × 10⁹/L."""
    printed = shown(unit)
    return f"× {printed}" if printed.startswith("10") else printed


def figure(number: float) -> str:
    """A number as it is printed, with a minus sign instead of a hyphen.

    >>> figure(-5.3)
    '−5.3'
    """
    return f"{number:g}".replace("-", "−")


def needed_for(item: Rule, *, graded: bool = False) -> str:
    """What an item asks for, with its points or, where the result is a grade, its grade.

    >>> needed_for({"value": "ice_naming"})
    'ICE: names three objects, 0 to 3'
    >>> needed_for({"when": {"flag": "rash"}, "counts": "New or persisting.", "points": 2})
    'New or persisting (2 points)'
    """
    text = what_counts(item, graded=graded)
    return f"{text} ({worth(item['points'], graded=graded)})" if "points" in item else text


def what_counts(item: Rule, *, graded: bool = False) -> str:
    """What an item asks for; of steps and choices, the points of each.

    >>> what_counts({"steps_of": {"var": "ferritin_ug_l"},
    ...              "steps": [{"above": 2000, "points": 2}, {"from": 650, "points": 1}]})
    'Ferritin: above 2000 µg/L (2 points), 650 to 2000 µg/L (1 point)'
    """
    if "when" in item:
        return str(item.get("counts") or needed(item["when"])).removesuffix(".")
    if "value" in item:
        declared = catalogue.variable(item["value"])
        span = f"{figure(declared.minimum or 0)} to {figure(declared.maximum or 0)}"
        return declared.label if span in declared.label else f"{declared.label}, {span}"
    if "weighted" in item:
        weight, subject = float(item["weighted"]["weight"]), _subject(item["weighted"])[0]
        return f"{subject} now minus at baseline" + ("" if weight == 1 else f", times {figure(weight)}")
    if "choices" in item:
        points = item["choices"]["points"]
        same = {number: [_word(word) for word in points if points[word] == number] for number in points.values()}
        return "; ".join(f"{_either(words)} ({worth(number, graded=graded)})" for number, words in same.items())
    subject, unit = ("improvement in % of the range", "") if "improvement" in item else _subject(item["steps_of"])
    ranges = (sides(edges, unit, together=True) for edges in step_ranges(item["steps"], whole=_is_whole(item)))
    points = (worth(step["points"], graded=graded) for step in item["steps"])
    return f"{subject}: " + ", ".join(f"{words} ({text})" for words, text in zip(ranges, points, strict=True))


def _either(words: list[str]) -> str:
    """One of some words: a, b or c."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if words[:-1] else words)


def step_ranges(steps: Iterable[Rule], *, whole: bool) -> list[dict[str, float]]:
    """The values that each step takes: its own edge, and the one left over by the step before.

    >>> step_ranges([{"from": 7}, {"from": 1}], whole=True)
    [{'from': 7}, {'from': 1, 'up_to': 6}]
    """
    found: list[dict[str, float]] = []
    before: dict[str, float] = {}
    for step in steps:
        own = {edge: step[edge] for edge in EDGES if edge in step}
        edges = {**own, **{OPPOSITE[edge]: limit for edge, limit in before.items()}}
        found.append(dict(map(_in_whole_numbers, edges.items())) if whole else edges)
        before = own
    return found


def _in_whole_numbers(edge: tuple[str, float]) -> tuple[str, float]:
    """The same limit with the number itself included: above 2 is from 3 on."""
    word, limit = edge
    return {"above": ("from", limit + 1), "below": ("up_to", limit - 1)}.get(word, (word, limit))


def _is_whole(item: Rule) -> bool:
    """Whether the steps of an item are read on whole numbers."""
    rule = item.get("steps_of", {})
    if "score" in rule:
        declared = catalogue.instrument(rule["score"])
        return has_whole_points(declared, declared.get("items", ()))
    return "var" in rule and catalogue.variable(rule["var"]).type == "integer"


def has_whole_points(declared: Rule, items: Iterable[Rule]) -> bool:
    """Whether the total of an instrument with these items is a whole number of points."""
    items = list(items)
    points = [step["points"] for item in items for step in (item, *item.get("steps", ())) if "points" in step]
    points += [number for item in items for number in item.get("choices", {}).get("points", {}).values()]
    values = [catalogue.variable(item["value"]).type for item in items if "value" in item]
    adds = declared.get("combine") in ("sum", "worst") and not any("weighted" in item for item in items)
    return adds and all(number % 1 == 0 for number in points) and set(values) <= {"integer"}


def worth(points: float, *, graded: bool = False) -> str:
    """Points, or a grade, in words.

    >>> worth(1), worth(2.5), worth(3, graded=True)
    ('1 point', '2.5 points', 'grade 3')
    """
    if graded:
        return f"grade {points:g}"
    return "1 point" if points == 1 else f"{figure(points)} points"


def step_words(item: Rule, step: Rule) -> str:
    """What one step of an item asks for.

    >>> step_words({"improvement": {"var": "md_global_0_10"}}, {"above": 15, "points": 15})
    'improvement above 15 % of the range'
    """
    subject, unit = ("improvement", "% of the range") if "improvement" in item else _subject(item["steps_of"])
    return f"{subject} {sides({edge: step[edge] for edge in EDGES if edge in step}, unit, together=True)}"


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
    return f"{sign if pd.notna(sign) else ''}{figure(float(value))} {_unit(unit)}".strip()


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
