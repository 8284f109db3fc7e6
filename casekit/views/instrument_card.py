"""The card of an instrument, generated from its declaration: what counts, how much, and where it is written."""

import math
from collections.abc import Mapping
from typing import Any

from casekit import catalogue
from casekit.charts import theme
from casekit.charts.words import number
from casekit.scores import Calculation, calculate
from casekit.scores.calculator import PAIR
from casekit.scores.card_words import band_words, points_words
from casekit.scores.declaration import YES_OR_NO, input_names, read
from casekit.scores.wording import bounds, figure, what_counts
from casekit.units import shown
from casekit.views import html

BESIDE = {
    "_lower": "lower limit of {}",
    "_upper": "upper limit of {}",
    "_baseline": "{} at baseline",
    "_change": "{}, change",
}
REVIEW = {"draft": "Not yet reviewed by a second clinician."}
LINKS = {"doi": "https://doi.org/", "pmid": "https://pubmed.ncbi.nlm.nih.gov/"}


def instrument_card(name: str) -> html.Markup:
    """Return the card of one instrument as HTML; every text in it is escaped.

    Parameters
    ----------
    name : str
        Id of the instrument, see `casekit.instruments()`.

    Examples
    --------
    >>> "Seizure" in instrument_card("sledai_2k")
    True
    """
    declared = catalogue.instrument(name)
    parts = [
        f'<div class="ck"><h2>{html.safe(declared["name"])} <small>{html.safe(declared["version"])}</small></h2>',
        f"<p>{html.safe(declared['purpose'])}</p>",
        f"<p><b>Counts only when:</b> {html.safe(declared['gate_label'])}.</p>" if "gate_label" in declared else "",
        _items(name, declared),
        _bands(declared),
        _examples(name, declared),
        _parameters(declared),
        _list("Not settled in the sources", declared.get("ambiguity", [])),
        _window(declared),
        f"<p>{_source(declared)}</p></div>",
    ]
    return html.Markup("".join(parts))


def _items(name: str, declared: Mapping[str, Any]) -> str:
    if "time_course" in declared or "conversion" in declared:
        return ""
    chosen = read(name)
    graded = chosen.is_graded
    heads = ["Item", "Grade" if graded else "Points", "What counts", "What does not count", "Note"]
    rows = [_item(item, graded=graded) for item in chosen.settled({}).items]
    unused = {1} if chosen.is_yes_or_no else set()  # each condition is met or not
    kept = [place for place in range(len(heads)) if place not in unused and any(row[place] for row in rows)]
    return html.table("Items", [heads[place] for place in kept], [[row[place] for place in kept] for row in rows])


def _item(item: Mapping[str, Any], *, graded: bool) -> tuple[str, ...]:
    """Label, points, what counts unless the label says it, what does not, and a note."""
    label, points = str(item.get("label", item["id"])), points_words(item)
    text = what_counts(item, graded=graded).removesuffix(f", {points}")
    first = text[:1] if text[1:2].isupper() else text[:1].upper()  # mRSS, eGFR
    said = "" if text.casefold() == label.casefold() else f"{first}{text[1:]}."
    return (label, points, said, item.get("does_not_count", ""), item.get("note", ""))


def _bands(declared: Mapping[str, Any]) -> str:
    """The bands and the verdict, edges in words."""
    rows = band_words(declared, read(declared["id"]).items) if "bands" in declared else []
    if "verdict" in declared:
        verdict = declared["verdict"]
        rows.append(("verdict", " ".join(part for part in (f"{verdict['label']}.", verdict.get("note")) if part)))
    rows += [(word, label) for word, label in declared.get("labels", {}).items()]
    unit = declared.get("unit", "")
    if "time_course" in declared or "conversion" in declared:
        rows.insert(0, ("unit", unit))
    elif "range" in declared:
        low, high = map(figure, declared["range"])
        rows.insert(0, ("range", f"{low} to {high} {unit}".strip()))
    return html.table("How it is read", ("Value", "Means"), rows) if rows else ""


def _examples(name: str, declared: Mapping[str, Any]) -> str:
    """The declared examples with their results, computed as the card is built."""
    rows = [
        (example["why"], _inputs(name, example["inputs"]), answer(name, calculate(name, example["inputs"])))
        for example in declared.get("examples", [])
    ]
    return html.table("Examples, computed just now", ("Example", "Typed in", "Result"), rows) if rows else ""


