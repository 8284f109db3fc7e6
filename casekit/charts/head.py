"""What stands above every picture of a group: who is in it, who is chosen, that data are synthetic, and the key."""

import json
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from casekit import catalogue
from casekit.charts import theme
from casekit.charts.lane import once
from casekit.charts.picture import Frames, finished

LINE = 17
NARROWEST = 320
SCORED = ("patient_id", "instrument", "day")  # what the click on a score reports, so that it can be explained
ENTRY_AIR = 34  # pixels: the mark before the words, and the space behind them
NARROW = 420  # a telephone: there is no room for more than the count


@dataclass(frozen=True)
class Entry:
    """One mark of the key: shape, fill, line, what it means, and the sign written in it with its ink."""

    shape: str
    fill: str
    stroke: str
    words: str
    sign: str = ""
    ink: str = theme.INK

    def width(self) -> int:
        """Return the pixels the mark and its words take, even where Arial is replaced by a wider font."""
        return ENTRY_AIR + round(sum(letter_width(letter) for letter in self.words))


@dataclass(frozen=True)
class Key:
    """The marks of a picture with their meaning; they follow each other like words and wrap with the width."""

    entries: tuple[Entry, ...] = ()

    def places(self, width: int) -> list[tuple[int, int]]:
        """Return pixels from the left edge and line of every entry in a picture of that width.

        Examples
        --------
        >>> met = Entry("square", "#fff", "#000", "met")
        >>> met.width(), Key((met,) * 3).places(320), Key((met,) * 3).places(130)
        (57, [(0, 0), (57, 0), (114, 0)], [(0, 0), (57, 0), (0, 1)])
        """
        found: list[tuple[int, int]] = []
        at, line = 0, 0
        for entry in self.entries:
            if at and at + entry.width() > width:
                at, line = 0, line + 1
            found.append((at, line))
            at += entry.width()
        return found

    def lines(self, width: int) -> int:
        """Return how many lines the key takes in a picture of that width."""
        return self.places(width)[-1][1] + 1 if self.entries else 0

    def layouts(self) -> list[tuple[int, list[tuple[int, int]]]]:
        """Return from which width of the picture on the entries stand where, the narrowest picture first."""
        wide = [entry.width() for entry in self.entries]
        stretches = {sum(wide[first:last]) for last in range(len(wide) + 1) for first in range(last)}
        found = [(NARROWEST, self.places(NARROWEST))]
        for width in sorted(one for one in stretches if one > NARROWEST):
            if (places := self.places(width)) != found[-1][1]:
                found.append((width, places))
        return found

    def spared(self) -> list[tuple[int, int]]:
        """Return from which width of the picture on the key needs how many pixels less than in the narrowest.

        Examples
        --------
        >>> Key((Entry("square", "#fff", "#000", "met"),) * 8).spared()  # two lines of at most five, then one
        [(456, 17)]
        """
        most, found = self.lines(NARROWEST), dict[int, int]()
        for width, _ in self.layouts():
            found.setdefault((most - self.lines(width)) * LINE, width)
        return [(width, pixels) for pixels, width in found.items() if pixels]


NO_KEY = Key()


@dataclass(frozen=True)
class Margins:
    """The space around the plot in pixels; the top has room for the key in the narrowest picture."""

    left: int
    right: int
    top: int
    bottom: int
    key: Key = NO_KEY

    def padding(self) -> dict[str, Any]:
        """Return the space as the page needs it; ``spared`` says from which width on how much less the key needs."""
        sides = {"left": self.left, "right": self.right, "top": self.top, "bottom": self.bottom}
        return {**sides, "spared": self.key.spared()}


@dataclass(frozen=True)
class Caption:
    """What a picture is called, what a screen reader says of it, and which columns a click on a mark reports."""

    name: str
    description: str
    pick: tuple[str, ...] = ("patient_id",)

    def on(self, chart: Any, frames: Frames, layout: dict[str, Any]) -> Any:
        """Return the finished picture."""
        said = {"name": self.name, "description": self.description, "pick": self.pick}
        return finished(chart, frames.about, layout=layout, **said)


def top_for(key: Key, below: int) -> int:
    """Return the space above the plot that head and key need even in the narrowest picture.

    Examples
    --------
    >>> top_for(Key((Entry("square", "#fff", "#000", "met"),)), below=20)
    58
    """
    return 21 + key.lines(NARROWEST) * LINE + below


