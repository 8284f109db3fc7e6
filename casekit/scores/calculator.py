"""One case typed in: any instrument, from its declaration."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.errors import CaseKitError, DataError, Problem, UnknownName
from casekit.scores import derive
from casekit.scores.case_forms import spelled_out
from casekit.scores.conversions import factors_of, restated_inputs
from casekit.scores.declaration import Instrument, input_names, read
from casekit.scores.details import details_of
from casekit.scores.evaluation import Scored, evaluated
from casekit.scores.per_patient import bounded
from casekit.scores.typed_courses import typed_aplasia, typed_course, typed_expansion
from casekit.scores.validity import as_change, checked_parameters, parameters_of, problem_of
from casekit.units import factor

PAIR = 2
YES_OR_NO = {"yes": True, "no": False}
# Words that hospitals write for the disease itself, or for nothing known.
NO_CAUSE = {"sle", "lupus", "active sle", "iim", "ssc", "disease", "unknown", "none", "no", "-", "?", "n/a"}


@dataclass(frozen=True)
class Calculation:
    """The result of one case: an interval, its label, the points of each item and what is missing.

    `value` is None when `low` and `high` differ. `points` maps item to points, None where the item is open.
    `details` holds what a time course or conversion returns beyond the number.
    """

    instrument: str
    low: float | None
    high: float | None
    value: float | None
    label: str = ""
    verdict: str = ""
    points: Mapping[str, float | None] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


def calculate(instrument: str, inputs: Mapping[str, Any], **parameters: Any) -> Calculation:
    """The result of one case typed in; what is not given, or None, was not assessed.

    Parameters
    ----------
    instrument : str
    inputs : mapping
        Variable or item to value. Yes and no as True and False or in these words; a quantity in another unit as
        ``{"value": 1.2, "unit": "mg/dL"}``; a measure whose change counts as ``[baseline, follow-up]``; another cause
        than the disease as ``{"attribution": {"fever": "CRS"}}``.
    **parameters
        Parameters of the instrument.

    Returns
    -------
    Calculation

    Raises
    ------
    DataError
        When a value cannot be, such as a 4 on an item from 0 to 3; every such value is named.
    UnknownName
        When an input is not one of the instrument's.

    Examples
    --------
    >>> calculate("mrss", {"face": 1, "chest": 2}).low, calculate("sledai_2k", {"arthritis": True}).high
    (3.0, 105.0)
    """
    declared = catalogue.instrument(instrument)
    settings = parameters_of(declared)
    if "time_course" not in declared:  # a sheet lists its settings beside the values
        parameters = {
            **{name: value for name, value in inputs.items() if name in settings and value is not None},
            **parameters,
        }
        inputs = {name: value for name, value in inputs.items() if name not in settings}
    checked_parameters(declared, parameters)
    if declared.get("time_course") == "car_t_kinetics":
        return _expansion(instrument, inputs, parameters)
    if "time_course" in declared:
        return _aplasia(instrument, inputs, parameters)
    if "conversion" in declared:
        return _prednisone(instrument, inputs, checked_parameters(declared, parameters))
    chosen = read(instrument)
    if {"value", "unit"} == set(inputs) and len(chosen.items) == 1:  # the one value, in its unit
        inputs = {chosen.items[0]["id"]: inputs}
    names = input_names(chosen)
    inputs = restated_inputs(spelled_out(chosen, names, inputs, parameters), names, factors_of(instrument, parameters))
    scored, steps = _evaluated(chosen, inputs, parameters)
    low, high = float(scored.low[0]), float(scored.high[0])
    points = {name: least if least == most else None for name, (least, most) in scored.items(0).items()}
    missing = tuple(name for name, value in points.items() if value is None)
    has_verdict = chosen.is_yes_or_no or chosen.verdict
    verdict = str(scored.verdict[0]) if has_verdict else ""
    label = chosen.labels.get(verdict, "") if chosen.is_yes_or_no else _band(chosen, low, high)
    value = low if low == high else None
    return Calculation(instrument, low, high, value, label, verdict, points, missing, {**details_of(scored), **steps})


def _evaluated(
    chosen: Instrument, inputs: Mapping[str, Any], parameters: Mapping[str, Any]
) -> tuple[Scored, Mapping[str, Any]]:
    """The one case scored, and the numbers on the way when a time course was typed in."""
    typed = typed_course(chosen, inputs, parameters)
    if typed is None:
        return evaluated(chosen, pd.DataFrame([_row(chosen, inputs)], index=[0]), parameters), {}
    course, rest = typed
    least, most = (
        pd.DataFrame([{**_row(chosen, {**rest, **side}), **side}], index=[0]) for side in (course.least, course.most)
    )
    return bounded(chosen, least, most, parameters), course.details


def _band(chosen: Instrument, low: float, high: float) -> str:
    """The band of the value; both bands when they differ."""
    least, most = chosen.label_of(low), chosen.label_of(high)
    return least if least == most else f"{least} to {most}"


def _row(chosen: Instrument, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The one row of the wide frame; every wrong value is reported at once."""
    names, problems = input_names(chosen), []
    row: dict[str, Any] = {}
    for item, cause in inputs.get("attribution", {}).items():
        if f"{item}_other_cause" not in names:
            raise UnknownName(f"item of {chosen.id}", item, [entry["id"] for entry in chosen.items])
        row[f"{item}_other_cause"] = float(_is_other_cause(item, cause))
    for name, given in ((name, _plain(given)) for name, given in inputs.items()):
        if name == "attribution" or given is None:
            continue
        if name not in names:
            raise UnknownName(f"input of {chosen.id}", name, names)
        column, unit = names[name]
        for target, value in _pair(column, given, unit, names):
            problem = _problem(column, value, chosen.id, _stated_range(chosen, column, inputs))
            problems += [problem] if problem else []
            if value is not None and not problem:
                row[target] = float(value) if isinstance(value, bool | int | float) else str(value)
    if problems:
        raise DataError(problems)
    return row


