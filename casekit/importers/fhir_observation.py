"""Results and answers in FHIR: each value of an observation, each answer of a questionnaire, as one row."""

import re
from collections.abc import Iterator

from casekit.importers.fhir_resources import DEEPEST, Node, coded, first, node, nodes, start_of
from casekit.importers.work import text_of

UCUM = "http://unitsofmeasure.org"
RANGE = re.compile(r"\s*([\d.]+)\s*(?:-|–|to)\s*([\d.]+)\s*[^\d]*")
ORDINAL = ("ordinalValue", "itemWeight")
SIMPLE = ("valueDecimal", "valueInteger", "valueBoolean", "valueString", "valueDateTime", "valueDate", "valueTime")


def results(observation: Node) -> Iterator[dict[str, str]]:
    """The value of an observation and those of its components, those that have one."""
    dated = start_of(observation, "effective") or text_of(observation.get("issued"))
    for part in (observation, *nodes(observation, "component")):
        value = _value(part)
        if not value:
            continue
        named = coded(node(part, "code"))
        limits = first(part, "referenceRange")
        lower, upper = _limits(limits)
        yield {
            "variable": named.pop("name"),
            **named,
            **value,
            "date": dated,
            "lower": lower,
            "upper": upper,
            "range_text": text_of(limits.get("text")),
            "flag": coded(first(part, "interpretation"))["name"],
            "specimen": coded(node(observation, "bodySite"))["name"],
            "status": text_of(observation.get("status")),
        }


def _value(part: Node) -> dict[str, str]:
    """Value, comparator and unit; a ratio, a range and words stay as they are written."""
    if quantity := node(part, "valueQuantity"):
        told = text_of(quantity.get("value"))
        return (
            {"value": told, "comparator": text_of(quantity.get("comparator")), "unit": unit_of(quantity)}
            if told
            else {}
        )
    if concept := node(part, "valueCodeableConcept"):
        return {"value": coded(concept)["name"]}
    if ratio := node(part, "valueRatio"):
        parts = (node(ratio, "numerator"), node(ratio, "denominator"))
        return {"value": ":".join(text_of(each.get("value")) for each in parts)}
    if span := node(part, "valueRange"):
        ends = (node(span, "low"), node(span, "high"))
        return {"value": " to ".join(text_of(each.get("value")) for each in ends), "unit": unit_of(ends[0] or ends[1])}
    told = next((text_of(part[name]) for name in SIMPLE if part.get(name) is not None), "")
    return {"value": told} if told else {}


def unit_of(quantity: Node) -> str:
    """The UCUM code where there is one, otherwise the unit as it is written."""
    code = text_of(quantity.get("code"))
    return code if code and quantity.get("system") == UCUM else text_of(quantity.get("unit")) or code


def _limits(limits: Node) -> tuple[str, str]:
    """The reference range; a lower limit of 0 is a limit."""
    low, high = (text_of(node(limits, end).get("value")) for end in ("low", "high"))
    if not (low or high) and (written := RANGE.fullmatch(text_of(limits.get("text")))):
        return written[1], written[2]
    return low, high


def answers(response: Node, dated: str, depth: int = 0) -> Iterator[dict[str, str]]:
    """Each answer of a questionnaire and of the questions below it."""
    for item in nodes(response, "item") if depth <= DEEPEST else ():
        for answer in nodes(item, "answer"):
            if told := _answer(answer):
                name = text_of(item.get("text")) or text_of(item.get("linkId"))
                form = text_of(response.get("questionnaire"))
                yield {
                    "variable": name,
                    "code": text_of(item.get("linkId")),
                    "value": told,
                    "date": dated,
                    "instrument": form,
                }
            yield from answers(answer, dated, depth + 1)
        yield from answers(item, dated, depth + 1)


def _answer(answer: Node) -> str:
    """The number of an answer, the number its coding carries, or its words."""
    coding = node(answer, "valueCoding")
    weights = (each for each in nodes(coding, "extension") if text_of(each.get("url")).endswith(ORDINAL))
    weight = next((text_of(each.get("valueDecimal")) for each in weights), "")
    return weight or text_of(coding.get("display")) or text_of(coding.get("code")) or _value(answer).get("value", "")
