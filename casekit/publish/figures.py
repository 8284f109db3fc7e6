"""Pictures at the size of a journal's column, as SVG, PNG and PDF, above a line that says where they are from."""

import base64
import re
import struct
import textwrap
import zlib
from collections.abc import Mapping
from itertools import compress
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from casekit.charts import theme
from casekit.errors import CaseKitError, UnknownName
from casekit.publish.provenance import Provenance
from casekit.publish.typeset import typeset
from casekit.views.html import Markup, safe

COLUMNS = {"single": 85.0, "double": 175.0}  # millimetres
SMALLEST_PT = 6.0
MM_PER_INCH, PT_PER_INCH, DOTS_PER_INCH = 25.4, 72.0, 300
LINE = 1.35
LETTER = 0.55  # width of a letter of the printed line in parts of its size
OUTSIDE_LATIN_1 = re.compile(r"[^\x20-\xff]")
CLIP = re.compile(r"\bclip\d+\b(?=[\")])")
LETTERS = re.compile(r'font-size="([\d.]+)')
USUAL = 11.0  # of the smallest letters, in the units of a picture
PNG_HEAD = 33  # signature and header chunk


Spec = Mapping[str, Any]
ASIS: Spec = MappingProxyType({})


def figure(spec: Spec, made_of: Provenance, kind: str, column: str = "double", params: Spec = ASIS) -> bytes:
    """Return a picture as a file at print size: no letter below 6 pt, and below it a line that says where it is from.

    Parameters
    ----------
    spec : mapping
        Vega-Lite specification with its data.
    made_of : Provenance
        Where the data come from; also in the metadata of the file.
    kind : {"svg", "png", "pdf"}
        PNG has 300 dots per inch.
    column : {"single", "double"}
        85 mm or 175 mm wide.
    params : mapping
        Parameters of the picture that differ from its specification, such as ``{"patient": "SLE-03"}``.

    Raises
    ------
    CaseKitError
        When the picture does not fit into the column with legible letters.
    """
    if column not in COLUMNS:
        raise UnknownName("column width", column, COLUMNS)
    svg = figure_svg(spec, made_of, column, params)
    if kind == "svg":
        return svg.encode()
    if kind == "png":
        return _png(svg, made_of)
    return _pdf(svg, made_of, COLUMNS[column], str(spec.get("description", "")))


def figure_svg(spec: Spec, made_of: Provenance, column: str, params: Spec = ASIS) -> str:
    """Return the picture as SVG at print size, with the line below it."""
    svg, letters = drawn(spec, COLUMNS[column], params)
    return _with_line(svg, made_of, (COLUMNS[column], letters), spec)


def drawn(spec: Spec, millimetres: float, params: Spec = ASIS) -> tuple[str, float]:
    """Return the picture as SVG for that width, and the size of its smallest letters in its own units."""
    svg, letters = _at_width(spec, millimetres, params, USUAL)
    while (smallest := min(map(float, LETTERS.findall(svg)), default=USUAL)) < letters:
        svg, letters = _at_width(spec, millimetres, params, smallest)
    return svg, letters


def _at_width(spec: Spec, millimetres: float, params: Spec, letters: float) -> tuple[str, float]:
    """Return the picture so wide that letters of this size, in its own units, are printed as large as allowed."""
    return _settled(_svg(spec, params, _units(millimetres, letters))), letters


def _units(millimetres: float, letters: float) -> float:
    """Return the width in the units of a picture whose smallest letters have this size."""
    return millimetres / MM_PER_INCH * PT_PER_INCH * letters / SMALLEST_PT


def still(spec: Spec, params: Spec = ASIS, wide: float | None = None) -> Markup:
    """Return the picture as an image inside HTML, for the moment before it is live and for readers without scripts.

    Without a width it is as wide as its specification says.
    """
    svg = base64.b64encode(_settled(_svg(spec, params, wide)).encode()).decode()
    return Markup(f'<img alt="{safe(spec.get("description", ""))}" src="data:image/svg+xml;base64,{svg}">')


def _svg(spec: Spec, params: Spec, wide: float | None) -> str:
    """Return the picture as SVG with the lanes and the patient of its parameters, so many units wide."""
    import vl_convert

    chosen = _chosen(_seeded(spec, params), params)
    vega = vl_convert.vegalite_to_vega(chosen)
    if wide is not None:
        _fit(vega, chosen.get("usermeta", {}).get("layout"), wide, str(params.get("patient", "")))
    return str(vl_convert.vega_to_svg(vega))


def _seeded(spec: Spec, params: Spec) -> dict[str, Any]:
    """Return the specification with these values of its parameters."""
    told = [{**one, "value": params[one["name"]]} if one["name"] in params else one for one in spec.get("params", [])]
    return {**spec, "params": told}


def _chosen(spec: dict[str, Any], params: Spec) -> dict[str, Any]:
    """Return the specification with the lanes that are shown, between head and foot, which have no name."""
    layout = spec.get("usermeta", {}).get("layout") or {}
    if "lanes" not in params or "lanes" not in layout:
        return spec
    kept = [not name or name in params["lanes"] for name in layout["lanes"]]
    fewer = {**layout, **{name: list(compress(layout[name], kept)) for name in ("lanes", "heights")}}
    return {**spec, "vconcat": list(compress(spec["vconcat"], kept)), "usermeta": {**spec["usermeta"], "layout": fewer}}


