"""The page of the instruments: the card of each, and a calculator built from its declaration."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets

from casekit import catalogue
from casekit.scores import Calculation, calculate
from casekit.scores.declaration import YES_OR_NO, read
from casekit.scores.wording import bounds
from casekit.views import html
from casekit.views.fields import NOT_ASSESSED, SAMPLES, Field, fields_of, typed_inputs
from casekit.views.instrument_card import instrument_card
from casekit.views.safe import guarded

FEW = 3  # findings that are quickly answered one by one


def instruments_page() -> widgets.VBox:
    """Return the page on which an instrument is chosen, read and calculated for one case typed in.

    Examples
    --------
    >>> from casekit import views
    >>> page = views.instruments_page()
    """
    names = catalogue.instruments()["name"].sort_values(key=lambda column: column.str.casefold())
    chooser = widgets.Dropdown(options=[(label, name) for name, label in names.items()], description="Instrument")
    chooser.layout, chooser.value = widgets.Layout(width="460px"), "sledai_2k"
    body, message = widgets.VBox(), widgets.HTML()

    @guarded(lambda text: setattr(message, "value", html.note(text)))
    def show(_change: object = None) -> None:
        message.value = ""
        body.children = (calculator(chooser.value), widgets.HTML(instrument_card(chooser.value)))

    chooser.observe(show, "value")
    show()
    page = widgets.VBox([widgets.HTML(html.STYLE), chooser, message, body])
    page.add_class("ck-page")
    return page


def calculator(name: str) -> widgets.VBox:
    """Return the calculator of one instrument: a field for everything it asks for, and the result below.

    Examples
    --------
    >>> from casekit.views import calculator
    >>> len(calculator("ice").children)
    3
    """
    fields = fields_of(name)
    inputs = {field.name: _input(field) for field in fields}
    answer = widgets.HTML()

    @guarded(lambda text: setattr(answer, "value", html.note(text)))
    def compute(_change: object = None) -> None:
        typed = {field.name: _typed(inputs[field.name]) for field in fields}
        answer.value = result(name, calculate(name, typed_inputs(fields, typed)))

    for box in inputs.values():
        _watch(box, compute)
    compute()
    rows = [_row(field, inputs[field.name]) for field in fields]
    layout = widgets.Layout(grid_template_columns="repeat(auto-fit, minmax(430px, 1fr))", grid_gap="2px 24px")
    head = widgets.HTML('<div class="ck"><p>Type in one case. What is left open counts as not assessed.</p></div>')
    findings = [inputs[field.name] for field in fields if field.is_yes_no]
    absent = [_rest_absent(findings)] if len(findings) > FEW else []
    return widgets.VBox([widgets.VBox([head, *absent]), widgets.GridBox(rows, layout=layout), answer])


def _rest_absent(findings: list[widgets.Dropdown]) -> widgets.Button:
    """Return the button that says no to every finding that was not answered yet."""
    button = widgets.Button(
        description="All other findings: no", layout=widgets.Layout(width="auto", align_self="flex-start")
    )

    def answer(_button: object) -> None:
        for finding in findings:
            if finding.value == NOT_ASSESSED:
                finding.value = "no"

    button.on_click(answer)
    return button


def result(name: str, got: Calculation) -> html.Markup:
    """Return the result of one case in words: the number or interval, its band, the points, what is missing."""
    title = catalogue.instrument(name)["name"]
    if got.low is None or got.high is None:
        return html.Markup(f'<div class="ck"><p><b>{html.safe(title)}</b>: no value.</p></div>')
    words = f" · {html.safe(got.label)}" if got.label else ""
    verdict = f" {html.verdict(got.verdict)}" if got.verdict else ""
    items = _labels(name)
    counted = [f"{items.get(key, key)} {value:g}" for key, value in got.points.items() if value]
    missing = [items.get(key, key) for key in got.missing]
    lines = [f"<b>{html.safe(title)}{html.safe(_number(name, got))}</b>{words}{verdict}"]
    lines += [f"Counted: {html.safe(', '.join(counted))}."] if counted else []
    lines += [f"Not assessed: {html.safe(', '.join(missing))}."] if missing else []
    lines += [html.safe(_details(got.details))] if got.details else []
    return html.Markup('<div class="ck">' + "".join(f"<p>{line}</p>" for line in lines) + "</div>")


def _labels(name: str) -> dict[str, str]:
    """The labels of the items; a time course or conversion has none."""
    declared = catalogue.instrument(name)
    if "time_course" in declared or "conversion" in declared:
        return {}
    return {str(item["id"]): str(item.get("label", item["id"])) for item in read(name).items}


def _number(name: str, got: Calculation) -> str:
    """The number or both bounds; a verdict needs none, an aplasia that still lasts has only the lower one."""
    if catalogue.instrument(name).get("combine") in YES_OR_NO:
        return ""
    low, high = float(got.low or 0), float(got.high or 0)
    return f": at least {low:g}" if math.isinf(high) else f": {bounds(low, high)}"


def _details(details: Mapping[str, Any]) -> str:
    told = {key.replace("_", " "): value for key, value in details.items() if value is not None}
    return "; ".join(
        f"{key} {value:g}" if isinstance(value, float) else f"{key} {value}" for key, value in told.items()
    )


def _input(field: Field) -> widgets.Widget:
    """Return the widget a field is answered with."""
    if field.name == SAMPLES:
        return widgets.Textarea(value=field.example, rows=5, continuous_update=False)
    if field.options:
        options = [(word.replace("_", " "), word) for word in field.options]
        return widgets.Dropdown(options=options, layout=widgets.Layout(width="150px"))
    narrow = widgets.Layout(width="90px")
    if field.pair:
        before, now = (
            widgets.Text(placeholder=word, continuous_update=False, layout=narrow) for word in ("before", "now")
        )
        return widgets.HBox([before, now])
    return widgets.Text(continuous_update=False, layout=narrow)


def _row(field: Field, box: widgets.Widget) -> widgets.HBox:
    unit = f" <small>{html.safe(field.unit)}</small>" if field.unit else ""
    label = widgets.HTML(f"<span>{html.safe(field.label)}{unit}</span>", layout=widgets.Layout(width="280px"))
    return widgets.HBox([label, box], layout=widgets.Layout(align_items="center"))


def _typed(box: widgets.Widget) -> Any:
    if isinstance(box, widgets.HBox):
        return [part.value for part in box.children]
    return box.value


def _watch(box: widgets.Widget, compute: Callable[..., None]) -> None:
    for part in box.children if isinstance(box, widgets.HBox) else (box,):
        part.observe(compute, "value")
