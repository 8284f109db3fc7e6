"""Courses typed into a calculation: a count per day, samples with their days, the two lowest counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from casekit import catalogue
from casekit.errors import CaseKitError, DataError, Problem, UnitError, UnknownName
from casekit.scores import courses, kinetics
from casekit.scores.courses import Course
from casekit.scores.declaration import Instrument
from casekit.scores.per_patient import ASSAYS, COURSES, source_of
from casekit.scores.validity import checked_parameters, problem_of
from casekit.units import factor

# Inputs that hold one count per day from day 0, and those that hold the lowest counts of a period.
DAILY = ("anc_daily_day0_to_30", "platelets_daily_day0_to_30")
LOWEST = ("two_lowest_anc_after_day30",)
SAMPLES = "samples"
BESIDE = ("unit", "last_known_day")
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
    given = [name for name in (*DAILY, *LOWEST, SAMPLES) if name in inputs]
    if source is None or not given:
        return None
    if len(given) > 1:
        raise CaseKitError(f"{chosen.id}: found {' and '.join(given)}; one course is expected. Type one of them.")
    rest = {name: value for name, value in inputs.items() if name not in (*given, *BESIDE)}
    settings = {**chosen.parameters, **parameters}
    if given[0] in LOWEST:
        return courses.nadirs(_values(inputs[given[0]], source.variable, inputs, chosen.id)), rest
    last = int(min(settings.pop("last", source.last), inputs.get("last_known_day") or source.last))
    return source.read(_samples(given[0], source.variable, inputs, chosen.id), last, **settings), rest


def _samples(name: str, variable: str, inputs: Mapping[str, Any], where: str) -> list[tuple[int, float]]:
    """Day and value in the declared unit; a day without a value is left out."""
    pairs = list(enumerate(inputs[name])) if name in DAILY else [_pair(pair, where) for pair in inputs[name]]
    if name in DAILY and len(pairs) > courses.EARLY_DAYS + 1:
        raise CaseKitError(
            f"{where}, {name}: found {len(pairs)} values; at most {courses.EARLY_DAYS + 1} are expected, one per day "
            "from day 0. Leave out the later days."
        )
    days = [day for day, value in pairs if value is not None]
    values = _values([value for _, value in pairs], variable, inputs, where)
    return list(zip(days, values, strict=True))


def _pair(pair: Any, where: str) -> tuple[int, Any]:
    if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) < 2:  # noqa: PLR2004
        raise CaseKitError(f"{where}, samples: found {pair!r}; [day, value] is expected. Correct the sample.")
    if isinstance(pair[0], bool) or not isinstance(pair[0], int | float):
        raise CaseKitError(f"{where}, samples: found the day {pair[0]!r}; a number is expected. Correct the sample.")
    return int(pair[0]), pair[1]


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


def typed_expansion(
    inputs: Mapping[str, Any], parameters: Mapping[str, Any], where: str = "car_t_kinetics"
) -> kinetics.Expansion | None:
    """Expansion of CAR T cells from `samples`, a list of [day, value] in `unit`; None without a known sample.

    A value below the limit of quantification is typed as ``"<10"`` or ``"BLQ"``, or given by `lloq` for all samples.
    """
    known = {SAMPLES, "unit", "lloq", "until_day", "below_limit"}
    for name in set(inputs) - known:
        raise UnknownName(f"input of {where}", name, known)
    variable, times = _assay(_unit(inputs, where))
    pairs = [_pair(pair, where) for pair in inputs.get(SAMPLES, ())]
    limit = None if inputs.get("lloq") is None else float(inputs["lloq"]) * times
    levels = [_level(day, value, times, limit) for day, value in pairs if value is not None]
    _refuse([problem_of(variable, level.value, where) for level in levels if isinstance(level, kinetics.Level)])
    settings = {name: inputs[name] for name in ("until_day", "below_limit") if name in inputs} | dict(parameters)
    checked_parameters(catalogue.instrument("car_t_kinetics"), settings)
    return kinetics.expansion(levels, settings.get("until_day", 28), settings.get("below_limit", "zero"))


def _assay(unit: str) -> tuple[catalogue.Variable, float]:
    """The variable whose unit this is, with its factor; percent of T cells stays percent."""
    if unit.strip().startswith("%"):
        return catalogue.Variable("car_t_pct", "measurement", "CAR T cells", "", "number", minimum=0, maximum=100), 1.0
    for variable in ASSAYS.values():
        try:
            return catalogue.variable(variable), factor(unit, variable)
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
        if text.startswith("<") and number.replace(".", "", 1).isdigit():
            return kinetics.Level(day, float(number) * times, below=True)
    if not _is_number(value):
        raise CaseKitError(f"car_t_kinetics, day {day:g}: found {value!r}; a number or <limit is expected. Correct it.")
    below = limit is not None and value * times < limit
    return kinetics.Level(day, limit if below and limit is not None else value * times, below=below)