def _plain(given: Any) -> Any:
    """A value of numpy or pandas as the plain one it stands for; a missing one as None."""
    if isinstance(given, Mapping | Sequence):
        return given
    if hasattr(given, "item"):
        given = given.item()
    return None if pd.isna(given) else given


def _is_other_cause(item: str, cause: Any) -> bool:
    """Whether a cause other than the disease is named; a word that names none is refused, it would take points away."""
    if cause is None or cause is False or cause == "":
        return False
    if not isinstance(cause, str) or cause.strip().casefold() in NO_CAUSE:
        raise CaseKitError(
            f"attribution of {item}: found {cause!r}; a cause other than the disease is expected, such as CRS or "
            "infection. Leave it out when the finding is due to the disease."
        )
    return True


def _pair(column: str, given: Any, unit: str, names: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Column and value; for `[baseline, follow-up]` both of them."""
    if isinstance(given, Mapping) and {"value", "unit"} <= set(given):
        given, unit = given["value"], str(given["unit"])
    if isinstance(given, Sequence) and not isinstance(given, str):
        if len(given) != PAIR or f"{column}_baseline" not in names:
            raise CaseKitError(
                f"{column}: found {list(given)!r}; one value is expected, or [baseline, follow-up] "
                "where a change counts. Type one value."
            )
        return [
            (f"{column}_baseline", _converted(given[0], unit, column)),
            (column, _converted(given[1], unit, column)),
        ]
    return [(column, _converted(given, unit, column))]


def _converted(value: Any, unit: str, column: str) -> Any:
    if isinstance(value, str) and catalogue.is_variable(column) and catalogue.variable(column).type == "yes_no":
        return YES_OR_NO.get(value, value)
    if not unit or isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return value * factor(unit, column.removesuffix("_lower").removesuffix("_upper").removesuffix("_baseline"))


def _stated_range(chosen: Instrument, column: str, inputs: Mapping[str, Any]) -> Any:
    """The highest possible score when the case states it, as `mmt_max` does for the muscle test used."""
    spans = (item["improvement"] for item in chosen.items if "improvement" in item)
    names = (span["range"] for span in spans if span.get("score") == column and isinstance(span["range"], str))
    stated = next((inputs.get(name) for name in names), None)
    return stated if isinstance(stated, int | float) else None


def _problem(column: str, value: Any, where: str, stated: Any) -> Any:
    owner = column.removesuffix("_change").removesuffix("_baseline").removesuffix("_lower").removesuffix("_upper")
    if value is None:
        return None
    if catalogue.is_variable(owner):
        declared = catalogue.variable(owner)
    else:
        low, high = catalogue.instrument(owner).get("range", (0, 1))
        declared = catalogue.Variable(owner, "score", owner, "score", "number", minimum=low, maximum=stated or high)
    return problem_of(as_change(declared) if column.endswith("_change") else declared, value, where)


def _aplasia(instrument: str, inputs: Mapping[str, Any], parameters: Mapping[str, Any]) -> Calculation:
    """B-cell aplasia from `samples`, a list of [day, value] in `unit`; no upper end while it lasts."""
    found = typed_aplasia(inputs, parameters, instrument)
    low, high = found.duration_from_onset, math.inf if found.censored else found.duration_from_onset
    return Calculation(instrument, low, high, None if found.censored else low, details=vars(found))


def _expansion(instrument: str, inputs: Mapping[str, Any], parameters: Mapping[str, Any]) -> Calculation:
    """Peak and exposure of CAR T cells from `samples`, a list of [day, value] in `unit`."""
    found = typed_expansion(inputs, parameters, instrument)
    if found is None:
        return Calculation(instrument, None, None, None, missing=("samples",))
    details = {**vars(found), f"auc_0_{found.until_day:g}": found.auc}
    if found.auc is None:
        return Calculation(instrument, found.auc_to_last, math.inf, None, missing=("samples",), details=details)
    return Calculation(instrument, found.auc, found.auc, found.auc, details=details)


def _prednisone(instrument: str, inputs: Mapping[str, Any], parameters: Mapping[str, Any]) -> Calculation:
    """Prednisone equivalent of `drug` at `mg_per_day`; no value for drugs without a systemic equivalent."""
    known = {"drug", "mg_per_day"}
    for name in set(inputs) - known:
        raise UnknownName(f"input of {instrument}", name, known)
    drug, dose = inputs.get("drug"), inputs.get("mg_per_day")
    times = derive.prednisone_factor(drug, **parameters) if isinstance(drug, str) else None
    problems = [] if isinstance(drug, str) else [_no_drug(instrument, drug)]
    declared = replace(catalogue.variable("prednisolone_eq_mg_day"), id="mg_per_day")
    problem = None if dose is None else problem_of(declared, dose, instrument)
    problems += [problem] if problem else []
    if problems:
        raise DataError(problems)
    if times is None or dose is None:
        return Calculation(instrument, None, None, None, missing=() if dose is not None else ("mg_per_day",))
    value = float(dose) * times
    dexamethasone = value / (derive.prednisone_factor("dexamethasone") or 1.0)
    return Calculation(
        instrument, value, value, value, details={"factor": times, "dexamethasone_eq_mg_day": dexamethasone}
    )


def _no_drug(instrument: str, given: Any) -> Problem:
    found = "no drug" if given is None else repr(given)
    return Problem(
        instrument, None, "drug", found, "a drug, such as prednisolone", "Name one of casekit.catalogue.drugs()."
    )
