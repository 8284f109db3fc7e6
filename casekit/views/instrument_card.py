"""The card of an instrument, generated from its declaration: what counts, how much, and where it is written."""

from collections.abc import Mapping
from typing import Any

from casekit import catalogue
from casekit.scores.declaration import EDGES, read
from casekit.scores.wording import EDGE_WORDS, needed_for
from casekit.views import html

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
        _items(name, declared),
        _bands(declared),
        _parameters(declared),
        _list("Not settled in the sources", declared.get("ambiguity", [])),
        f"<p>{_source(declared)}</p></div>",
    ]
    return html.Markup("".join(parts))


def _items(name: str, declared: Mapping[str, Any]) -> str:
    if "time_course" in declared or "conversion" in declared:
        return ""
    rows = [_item(item) for item in read(name).items]
    return html.table("Items", ("Item", "What counts", "What does not count", "Note"), rows)


def _item(item: Mapping[str, Any]) -> tuple[object, ...]:
    needs = item.get("does_not_count", "")
    return (item.get("label", item["id"]), needed_for(item), needs, item.get("note", ""))


def _bands(declared: Mapping[str, Any]) -> str:
    """The bands and the verdict, edges in words."""
    rows = [(_edge(band), band["label"]) for band in declared.get("bands", [])]
    if "verdict" in declared:
        rows.append(("verdict", declared["verdict"]["label"]))
    rows += [(word, label) for word, label in declared.get("labels", {}).items()]
    if "range" in declared:
        low, high = declared["range"]
        rows.insert(0, ("range", f"{low:g} to {high:g} {declared.get('unit', '')}".strip()))
    return html.table("How it is read", ("Value", "Means"), rows) if rows else ""


def _edge(band: Mapping[str, Any]) -> str:
    return " ".join(f"{EDGE_WORDS[edge]} {band[edge]:g}" for edge in EDGES if edge in band) or "all above"


def _parameters(declared: Mapping[str, Any]) -> str:
    rows = [
        (name, entry["default"], entry["meaning"], entry.get("note", ""))
        for name, entry in declared.get("parameters", {}).items()
    ]
    return html.table("Parameters", ("Name", "Unless said otherwise", "Meaning", "Note"), rows) if rows else ""


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
    facts += [
        f"Status of this declaration: {html.safe(declared['status'])}.",
        f"Licence: {html.safe(declared['licence'])}.",
    ]
    return " ".join(facts)
