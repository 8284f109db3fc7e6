"""An instrument as read from its file: checked against the closed vocabulary, ready to be compiled.

Never computes a score; answers which items an instrument has and which columns they need. The vocabulary of a rule:

- subject: `flag` (yes or no), `var` (a variable) or `score` (another instrument, restricted by `groups` or
  `without_groups`);
- edge: `below`, `up_to`, `from`, `above` a number, a column beside the value ("c3_g_l_lower") or a parameter of the
  instrument ("threshold_pct"); or `is`, `one_of` for words;
- `change`: judged is not the value but its change since baseline: `difference`, `percent` of the baseline value, or the
  same turned round, so that a fall is positive: `fall`, `fall_percent`. A baseline of 0 has no percent: no change;
- `at = "baseline"`: judged is the value at the baseline visit, against the limit of that visit;
- `if_measured`: not known counts as no; `if_parameter`: the rule, or the whole item, is in force while that parameter
  is true;
- logic: `all`, `any`, `none`, `first_known` of rules.

Baseline is the last visit on or before day 0.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from casekit import catalogue
from casekit.errors import DefinitionError

EDGES = {"below": "<", "up_to": "≤", "from": "≥", "above": ">"}
COMBINE = ("sum", "worst", "all", "any", "mean", "logistic")
YES_OR_NO = ("all", "any")
LOGIC = ("all", "any", "none", "first_known")
SUBJECTS = ("flag", "var", "score")
MODIFIERS = {"if_parameter", "if_measured", "groups", "without_groups", "change", "at", "is", "one_of", *EDGES}
CHANGES = ("difference", "percent", "fall", "fall_percent")
ITEM_RULES = ("when", "value", "choices", "steps", "weighted")
ITEM_WORDS = {
    "id", "label", "group", "points", "counts", "does_not_count", "note", "raised", "improvement", "steps_of",
    "if_parameter",
}  # fmt: skip

Rule = Mapping[str, Any]


@dataclass(frozen=True)
class Instrument:
    """One instrument: its items, how they combine, and what surrounds the number."""

    id: str
    name: str
    items: tuple[Rule, ...]
    combine: str
    range: tuple[float, float]
    parameters: Mapping[str, Any]
    attribution: bool = False
    at_least: int = 0
    intercept: float = 0.0
    gate: Rule | None = None
    gate_label: str = ""
    bands: tuple[Rule, ...] = ()
    verdict: Rule | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    window: Mapping[str, Any] = field(default_factory=dict)

    def without(self, groups: Mapping[str, Any]) -> "Instrument":
        """The same instrument, restricted to (`groups`) or without (`without_groups`) some groups of items."""
        kept, left_out = groups.get("groups"), groups.get("without_groups", ())
        chosen = [item for item in self.items if item.get("group") not in left_out]
        chosen = [item for item in chosen if kept is None or item.get("group") in kept]
        return replace(self, items=tuple(chosen))

    def settled(self, given: Mapping[str, Any]) -> "Instrument":
        """The same instrument with its parameters put in: limits are numbers, what is not in force is gone."""
        values = {**self.parameters, **{name: value for name, value in given.items() if name in self.parameters}}
        parts = {name: _settled(getattr(self, name), values) for name in ("gate", "verdict")}
        return replace(self, items=tuple(_settled(self.items, values)), parameters=values, **parts)

    @property
    def is_yes_or_no(self) -> bool:
        """Whether the result is a verdict on conditions rather than a number."""
        return self.combine in YES_OR_NO

    @property
    def is_graded(self) -> bool:
        """Whether the result is a grade and not a sum of points."""
        return any(str(band["label"]).startswith("grade ") for band in self.bands)

    def label_of(self, value: float) -> str:
        """The name of the band `value` falls into; empty when the instrument has no bands."""
        return next((band["label"] for band in self.bands if in_band(band, value)), "")


def _settled(part: Any, values: Mapping[str, Any]) -> Any:
    """A rule, or a list of rules, with the values of the parameters in place of their names."""
    if isinstance(part, list | tuple):
        return [_settled(one, values) for one in part if _in_force(one, values)]
    if not isinstance(part, Mapping):
        return part
    named = {word: values[part[word]] for word in EDGES if isinstance(part.get(word), str) and part[word] in values}
    return {word: _settled(value, values) for word, value in {**part, **named}.items()}


def _in_force(part: Any, values: Mapping[str, Any]) -> bool:
    return bool(values[part["if_parameter"]]) if isinstance(part, Mapping) and "if_parameter" in part else True


def in_band(band: Rule, value: float) -> bool:
    """Whether `value` meets the edge of a band or step; the last band has none and takes the rest."""
    rounded = round(value, 6)
    tests = {"below": rounded.__lt__, "up_to": rounded.__le__, "from": rounded.__ge__, "above": rounded.__gt__}
    return all(bool(tests[word](float(band[word]))) for word in EDGES if word in band)


@cache
def read(name: str) -> Instrument:
    """The instrument of that id, checked.

    Raises
    ------
    UnknownName
        When no file of that name stands in `definitions/instruments`.
    DefinitionError
        When the file uses a word outside the closed vocabulary, or is not scored from items.

    Examples
    --------
    >>> len(read("sledai_2k").items), len(read("clinical_sledai").items)
    (24, 22)
    """
    entry = catalogue.instrument(name)
    items, source = entry.get("items", []), entry
    if "based_on" in entry:
        based = read(entry["based_on"]["instrument"])
        items, source = list(based.without(entry["based_on"]).items), {**vars(based), **entry}
    if not items:
        raise DefinitionError(
            f"{name} has no items: it is computed from a time course. Use casekit.score or casekit.calculate."
        )
    problems = [problem for item in items for problem in _item_problems(item)]
    problems += _parameter_problems([*items, source.get("gate") or {}], set(source.get("parameters", {})))
    if source.get("combine") not in COMBINE:
        problems.append(f"combine is {source.get('combine')!r}; one of {', '.join(COMBINE)} is expected")
    if problems:
        raise DefinitionError(f"instruments/{name}.toml: " + "; ".join(problems) + ". Correct the file.")
    return _instrument(name, items, source)


def _instrument(name: str, items: list[Rule], source: Mapping[str, Any]) -> Instrument:
    parameters = source.get("parameters", {})
    defaults = {key: entry["default"] if isinstance(entry, dict) else entry for key, entry in parameters.items()}
    low, high = source.get("range") or (0, 1)
    plain = {
        key: source[key]
        for key in ("attribution", "at_least", "intercept", "gate", "gate_label", "verdict", "labels", "window")
        if source.get(key)
    }
    bands = tuple(source.get("bands", ()))
    return Instrument(
        name, source["name"], tuple(items), source["combine"], (low, high), defaults, bands=bands, **plain
    )


def _item_problems(item: Rule) -> Iterator[str]:
    rules = [word for word in ITEM_RULES if word in item]
    if len(rules) != 1:
        yield f"item {item.get('id')}: found {rules or 'no rule'}; exactly one of {', '.join(ITEM_RULES)} is expected"
    for word in set(item) - ITEM_WORDS - set(ITEM_RULES):
        yield f"item {item.get('id')}: unknown word {word!r}"
    if "when" in item:
        yield from (f"item {item.get('id')}: {problem}" for problem in _rule_problems(item["when"]))


def _rule_problems(rule: Rule) -> Iterator[str]:
    logic = [word for word in LOGIC if word in rule]
    subjects = [word for word in SUBJECTS if word in rule]
    if len(logic) + len(subjects) != 1:
        yield f"found the words {', '.join(rule)}; one of {', '.join((*LOGIC, *SUBJECTS))} is expected"
    for word in set(rule) - set(LOGIC) - set(SUBJECTS) - MODIFIERS:
        yield f"unknown word {word!r}"
    if rule.get("change", CHANGES[0]) not in CHANGES:
        yield f"change is {rule['change']!r}; one of {', '.join(CHANGES)} is expected"
    if rule.get("at", "baseline") != "baseline":
        yield f"at is {rule['at']!r}; baseline is expected"
    for word in logic:
        for part in rule[word]:
            yield from _rule_problems(part)


def _parameter_problems(part: Any, known: set[str]) -> list[str]:
    """Parameters that a rule names and the instrument does not declare."""
    if isinstance(part, list | tuple):
        return [problem for one in part for problem in _parameter_problems(one, known)]
    if not isinstance(part, Mapping):
        return []
    limits = [part[word] for word in EDGES if isinstance(part.get(word), str)]
    named = [limit for limit in limits if not limit.endswith(("_lower", "_upper"))]
    named += [part["if_parameter"]] if "if_parameter" in part else []
    found = [f"{name!r} is named; a parameter of that name is expected" for name in named if name not in known]
    return found + _parameter_problems(list(part.values()), known)


def rules_of(item: Rule) -> Iterator[Rule]:
    """Every elementary rule an item rests on: each names one flag, variable or score."""
    if "when" in item:
        yield from elementary(item["when"])
    if "value" in item:
        yield {"var": item["value"]}
    if "choices" in item:
        yield {"var": item["choices"]["var"]}
    for word in ("steps_of", "improvement", "weighted"):
        if word in item:
            yield item[word]
    if "raised" in item:
        yield from elementary(item["raised"]["when"])


def elementary(rule: Rule) -> Iterator[Rule]:
    """The rule itself, or those it is composed of."""
    words = [word for word in LOGIC if word in rule]
    if not words:
        yield rule
    for word in words:
        for part in rule[word]:
            yield from elementary(part)


def reach_of(rule: Rule) -> tuple[float, float]:
    """The least and the most the subject of a rule can be, as declared; infinite where nothing is declared.

    >>> reach_of({"score": "mrss"}), reach_of({"var": "pga_0_3"})
    ((0.0, 51.0), (0.0, 3.0))
    """
    if "score" in rule:
        low, high = read(rule["score"]).range
        return float(low), float(high)
    declared = catalogue.variable(rule["var"])
    least, most = declared.minimum, declared.maximum
    return -math.inf if least is None else float(least), math.inf if most is None else float(most)


def columns_of(instrument: Instrument) -> dict[str, str]:
    """Every column the instrument reads, with the id of the variable or instrument it belongs to.

    Nested instruments are followed; `_lower`, `_upper`, `_baseline` and `_other_cause` columns are listed too.

    >>> columns_of(read("mrss"))["mrss_face"]
    'mrss_face'
    """
    found: dict[str, str] = {}
    for item in instrument.items:
        if instrument.attribution:
            found[f"{item['id']}_other_cause"] = item["id"]
        for rule in rules_of(item):
            found |= _columns_of_rule(rule, instrument, with_baseline="improvement" in item)
    for rule in elementary(instrument.gate) if instrument.gate else ():
        found |= _columns_of_rule(rule, instrument, with_baseline=False)
    return found


def _columns_of_rule(rule: Rule, instrument: Instrument, *, with_baseline: bool) -> dict[str, str]:
    name = rule.get("flag") or rule.get("var") or rule["score"]
    found = columns_of(read(name)) if "score" in rule else {}
    found = {**found, name: name}
    limits = [rule[word] for word in (*EDGES, "range") if isinstance(rule.get(word), str)]
    limits = [limit for limit in limits if limit not in instrument.parameters]
    beside = {limit: limit.removesuffix("_lower").removesuffix("_upper") for limit in limits}
    if "at" in rule:
        return {f"{column}_baseline": variable for column, variable in {**found, **beside}.items()}
    if with_baseline or "change" in rule:
        found |= {f"{column}_baseline": variable for column, variable in list(found.items())}
        found[f"{name}_change"] = name
    return found | beside


def input_names(chosen: Instrument) -> dict[str, tuple[str, str]]:
    """Every name under which a value may be typed in: name to (column, unit; empty for the declared unit).

    >>> input_names(read("eustar_2017"))["crp"]
    ('crp_mg_l', 'mg/L')
    """
    names: dict[str, tuple[str, str]] = {}
    based_on = catalogue.instrument(chosen.id).get("based_on")
    if based_on:  # a finding of the full instrument may be typed in; it does not count here
        names |= input_names(read(based_on["instrument"]))
    for column, owner in columns_of(chosen).items():
        names[column] = (column, "")
        if owner == column and catalogue.is_variable(column):
            names |= {alias: (column, unit) for alias, unit in catalogue.variable(column).inputs.items()}
    for alias, target in catalogue.instrument(chosen.id).get("inputs", {}).items():
        names[alias] = (target["column"], target["unit"])
    for item in chosen.items:
        if "value" in item:
            names[item["id"]] = (item["value"], "")
        elif "improvement" in item:
            names[item["id"]] = (item["improvement"].get("var") or item["improvement"]["score"], "")
    return names