def _settled(svg: str) -> str:
    """Return the picture with its clips counted from 0: Vega goes on counting from picture to picture."""
    places: dict[str, str] = {}
    return CLIP.sub(lambda found: places.setdefault(found[0], f"clip{len(places)}"), svg)


def _fit(vega: dict[str, Any], layout: Mapping[str, Any] | None, wide: float, patient: str) -> None:
    """Give the picture the width of the column and the rows of its patient, as the page does in the browser."""
    if not layout:
        return
    narrow = layout.get("narrow", {"below": 0})
    sides = dict(narrow["padding"] if wide < narrow["below"] else layout["padding"])
    sides["top"] -= max((pixels for least, pixels in sides.pop("spared", []) if wide >= least), default=0)
    inner, needed = wide - sides["left"] - sides["right"], layout.get("minimum", 200)
    if inner < needed:
        raise CaseKitError(
            f"figure: found {inner:.0f} units of room for a picture that needs {needed}; expected a wider column. "
            "Choose --column double."
        )
    vega.update(autosize={"type": "none", "contains": "content"}, width=inner, padding=sides)
    for signal in vega.get("signals", []):
        if signal["name"] == "left":
            signal["value"] = sides["left"]
    if "heights" not in layout:
        vega["height"] = layout["height"]
        return
    heights = [rows.get(patient, max(rows.values())) for rows in layout["heights"]]
    for signal in vega.get("signals", []):
        place = re.fullmatch(r"concat_(\d+)_height", signal["name"])
        if place or signal["name"] == "childHeight":
            signal.pop("update", None)
            signal["value"] = heights[int(place[1]) if place else 0]
    vega["height"] = sum(heights) + layout["gap"] * (len(heights) - 1)


def _with_line(svg: str, made_of: Provenance, size: tuple[float, float], spec: Spec) -> str:
    """Return the picture at print size with the line below it, its description, and its origin as metadata."""
    millimetres, letters = size
    wide = _units(millimetres, letters)
    found = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
    if found is None:
        raise CaseKitError("figure: found a picture without a size; expected one. Report this picture.")
    grown = wide / float(found[1])
    line = letters * LINE
    printed = textwrap.wrap(made_of.sentence, int(wide / (letters * LETTER)))
    high = float(found[2]) * grown
    whole = high + line * (len(printed) + 0.6)
    below = "".join(
        f'<text x="{letters / 2:g}" y="{high + line * (place + 1):.2f}" font-family="{theme.FONT}" '
        f'font-size="{letters:g}" fill="{theme.QUIET}">{escape(words)}</text>'
        for place, words in enumerate(printed)
    )
    inside = svg.replace(found[0], f'width="{wide:.2f}" height="{high:.2f}"', 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{millimetres:g}mm" '
        f'height="{whole / wide * millimetres:.3f}mm" viewBox="0 0 {wide:.2f} {whole:.2f}">'
        f"<title>{escape(made_of.title)}</title>"
        f"<desc>{escape(str(spec.get('description', '')))}</desc>{_metadata(made_of)}"
        f'<rect width="100%" height="100%" fill="#ffffff"/>{inside}{below}</svg>\n'
    )


def _metadata(made_of: Provenance) -> str:
    """Return the origin as metadata of an SVG."""
    told = "".join(f"<entry name={quoteattr(name)}>{escape(value)}</entry>" for name, value in made_of.entries.items())
    return f'<metadata><provenance xmlns="urn:casekit">{told}</provenance></metadata>'


def _png(svg: str, made_of: Provenance) -> bytes:
    """Return the figure as pixels, with its resolution and its origin beside them."""
    import vl_convert

    wide = re.search(r'width="([\d.]+)mm" height="([\d.]+)mm" viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if wide is None:
        raise CaseKitError("figure: found no size in millimetres; expected one. Report this picture.")
    dots = float(wide[1]) / MM_PER_INCH * DOTS_PER_INCH
    plain = svg.replace(wide[0], f'width="{wide[3]}" height="{wide[4]}" viewBox="0 0 {wide[3]} {wide[4]}"', 1)
    image = bytes(vl_convert.svg_to_png(plain, scale=dots / float(wide[3])))
    per_metre = round(DOTS_PER_INCH / MM_PER_INCH * 1000)
    kept = image[PNG_HEAD:].split(_chunk(b"pHYs", image[image.find(b"pHYs") + 4 :][:9]), 1)
    told = [_words_chunk(name, value) for name, value in made_of.entries.items()]
    return image[:PNG_HEAD] + _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)) + b"".join([*told, *kept])


def _words_chunk(name: str, words: str) -> bytes:
    """Return an entry of the metadata of a PNG, in the older form that every reader knows where its letters allow."""
    keyword = OUTSIDE_LATIN_1.sub("?", name).encode("latin-1") + b"\0"
    if OUTSIDE_LATIN_1.search(words):
        return _chunk(b"iTXt", keyword + b"\0\0\0\0" + words.encode())
    return _chunk(b"tEXt", keyword + words.encode("latin-1"))


def _chunk(kind: bytes, content: bytes) -> bytes:
    """Return one part of a PNG file with its length and its check sum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _pdf(svg: str, made_of: Provenance, millimetres: float, description: str) -> bytes:
    """Return the figure as one page of its own size."""
    import vl_convert

    told = {"title": made_of.title, "keywords": made_of.entries, "width": millimetres, "description": description}
    picture = bytes(vl_convert.svg_to_pdf(svg))
    return typeset("figures.typ", told, {"picture.pdf": picture})
