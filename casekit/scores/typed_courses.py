"""Courses typed into a calculation: a count per day, samples with their days, the two lowest counts."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from casekit import catalogue
from casekit.errors import CaseKitError, DataError, Problem, UnitError, UnknownName
from casekit.scores import courses, derive, kinetics
from casekit.scores.aplasia import B_CELLS, UNIT, settings_of
from casekit.scores.courses import Course
from casekit.scores.declaration import Instrument
from casekit.scores.per_patient import ASSAYS, COURSES, source_of
from casekit.scores.validity import checked_parameters, problem_of
from casekit.units import factor

# Inputs that hold one count per day from day 0, and those that hold the lowest counts of a period.
DAILY = ("anc_daily_day0_to_30", "platelets_daily_day0_to_30", "plt_daily_day0_to_30")
LOWEST = ("two_lowest_anc_after_day30",)
SAMPLES = "samples"
TRANSFUSIONS = "platelet_transfusion_days"
BESIDE = ("unit", "last_known_day")
PAIR = 2
LAST_KNOWN_DAY = catalogue.Variable(
    "last_known_day", "patient", "Last known day", "", "integer", minimum=0, maximum=18262
)
TRANSFUSION_DAY = catalogue.Variable(
    TRANSFUSIONS, "event", "Day of a platelet transfusion", "", "integer", minimum=-3650, maximum=18262
)
# A sample of B cells in any unit: only text and negative numbers cannot be, and more than 100 %.
B_CELL_VALUE = catalogue.Variable(SAMPLES, "measurement", "CD19+ B cells", "", "number", minimum=0, maximum=1e12)
LIMIT = catalogue.Variable("lloq", "measurement", "Limit of quantification", "", "number", minimum=0, maximum=1e12)
WORDS_BELOW_LIMIT = ("BLQ", "BLOQ", "BLD", "LLOQ", "<LLOQ", "<LLQ")


def typed_course(
    chosen: Instrument, inputs: Mapping[str, Any], parameters: Mapping[str, Any]
) -> tuple[Course, dict[str, Any]] | None:
    """The course that was typed in and the other inputs; None when no course was typed in.

    Raises
    ------
    UnitError
        When the unit is missing or not one of the counted value.
    DataError
        When a value cannot be; every such value is named.
    """
    source = COURSES.get(source_of(chosen.id) or "")
    named = [name for name in (*DAILY, *LOWEST, SAMPLES) if name in inputs]
    if source is None or not named:
        return None
    given = [name for name in named if inputs[name] is not None] or named[:1]
    if len(given) > 1:
        raise CaseKitError(f"{chosen.id}: found {' and '.join(given)}; one course is expected. Type one of them.")
    beside = (*BESIDE, TRANSFUSIONS) if source.raised_by else BESIDE
    rest = {name: value for name, value in inputs.items() if name not in (*named, *beside)}
    settings = {**chosen.parameters, **parameters}
    if given[0] in LOWEST:
        return courses.nadirs(_values(_listed(given[0], inputs, chosen.id), source.variable, inputs, chosen.id)), rest
    last = _last_day(int(settings.get("last", source.last)), inputs, chosen.id)
    options = source.options(settings, _transfusions(inputs, chosen.id))
    return source.read(_samples(given[0], source.variable, inputs, chosen.id), last, **options), rest


def _transfusions(inputs: Mapping[str, Any], where: str) -> list[int]:
    """The days of platelet transfusions that were typed in; none without a word on them."""
    typed = _listed(TRANSFUSIONS, inputs, where)
    _refuse([problem_of(TRANSFUSION_DAY, day, where) for day in typed])
    return [int(day) for day in typed]


def _last_day(limit: int, inputs: Mapping[str, Any], where: str) -> int:
    """The last day looked at: the limit, or the last known day when that came before it."""
    known = inputs.get("last_known_day")
    if known is None:
        return limit
    _refuse([problem_of(LAST_KNOWN_DAY, known, where)])
    return min(limit, int(known))


def _listed(name: str, inputs: Mapping[str, Any], where: str) -> list[Any]:
    """The list that was typed in; nothing typed is an empty one."""
    given = inputs.get(name)
    if given is None:
        return []
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise DataError([Problem(where, None, name, repr(given), "a list", "Type the values as a list.")])
    return list(given)


def _samples(name: str, variable: str, inputs: Mapping[str, Any], where: str) -> list[tuple[int, float]]:
    """Day and value in the declared unit; a day without a value is left out."""
    typed = _listed(name, inputs, where)
    pairs = list(enumerate(typed)) if name in DAILY else _pairs(typed, where, whole=True)
    if name in DAILY and len(pairs) > courses.EARLY_DAYS + 1:
        raise CaseKitError(
            f"{where}, {name}: found {len(pairs)} values; at most {courses.EARLY_DAYS + 1} are expected, one per day "
            "from day 0. Leave out the later days."
        )
    days = [int(day) for day, value in pairs if value is not None]
    values = _values([value for _, value in pairs], variable, inputs, where)
    return list(zip(days, values, strict=True))


def _pairs(typed: Sequence[Any], where: str, *, whole: bool = False) -> list[tuple[float, Any]]:
    """Day and value of each sample; everything that is not such a pair is refused at once."""
    expected = f"[day, value] with {'a whole number' if whole else 'a number'} for the day"
    wrong = [pair for pair in typed if not _is_pair(pair, whole=whole)]
    _refuse([Problem(where, None, SAMPLES, repr(pair), expected, "Correct the sample.") for pair in wrong])
    return [(pair[0], pair[1]) for pair in typed]


def _is_pair(pair: Any, *, whole: bool) -> bool:
    if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != PAIR:
        return False
    day = pair[0]
    return _is_number(day) and math.isfinite(day) and (not whole or day % 1 == 0)


def _values(given: Sequence[Any], variable: str, inputs: Mapping[str, Any], where: str) -> list[float]:
    """The known values in the declared unit; every impossible one is refused at once."""
    times = factor(_unit(inputs, where), variable)
    known = [value for value in given if value is not None]
    checked = [value * times if _is_number(value) else value for value in known]
    problems = [problem_of(catalogue.variable(variable), value, where) for value in checked]
    _refuse(problems)
    return [float(value) for value in checked]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unit(inputs: Mapping[str, Any], where: str) -> str:
    if not isinstance(inputs.get("unit"), str):
        raise UnitError(f"{where}: found no unit; expected the unit of the values, such as 10^9/L. Add unit.")
    return str(inputs["unit"])


def _refuse(problems: Sequence[Problem | None]) -> None:
    found = [problem for problem in problems if problem is not None]
    if found:
        raise DataError(found)


def typed_aplasia(
    inputs: Mapping[str, Any], parameters: Mapping[str, Any], where: str = "b_cell_aplasia"
) -> derive.Aplasia:
    """B-cell aplasia from `samples`, a list of [day, value] in `unit` (cells per µL unless said otherwise).

    >>> typed_aplasia({"samples": [[7, 0], [90, 15]]}, {}).duration_from_onset
    83.0
    """
    in_force = checked_parameters(catalogue.instrument(where), parameters)
    unit = str(inputs.get(UNIT) or in_force[UNIT])
    is_share = unit.startswith("%")
    counted = {**inputs, UNIT: "%" if is_share else "/uL"}
    settings = settings_of(_settings(where, counted, parameters, (SAMPLES,)))
    times = 1.0 if is_share else factor(unit, B_CELLS)
    declared = replace(B_CELL_VALUE, maximum=100) if is_share else B_CELL_VALUE
    known = [(day, value) for day, value in _pairs(_listed(SAMPLES, inputs, where), where) if value is not None]
    _refuse([problem_of(declared, value, where) for _, value in known])
    limits = {name: value for name, value in settings.items() if name != UNIT}
    return derive.b_cell_aplasia([(float(day), float(value) * times) for day, value in known], **limits)


def _settings(
    where: str, inputs: Mapping[str, Any], parameters: Mapping[str, Any], others: Sequence[str]
) -> dict[str, Any]:
    """The parameters given, typed beside the samples or given as parameters, but not both ways."""
    declared = catalogue.instrument(where)
    known = {*others, *declared["parameters"]}
    for name in set(inputs) - known:
        raise UnknownName(f"input of {where}", name, known)
    typed = {name: inputs[name] for name in declared["parameters"] if inputs.get(name) is not None}
    checked_parameters(declared, typed)
    for name in typed.keys() & parameters.keys():
        if typed[name] != parameters[name]:
            raise CaseKitError(
                f"{where}, {name}: found {typed[name]!r} beside the samples and {parameters[name]!r} as parameter; "
                "one value is expected. Leave one of them out."
            )
    return {**typed, **parameters}


def typed_expansion(
    inputs: Mapping[str, Any], parameters: Mapping[str, Any], where: str = "car_t_kinetics"
) -> kinetics.Expansion | None:
    """Expansion of CAR T cells from `samples`, a list of [day, value] in `unit`; None without a known sample.

    A value below the limit of quantification is typed as ``"<10"`` or ``"BLQ"``, or given by `lloq` for all samples.
    """
    given = _settings(where, inputs, parameters, (SAMPLES, "unit", "lloq"))
    settings = checked_parameters(catalogue.instrument(where), given)
    unit = _unit(inputs, where)
    assay, variable, times = _assay(unit)
    asked = {**inputs, **parameters}.get("assay") or assay
    if asked != assay:
        raise CaseKitError(
            f"{where}, assay: found {asked!r} with samples in {unit!r}; "
            f"expected samples in {catalogue.variable(ASSAYS[asked]).unit}. Correct the unit or leave the assay out."
        )
    limit = _limit(inputs, times, where)
    pairs = _pairs(_listed(SAMPLES, inputs, where), where)
    levels = [_level(day, value, times, limit) for day, value in pairs if value is not None]
    _refuse([problem_of(variable, level.value, where) for level in levels])
    return kinetics.expansion(levels, settings["until_day"], settings["below_limit"])


def _limit(inputs: Mapping[str, Any], times: float, where: str) -> float | None:
    """The limit of quantification of all samples in the declared unit; None when none was typed."""
    limit = inputs.get("lloq")
    if limit is None:
        return None
    _refuse([problem_of(LIMIT, limit, where)])
    return float(limit) * times


def _assay(unit: str) -> tuple[str, catalogue.Variable, float]:
    """The assay that gives this unit, its variable, and the factor; percent of T cells (flow) stays percent."""
    if unit.strip().startswith("%"):
        share = catalogue.Variable("car_t_pct", "measurement", "CAR T cells", "", "number", minimum=0, maximum=100)
        return "flow", share, 1.0
    for assay, variable in ASSAYS.items():
        try:
            return assay, catalogue.variable(variable), factor(unit, variable)
        except UnitError:
            continue
    raise UnitError(f"car_t_kinetics: found the unit {unit!r}; expected cells/uL, copies/ug or %. Correct the unit.")


def _level(day: float, value: Any, times: float, limit: float | None) -> kinetics.Level:
    """One sample; text that is neither a limit nor a word for one is refused."""
    if isinstance(value, str):
        text = value.strip()
        number = text.removeprefix("<").strip()
        if text.upper().replace(" ", "") in WORDS_BELOW_LIMIT:
            return kinetics.Level(day, limit or 0.0, below=True)
        if text.startswith("<") and number.replace(".", "", 1).isdecimal():
            return kinetics.Level(day, float(number) * times, below=True)
    if not _is_number(value):
        raise CaseKitError(f"car_t_kinetics, day {day:g}: found {value!r}; a number or <limit is expected. Correct it.")
    below = limit is not None and value * times < limit
    return kinetics.Level(day, limit if below and limit is not None else value * times, below=below)
