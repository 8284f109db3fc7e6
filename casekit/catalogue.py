"""What casekit knows: variables, drugs, events, diseases and instruments, read from `definitions/`.

The folder is the registry: a new file in `definitions/instruments` is a new instrument.
"""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from casekit.errors import DefinitionError, UnknownName

Entry = TypeVar("Entry")

FOLDER = Path(__file__).parent / "definitions"
OTHER = "other: "
COLOUR_OF_OTHERS = "#6b6b6b"
LISTINGS = {
    "variable": "casekit.variables()",
    "disease": "casekit.diseases()",
    "instrument": "casekit.instruments()",
    "drug": "casekit.catalogue.drugs()",
    "event": "casekit.catalogue.events()",
    "publication": "casekit.catalogue.publications()",
    "frequency": "casekit.catalogue.frequencies()",
}
DRUG_KEYS = (
    "label", "category", "other_categories", "mg_equal_to_5_mg_prednisone", "mg_equal_in_other_tables", "not_systemic",
    "maintenance_maximum", "uncertain",
)  # fmt: skip


@dataclass(frozen=True)
class Variable:
    """One measured, assessed or derived quantity, as declared in variables.toml."""

    id: str
    kind: str
    label: str
    group: str
    type: str
    short: str = ""
    unit: str = ""
    other_units: dict[str, float] = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    scale: str = "linear"
    allowed: tuple[str, ...] = ()
    inputs: dict[str, str] = field(default_factory=dict)
    other_words: dict[str, str] = field(default_factory=dict)
    within_day: str = "last"
    note: str = ""


@dataclass(frozen=True)
class Disease:
    """One disease: its label, colour, activity instrument, response criteria and laboratory lanes."""

    id: str
    label: str
    colour: str
    activity: str | None = None
    activity_shown_to: float | None = None
    endpoint: str | None = None
    endpoint_label: str = ""
    responses: tuple[str, ...] = ()
    laboratory: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()


