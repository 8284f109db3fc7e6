"""MEDS 0.3 and 0.4: one event per row in Parquet files, told apart by its code alone.

A row with a number is a result, one without is an event; rows without a time belong to the patient, and so does the
birth. A value inside the code (`GCS__EQ_7`) stays in the name: it may be a class of values as well as one.
"""

import re
from pathlib import Path

from casekit.errors import DataError, Problem
from casekit.importers.gathered import Gathered
from casekit.importers.gathering import Gathering, Place
from casekit.importers.parquet import MARK, columns_of, rows_of
from casekit.records import Metadata

NEEDED = {"subject_id", "time", "code", "numeric_value"}
BIRTH, DEATH = "MEDS_BIRTH", "MEDS_DEATH"
SEX = ("SEX", "GENDER")
DRUGS = ("MEDICATION", "INFUSION_START", "DRUG")
STAYS = ("ADMISSION", "HOSPITAL_ADMISSION")
ENDS = ("DISCHARGE", "HOSPITAL_DISCHARGE")
KINDS = {"PROCEDURE": "procedure"}
SPLITS = ("metadata", "task_labels")
LOINC = re.compile(r"LOINC//?([0-9]{1,7}-[0-9])")
SCALED = re.compile(r"(HR|HEART.?RATE|PULSE)\b", re.IGNORECASE)


def recognises(path: Path) -> bool:
    """Whether a Parquet file has the four columns of MEDS."""
    return any(set(columns_of(file)) >= NEEDED for file in _files(path)[:3])


def _files(path: Path) -> list[Path]:
    """The Parquet files of the data, those of metadata and labels not among them."""
    if path.is_dir():
        found = sorted(path.rglob("*.parquet"))
        return [each for each in found if not set(each.relative_to(path).parts) & set(SPLITS)]
    return [path] if path.is_file() and path.read_bytes()[:4] == MARK else []


def read(path: Path) -> Gathered:
    """The events of all files.

    Raises
    ------
    DataError
        When pyarrow is missing, or files cannot be read.
    """
    found = _Events()
    found.descriptions(path / "metadata" / "codes.parquet")
    rows_read: dict[str, int] = {}
    for file in _files(path):
        name = str(file.relative_to(path)) if path.is_dir() else file.name
        if set(columns_of(file)) >= NEEDED:
            rows_read[name] = found.read(name, file)
        else:
            found.note((name, 0), "no columns of MEDS", "Not read.")
    if not rows_read:
        found_text, todo = "no Parquet file of events", "Check the path."
        raise DataError([Problem(path.name, None, None, found_text, "subject_id, time, code, numeric_value", todo)])
    found.finish()
    about = Metadata(synthetic=False, title=path.stem)
    return found.gathered("meds", rows_read, about, unknown_patients="add")


class _Events(Gathering):
    """The events on their way into the five tables."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: dict[str, tuple[str, str]] = {}
        self.people: dict[str, tuple[Place, dict[str, str]]] = {}
        self.stays: dict[str, tuple[Place, dict[str, str]]] = {}
        self.negative: set[str] = set()

    def descriptions(self, file: Path) -> None:
        """Note what each code means, and its LOINC code where it has one."""
        if file.is_file():
            for _, cells in rows_of(file):
                coded = LOINC.search(cells.get("parent_codes", ""))
                self.labels[cells["code"]] = (cells.get("description", ""), coded[1] if coded else "")

    def read(self, name: str, file: Path) -> int:
        """Read the rows of one file; how many there are."""
        row = 0
        for row, cells in rows_of(file):
            place = (name, row)
            if not cells["subject_id"] or not cells["code"]:
                self.leave(place, "no subject or no code")
            else:
                self._row(place, cells["subject_id"], cells)
        return row

    def _row(self, place: Place, who: str, cells: dict[str, str]) -> None:
        """One event: of the patient, a result, or something that happened."""
        person = self.people.setdefault(who, (place, {}))
        code, time = cells["code"], cells["time"]
        if code == BIRTH or not time:
            self._of_person(place, person, code, cells)
        elif cells["numeric_value"]:
            self._result(place, who, cells)
        else:
            self._event(place, who, code, time)

    def _of_person(self, place: Place, person: tuple[Place, dict[str, str]], code: str, cells: dict[str, str]) -> None:
        """The birth and what has no time: cells of the patient."""
        head, _, tail = code.partition("//")
        if code == BIRTH:
            person[1]["birth_date"] = cells["time"][:10]
        elif head in SEX:
            person[1]["sex"] = tail
        else:
            person[1][head.lower()] = cells["numeric_value"] or tail or "yes"
        if place != person[0]:
            self.joined[place] = person[0]

    def _result(self, place: Place, who: str, cells: dict[str, str]) -> None:
        """One result; the unit is the last part of the code, or a column of its own."""
        code = cells["code"]
        parts = code.split("//")
        label, loinc = self.labels.get(code, ("", ""))
        unit = cells.get("unit", "") or (parts[-1] if len(parts) > 2 else "")  # noqa: PLR2004
        if SCALED.match(code) and cells["numeric_value"].startswith("-"):
            self.negative.add(code)
        result = {
            "variable": label or code,
            "code": loinc or code,
            "code_system": "loinc" if loinc else "MEDS",
            "value": cells["numeric_value"],
            "unit": "" if unit == "UNK" else unit,
            "date": cells["time"],
        }
        self.add("measurements", place, who, result)

    def _event(self, place: Place, who: str, code: str, time: str) -> None:
        """Something that happened: a stay, a drug that was given, a death, or another event."""
        head, _, tail = code.partition("//")
        name = self.labels.get(code, ("", ""))[0] or code
        if code.startswith(DEATH):
            self.people[who][1].update({"end_reason": "death", "last_known_date": time[:10]})
            self.add("events", place, who, {"kind": "death", "name": "death", "start_date": time})
        elif head in ENDS:
            self._discharge(place, who, time)
        elif head in STAYS:
            self.stays[who] = (place, {"kind": "hospitalisation", "name": name, "start_date": time})
            self.add("events", place, who, self.stays[who][1])
        elif head in DRUGS:
            given = {"start_date": time, "end_date": "not stated" if head.startswith("INFUSION") else time}
            once = {} if head.startswith("INFUSION") else {"frequency": "once"}
            self.add("treatments", place, who, {"drug": tail or name, **given, **once})
        else:
            self.add("events", place, who, {"kind": KINDS.get(head, "other"), "name": name, "start_date": time})

    def _discharge(self, place: Place, who: str, time: str) -> None:
        """The end of the last stay of the patient; without one, an event of its own."""
        admitted = self.stays.pop(who, None)
        if admitted is None:
            self.add("events", place, who, {"kind": "other", "name": "discharge", "start_date": time})
            return
        row = next(row for row in reversed(self.tables["events"]) if (row["file"], row["row"]) == admitted[0])
        row["end_date"] = time
        self.joined[place] = admitted[0]

    def finish(self) -> None:
        """The patients, and a warning where values seem to be scaled."""
        for who, (place, cells) in self.people.items():
            self.add("patients", place, who, cells)
        if self.negative:
            told = f"{', '.join(sorted(self.negative))} has values below 0; the values may be scaled and not in a unit"
            self.assumptions.append(told)
        self.assumptions.append("what has no time is taken to hold for the patient at all times")
