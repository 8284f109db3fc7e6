"""The forms in which published sheets write a case, spelled out as the calculator's own inputs.

A list of findings that are present, values at baseline and follow-up, changes, sites or sections in a table of their
own, drugs by name. Everything is renamed or listed; the only arithmetic is the equivalent dose of glucocorticoids and
the range of a muscle enzyme.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from casekit import catalogue
from casekit.errors import CaseKitError, DataError, Problem, UnknownName
from casekit.scores import derive
from casekit.scores.conversions import multiples_of
from casekit.scores.declaration import Instrument, read, rules_of

Names = Mapping[str, tuple[str, str]]
TABLES = ("labs", "sites", "section_worst")
BASELINE, FOLLOW_UP = "baseline", "followup"
ENZYME = ("name", BASELINE, FOLLOW_UP, "uln")
MILLIMETRES = "mm"
SCALED = {"md_global", "patient_global", "extramuscular"}
# Given for blood pressure, but not counted as the second vasopressor.
NOT_COUNTED = "vasopressin"


def spelled_out(
    chosen: Instrument, names: Names, inputs: Mapping[str, Any], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """The inputs under the names of `names`; what is no such form stays as it is.

    Examples
    --------
    >>> mrss = {name: ("mrss", "") for name in ("mrss", "mrss_baseline", "mrss_change")}
    >>> spelled_out(read("mrss_change"), mrss, {"baseline": 26, "followup": 18}, {})
    {'mrss': [26, 18]}
    """
    unlisted = {name: value for name, value in inputs.items() if name not in _ignored(chosen)}
    given = {**_findings(chosen, names, unlisted), **unlisted}
    for name in ("present", "not_assessed"):
        given.pop(name, None)
    for name in [name for name in TABLES if name in given]:
        given = {**_table(chosen, name, given.pop(name)), **given}
    given = _visits(chosen, names, given)
    for name, spell in LISTS.items():
        if name in given and name not in names:
            given = {**spell(chosen, given.pop(name)), **given}
    if "enzyme_range" in names and isinstance(given.get("enzyme"), Mapping):
        given |= _enzyme(chosen, given["enzyme"], multiples_of(chosen.id, parameters))
    return dict(_renamed(names, _in_millimetres(given)))


def _ignored(chosen: Instrument) -> Sequence[str]:
    """Inputs of published sheets that do not count in this instrument."""
    listed: Sequence[str] = catalogue.instrument(chosen.id).get("ignored_inputs", ())
    return listed


def _findings(chosen: Instrument, names: Names, given: Mapping[str, Any]) -> dict[str, bool]:
    """Every finding as yes or no: listed as present, not listed; open when not assessed or answered by a value."""
    present, open_items = (_names_in(chosen, name, given.get(name)) for name in ("present", "not_assessed"))
    if given.get("present") is None:
        return {}
    values = [*given, *(given.get("labs") or ())]
    measured = {names[name][0] for name in values if name in names}
    found = {}
    for item in _finding_items(chosen):
        by_value = any(rule.get("var") in measured for rule in rules_of(item))
        if item["id"] in present or not (by_value or item["id"] in open_items):
            found[item["id"]] = item["id"] in present
    known = [item["id"] for item in _finding_items(chosen)]
    for name in [*present, *open_items]:
        if name not in known:
            raise UnknownName(f"finding of {chosen.id}", name, known)
    return found


def _finding_items(chosen: Instrument) -> list[Mapping[str, Any]]:
    """The findings of the instrument itself, of the one it is based on, or of the scores its conditions ask for."""
    based_on = catalogue.instrument(chosen.id).get("based_on")
    if based_on:
        return _finding_items(read(based_on["instrument"]))
    if chosen.attribution:
        return list(chosen.items)
    inner = {rule["score"] for item in chosen.items for rule in rules_of(item) if "score" in rule}
    found = {str(item["id"]): item for name in sorted(inner) for item in _finding_items(read(name))}
    return list(found.values())


def _names_in(chosen: Instrument, name: str, listed: Any) -> list[str]:
    if listed is None:
        return []
    if isinstance(listed, str) or not isinstance(listed, Sequence):
        raise _refused(chosen, name, listed, "a list of names")
    return [str(word) for word in listed]


def _table(chosen: Instrument, name: str, table: Any) -> dict[str, Any]:
    if table is None:
        return {}
    if not isinstance(table, Mapping):
        raise _refused(chosen, name, table, "a table of name and value")
    return dict(table)


def _visits(chosen: Instrument, names: Names, given: Mapping[str, Any]) -> dict[str, Any]:
    """Tables or numbers under baseline and followup as [baseline, follow-up] of each measure."""
    if not {BASELINE, FOLLOW_UP} & set(given):
        return dict(given)
    rest = {name: value for name, value in given.items() if name not in (BASELINE, FOLLOW_UP)}
    before, after = given.get(BASELINE), given.get(FOLLOW_UP)
    tables = [part for part in (before, after) if isinstance(part, Mapping)]
    if not tables:
        measures = [column for column in names if f"{column}_change" in names and not column.endswith(f"_{BASELINE}")]
        if len(chosen.items) != 1 or not measures:
            raise _refused(chosen, BASELINE, before, "a table of measure and value")
        return {measures[0]: [before, after], **rest}
    early, late = (_table(chosen, name, given.get(name)) for name in (BASELINE, FOLLOW_UP))
    return {**{name: [early.get(name), late.get(name)] for name in {**early, **late}}, **rest}


def _renamed(names: Names, given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """`x_baseline`, `x_followup` and `delta_x` of a measure that goes by the name x, and words of a choice."""
    for name, value in given.items():
        if name in names or name == "attribution":
            yield name, _word(names, name, value)
            continue
        for start, end, target in (("", "_baseline", "_baseline"), ("", "_followup", ""), ("delta_", "", "_change")):
            stem = name.removeprefix(start).removesuffix(end)
            column = f"{names[stem][0]}{target}" if stem != name and stem in names else name
            if column in names:
                yield column, value
                break
        else:
            yield name, value


def _word(names: Names, name: str, value: Any) -> Any:
    """Another word for one of the allowed ones, as declared."""
    column = names[name][0] if name in names else name
    if not isinstance(value, str) or not catalogue.is_variable(column):
        return value
    return catalogue.variable(column).other_words.get(value, value)


def _in_millimetres(given: Mapping[str, Any]) -> dict[str, Any]:
    """Global assessments with their unit when `scales` says that they were measured in millimetres."""
    rest = {name: value for name, value in given.items() if name != "scales"}
    scales = given.get("scales")
    if not isinstance(scales, Mapping) or MILLIMETRES not in str(scales.get("globals", "")):
        return rest
    return {
        name: {"value": value, "unit": MILLIMETRES} if name in SCALED and value is not None else value
        for name, value in rest.items()
    }


def _aids(chosen: Instrument, listed: Any) -> dict[str, bool]:
    """Aids or help by the sections they were needed in; none listed is none needed."""
    sections = [str(item["id"]) for item in chosen.items]
    needed = _names_in(chosen, "aids_or_help", listed)
    for name in needed:
        if name not in sections:
            raise UnknownName(f"section of {chosen.id}", name, sections)
    return {} if listed is None else {f"haq_aid_{name}": name in needed for name in sections}


def _vasopressors(chosen: Instrument, listed: Any) -> dict[str, Any]:
    """Vasopressors by name: how many at a time, and whether vasopressin is among them."""
    if listed is None:
        return {}
    given = _names_in(chosen, "vasopressors", listed)
    return {
        "vasopressor_count": len([name for name in given if name != NOT_COUNTED]),
        NOT_COUNTED: NOT_COUNTED in given,
    }


def _steroids(chosen: Instrument, listed: Any) -> dict[str, Any]:
    """Systemic glucocorticoids as the sum of their prednisolone equivalents; not known when one dose is not."""
    doses = [_equivalent(chosen, given) for given in listed or ()]
    known = [dose for dose in doses if dose is not None]
    if listed is None or len(known) < len(doses):
        return {"prednisolone_eq_mg_day": None}
    return {"prednisolone_eq_mg_day": float(sum(known))}


def _equivalent(chosen: Instrument, given: Any) -> float | None:
    """Prednisolone equivalent of one drug; inhaled and topical ones have none."""
    if not isinstance(given, Mapping) or not {"drug", "mg_day"} <= set(given):
        raise _refused(chosen, "steroids", given, "a table of drug and mg_day")
    dose = given["mg_day"]
    if dose is None:
        return None
    if isinstance(dose, bool) or not isinstance(dose, int | float) or not dose >= 0:
        raise _refused(chosen, "mg_day", dose, "a number of mg a day from 0")
    return dose * (derive.prednisone_factor(str(given["drug"])) or 0.0)


def _enzyme(chosen: Instrument, given: Mapping[str, Any], multiples: Mapping[str, float]) -> dict[str, Any]:
    """The muscle enzyme followed: its values, and its range as a multiple of the upper limit of normal."""
    for name in given:
        if name not in ENZYME:
            raise UnknownName(f"enzyme of {chosen.id}", str(name), ENZYME)
    known = {name.removesuffix("_u_l").upper(): times for name, times in multiples.items()}
    name, limit = str(given.get("name")).upper(), given.get("uln")
    if name not in known:
        raise UnknownName(f"muscle enzyme of {chosen.id}", name, known)
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int | float) or limit <= 0):
        raise _refused(chosen, "uln", limit, "an upper limit of normal above 0")
    values = [given.get(BASELINE), given.get(FOLLOW_UP)]
    return {"enzyme": values, "enzyme_range": None if limit is None else known[name] * limit}


def _refused(chosen: Instrument, name: str, found: Any, expected: str) -> CaseKitError:
    return DataError([Problem(chosen.id, None, name, repr(found), expected, "Correct the input, or leave it out.")])


LISTS = {"aids_or_help": _aids, "vasopressors": _vasopressors, "steroids": _steroids}