@cache
def _read(path: Path) -> dict[str, Any]:
    """The content of one definition file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as problem:
        raise DefinitionError(f"{path.name}: {problem}. Correct the TOML of that line.") from problem


def _record(kind: type, path: Path, entry: dict[str, Any]) -> Any:
    """`entry` as a `kind`, lists frozen to tuples; an unknown key is a fault in the definition."""
    frozen = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    try:
        return kind(**frozen)
    except TypeError as problem:
        raise DefinitionError(f"{path.name}, {entry.get('id')}: {problem}.") from problem


@cache
def _variables() -> dict[str, Variable]:
    path = FOLDER / "variables.toml"
    return {key: _record(Variable, path, {"id": key, **entry}) for key, entry in _read(path).items()}


@cache
def _diseases() -> dict[str, Disease]:
    paths = sorted((FOLDER / "diseases").glob("*.toml"))
    found = [_record(Disease, path, _read(path)) for path in paths]
    return {disease.id: disease for disease in found}


@cache
def _instruments() -> dict[str, dict[str, Any]]:
    paths = sorted((FOLDER / "instruments").glob("*.toml"))
    return {path.stem: {"id": path.stem, **_read(path)} for path in paths}


@cache
def _drugs(path: Path) -> dict[str, dict[str, Any]]:
    """The drugs of a file whose keys and categories are all known."""
    columns = _read(path.with_name("tables.toml"))["treatments"]["column"]
    allowed = next(column["allowed"] for column in columns if column["name"] == "category")
    for name, entry in _read(path).items():
        where = f"{path.name} [{name}]"
        if unknown := sorted(set(entry) - set(DRUG_KEYS)):
            raise DefinitionError(f"{where}: found {unknown}; expected {', '.join(DRUG_KEYS)}. Correct the key.")
        for category in [entry.get("category"), *entry.get("other_categories", [])]:
            if category not in allowed:
                expected = f"one of {', '.join(allowed)}"
                raise DefinitionError(f"{where}: found the category {category}; expected {expected}. Correct it.")
    return _read(path)


def _look_up(kind: str, name: str, known: dict[str, Entry]) -> Entry:
    if name not in known:
        raise UnknownName(kind, name, known, LISTINGS[kind])
    return known[name]


def _table(entries: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(entries, columns=["id", *columns]).set_index("id")


def is_other(name: str) -> bool:
    """Whether a name is of the series' own, outside every list: ``other: `` and what the source calls it.

    >>> is_other("other: Lipase"), is_other("crp_mg_l")
    (True, False)
    """
    return name.startswith(OTHER) and name != OTHER


def own_name(name: str) -> str:
    """What the source calls a thing that stands in no list.

    >>> own_name("other: Lipase")
    'Lipase'
    """
    return name.removeprefix(OTHER)


def variable(name: str) -> Variable:
    """The declaration of one variable; a name of the series' own is a number without a declared unit.

    >>> variable("crp_mg_l").unit
    'mg/L'
    >>> variable("other: Lipase").label
    'Lipase'
    """
    if is_other(name):
        return Variable(id=name, kind="other", label=own_name(name), group="other", type="text")
    return _look_up("variable", name, _variables())


def disease(name: str) -> Disease:
    """The declaration of one disease; one of the series' own has no scores.

    >>> disease("SLE").activity
    'sledai_2k'
    """
    if is_other(name):
        return Disease(id=name, label=own_name(name), colour=COLOUR_OF_OTHERS)
    return _look_up("disease", name, _diseases())


def instrument(name: str) -> dict[str, Any]:
    """The declaration of one instrument as read from its file, with its id.

    >>> instrument("eustar_2017")["range"]
    [0, 10]
    """
    return _look_up("instrument", name, _instruments())


def drug(name: str) -> dict[str, Any]:
    """The declaration of one drug; one of the series' own may have been given as anything.

    >>> drug("methylprednisolone")["category"]
    'glucocorticoid'
    """
    if is_other(name):
        return {"label": own_name(name), "category": "other"}
    return _look_up("drug", name, _drugs(FOLDER / "drugs.toml"))


def event(name: str) -> dict[str, Any]:
    """The declaration of one event name; one of the series' own may be of any kind.

    >>> event("crs")["short"]
    'CRS'
    """
    if is_other(name):
        return {"label": own_name(name)}
    return _look_up("event", name, _read(FOLDER / "events.toml"))


def publication(name: str) -> dict[str, Any]:
    """The claims of one publication: title, cite, doi and the list of claims.

    >>> publication("mueller_2024")["doi"]
    '10.1056/NEJMoa2308917'
    """
    return _read(_look_up("publication", name, _publications()))


def publications() -> list[str]:
    """The ids of the publications whose claims are declared.

    >>> "mueller_2024" in publications()
    True
    """
    return list(_publications())


def _publications() -> dict[str, Path]:
    return {path.stem: path for path in sorted((FOLDER / "publications").glob("*.toml"))}


def frequency(name: str) -> float | None:
    """Days that one dose stands for; None when the word gives no number.

    >>> frequency("weekly")
    7.0
    """
    days = _look_up("frequency", name, _read(FOLDER / "frequencies.toml")).get("days_per_dose")
    return None if days is None else float(days)


def frequencies() -> list[str]:
    """The words allowed for the frequency of a drug.

    >>> "weekly" in frequencies()
    True
    """
    return list(_read(FOLDER / "frequencies.toml"))


def variables() -> pd.DataFrame:
    """One row per variable: kind, label, unit, other_units, allowed values and limits.

    >>> variables().loc["temp_c", "unit"]
    'degC'
    """
    names = [column for column in Variable.__dataclass_fields__ if column != "id"]
    return _table([vars(entry) for entry in _variables().values()], names)


def diseases() -> pd.DataFrame:
    """One row per disease: label, colour, activity instrument, endpoint, lanes.

    >>> diseases().loc["SSc", "activity"]
    'eustar_2017'
    """
    names = [column for column in Disease.__dataclass_fields__ if column != "id"]
    return _table([vars(entry) for entry in _diseases().values()], names)


def drugs() -> pd.DataFrame:
    """One row per drug: label, category and further categories it may be given as.

    >>> drugs().loc["rituximab", "category"]
    'biologic'
    """
    entries = [{"id": key, **entry} for key, entry in _drugs(FOLDER / "drugs.toml").items()]
    columns = ["label", "category", "other_categories", "mg_equal_to_5_mg_prednisone", "not_systemic"]
    return _table(entries, columns)


def events() -> pd.DataFrame:
    """One row per event name: label, short label and the kinds it may be recorded as.

    >>> events().loc["pneumonia", "label"]
    'Pneumonia'
    """
    entries = [{"short": entry["label"], "id": key, **entry} for key, entry in _read(FOLDER / "events.toml").items()]
    return _table(entries, ["label", "short", "kinds"])


def instruments() -> pd.DataFrame:
    """One row per instrument: name, version, diseases, range and source.

    >>> instruments().loc["sledai_2k", "name"]
    'SLEDAI-2K'
    """
    entries = [{**entry, "cite": entry["source"]["cite"]} for entry in _instruments().values()]
    return _table(entries, ["name", "version", "purpose", "diseases", "combine", "range", "cite", "status"])


def is_variable(name: str) -> bool:
    """Whether variables.toml declares that name.

    >>> is_variable("crp_mg_l"), is_variable("crp")
    (True, False)
    """
    return name in _variables()


def is_instrument(instrument_id: str) -> bool:
    """Whether a file of that name stands in the instruments folder.

    >>> is_instrument("sledai_2k"), is_instrument("sledai")
    (True, False)
    """
    return instrument_id in _instruments()
