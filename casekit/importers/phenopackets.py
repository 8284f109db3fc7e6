"""GA4GH Phenopackets v2 (JSON, camelCase or snake_case; single packets, families, cohorts).

An excluded phenotype was looked for and not found: it is the answer "no", never an event. Time is mostly an age, which
counts days from birth; day 0 is the onset of the disease. The patient is the packet: `subject.id` repeats.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from casekit.errors import DataError, Problem
from casekit.importers.dates import days_between, span
from casekit.importers.gathered import Gathered
from casekit.importers.gathering import Gathering, Place
from casekit.importers.json_text import documents, ends_of
from casekit.importers.work import text_of
from casekit.records import Metadata

MARK = re.compile(r'"(phenotypicFeatures|phenotypic_features|phenopacketSchemaVersion|phenopacket_schema_version)"')
AGE = re.compile(r"P(?=\d)(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T.*)?")
DAYS = (365.25, 30.4375, 7, 1)
SEXES = {"FEMALE": "female", "MALE": "male", "OTHER_SEX": "other"}
ONSET = "onset of the disease"
TWO_CLOCKS = "an onset as an age and one as a date, and no date of birth between them"
LATEST = 18262  # days after day 0 that the tables allow; a birth can be day 0 only of somebody younger
LISTS = ("phenotypicFeatures", "diseases", "measurements", "medicalActions", "interpretations", "biosamples", "files")
Node = dict[str, Any]


class When(NamedTuple):
    """The time of something: a day since birth, or a date, and the age or word as it was written."""

    day: str = ""
    date: str = ""
    written: str = ""


def recognises(path: Path) -> bool:
    """Whether a JSON file has the keys of a phenopacket and is no FHIR resource."""
    heads = (ends_of(file) for file in _files(path))
    return any(MARK.search(head) and '"resourceType"' not in head for head in heads)


def _files(path: Path) -> list[Path]:
    """The JSON files of a folder and its folders, or the file itself."""
    if path.is_dir():
        return sorted(each for each in path.rglob("*.json") if each.is_file())
    return [path] if path.is_file() else []


def read(path: Path) -> Gathered:
    """The elements of all packets.

    Raises
    ------
    DataError
        When files cannot be read, or there is no packet.
    """
    found = Gathering(
        assumptions=["a year of age has 365.25 days and a month 30.4375; an age is known to its last unit"]
    )
    rows_read: dict[str, int] = {}
    problems: list[Problem] = []
    for file in _files(path):
        name = str(file.relative_to(path)) if path.is_dir() else file.name
        if not MARK.search(ends_of(file)):
            found.note((name, 0), "no phenopacket", "Not read.")
            continue
        try:
            packets = [packet for _, document in documents(file) for packet in _packets(_camel(document))]
        except DataError as error:
            problems += error.problems
            continue
        rows_read[name] = sum(_Packet(found, (name, 1 + at), packet).read() for at, packet in _placed(packets))
    if problems or not rows_read:
        raise DataError(
            problems or [Problem(path.name, None, None, "no phenopacket", "JSON of packets", "Check the path.")]
        )
    about = Metadata(synthetic=False, title=path.stem)
    return found.gathered("phenopackets", rows_read, about, day_zero=f"column: {ONSET}" if found.dates else "")


def _placed(packets: list[Node]) -> Iterator[tuple[int, Node]]:
    """Each packet with the number of elements before it in its file."""
    before = 0
    for packet in packets:
        yield before, packet
        before += 1 + sum(len(_nodes(packet, name)) for name in LISTS)


def _camel(value: Any) -> Any:
    """The document with the names of protobuf's JSON: snake_case becomes camelCase."""
    if isinstance(value, dict):
        return {re.sub(r"_(\w)", lambda mark: mark[1].upper(), str(key)): _camel(each) for key, each in value.items()}
    return [_camel(each) for each in value] if isinstance(value, list) else value


