"""What a calculator asks for, taken from the declaration of the instrument; knows no widgets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from casekit import catalogue
from casekit.errors import CaseKitError
from casekit.scores.declaration import EDGES, Instrument, Rule, elementary, read, rules_of
from casekit.units import shown

NOT_ASSESSED = "not assessed"
YES_NO = {NOT_ASSESSED: None, "yes": True, "no": False}
SAMPLES = "samples"
SAMPLE_UNIT = "cells/uL"
COURSES = {
    "b_cell_aplasia": ("CD19+ B cells, one sample a line: day, cells per µL", "-5, 120\n7, 0\n60, 0\n98, 15"),
    "car_t_kinetics": ("CAR T cells, one sample a line: day, cells per µL", "0, 0\n3, 10\n9, 250\n28, 20"),
}


@dataclass(frozen=True)
class Field:
    """One thing to type in: under which name, as what, in which unit; a pair asks for baseline and follow-up."""

    name: str
    label: str
    options: tuple[str, ...] = ()
    unit: str = ""
    pair: bool = False
    example: str = ""

    @property
    def is_yes_no(self) -> bool:
        """Whether the answer is yes or no."""
        return self.options == tuple(YES_NO)


def fields_of(name: str) -> list[Field]:
    """The fields of one instrument, in the order of its items.

    >>> [field.label for field in fields_of("ice")][:2]
    ['ICE: orientation to year, month, city, hospital', 'ICE: names three objects']
    """
    declared = catalogue.instrument(name)
    if "conversion" in declared:
        return _conversion_fields()
    if name in COURSES:
        label, example = COURSES[name]
        return [Field(SAMPLES, label, example=example)]
    unique = {field.name: field for field in _fields(read(name))}
    return list(unique.values())


def _conversion_fields() -> list[Field]:
    drugs = catalogue.drugs()
    steroids = [str(drug) for drug in drugs.index[drugs["category"] == "glucocorticoid"]]
    return [Field("drug", "Drug", options=tuple(steroids)), Field("mg_per_day", "Dose a day", unit="mg")]


def _fields(instrument: Instrument) -> Iterator[Field]:
    rules = [(rule, "improvement" in item) for item in instrument.items for rule in rules_of(item)]
    rules += [(rule, False) for rule in (elementary(instrument.gate) if instrument.gate else ())]
    for rule, improving in rules:
        yield from _fields_of_rule(rule, pair=improving or "change" in rule)


def _fields_of_rule(rule: Rule, *, pair: bool) -> Iterator[Field]:
    if "groups" in rule or "without_groups" in rule:
        yield from _fields(read(rule["score"]).without(rule))
        return
    if "score" in rule:
        yield Field(rule["score"], str(catalogue.instrument(rule["score"])["name"]), pair=pair)
    else:
        yield _variable_field(str(rule.get("flag") or rule["var"]), pair=pair)
    limits = [rule[word] for word in (*EDGES, "range") if isinstance(rule.get(word), str)]
    yield from (_limit_field(limit) for limit in limits if _is_column(limit))


def _is_column(limit: str) -> bool:
    """Whether a limit is a value of the case, not a parameter of the instrument."""
    return catalogue.is_variable(limit.removesuffix("_lower").removesuffix("_upper"))


def _variable_field(name: str, *, pair: bool) -> Field:
    declared = catalogue.variable(name)
    if declared.type == "yes_no":
        return Field(name, declared.label, options=tuple(YES_NO))
    options = (NOT_ASSESSED, *declared.allowed) if declared.allowed else ()
    return Field(name, declared.label, options=options, unit=shown(declared.unit), pair=pair)


def _limit_field(name: str) -> Field:
    """A limit of the laboratory, or the range of a measure."""
    for suffix, words in (("_lower", "lower limit of normal"), ("_upper", "upper limit of normal")):
        if name.endswith(suffix):
            declared = catalogue.variable(name.removesuffix(suffix))
            return Field(name, f"{declared.short or declared.label}, {words}", unit=shown(declared.unit))
    return _variable_field(name, pair=False)


def typed_inputs(fields: list[Field], typed: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of `casekit.calculate` for what was typed; an empty field was not assessed.

    Parameters
    ----------
    fields : list of Field
    typed : mapping
        Name of the field to the text typed, the word chosen, or for a pair the two texts.

    Raises
    ------
    CaseKitError
        When a line of samples is not a day and a value.
    """
    answers = {field.name: _answer(field, typed.get(field.name)) for field in fields}
    if SAMPLES in answers:
        answers["unit"] = SAMPLE_UNIT
    return {name: answer for name, answer in answers.items() if answer is not None}


def _answer(field: Field, typed: Any) -> Any:
    if field.name == SAMPLES:
        return [_sample(line) for line in str(typed or "").splitlines() if line.strip()]
    if field.is_yes_no:
        return YES_NO.get(str(typed))
    if field.options:
        return None if typed in (None, NOT_ASSESSED) else typed
    if field.pair:
        pair = [_number(part) for part in typed or ("", "")]
        return None if pair == [None, None] else pair
    return _number(typed)


def _number(text: Any) -> Any:
    """The number typed; other text stays text, to be refused by name; nothing typed is nothing."""
    plain = str(text or "").strip()
    if not plain:
        return None
    try:
        return float(plain)
    except ValueError:
        return plain


def _sample(line: str) -> list[float]:
    parts = line.replace(";", ",").split(",")
    try:
        day, value = (float(part) for part in parts)
    except ValueError:
        raise CaseKitError(
            f'samples: found "{line}"; expected a day and a value, such as 28, 0.5. Correct the line.'
        ) from None
    return [day, value]
