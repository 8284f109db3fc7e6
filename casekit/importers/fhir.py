"""FHIR R4 and R4B (bundles, lists, NDJSON, folders): plain JSON; other versions are refused by name.

What was entered in error, refuted or not done is reported and never shown. An order is not an intake: orders are marked
as such, and left out of the series for a drug that is also recorded as given or taken.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from casekit.errors import DataError, Problem
from casekit.importers.fhir_medication import courses
from casekit.importers.fhir_observation import answers, results
from casekit.importers.fhir_resources import (
    References,
    Resource,
    Source,
    coded,
    codes,
    end_of,
    grade_of,
    is_fhir,
    node,
    nodes,
    older_version,
    source_of,
    start_of,
)
from casekit.importers.gathered import Gathered
from casekit.importers.gathering import Gathering
from casekit.importers.infusions import is_car_t
from casekit.importers.names import plain
from casekit.importers.work import text_of
from casekit.records import Metadata

NOT_SO = {"entered-in-error", "cancelled", "not-done", "not-taken", "refuted", "draft", "preparation"}
NO_PROBLEM = {"160245001", "no-known-problems", "no-problem-info", "1156316003"}
INPATIENT = {"IMP", "ACUTE", "NONAC", "SS"}
INTAKE = {"MedicationAdministration": 0, "MedicationStatement": 1, "MedicationDispense": 2, "MedicationRequest": 3}
CONDITION = "first onset of a condition"
ENCOUNTER = "first encounter"


def recognises(path: Path) -> bool:
    """Whether a JSON file holds a FHIR resource."""
    return is_fhir(path)


def read(path: Path) -> Gathered:
    """The resources of a file or folder.

    Raises
    ------
    DataError
        When files cannot be read, hold no resource, or are of another version of FHIR.
    """
    source = source_of(path)
    _refuse_other_versions(path, source)
    found = _Record(source)
    found.read()
    has_patients = any(resource.kind == "Patient" for resource in source.resources)
    return found.gathered(
        "fhir",
        source.rows_read,
        Metadata(synthetic=_are_generated(source.resources), title=path.stem),
        day_zero=next((f"column: {name}" for _, name, _, _ in found.dates if name == ENCOUNTER), ""),
        unknown_patients="report" if has_patients else "add",
    )


def _refuse_other_versions(path: Path, source: Source) -> None:
    """Refuse what is not R4, by name."""
    if not source.resources:
        raise DataError([Problem(path.name, None, None, "no FHIR resource", "resources of FHIR R4", "Check the path.")])
    seen = Counter(version for resource in source.resources if (version := older_version(resource)))
    if seen:
        version, count = seen.most_common(1)[0]
        found = f"{count} resources that look like FHIR {version}"
        raise DataError(
            [Problem(path.name, None, None, found, "FHIR R4 or R4B", "Convert it to R4, or export it as R4.")]
        )


def _are_generated(resources: list[Resource]) -> bool:
    """Whether every patient says that it was made by the generator Synthea; one that does not may be real."""
    patients = [resource.content for resource in resources if resource.kind == "Patient"]
    systems = ([text_of(each.get("system")) for each in nodes(patient, "identifier")] for patient in patients)
    return bool(patients) and all(any("synthetichealth" in system for system in each) for each in systems)


class _Record(Gathering):
    """The resources on their way into the five tables."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source
        self.references = References(source.resources)
        self.taken: set[tuple[str, str]] = set()

    def read(self) -> None:
        """Turn every resource into rows of the five tables, those on intake before the orders."""
        for place in self.source.empty:
            self.leave(place, "an entry without a resource", "nothing")
        for name in self.source.other_files:
            self.note((name, 0), "no FHIR resource", "Not read.")
        readers: dict[str, Callable[[Resource, str], None]] = {
            "Observation": self._observation,
            "QuestionnaireResponse": self._answers,
            "Condition": self._condition,
            "AdverseEvent": self._adverse_event,
            "Procedure": self._procedure,
            "Immunization": self._immunization,
            "Encounter": self._encounter,
            **dict.fromkeys(INTAKE, self._medication),
        }
        for resource in sorted(self.source.resources, key=lambda each: INTAKE.get(each.kind, -1)):
            reader = readers.get(resource.kind)
            who = self.references.patient(resource)
            if resource.kind == "Patient":
                self._patient(resource)
            elif reader is None:
                self.leave(resource.place, f"the resource {resource.kind} has no table in a series", "nothing")
            elif not who:
                self.leave(resource.place, f"{resource.kind} without a patient", column="subject")
            elif status := self._not_so(resource):
                self.leave(resource.place, f"{resource.kind} is {status}")
            else:
                reader(resource, who)

    def _not_so(self, resource: Resource) -> str:
        """The status by which a resource does not hold; empty when it does."""
        said = {
            text_of(resource.content.get("status")),
            *codes(node(resource.content, "verificationStatus")),
            text_of(resource.content.get("doNotPerform")).replace("yes", "not-done"),
        }
        return ", ".join(sorted(said & NOT_SO))

    def _patient(self, resource: Resource) -> None:
        """One patient; names, addresses and numbers are not read."""
        content = resource.content
        died = text_of(content.get("deceasedDateTime"))
        dead = bool(died) or content.get("deceasedBoolean") is True
        cells = {
            "sex": text_of(content.get("gender")),
            "birth_date": text_of(content.get("birthDate")),
            "end_reason": "death" if dead else "",
        }
        self.add("patients", resource.place, resource.id, cells)
        if dead:
            self.add("events", resource.place, resource.id, {"kind": "death", "name": "death", "start_date": died})

    def _observation(self, resource: Resource, who: str) -> None:
        """The results of an observation, one row each."""
        found = list(results(resource.content))
        for cells in found:
            self.add("measurements", resource.place, who, cells)
        if not found:
            why = coded(node(resource.content, "dataAbsentReason"))["name"] or "no value"
            name = coded(node(resource.content, "code"))["name"]
            self.leave(resource.place, f"{name}: {why}", "nothing", "value")
        if resource.content.get("modifierExtension"):
            self.note(
                resource.place, "an extension that changes the meaning", "Kept; look at it.", column="modifierExtension"
            )

    def _answers(self, resource: Resource, who: str) -> None:
        """The answers of a questionnaire, one row each."""
        dated = text_of(resource.content.get("authored"))
        if not dated and (visit := self.references.find(node(resource.content, "encounter"), resource)):
            dated = text_of(node(visit.content, "period").get("start"))
        found = list(answers(resource.content, dated))
        for cells in found:
            self.add("assessments", resource.place, who, cells)
        if not found:
            self.leave(resource.place, "no answer", "nothing", "item")

    def _condition(self, resource: Resource, who: str) -> None:
        """A diagnosis; that there is no known problem is none."""
        content = resource.content
        if codes(node(content, "code")) & NO_PROBLEM:
            self.leave(resource.place, "says that no problem is known, which is no diagnosis", "nothing", "code")
            return
        onset = start_of(content, "onset") or text_of(content.get("recordedDate"))
        ended = start_of(content, "abatement")
        active = codes(node(content, "clinicalStatus")) & {"active", "recurrence", "relapse"}
        cells = {
            "kind": "other",
            **coded(node(content, "code")),
            "start_date": onset,
            "end_date": ended,
            "ongoing": "yes" if active and not ended else "",
            "certainty": ", ".join(sorted(codes(node(content, "verificationStatus")))),
            "category": "diagnosis",
        }
        self.add("events", resource.place, who, cells)
        if not start_of(content, "onset") and onset:
            self.note(resource.place, "no onset; the day it was recorded is taken", "Kept.", column="onset")
        self.date(who, CONDITION, onset)

    def _adverse_event(self, resource: Resource, who: str) -> None:
        """An adverse event that happened; a grade only where an extension or the words "Grade n" give one."""
        content = resource.content
        if content.get("actuality") == "potential":
            self.leave(resource.place, "a potential event, which did not happen")
            return
        serious = codes(node(content, "seriousness"))
        grade = grade_of(content)
        cells = {
            "kind": "adverse_event",
            "grade": grade,
            "grade_system": "as the source grades" if grade else "",
            **coded(node(content, "event")),
            "start_date": text_of(content.get("date")) or text_of(content.get("detected")),
            "serious": "yes" if "serious" in {each.lower() for each in serious} else "",
            "severity": coded(node(content, "severity"))["name"],
            "outcome": coded(node(content, "outcome"))["name"],
        }
        self.add("events", resource.place, who, cells)

    def _procedure(self, resource: Resource, who: str) -> None:
        """A procedure; the infusion of CAR T cells is a treatment."""
        named = coded(node(resource.content, "code"))
        times = {
            "start_date": start_of(resource.content, "performed"),
            "end_date": end_of(resource.content, "performed"),
        }
        if is_car_t(named["name"]):
            given = {"drug": named.pop("name"), **named, **times, "frequency": "once", "category": "car_t"}
            given["end_date"] = times["start_date"]
            self.add("treatments", resource.place, who, given)
        else:
            self.add("events", resource.place, who, {"kind": "procedure", **named, **times})

    def _immunization(self, resource: Resource, who: str) -> None:
        """A vaccination."""
        dated = start_of(resource.content, "occurrence")
        named = coded(node(resource.content, "vaccineCode"))
        times = {"start_date": dated, "end_date": dated}
        self.add("events", resource.place, who, {"kind": "vaccination", **named, **times})

    def _encounter(self, resource: Resource, who: str) -> None:
        """A stay in hospital; other encounters have no table in a series."""
        period = node(resource.content, "period")
        self.date(who, ENCOUNTER, text_of(period.get("start")))
        if text_of(node(resource.content, "class").get("code")) not in INPATIENT:
            self.leave(resource.place, "an encounter that is no stay in hospital", "nothing")
            return
        types = resource.content.get("type")
        named = (
            coded(types[0]) if isinstance(types, list) and types and isinstance(types[0], dict) else {"name": "stay"}
        )
        times = {"start_date": text_of(period.get("start")), "end_date": text_of(period.get("end"))}
        self.add("events", resource.place, who, {"kind": "hospitalisation", **named, **times})

    def _medication(self, resource: Resource, who: str) -> None:
        """A drug that was given, taken, dispensed or ordered; the orders of a drug that was given are left out."""
        held = self.references.find(node(resource.content, "medicationReference"), resource)
        concept = node(held.content, "code") if held else node(resource.content, "medicationCodeableConcept")
        named = coded(concept)
        drug = (who, plain(named["name"]))
        if not named["name"]:
            self.leave(resource.place, "no name of a drug", column="medication")
        elif resource.kind != "MedicationRequest":
            self.taken.add(drug)
            self._courses(resource, who, named)
        elif drug in self.taken:
            self.leave(resource.place, f"an order of {named['name']}, which is also recorded as given or taken")
        elif text_of(resource.content.get("intent")) in {"proposal", "plan", "option"}:
            self.leave(resource.place, f"a {resource.content['intent']}, which is no order")
        else:
            self._courses(resource, who, named)
            self.note(resource.place, f"an order of {named['name']}, which is no intake", "Kept, marked as ordered.")

    def _courses(self, resource: Resource, who: str, named: dict[str, str]) -> None:
        """The courses of one drug."""
        for cells in courses(resource, named):
            self.add("treatments", resource.place, who, cells)
