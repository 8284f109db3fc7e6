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


def course(resource: Resource, named: dict[str, str]) -> dict[str, str]:
    """The cells of one course, and on what it rests."""
    content = resource.content
    dosage = first(content, "dosageInstruction") or first(content, "dosage") or node(content, "dosage")
    rate = first(dosage, "doseAndRate")
    dose = node(rate, "doseQuantity") or node(dosage, "dose")
    start, end = _times(resource)
    goes_on = text_of(content.get("status")) in GOES_ON
    once = resource.kind == "MedicationAdministration" and start == end
    return {
        "drug": named["name"],
        "code": named["code"],
        "code_system": named["code_system"],
        "dose": text_of(dose.get("value")),
        "dose_unit": text_of(dose.get("unit")) or text_of(dose.get("code")),
        "frequency": "once" if once else _frequency(dosage),
        "route": _route(node(dosage, "route")),
        "start_date": start,
        "end_date": end or ("" if goes_on else NO_END),
        "basis": BASIS[resource.kind],
    }


def _times(resource: Resource) -> tuple[str, str]:
    """First and last day, as far as they are told."""
    content = resource.content
    if resource.kind in {"MedicationAdministration", "MedicationStatement"}:
        one_day = resource.kind == "MedicationAdministration" or "effectivePeriod" in content
        return start_of(content, "effective"), end_of(content, "effective") if one_day else ""
    if resource.kind == "MedicationDispense":
        return text_of(content.get("whenHandedOver")) or text_of(content.get("whenPrepared")), ""
    bounds = node(node(node(first(content, "dosageInstruction"), "timing"), "repeat"), "boundsPeriod")
    validity = node(node(content, "dispenseRequest"), "validityPeriod")
    start = text_of(bounds.get("start")) or text_of(content.get("authoredOn"))
    return start, text_of(bounds.get("end")) or text_of(validity.get("end"))


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
