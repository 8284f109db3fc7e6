"""Visits made up for any declaration: values on its edges, just beside them, anywhere, and missing."""

import random
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from plain_reading import EDGES, Rule, declared, reading, variables

# How much is missing, and how many findings are present, differs from visit to visit.
MISSING = (0.0, 0.05, 0.3, 0.7)
PRESENT = (0.0, 0.05, 0.5)
BESIDE = (0, 0, 1e-6, -1e-6, 0.25, -0.25, 1, -1)
SUFFIXES = ("_comparator", "_other_cause", "_change", "_baseline", "_lower", "_upper")
YES_NO = {"type": "yes_no", "minimum": 0, "maximum": 1}
COMPARATOR = {"type": "choice", "allowed": ["<", ">"]}


class Asked(dict[str, Any]):
    """A visit at which nothing was recorded, and that notes what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def get(self, name: str, _default: Any = None) -> None:
        self.names[name] = None


def columns_asked(name: str) -> dict[str, Rule]:
    """Every column a plain reading asks for, with what its values can be."""
    asked, switches = Asked(), declared(name).get("parameters", {})
    reading(name, asked, {key: True for key, entry in switches.items() if isinstance(entry["default"], bool)})
    kinds = {column: kind_of(column) for column in asked.names}
    return {column: kind for column, kind in kinds.items() if kind}


def kind_of(column: str) -> Rule | None:
    """What a value of a column can be; None for a detection limit of something that is not measured."""
    if column.endswith("_other_cause"):
        return YES_NO
    if column.endswith("_comparator"):
        owner = column.removesuffix("_comparator").removesuffix("_baseline")
        return COMPARATOR if variables().get(owner, {}).get("kind") == "measurement" else None
    owner = column
    while owner not in variables() and owner.endswith(SUFFIXES):
        owner = owner.removesuffix(next(suffix for suffix in SUFFIXES if owner.endswith(suffix)))
    kind = variables().get(owner) or score_kind(owner)
    if kind["type"] == "yes_no":
        return YES_NO
    if not column.endswith("_change"):
        return kind
    span = kind["maximum"] - kind["minimum"]
    return {"type": "number", "minimum": -span, "maximum": span}


def score_kind(name: str) -> Rule:
    low, high = declared(name).get("range", (0, 1))
    return {"kind": "score", "type": "number", "minimum": low, "maximum": high}


def edges_of(name: str, given: Rule) -> Iterator[tuple[Rule, Any]]:
    """Every subject of the declaration with what it is compared with: a number or the name of a limit."""
    entry = declared(name)
    settings = {key: entry["default"] for key, entry in entry.get("parameters", {}).items()} | dict(given)
    for part in rules_in(name):
        if "score" in part:
            yield from edges_of(part["score"], settings)
        if "steps" in part:
            asked = part.get("steps_of") or part["improvement"]
            yield from ((asked, step[word]) for step in part["steps"] for word in EDGES if word in step)
        elif {"var", "score"} & set(part):
            yield from ((part, settings.get(part[word], part[word])) for word in EDGES if word in part)


def rules_in(name: str) -> Iterator[Rule]:
    """Every table within the items and the gate of an instrument."""
    entry = declared(name)
    return parts_of([entry["items"], entry.get("gate", {})])


def other_settings(name: str) -> dict[str, Any]:
    """Another value for each parameter that a rule of the instrument names."""
    named = {word for part in rules_in(name) for word in part.values() if isinstance(word, str)}
    switches = {key: entry for key, entry in declared(name).get("parameters", {}).items() if key in named}
    return {
        key: next((word for word in entry.get("allowed", []) if word != entry["default"]), entry["default"] + 1)
        for key, entry in switches.items()
    }


def parts_of(part: Any) -> Iterator[Rule]:
    """Every table within a part of a declaration."""
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from parts_of(inner)


def made_visits(name: str, rows: int, settings: Rule | None = None) -> pd.DataFrame:
    """Visits of an instrument, the same ones every time."""
    chance = random.Random(name)
    columns, edges = columns_asked(name), list(edges_of(name, settings or {}))
    visits = [one_visit(columns, edges, chance) for _ in range(rows)]
    return pd.DataFrame(
        {
            column: pd.Series([visit[column] for visit in visits], dtype="str" if "allowed" in kind else "float64")
            for column, kind in columns.items()
        }
    )


def one_visit(columns: Mapping[str, Rule], edges: list[tuple[Rule, Any]], chance: random.Random) -> dict[str, Any]:
    missing, present = chance.choice(MISSING), chance.choice(PRESENT)
    visit = {
        column: None if chance.random() < rarity(column, kind, missing) else drawn(kind, present, chance)
        for column, kind in columns.items()
    }
    for rule, edge in edges:
        if chance.random() < (0.2 if "score" in rule else 0.5):
            column, at = target(rule, edge, visit)
            value = None if at is None else round(at + chance.choice(BESIDE), 6)
            if value is not None and column in columns and can_be(columns[column], value):
                visit[column] = float(value)
    return visit


def rarity(column: str, kind: Rule, missing: float) -> float:
    """How often a column is empty: totals, stated changes, detection limits and other causes are rare."""
    rare = kind.get("kind") == "score" or column.endswith(("_change", "_comparator", "_other_cause"))
    return 0.75 if rare else missing


def drawn(kind: Rule, present: float, chance: random.Random) -> Any:
    """Any value a column can have."""
    if "allowed" in kind:
        return chance.choice(kind["allowed"])
    if kind["type"] == "yes_no":
        return float(chance.random() < present)
    low, high = kind["minimum"], min(kind["maximum"], 150)
    return (
        float(chance.randint(int(low), int(high))) if kind["type"] == "integer" else round(chance.uniform(low, high), 2)
    )


def target(rule: Rule, edge: Any, visit: Mapping[str, Any]) -> tuple[str, float | None]:
    """The column a rule looks at and the value that puts it exactly on the edge; None when that cannot be said."""
    name = rule.get("score") or rule["var"]
    before, change = visit.get(f"{name}_baseline"), rule.get("change", "")
    if isinstance(edge, str):
        return (f"{name}_baseline", visit.get(f"{edge}_baseline")) if "at" in rule else (name, visit.get(edge))
    if "better" in rule:
        span = visit.get(rule["range"]) if isinstance(rule["range"], str) else rule["range"]
        rise = None if span is None else span * edge / 100 * (1 if rule["better"] == "higher" else -1)
    elif change:
        size = edge if "percent" not in change else None if before is None else before * edge / 100
        rise = size if size is None or not change.startswith("fall") else -size
    else:
        return name, edge
    return name, None if before is None or rise is None else before + rise


def can_be(kind: Rule, value: float) -> bool:
    whole = kind["type"] == "number" or value % 1 == 0
    return "allowed" not in kind and whole and bool(kind["minimum"] <= value <= kind["maximum"])
