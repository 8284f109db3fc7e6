"""Refuses values that cannot be: outside the declared range, the wrong word, text instead of a number."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from numbers import Real
from typing import Any

import narwhals as nw

from casekit import catalogue
from casekit.catalogue import Variable
from casekit.errors import DataError, Problem, UnknownName
from casekit.scores.declaration import Instrument, columns_of, input_names, rules_of

CORRECT_IT = "Correct the values; leave a cell empty when it was not assessed."
TODO_PARAMETER = "Give a value the instrument declares, or leave the parameter out."
WHOLE = ("integer", "yes_no")
YES_NO = "yes or no (true or false, 1 or 0)"
RENAME_IT = "Rename the column and convert its values; leave it out when it is something else."
OTHER_CAUSE = Variable("other_cause", "assessment", "Another cause than the disease", "", "yes_no")
COMPARATOR = Variable("comparator", "measurement", "Side of a detection limit", "", "choice", allowed=("<", ">"))


def as_change(variable: Variable) -> Variable:
    """What a change of this variable between two visits looks like.

    >>> as_change(catalogue.variable("haq_grip")).minimum
    -3
    """
    if variable.minimum is None or variable.maximum is None:
        return replace(variable, type="number")
    span = variable.maximum - variable.minimum
    return replace(variable, type="number", minimum=-span, maximum=span)


def checked_parameters(declared: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters in force: the declared defaults, with what was given in their place.

    Refuses a parameter the instrument does not declare, and every value it cannot have.

    >>> checked_parameters(catalogue.instrument("icaht_late"), {"last": 90.0})
    {'last': 90}
    """
    known, name_of = parameters_of(declared), declared["id"]
    for name in given:
        if name not in known:
            raise UnknownName(f"parameter of {name_of}", name, known, f"casekit.instruments().loc[{name_of!r}]")
    problems = [
        Problem(name_of, None, name, repr(value), parameter_words(known[name]), TODO_PARAMETER)
        for name, value in given.items()
        if not parameter_fits(known[name], value)
    ]
    if problems:
        raise DataError(problems)
    in_force = {name: given.get(name, entry["default"]) for name, entry in known.items()}
    return {name: int(value) if known[name].get("whole") else value for name, value in in_force.items()}


