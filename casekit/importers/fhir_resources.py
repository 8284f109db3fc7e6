"""FHIR resources of bundles, lists, NDJSON and folders, each with its place, and what refers to what."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from casekit.errors import DataError, Problem
from casekit.importers.json_text import documents, ends_of
from casekit.importers.work import text_of

MARK = re.compile(r'"resourceType"\s*:\s*"[A-Z]')
SUFFIXES = (".json", ".ndjson", ".jsonl")
GRADE = re.compile(r"([1-5])")
GRADE_IN_WORDS = re.compile(r"\bgrade[ :]*([1-5])\b(?! ?(?:-|–|to|or)? ?\d)", re.IGNORECASE)
DEEPEST = 8  # bundles in bundles, questions in questions
Node = Mapping[str, Any]
EMPTY: Node = {}


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: its place in the source, what it holds, and the address its bundle gives it."""

    place: tuple[str, int]
    content: Node
    address: str = ""

    @property
    def kind(self) -> str:
        """The type of the resource."""
        return text_of(self.content.get("resourceType"))

    @property
    def id(self) -> str:
        """The id of the resource, otherwise its address."""
        return text_of(self.content.get("id")) or self.address.rpartition(":")[2]


@dataclass
class Source:
    """All resources of a source, all entries counted by file, and those that are no resource."""

    resources: list[Resource] = field(default_factory=list)
    rows_read: dict[str, int] = field(default_factory=dict)
    empty: list[tuple[str, int]] = field(default_factory=list)
    other_files: list[str] = field(default_factory=list)


def is_fhir(path: Path) -> bool:
    """Whether any JSON file holds a resource."""
    return any(MARK.search(ends_of(file)) for file in files_of(path))


def files_of(path: Path) -> list[Path]:
    """The JSON files of a folder and its folders, or the file itself."""
    if path.is_dir():
        return sorted(each for each in path.rglob("*") if each.is_file() and each.suffix.casefold() in SUFFIXES)
    return [path] if path.is_file() else []


def source_of(path: Path) -> Source:
    """Every resource of a file or folder.

    Raises
    ------
    DataError
        When files cannot be read: all of them at once.
    """
    source, problems = Source(), []
    for file in files_of(path):
        name = str(file.relative_to(path)) if path.is_dir() else file.name
        if not MARK.search(ends_of(file)):
            source.other_files.append(name)
            continue
        row = 0
        try:
            for row, (content, address) in enumerate(_entries(file), start=1):
                if isinstance(content, dict) and content.get("resourceType"):
                    source.resources.append(Resource((name, row), content, address))
                else:
                    source.empty.append((name, row))
        except DataError as error:
            problems += error.problems
        source.rows_read[name] = row
    if problems:
        raise DataError(problems)
    return source


def _entries(file: Path) -> Iterator[tuple[Any, str]]:
    """Each resource of a file with its address."""
    for _, document in documents(file):
        for each in document if isinstance(document, list) else [document]:
            yield from _unbundled(file, each, "", 0)


def _unbundled(file: Path, content: Any, address: str, depth: int) -> Iterator[tuple[Any, str]]:
    """The resource itself, or those of the bundle it is."""
    if depth > DEEPEST:
        found = f"bundles inside bundles, more than {DEEPEST} deep"
        raise DataError([Problem(file.name, None, None, found, "one bundle", "Export it again.")])
    if not isinstance(content, dict) or content.get("resourceType") != "Bundle":
        yield content, address
        return
    for entry in nodes(content, "entry"):
        yield from _unbundled(file, entry.get("resource"), text_of(entry.get("fullUrl")), depth + 1)


def node(content: Node, name: str) -> Node:
    """An object inside an object; empty when it is not there."""
    found = content.get(name)
    return found if isinstance(found, dict) else EMPTY


def nodes(content: Node, name: str) -> list[Node]:
    """The objects of a list; empty when it is not there."""
    found = content.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def first(content: Node, name: str) -> Node:
    """The first object of a list; empty when there is none."""
    return next(iter(nodes(content, name)), EMPTY)


