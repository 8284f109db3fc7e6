"""The fields of a REDCap project as its data dictionary declares them, in either of its two spellings."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from casekit.importers.columns import UNIT, of_birth
from casekit.importers.dates import looks_like_dates
from casekit.importers.privacy import identifies
from casekit.importers.source import SourceTable
from casekit.records.cells import NUMBER

KEYS = {
    "name": ("Variable / Field Name", "field_name"),
    "form": ("Form Name", "form_name"),
    "type": ("Field Type", "field_type"),
    "label": ("Field Label", "field_label"),
    "choices": ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
    "note": ("Field Note", "field_note"),
    "validation": (
        "Text Validation Type OR Show Slider Number",
        "text_validation_type_or_show_slider_number",
    ),
    "identifier": ("Identifier?", "identifier"),
}
SYSTEM = ("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", "redcap_data_access_group")
LABELS = ("Event Name", "Repeat Instrument", "Repeat Instance", "Data Access Group")
SYSTEM_LABELS = dict(zip(LABELS, SYSTEM, strict=True))
CHOICE_TYPES = ("radio", "dropdown", "yesno", "truefalse")
PERSONAL = ("phone", "email", "zipcode", "ssn", "vmrn", "mrn_10d", "mrn_generic", "postalcode_canada")
YES_NO = {"1": "yes", "0": "no"}
BOXED = re.compile(r"(.+?)___(.+)")
CHOSEN = re.compile(r"(.+) \(choice=(.+)\)")


@dataclass(frozen=True)
class Field:
    """One field of a REDCap project."""

    name: str
    form: str = ""
    type: str = "text"
    label: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    note: str = ""
    validation: str = ""
    identifier: bool = False
    repeated: bool = False

    @property
    def is_date(self) -> bool:
        """Whether the field holds dates that are not those of a birth."""
        return self.validation.startswith("date") and not self.identifier

    @property
    def is_number(self) -> bool:
        """Whether the field holds numbers."""
        plain = self.validation.startswith(("number", "integer"))
        return self.type in {"calc", "slider"} or (self.type == "text" and plain)

    @property
    def has_comma(self) -> bool:
        """Whether its numbers have a decimal comma."""
        return "comma_decimal" in self.validation

    @property
    def unit(self) -> str:
        """The unit that the label or the note names in brackets."""
        for text in (self.label, self.note):
            if found := UNIT.fullmatch(text):
                return found[2]
        return ""

    @property
    def title(self) -> str:
        """The label without its unit; with the name of the field where a form has the label twice or not at all."""
        found = UNIT.fullmatch(self.label) if self.is_number else None
        title = (found[1] if found else self.label).strip()
        return f"{title} [{self.name}]" if title and self.repeated else title or self.name

    def choice(self, value: str) -> str:
        """The label of a choice given as code or as label."""
        if self.type in {"yesno", "truefalse"}:
            return YES_NO.get(value, value.casefold())
        return dict(self.choices).get(value, value)


def is_dictionary(table: SourceTable) -> bool:
    """Whether a table is a data dictionary."""
    spellings = zip(KEYS["name"], KEYS["type"], strict=True)
    return any(set(spelling) <= set(table.header) for spelling in spellings)


def fields_of(table: SourceTable) -> list[Field]:
    """The fields of a data dictionary in their order; labels that a form has twice are told apart by the field."""
    named = {key: next((name for name in names if name in table.header), "") for key, names in KEYS.items()}
    rows = [dict(zip(table.header, cells, strict=True)) for _, cells in table.rows]
    fields = [_field({key: cells.get(name, "") for key, name in named.items()}) for cells in rows]
    labels = Counter((each.form, each.label) for each in fields)
    return [replace(each, repeated=labels[each.form, each.label] > 1) for each in fields]


def _field(entry: dict[str, str]) -> Field:
    """One row of a data dictionary."""
    split = [choice.partition(",") for choice in entry["choices"].split("|") if "," in choice]
    choices = tuple((code.strip(), label.strip()) for code, _, label in split)
    born = of_birth(entry["name"]) or of_birth(entry["label"])
    personal = entry["validation"] in PERSONAL or identifies(entry["name"]) or born
    told: dict[str, Any] = {key: text for key, text in entry.items() if key not in {"choices", "identifier"}}
    return Field(**told, choices=choices, identifier=entry["identifier"].casefold() == "y" or personal)


def inferred(table: SourceTable) -> list[Field]:
    """The fields of an export without a dictionary, as far as its cells tell."""
    names = [name for name in table.header if name not in SYSTEM and not name.endswith("_complete")]
    return [_guess(name, pd.Series(table.cells(name), dtype=object)) for name in names]


def _guess(name: str, cells: pd.Series) -> Field:
    """What a column without a declaration seems to hold."""
    filled = cells[cells != ""]
    numeric = bool(len(filled)) and all(NUMBER.fullmatch(text.replace(",", ".")) for text in filled.unique())
    decimal = "number_comma_decimal" if numeric and filled.str.contains(",").any() else "number"
    dated = looks_like_dates(filled)
    boxed = BOXED.fullmatch(name)
    kind = "checkbox" if boxed else "text" if numeric or dated or identifies(name) else "notes"
    choices = ((boxed[2], boxed[2]),) if boxed else ()
    validation = "date_ymd" if dated else decimal if numeric else ""
    personal = identifies(name) or of_birth(name)
    return Field(boxed[1] if boxed else name, "", kind, "", choices, "", validation, personal)


def raw_names(header: list[str], fields: list[Field]) -> list[str]:
    """The field name of each column of an export with labels, in the order of the dictionary."""
    if set(header) & {*SYSTEM, *(field.name for field in fields[1:])}:
        return header
    waiting = list(_label_columns(fields))
    names = []
    for column in header:
        bare = re.sub(r" \(\d+\)$", "", column)
        found = next((at for at, (label, _) in enumerate(waiting) if label in (column, bare)), None)
        names.append(SYSTEM_LABELS.get(column, column) if found is None else waiting[found][1])
        waiting = waiting if found is None else waiting[found + 1 :]
    return names


def _label_columns(fields: list[Field]) -> Iterator[tuple[str, str]]:
    """Each column of an export with labels, and its raw name."""
    forms = [field.form for field in fields]
    for at, field in enumerate(fields):
        label = field.label
        if field.type == "checkbox":
            yield from ((f"{label} (choice={text})", f"{field.name}___{code}") for code, text in field.choices)
        elif field.type != "descriptive":
            yield label, field.name
        if field.form and field.form not in forms[at + 1 :]:
            yield "Complete?", f"{field.form}_complete"


def settings_of(fields: list[Field]) -> dict[str, Any]:
    """The settings of an export for a mapping file: the date that dates each form, and words for missing."""
    return {"missing": [], "dates": {form: name for form, name in _form_dates(fields).items() if name}, "columns": {}}


def _form_dates(fields: list[Field]) -> dict[str, str]:
    """The field that dates each form: one that is called after a visit or a sample, otherwise the only one."""
    dates: dict[str, list[Field]] = {}
    for field in fields:
        if field.is_date:
            dates.setdefault(field.form, []).append(field)
    chosen = {}
    for form, found in dates.items():
        named = [each for each in found if VISIT.search(f"{each.name} {each.label}")]
        chosen[form] = (named or found)[0].name if named or len(found) == 1 else ""
    return chosen


VISIT = re.compile(r"visit|assess|sampl|collect|exam|test|measur|date_?bp", re.IGNORECASE)