def parameters_of(declared: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The parameters of an instrument and of those it is built on.

    >>> list(parameters_of(catalogue.instrument("doris_2021")))
    ['use_upcr_for_proteinuria']
    """
    inner = [declared["based_on"]["instrument"]] if "based_on" in declared else []
    inner += [str(rule["score"]) for item in declared.get("items", []) for rule in rules_of(item) if "score" in rule]
    nested: dict[str, Mapping[str, Any]] = {}
    for name in inner:
        nested |= parameters_of(catalogue.instrument(name))
    return {**nested, **declared.get("parameters", {})}


def parameter_fits(declared: Mapping[str, Any], value: Any) -> bool:
    """Whether a parameter can have the value: of the type of its default, and within what is declared beside it.

    >>> parameter_fits({"default": 1, "minimum": 1, "whole": True}, 1.5)
    False
    """
    default = declared["default"]
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, str):
        return isinstance(value, str) and value in declared.get("allowed", [value])
    is_number = not isinstance(value, bool) and isinstance(value, Real)
    if not is_number or not -math.inf < value < math.inf:
        return False
    is_allowed = value in declared.get("allowed", [value]) and value >= declared.get("minimum", value)
    return is_allowed and (not declared.get("whole") or value % 1 == 0)


def parameter_words(declared: Mapping[str, Any]) -> str:
    """What a value of the parameter looks like, in words.

    >>> parameter_words({"default": 1, "minimum": 1, "whole": True})
    'a whole number from 1'
    """
    if isinstance(declared["default"], bool):
        return "true or false"
    if "allowed" in declared:
        return "one of " + ", ".join(map(str, declared["allowed"]))
    kind = "a word" if isinstance(declared["default"], str) else "a number"
    kind = "a whole number" if declared.get("whole") else kind
    return f"{kind} from {declared['minimum']:g}" if "minimum" in declared else kind


def expected_of(variable: Variable) -> str:
    """What a value of this variable looks like, in words.

    >>> expected_of(catalogue.variable("haq_grip"))
    'a whole number from 0 to 3'
    """
    if variable.type == "yes_no":
        return YES_NO
    if variable.allowed:
        return "one of " + ", ".join(variable.allowed)
    kind = "a whole number" if variable.type == "integer" else "a number"
    unit = f" {variable.unit}" if variable.unit else ""
    if variable.minimum is None:
        return kind + unit
    return f"{kind} from {variable.minimum:g} to {variable.maximum:g}{unit}"


def problem_of(variable: Variable, value: Any, where: str, row: int | None = None) -> Problem | None:
    """What is wrong with one value, or None."""
    if fits(variable, value):
        return None
    return Problem(
        where,
        row,
        variable.id,
        repr(value),
        expected_of(variable),
        "Correct the value, or leave it empty when it was not assessed.",
    )


def fits(variable: Variable, value: Any) -> bool:
    """Whether a known value can be a value of this variable."""
    if variable.allowed:
        return value in variable.allowed
    if isinstance(value, bool):
        return variable.type == "yes_no"
    if not isinstance(value, int | float):
        return False
    if variable.type == "yes_no":
        return value in (0, 1)
    whole = variable.type != "integer" or float(value).is_integer()
    least, most = variable.minimum, variable.maximum
    return whole and (least is None or value >= least) and (most is None or value <= most)


def checked_frame(frame: Any, instrument: Instrument) -> Any:
    """The frame, when it has columns of the instrument and every value in them can be."""
    schema = frame.collect_schema()
    known = _known_columns(instrument, schema)
    problems = [*_name_problems(instrument, schema)]
    problems += [] if known or problems else [_no_column(instrument)]
    words = {name: variable for name, variable in known.items() if variable.allowed}
    numbers = {name: variable for name, variable in known.items() if name not in words}
    readable = [name for name, variable in numbers.items() if _can_hold(schema[name], variable)]
    answers = _answers(frame, {name: known[name] for name in [*words, *readable]}, schema)
    problems += _text_problems(numbers, schema)
    problems += [problem for name in readable for problem in _number_problems(name, numbers[name], answers)]
    problems += [_word_problem(frame, name, variable) for name, variable in words.items() if answers[f"{name} wrong"]]
    if problems:
        raise DataError(problems)
    return frame


def _as_variable(score: str, instrument: Instrument) -> Variable:
    """A total that stands in a column of its own as a number in its range, or in the range the case states."""
    low, high = catalogue.instrument(score).get("range", (0, 1))
    spans = [item["improvement"] for item in instrument.items if "improvement" in item]
    stated = [span["range"] for span in spans if span.get("score") == score and isinstance(span["range"], str)]
    most = catalogue.variable(stated[0]).maximum if stated else high
    return Variable(score, "score", score, "score", "number", minimum=low, maximum=most)


def _known_columns(instrument: Instrument, schema: Mapping[str, Any]) -> dict[str, Variable]:
    """The columns of the frame that the instrument reads, with what their values can be."""
    read_by = columns_of(instrument)
    beside = {f"{name}_comparator": COMPARATOR for name in read_by}
    known = {name: variable for name, variable in beside.items() if name in schema}
    for name, owner in read_by.items():
        if name not in schema:
            continue
        if name.endswith("_other_cause"):
            known[name] = OTHER_CAUSE
            continue
        variable = catalogue.variable(owner) if catalogue.is_variable(owner) else _as_variable(owner, instrument)
        known[name] = as_change(variable) if name == f"{variable.id}_change" else variable
    return known


def _no_column(instrument: Instrument) -> Problem:
    """A table in which nothing can be scored would look like one in which nothing was assessed."""
    expected = ", ".join(list(columns_of(instrument))[:5])
    return Problem("table", None, None, f"no column of {instrument.id}", f"columns such as {expected}", RENAME_IT)


def _name_problems(instrument: Instrument, schema: Mapping[str, Any]) -> Iterator[Problem]:
    """Columns under names that may be typed into a calculation; a table has one name, and one unit, for each."""
    for name, (column, unit) in input_names(instrument).items():
        if name in schema and column not in schema:
            in_unit = catalogue.variable(column).unit if unit and catalogue.is_variable(column) else ""
            expected = f"the column {column}" + (f" in {in_unit}" if in_unit else "")
            yield Problem("table", None, name, "this name", expected, RENAME_IT)


def _can_hold(dtype: nw.dtypes.DType, variable: Variable) -> bool:
    """Whether a column of that type can hold the variable; true and false are no quantity."""
    return dtype.is_numeric() or dtype == nw.Unknown or (dtype == nw.Boolean and variable.type == "yes_no")


def _questions(known: Mapping[str, Variable]) -> dict[str, nw.Expr]:
    """What is asked of the whole frame in one go: wrong words, and the ends and fractions of numbers."""
    asked: dict[str, nw.Expr] = {}
    for name, variable in known.items():
        column = nw.col(name)
        if variable.allowed:
            is_wrong = ~column.cast(nw.String).is_in(list(variable.allowed)) & ~column.is_null()
            asked[f"{name} wrong"] = is_wrong.cast(nw.Int64).sum()
            continue
        number = column.cast(nw.Float64)
        asked |= {f"{name} low": number.min(), f"{name} high": number.max()}
        if variable.type in WHOLE:
            asked[f"{name} off"] = (number - number.round(0)).abs().max()
    return asked


def _answers(frame: Any, known: Mapping[str, Variable], schema: Mapping[str, Any]) -> dict[str, Any]:
    """What the frame answers; findings outside pandas are asked one quick question, and more when that is denied."""
    if frame.implementation.is_pandas():  # where NaN is a missing value, and nothing else can be
        return _asked(frame, _questions(known))
    findings = {name: variable for name, variable in known.items() if variable.type == "yes_no"}
    others = {name: variable for name, variable in known.items() if name not in findings}
    quick = {f"{name} fine": ((_float(name) == 0) | (_float(name) == 1)).all() for name in findings}
    answers = _asked(frame, {**quick, **_questions(others), **_nan_questions(others, schema)})
    doubtful = {name: variable for name, variable in findings.items() if answers[f"{name} fine"] not in (None, True)}
    return answers | _asked(frame, {**_questions(doubtful), **_nan_questions(doubtful, schema)})


def _nan_questions(known: Mapping[str, Variable], schema: Mapping[str, Any]) -> dict[str, nw.Expr]:
    floats = [name for name in known if schema[name].is_float()]
    return {f"{name} nan": nw.col(name).is_nan().cast(nw.Int64).sum() for name in floats}


def _float(name: str) -> nw.Expr:
    return nw.col(name).cast(nw.Float64)


def _asked(frame: Any, questions: Mapping[str, nw.Expr]) -> dict[str, Any]:
    if not questions:
        return {}
    row = frame.select(**questions)
    row = row.collect() if isinstance(row, nw.LazyFrame) else row
    return {name: _known(row[name].to_list()[0]) for name in questions}


def _known(value: Any) -> Any:
    return None if value is None or value != value else value  # noqa: PLR0124  # NaN differs from itself


def _text_problems(numbers: Mapping[str, Variable], schema: Any) -> Iterator[Problem]:
    for name, variable in numbers.items():
        if not _can_hold(schema[name], variable):
            yield Problem("table", None, name, f"a column of {schema[name]}", expected_of(variable), CORRECT_IT)


def _number_problems(name: str, variable: Variable, answers: Mapping[str, Any]) -> Iterator[Problem]:
    """The lowest and highest value where they cannot be, and a fraction where only whole numbers can be."""
    low, high, off = (answers.get(f"{name} {end}") for end in ("low", "high", "off"))
    least, most = (0.0, 1.0) if variable.type == "yes_no" else (variable.minimum, variable.maximum)
    wrong = [low] if low is not None and least is not None and low < least else []
    wrong += [high] if high is not None and most is not None and high > most else []
    fractions = off is not None and off > 0
    found = [f"{value:g}" for value in wrong] + (["a fraction"] if fractions else [])
    found += ["NaN, and null is what was not assessed"] if answers.get(f"{name} nan") else []
    yield from (Problem("table", None, name, text, expected_of(variable), CORRECT_IT) for text in found)


def _word_problem(frame: Any, name: str, variable: Variable) -> Problem:
    found = frame.select(nw.col(name).cast(nw.String)).unique()
    found = found.collect() if isinstance(found, nw.LazyFrame) else found
    wrong = sorted({word for word in found[name].to_list() if isinstance(word, str)} - set(variable.allowed))
    return Problem("table", None, name, ", ".join(map(repr, wrong[:5])), expected_of(variable), CORRECT_IT)
