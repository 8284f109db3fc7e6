"""What the card of an instrument says beside its items: the points each can give, and the values of each band."""

from collections.abc import Sequence

from casekit import catalogue
from casekit.scores.declaration import Rule
from casekit.scores.wording import figure, has_whole_points, sides, step_ranges


def band_words(declared: Rule, items: Sequence[Rule]) -> list[tuple[str, str]]:
    """The values of each band of an instrument in words, and the label of the band.

    >>> bands = [{"up_to": 0, "label": "grade 0"}, {"label": "grade 1 or 2"}]
    >>> band_words({"combine": "worst", "range": [0, 2], "bands": bands}, [{"points": 2}])
    [('0', 'grade 0'), ('1 to 2', 'grade 1 or 2')]
    """
    bands, whole = declared.get("bands", []), has_whole_points(declared, items)
    ranges = step_ranges(bands, whole=whole)
    words = [_whole_band(edges, *declared["range"]) if whole else sides(edges, "", together=True) for edges in ranges]
    return [(text, str(band["label"])) for text, band in zip(words, bands, strict=True)]


def _whole_band(edges: Rule, lowest: float, highest: float) -> str:
    """A band of an instrument that counts in whole points: one point, some, or all from one on."""
    least, most = edges.get("from", lowest), edges.get("up_to", highest)
    if least == most:
        return f"{least:g}"
    return f"{least:g} or more" if most == highest and most - least > 1 else f"{least:g} to {most:g}"


def points_words(item: Rule) -> str:
    """The points an item can give, in a few words.

    >>> points_words({"when": {"flag": "rash"}, "points": 2}), points_words({"value": "ice_naming"})
    ('2', '0 to 3')
    """
    if "weighted" in item:
        weight = item["weighted"]["weight"]
        return "" if weight == 1 else f"× {figure(weight)}"
    if "value" in item:
        declared = catalogue.variable(item["value"])
        return f"{figure(declared.minimum or 0)} to {figure(declared.maximum or 0)}"
    if "when" in item:
        return figure(item.get("points", 1))
    worths = [step["points"] for step in item["steps"]] if "steps" in item else item["choices"]["points"].values()
    return f"0 to {figure(max(worths))}"