def _packets(document: Any) -> Iterator[Node]:
    """The packets of a document: itself, or those of a list, a family or a cohort."""
    if isinstance(document, list):
        for each in document:
            yield from _packets(each)
    elif isinstance(document, dict):
        inner = [_node(document, "proband"), *_nodes(document, "relatives"), *_nodes(document, "members")]
        held = [each for each in inner if each]
        yield from held or [document]


def _node(value: Node, name: str) -> Node:
    """An object inside an object; empty when it is not there."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _nodes(value: Node, name: str) -> list[Any]:
    """The list of that name; empty when it is not there."""
    found = value.get(name)
    return found if isinstance(found, list) else []


def _label(term: Node) -> str:
    """The words of an ontology term, or its code."""
    return text_of(term.get("label")) or text_of(term.get("id"))


def age_in_days(duration: str) -> str:
    """Whole days of an ISO 8601 duration; empty when it is none.

    >>> age_in_days("P12Y3M"), age_in_days("P2W"), age_in_days("twelve")
    ('4474', '14', '')
    """
    parts = AGE.fullmatch(duration)
    if not parts or not any(parts.groups()):
        return ""
    days = sum(float(part) * length for part, length in zip(parts.groups(), DAYS, strict=True) if part)
    return str(int(days + 0.5)) if days < 10 * LATEST else ""


def when(element: Any) -> When:
    """The time of a time element; an age range and an ontology class such as "Congenital onset" have no day."""
    if not isinstance(element, dict):
        return When()
    if dated := text_of(element.get("timestamp")) or text_of(_node(element, "interval").get("start")):
        return When(date=dated)
    if age := text_of(_node(element, "age").get("iso8601duration")):
        return When(day=age_in_days(age), written=age)
    span = _node(element, "ageRange")
    ends = [text_of(_node(span, end).get("iso8601duration")) for end in ("start", "end")]
    return When(written=" to ".join(filter(None, ends)) or _label(_node(element, "ontologyClass")))


class _Packet:
    """One packet on its way into the five tables."""

    def __init__(self, found: Gathering, place: Place, packet: Node) -> None:
        self.found, self.place, self.packet = found, place, packet
        self.who = text_of(packet.get("id")) or text_of(_node(packet, "subject").get("id"))
        self.birth = text_of(_node(packet, "subject").get("dateOfBirth"))[:10]
        self.diseases = [one for one in _nodes(packet, "diseases") if isinstance(one, dict) and not one.get("excluded")]
        self.zero = self._day_zero()
        self.rows = 0

    def read(self) -> int:
        """Read the subject and every element; the number of rows of the source."""
        self.rows = 1
        if not self.who:
            self.found.leave(self.place, "a packet without an id")
        else:
            self._subject()
        readers = (self._feature, self._disease, self._measurement, self._action, self._interpretation)
        for name, read in zip(LISTS, (*readers, self._unread, self._unread), strict=True):
            for element in _nodes(self.packet, name):
                place = (self.place[0], self.place[1] + self.rows)
                self.rows += 1
                if not isinstance(element, dict) or not self.who:
                    self.found.leave(place, f"an element of {name} that belongs to nobody or is no object")
                else:
                    read(place, element)
        return self.rows

    def _subject(self) -> None:
        """The patient, and the day the disease began."""
        subject = _node(self.packet, "subject")
        vital = _node(subject, "vitalStatus")
        died = vital.get("status") == "DECEASED"
        last = when(subject.get("timeAtLastEncounter"))
        variants = sorted(set(self._variants()))
        cells = {
            "disease": _label(_node(self.diseases[0], "term")) if self.diseases else "",
            "sex": SEXES.get(text_of(subject.get("sex")), "unknown"),
            "subject": text_of(subject.get("id")),
            "variants": "; ".join(variants),
            "birth_date": self.birth,
            "birth_day": "0" if self.zero.day else "",
            "last_known_day": last.day if self.zero.day else "",
            "last_known_date": last.date,
            "end_reason": "death" if died else "",
        }
        self.found.add("patients", self.place, self.who, cells)
        if died:
            death = {"kind": "death", "name": "death", **self._times(when(vital.get("timeOfDeath")), "start")}
            self.found.add("events", self.place, self.who, death)
        self.found.date(self.who, ONSET, self.zero.date, self.zero.day)
        if self.zero.written:
            self.found.note(self.place, "no age at onset", self.zero.written, "day 0")

    def _day_zero(self) -> When:
        """The earliest onset; without one the birth, of patients young enough for the tables. Empty: nothing is known.

        An age counts from birth and a date from nowhere: each needs the other, or the birth, to have a day.
        """
        told = [(self._by_both_clocks(when(one.get("onset"))), _label(_node(one, "term"))) for one in self.diseases]
        known = [(onset, name) for onset, name in told if onset.day or onset.date]
        if known:
            clocks = [clock for clock in ("day", "date") if all(getattr(onset, clock) for onset, _ in known)]
            if not clocks:
                action = f"Day 0 is the onset of {known[0][1]}; what is told in the other way has no day."
                self.found.note(self.place, TWO_CLOCKS, action, "day 0")
            clock = clocks[0] if clocks else "day" if known[0][0].day else "date"
            same = [onset for onset, _ in known if getattr(onset, clock)]
            return min(same, key=lambda onset: int(onset.day) if clock == "day" else onset.date)
        last = when(_node(self.packet, "subject").get("timeAtLastEncounter"))
        if last.day and int(last.day) <= LATEST:
            return When("0", self.birth, "Day 0 is the birth.")
        return When()

    def _by_both_clocks(self, onset: When) -> When:
        """The day since birth and the date of an onset, each from the other where the birth is known."""
        ends = span(onset.date)
        whole = onset.date[:10] if ends and ends[0] == ends[1] else ""
        day = onset.day or days_between(self.birth, whole)
        return When(day, whole or (_later(self.birth, int(day)) if day else ""))

    def _times(self, time: When, which: str) -> dict[str, str]:
        """The time of a row in the words of the core; an age as it was written stays beside the day."""
        stem = f"{which}_" if which else ""
        day = time.day if self.zero.day else ""
        return {f"{stem}day": day, f"{stem}date": time.date, f"{stem}age_written": time.written}

    def _variants(self) -> Iterator[str]:
        """Gene and variant of each genomic interpretation that is not rejected."""
        for each in _nodes(self.packet, "interpretations"):
            for call in _nodes(_node(each, "diagnosis") if isinstance(each, dict) else {}, "genomicInterpretations"):
                if isinstance(call, dict) and call.get("interpretationStatus") != "REJECTED":
                    about = _node(_node(call, "variantInterpretation"), "variationDescriptor")
                    gene = _node(about, "geneContext") or _node(call, "gene")
                    spelt = [text_of(one.get("value")) for one in _nodes(about, "expressions") if isinstance(one, dict)]
                    yield " ".join(filter(None, [text_of(gene.get("symbol")), *spelt[:1]]))

    def _feature(self, place: Place, feature: Node) -> None:
        """A phenotype: yes or no as an answer; one that is there also as an event."""
        onset, end = when(feature.get("onset")), when(feature.get("resolution"))
        name, absent = _label(_node(feature, "type")), feature.get("excluded") is True
        coded = {"code": text_of(_node(feature, "type").get("id")), "code_system": "HPO"}
        answer = {"variable": name, **coded, "value": "no" if absent else "yes", **self._times(onset, "")}
        self.found.add("assessments", place, self.who, answer)
        if not absent:
            cells = {"kind": "other", "name": name, **coded, "severity": _label(_node(feature, "severity"))}
            ended = self._times(end, "end") if end.day or end.date else {}
            self.found.add(
                "events", place, self.who, {**cells, **self._times(onset, "start"), **ended, "category": "phenotype"}
            )

    def _disease(self, place: Place, disease: Node) -> None:
        """A diagnosis; one that was excluded is the answer "no"."""
        term = _node(disease, "term")
        coded = {"code": text_of(term.get("id")), "code_system": text_of(term.get("id")).partition(":")[0]}
        if disease.get("excluded") is True:
            self.found.add("assessments", place, self.who, {"variable": _label(term), **coded, "value": "no"})
            return
        cells = {"kind": "other", "name": _label(term), **coded, "category": "diagnosis"}
        self.found.add("events", place, self.who, {**cells, **self._times(when(disease.get("onset")), "start")})

    def _measurement(self, place: Place, measurement: Node) -> None:
        """A result; a complex one has a row for each of its parts."""
        assay, value = _node(measurement, "assay"), _node(measurement, "value")
        parts = [one for one in _nodes(_node(measurement, "complexValue"), "typedQuantities") if isinstance(one, dict)]
        results = [(_node(one, "type"), _node(one, "quantity")) for one in parts] or [(assay, _node(value, "quantity"))]
        for term, quantity in results:
            limits = _node(quantity, "referenceRange")
            cells = {
                "variable": _label(term),
                "code": text_of(term.get("id")).partition(":")[2],
                "code_system": text_of(term.get("id")).partition(":")[0].lower(),
                "value": text_of(quantity.get("value")) if quantity else _label(_node(value, "ontologyClass")),
                "unit": _unit(_node(quantity, "unit")),
                "lower": text_of(limits.get("low")),
                "upper": text_of(limits.get("high")),
                **self._times(when(measurement.get("timeObserved")), ""),
            }
            self.found.add("measurements", place, self.who, cells)

    def _action(self, place: Place, action: Node) -> None:
        """A treatment or a procedure."""
        treatment, procedure = _node(action, "treatment"), _node(action, "procedure")
        if procedure:
            cells = {"kind": "procedure", "name": _label(_node(procedure, "code"))}
            self.found.add(
                "events", place, self.who, {**cells, **self._times(when(procedure.get("performed")), "start")}
            )
        elif treatment:
            self._treatment(place, treatment, _label(_node(action, "treatmentTerminationReason")))
        else:
            self.found.leave(place, "an action that is neither a treatment nor a procedure", "nothing")

    def _treatment(self, place: Place, treatment: Node, reason: str) -> None:
        """One row for each interval of doses, or one for a treatment without any."""
        for dose in [one for one in _nodes(treatment, "doseIntervals") if isinstance(one, dict)] or [{}]:
            quantity, span = _node(dose, "quantity"), _node(dose, "interval")
            cells = {
                "drug": _label(_node(treatment, "agent")),
                "dose": text_of(quantity.get("value")),
                "dose_unit": _unit(_node(quantity, "unit")) if quantity else "",
                "frequency": _label(_node(dose, "scheduleFrequency")).lower(),
                "route": _label(_node(treatment, "routeOfAdministration")).lower(),
                "start_date": text_of(span.get("start")),
                "end_date": text_of(span.get("end")) or "not stated",
                "reason": reason,
            }
            self.found.add("treatments", place, self.who, cells)

    def _interpretation(self, place: Place, _: Node) -> None:
        """Genes and variants stand with the patient."""
        self.found.joined[place] = self.place

    def _unread(self, place: Place, _: Node) -> None:
        """Samples and files."""
        self.found.leave(place, "a sample or a file", "nothing")


def _unit(term: Node) -> str:
    """The unit: its code where that is UCUM, otherwise its label."""
    code = text_of(term.get("id"))
    return code.removeprefix("UCUM:") if code.startswith("UCUM:") else _label(term)


def _later(birth: str, days: int) -> str:
    """The date so many days after a birth; empty when the birth is not known to the day."""
    ends = span(birth)
    return date.fromordinal(ends[0] + days).isoformat() if ends and ends[0] == ends[1] else ""
