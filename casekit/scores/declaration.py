"""An instrument as read from its file: checked against the closed vocabulary, ready to be compiled.

Never computes a score; answers which items an instrument has and which columns they need.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from casekit import catalogue
from casekit.errors import DefinitionError

EDGES = {"below": "<", "up_to": "≤", "from": "≥", "above": ">"}
COMBINE = ("sum", "worst", "all", "any", "mean", "logistic")
YES_OR_NO = ("all", "any")
LOGIC = ("all", "any", "none", "first_known")
SUBJECTS = ("flag", "var", "score")
MODIFIERS = {"if_parameter", "if_measured", "groups", "without_groups", "change", "is", "one_of", *EDGES}
CHANGES = ("difference", "percent")
ITEM_RULES = ("when", "value", "choices", "steps", "weighted")
ITEM_WORDS = {"id", "label", "group", "points", "counts", "does_not_count", "note", "raised", "improvement", "steps_of"}

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
    bands: tuple[Rule, ...] = ()
    verdict: Rule | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    window: Mapping[str, Any] = field(default_factory=dict)

    def without(self, groups: Mapping[str, Any]) -> "Instrument":
        """The same instrument, restricted to (`groups`) or without (`without_groups`) some groups of items."""
        kept, left_out = groups.get("groups"), groups.get("without_groups", ())
        chosen = [item for item in self.items if item.get("group") not in left_out]
        chosen = [item for item in chosen if kept is None or item.get("group") in kept]
        return Instrument(**{**vars(self), "items": tuple(chosen)})

    @property
    def is_yes_or_no(self) -> bool:
        """Whether the result is a verdict on conditions rather than a number."""
        return self.combine in YES_OR_NO

    def label_of(self, value: float) -> str:
        """The name of the band `value` falls into; empty when the instrument has no bands."""
        return next((band["label"] for band in self.bands if in_band(band, value)), "")


def in_band(band: Rule, value: float) -> bool:
    """Whether `value` meets the one edge of a band or step."""
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
        for key in ("attribution", "at_least", "intercept", "gate", "verdict", "labels", "window")
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
    for word in logic:
        for part in rule[word]:
            yield from _rule_problems(part)


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
            found |= _columns_of_rule(rule, with_baseline="improvement" in item)
    for rule in elementary(instrument.gate) if instrument.gate else ():
        found |= _columns_of_rule(rule, with_baseline=False)
    return found


def _columns_of_rule(rule: Rule, *, with_baseline: bool) -> dict[str, str]:
    name = rule.get("flag") or rule.get("var") or rule["score"]
    found = columns_of(read(name)) if "score" in rule else {}
    found = {**found, name: name}
    if with_baseline or "change" in rule:
        found[f"{name}_change"] = name
        found |= {f"{column}_baseline": variable for column, variable in list(found.items())}
    limits = [rule[word] for word in (*EDGES, "range") if isinstance(rule.get(word), str)]
    return found | {limit: limit.removesuffix("_lower").removesuffix("_upper") for limit in limits}