def older_version(resource: Resource) -> str:
    """The name of another version of FHIR that only its resources look like; empty for R4 and R4B.

    >>> older_version(Resource(("a", 1), {"resourceType": "Condition", "clinicalStatus": "active"}))
    'STU3'
    """
    content = resource.content
    profiles = " ".join(map(text_of, node(content, "meta").get("profile") or ()))
    if "/STU3/" in profiles or "/3.0" in profiles:
        return "STU3"
    if resource.kind == "MedicationOrder" or "dateRecorded" in content:
        return "DSTU2"
    if resource.kind in {"Condition", "AllergyIntolerance"} and isinstance(content.get("clinicalStatus"), str):
        return "STU3"
    if resource.kind in {"Observation", "Procedure", "Condition", "QuestionnaireResponse"} and "context" in content:
        return "STU3"
    if resource.kind in {"Condition", "Procedure", "Observation"} and isinstance(
        node(content, "code").get("coding"), dict
    ):
        return "STU3"
    return "R5" if isinstance(content.get("class"), list) or "medication" in content else ""


class References:
    """What an address, a type with an id, or a contained id refers to."""

    def __init__(self, resources: list[Resource]) -> None:
        self.by_address = {each.address: each for each in resources if each.address}
        self.by_id = {f"{each.kind}/{each.id}": each for each in resources}

    def find(self, reference: Node, within: Resource) -> Resource | None:
        """The resource that is referred to; None when it is not in the source."""
        told = text_of(reference.get("reference")).partition("/_history/")[0]
        if told.startswith("#"):
            held = nodes(within.content, "contained")
            found = next((each for each in held if text_of(each.get("id")) == told[1:]), None)
            return Resource(within.place, found) if found else None
        return self.by_address.get(told) or self.by_id.get("/".join(told.split("/")[-2:]))

    def patient(self, resource: Resource) -> str:
        """The id of the patient a resource is about; empty when it says none."""
        for name in ("subject", "patient", "individual"):
            if reference := node(resource.content, name):
                found = self.find(reference, resource)
                if found is not None:
                    return found.id if found.kind == "Patient" else ""
                told = text_of(reference.get("reference"))
                return told.rpartition("/")[2].rpartition(":")[2] if "/" not in told or "Patient/" in told else ""
        return ""


def coded(concept: Node) -> dict[str, str]:
    """Name, code and system of a concept: LOINC where there is any coding of it, otherwise the first."""
    codings = nodes(concept, "coding")
    loinc = next((each for each in codings if text_of(each.get("system")).endswith("://loinc.org")), None)
    coding = loinc or next(iter(codings), EMPTY)
    name = text_of(concept.get("text")) or text_of(coding.get("display")) or text_of(coding.get("code"))
    return {"name": name, "code": text_of(coding.get("code")), "code_system": text_of(coding.get("system"))}


def codes(concept: Node) -> set[str]:
    """Every code of a concept."""
    return {text_of(each.get("code")) for each in nodes(concept, "coding")}


def grade_of(event: Node) -> str:
    """The grade of an adverse event: that of an extension, or of the words "Grade n"; never from mild or severe.

    >>> grade_of({"severity": {"text": "CTCAE Grade 3"}}), grade_of({"severity": {"text": "severe"}})
    ('3', '')
    """
    extended = [each for each in nodes(event, "extension") if "grade" in text_of(each.get("url")).casefold()]
    told = [text_of(each.get("valueInteger")) or coded(node(each, "valueCodeableConcept"))["name"] for each in extended]
    told += [coded(node(event, name))["name"] for name in ("severity", "event")]
    found = (GRADE.fullmatch(text) or GRADE_IN_WORDS.search(text) for text in told)
    return next((grade[1] for grade in found if grade), "")


def start_of(content: Node, stem: str) -> str:
    """The time of something: a date, an instant, or the start of a period."""
    dated = (text_of(content.get(f"{stem}{form}")) for form in ("DateTime", "Instant", "Date"))
    return next(filter(None, dated), "") or text_of(node(content, f"{stem}Period").get("start"))


def end_of(content: Node, stem: str) -> str:
    """The end of a period; of what has a single time, that time."""
    if period := node(content, f"{stem}Period"):
        return text_of(period.get("end"))
    return start_of(content, stem)