def head(frames: Frames, margins: Margins, key: Key = NO_KEY, *, below: int | str, text: str = "") -> list[alt.Chart]:
    """Return the line that says who is shown, and the key below it.

    Parameters
    ----------
    frames : Frames
        Whose patients are counted.
    margins : Margins
        Of the picture.
    key : Key
        Wraps with the width of the picture.
    below : int or str
        Space left between the key and the plot in pixels, or an expression for it.
    text : str
        Stands for the count of patients where given and where there is room for it.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit.charts.picture import about, patients_of
    >>> series = ck.example()
    >>> frames = Frames(series.patients, about(series), patients_of(series))
    >>> len(head(frames, Margins(50, 10, 60, 20), below=20))
    2
    """
    total, layouts = f"(width + {margins.left + margins.right})", key.layouts()
    lines = _by_width(total, [(width, key.lines(width)) for width, _ in layouts])
    y = f"-{below} - {LINE} * {lines} - 8"
    plain, full = (json.dumps(words, ensure_ascii=False) for words in (counted(frames), text or counted(frames)))
    who = f"(width < {NARROW} ? {plain} : {full})"
    # a chosen patient is named: emphasis alone would rest on colour
    said = {"expr": f"patient === '' ? {who} : {who} + ' · ' + patient"}
    named = _words(said, "left", fontWeight="bold").encode(x=alt.XValue(-margins.left + 4), y=_at(y))
    made = _words("synthetic data" if frames.about.synthetic else "", "right", fontWeight="bold", color=theme.SYNTHETIC)
    made = made.encode(x=alt.XValue(alt.expr(f"width + {margins.right - 4}")), y=_at(y))
    marks: list[alt.Chart] = []
    for at, entry in enumerate(key.entries):
        x = _by_width(total, [(width, places[at][0]) for width, places in layouts])
        above = _by_width(total, [(width, places[-1][1] + 1 - places[at][1]) for width, places in layouts])
        marks += _entry(entry, f"{12 - margins.left} + {x}", _at(f"-{below} - {LINE} * {above} + {LINE / 2}"))
    return [named, made, *marks]


def counted(frames: Frames) -> str:
    """Return how many patients are shown, by disease, and how many of them have no day 0.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit.charts.picture import about, patients_of
    >>> series = ck.example()
    >>> counted(Frames(series.patients, about(series), patients_of(series)))
    '8 SLE, 3 IIM, 4 SSc'
    """
    number = frames.patients["disease"].value_counts(sort=False)
    lost = int(frames.patients["last_day"].isna().sum())
    words = (
        f"{number.index[0]}, n = {number.iloc[0]}"
        if len(number) == 1
        else ", ".join(f"{n} {d}" for d, n in number.items())
    )
    return f"{words}; {lost} without this day 0" if lost else words


def disease_scale(frames: Frames) -> alt.Scale:
    """Return the colour of every disease in the picture."""
    names = [str(name) for name in frames.patients["disease"].unique()]
    return alt.Scale(domain=names, range=[catalogue.disease(name).colour for name in names])


def disease_key(frames: Frames) -> Key:
    """Return the key of the diseases; none where there is only one."""
    names = [str(name) for name in frames.patients["disease"].unique()]
    colours = [catalogue.disease(name).colour for name in names]
    entries = [Entry("circle", colour, colour, name) for name, colour in zip(names, colours, strict=True)]
    return Key(tuple(entries) if len(names) > 1 else ())


def chosen(yes: Any, no: Any) -> Any:
    """Return the value of a mark for the chosen patient (everybody while nobody is chosen), and that for the others."""
    return alt.condition("patient === '' || datum.patient_id === patient", alt.value(yes), alt.value(no))


def sign_look(color: alt.Color) -> dict[str, Any]:
    """Return colour and opacity of the sign in a tile: on a tile that is dimmed it is dark, so that it can be read."""
    ink = alt.condition("patient === '' || datum.patient_id === patient", color, alt.value(theme.INK))
    return {"color": ink, "opacity": chosen(1, 0.6)}


def patient_params(patient: str) -> list[Any]:
    """Return the parameter that says who is emphasised, for pictures without a time axis."""
    return [alt.param(name="patient", value=patient).param]


def people_table(frames: Frames, **columns: pd.Series) -> pd.DataFrame:
    """Return the patients of a picture with their last day."""
    return frames.patients[["patient_id", "disease", "last_day"]].assign(**columns)


def _words(text: Any, align: str, **look: Any) -> alt.Chart:
    """Return one line of text."""
    return once().mark_text(text=text, align=align, baseline="middle", **look)


def _at(expression: str) -> alt.YValue:
    """Return a height in pixels that follows the width of the picture."""
    return alt.YValue(alt.expr(expression))


def _by_width(total: str, values: list[tuple[int, int]]) -> str:
    """Return the expression for a number that depends on the width of the picture.

    Examples
    --------
    >>> _by_width("width", [(320, 2), (464, 1), (700, 1)])
    '((width >= 464) ? 1 : 2)'
    """
    (_, said), *others = values
    told = str(said)
    for width, value in others:
        if value != said:
            told, said = f"(({total} >= {width}) ? {value} : {told})", value
    return told


def letter_width(letter: str) -> float:
    """Return how wide a letter of 12 pixels is at most in the fonts that may stand in for Arial."""
    if letter in "mwMW%":
        return 11.0
    return 8.4 if letter.isupper() else 4.4 if letter in " ijltfr.,:;()|'·" else 7.5


def _entry(entry: Entry, x: str, y: alt.YValue) -> list[alt.Chart]:
    """Return one mark of the key with its meaning."""
    look = {"shape": entry.shape, "fill": entry.fill, "stroke": entry.stroke, "opacity": 1}
    size = 170 if entry.sign else 80
    mark = once().mark_point(strokeWidth=1.4, size=size, **look).encode(x=alt.XValue(alt.expr(x)), y=y)
    sign = _words(entry.sign, "center", color=entry.ink, fontSize=11, fontWeight="bold")
    signs = [sign.encode(x=alt.XValue(alt.expr(x)), y=y)] if entry.sign else []
    return [mark, *signs, _words(entry.words, "left").encode(x=alt.XValue(alt.expr(f"{x} + 11")), y=y)]
