"""Drugs in FHIR: one row per administration, statement, dispense or request."""

from typing import Any

from casekit.importers.fhir_resources import Node, Resource, end_of, first, node, nodes, start_of
from casekit.importers.work import text_of

BASIS = {
    "MedicationAdministration": "given", "MedicationStatement": "taken as stated", "MedicationDispense": "dispensed",
    "MedicationRequest": "ordered, not known to be taken",
}  # fmt: skip
FREQUENCIES: dict[tuple[Any, Any, str], str] = {
    (1, 1, "d"): "daily", (2, 1, "d"): "twice daily", (1, 2, "d"): "every other day", (1, 1, "wk"): "weekly",
    (1, 7, "d"): "weekly", (1, 2, "wk"): "every 2 weeks", (1, 14, "d"): "every 2 weeks", (1, 1, "mo"): "monthly",
    (1, 6, "mo"): "every 6 months", (1, 24, "h"): "daily", (1, 12, "h"): "twice daily",
}  # fmt: skip
ROUTES = {
    "26643006": "oral", "47625008": "iv", "34206005": "sc", "78421000": "im", "6064005": "topical",
    "447694001": "inhaled", "45890007": "transdermal",
}  # fmt: skip
GOES_ON = {"active", "in-progress", "on-hold", "intended"}
NO_END = "not stated"


def courses(resource: Resource, named: dict[str, str]) -> list[dict[str, str]]:
    """The cells of each course and on what it rests: one for each dosage.

    Dosages with the same sequence number are taken together, others one after the other (FHIR R4, Dosage.sequence);
    where no period says when the later ones began, nobody knows it.
    """
    content = resource.content
    parts = nodes(content, "dosageInstruction") or nodes(content, "dosage") or [node(content, "dosage")]
    numbers = [_sequence(part) for part in parts]
    start, end = _times(resource)
    found = []
    for part, number in zip(parts, numbers, strict=True):
        begins, finishes = number == min(numbers), number == max(numbers)
        told = start if begins else "", end if finishes else ""
        goes_on = finishes and text_of(content.get("status")) in GOES_ON
        bounds = node(node(node(part, "timing"), "repeat"), "boundsPeriod")
        ends = [text_of(bounds.get(name)) for name in ("start", "end")]
        if resource.kind == "MedicationRequest" or len(parts) > 1:
            told = ends[0] or told[0], ends[1] or told[1]
        found.append(_course(resource, named, part, (told[0], told[1] or ("" if goes_on else NO_END))))
    return found


def _sequence(dosage: Node) -> int:
    """The place of a dosage among the others."""
    number = dosage.get("sequence")
    return number if isinstance(number, int) else 0


def _course(resource: Resource, named: dict[str, str], dosage: Node, times: tuple[str, str]) -> dict[str, str]:
    """The cells of the course of one dosage."""
    rate = first(dosage, "doseAndRate")
    dose = node(rate, "doseQuantity") or node(dosage, "dose")
    once = resource.kind == "MedicationAdministration" and times[0] == times[1]
    return {
        "drug": named["name"],
        "code": named["code"],
        "code_system": named["code_system"],
        "dose": text_of(dose.get("value")),
        "dose_unit": text_of(dose.get("unit")) or text_of(dose.get("code")),
        "frequency": "once" if once else _frequency(dosage),
        "route": _route(node(dosage, "route")),
        "start_date": times[0],
        "end_date": times[1],
        "basis": BASIS[resource.kind],
    }


def _times(resource: Resource) -> tuple[str, str]:
    """First and last day, as far as they are told of all dosages."""
    content = resource.content
    if resource.kind in {"MedicationAdministration", "MedicationStatement"}:
        one_day = resource.kind == "MedicationAdministration" or "effectivePeriod" in content
        return start_of(content, "effective"), end_of(content, "effective") if one_day else ""
    if resource.kind == "MedicationDispense":
        return text_of(content.get("whenHandedOver")) or text_of(content.get("whenPrepared")), ""
    validity = node(node(content, "dispenseRequest"), "validityPeriod")
    return text_of(content.get("authoredOn")), text_of(validity.get("end"))


def _frequency(dosage: Node) -> str:
    """How often, in the words of the tables; otherwise as it is written."""
    if dosage.get("asNeededBoolean") is True or "asNeededCodeableConcept" in dosage:
        return "as needed"
    repeat = node(node(dosage, "timing"), "repeat")
    if not repeat:
        return ""
    told = (repeat.get("frequency", 1), repeat.get("period"), text_of(repeat.get("periodUnit")))
    try:
        return FREQUENCIES.get(told, " ".join(map(text_of, told)))
    except TypeError:
        return ""


def _route(route: Node) -> str:
    """The route by its SNOMED CT code, otherwise in the words of the source."""
    known = (ROUTES.get(text_of(coding.get("code"))) for coding in nodes(route, "coding"))
    return next(filter(None, known), "") or text_of(route.get("text")).lower()