def _inputs(name: str, inputs: Mapping[str, Any]) -> str:
    """What was typed in, as a clinician says it."""
    declared = catalogue.instrument(name)
    names = {} if {"time_course", "conversion"} & set(declared) else input_names(read(name))
    labels = {} if not names else {str(item["id"]): str(item.get("label", item["id"])) for item in read(name).items}
    return "; ".join(f"{_called(given, names)}: {_said(value, labels)}" for given, value in inputs.items())


def _called(name: str, names: Mapping[str, tuple[str, str]]) -> str:
    """The name of an input: the label of its variable with the unit, or the word itself."""
    return _labelled(*names.get(name, (name, "")))


def _labelled(column: str, unit: str) -> str:
    beside = next((end for end in BESIDE if column.endswith(end)), "")
    if beside:
        return BESIDE[beside].format(_labelled(column.removesuffix(beside), unit))
    if catalogue.is_instrument(column):
        declared = catalogue.instrument(column)
        return str(declared.get("short", declared["name"]))
    if not catalogue.is_variable(column):
        return column.replace("_", " ")
    variable = catalogue.variable(column)
    unit = unit or variable.unit
    return f"{variable.short or variable.label}{unit and f' ({shown(unit)})'}"


def _said(value: Any, labels: Mapping[str, str]) -> str:
    """A value as a clinician says it; items are called by their labels."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        if {"value", "unit"} == set(value):
            return f"{value['value']:g} {value['unit']}"
        return ", ".join(_pair(name, part, labels) for name, part in value.items())
    if not isinstance(value, list):
        return figure(value) if isinstance(value, int | float) else _word(str(value), labels)
    if value and isinstance(value[0], list):
        return ", ".join(f"day {number(day)}: {level:g}" for day, level in value)
    is_change = len(value) == PAIR and not isinstance(value[0], str)
    return (" → " if is_change else ", ").join(_said(part, labels) for part in value) or "none"


def _pair(name: str, part: Any, labels: Mapping[str, str]) -> str:
    """An item or variable with its value or, where that is a word, with what it was attributed to."""
    return f"{labels.get(name) or _labelled(name, '')}{': ' if isinstance(part, str) else ' '}{_said(part, labels)}"


def _word(text: str, labels: Mapping[str, str]) -> str:
    """An item by its label, any other word as it is."""
    return labels.get(text, text.replace("_", " "))


def answer(name: str, got: Calculation) -> str:
    """The result of one case in a few words: number or interval, band or label."""
    label = f" ({got.label})" if got.label else ""
    if got.low is None or got.high is None:
        return "no value"
    if catalogue.instrument(name).get("combine") in YES_OR_NO:
        return f"{theme.VERDICT_WORDS[got.verdict]}{label}"
    unit = catalogue.instrument(name).get("unit", "")
    told = f"at least {got.low:g}" if math.isinf(got.high) else bounds(got.low, got.high)
    return f"{told} {unit}".rstrip() + label


def _parameters(declared: Mapping[str, Any]) -> str:
    rows = [
        (entry["meaning"], _said(entry["default"], {}), entry.get("note", ""), name)
        for name, entry in declared.get("parameters", {}).items()
    ]
    heads = ("What can be chosen", "Unless said otherwise", "Note", "Name in Python")
    return html.table("Parameters", heads, rows) if rows else ""


def _window(declared: Mapping[str, Any]) -> str:
    """How far before the visit a laboratory value may lie; an older one is missing."""
    window = declared.get("window")
    if not window:
        return ""
    days = window.get("before", 0)
    reach = "Only values of the day itself count." if days == 0 else f"Laboratory values up to {days:g} days old count."
    return f"<p>{html.safe(reach)} {html.safe(window.get('source', ''))}</p>"


def _list(heading: str, sentences: list[str]) -> str:
    if not sentences:
        return ""
    return f"<h3>{html.safe(heading)}</h3><ul>" + "".join(f"<li>{html.safe(text)}</li>" for text in sentences) + "</ul>"


def _source(declared: Mapping[str, Any]) -> str:
    source = declared["source"]
    links = [
        f'<a href="{html.safe(LINKS[kind] + source[kind])}" rel="noreferrer">{kind} {html.safe(source[kind])}</a>'
        for kind in LINKS
        if kind in source
    ]
    facts = [html.safe(source["cite"]), *links]
    facts += [f"<b>Uncertain:</b> {html.safe(source['uncertain'])}"] if "uncertain" in source else []
    facts += [REVIEW[declared["status"]]] if declared["status"] in REVIEW else []
    facts += [f"Licence: {html.safe(declared['licence'])}."] if declared["licence"] != "unknown" else []
    return " ".join(facts)
