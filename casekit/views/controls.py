"""The controls of a patient page, tied to its state in both directions."""

from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets as widgets

from casekit.charts import LANES
from casekit.charts.further_values import named
from casekit.charts.time_axis import UNIT_DAYS
from casekit.views.safe import guarded
from casekit.views.state import ALL, FREE, NOBODY, WINDOWS, State

Say = Callable[[str], None]
ROW = {"display": "flex", "flex_flow": "row wrap", "align_items": "center", "width": "100%", "overflow": "visible"}


def patient_controls(state: State, say: Say) -> widgets.Box:
    """Return disease, patient with previous and next, and the patient to compare with, in one row."""
    parts = [_disease(state, say), _patient(state, say), _compared(state, say)]
    return widgets.Box(parts, layout=widgets.Layout(**ROW, grid_gap="4px 14px"))


def time_controls(state: State, say: Say) -> widgets.Box:
    """Return time window, day 0, unit and kind of axis in one row."""
    broken = _box("Days first, months after day 30", state.axis == "broken")

    def switch(change: dict[str, Any]) -> None:
        state.axis = "broken" if change["new"] else "linear"

    broken.observe(guarded(say)(switch), "value")
    state.observe(guarded(say)(lambda change: setattr(broken, "value", change["new"] == "broken")), "axis")
    parts = [_window(state, say), _day_zero(state, say), _unit(state, say), broken]
    return widgets.Box(parts, layout=widgets.Layout(**ROW, grid_gap="4px 14px"))


def lane_controls(state: State, say: Say) -> widgets.Box:
    """Return one check box per lane, one for the faint lines of the other patients, and the further values."""
    boxes = [_lane(state, say, name, label) for name, (label, _) in LANES.items()]
    others = _box("Others with the disease, faint", state.others)
    _tie(others, state, "others", say)
    caption = widgets.HTML("<span>Show</span>", layout=widgets.Layout(width="auto"))
    shown = widgets.Box([caption, *boxes, others], layout=widgets.Layout(**ROW, grid_gap="0 12px"))
    further = widgets.Box(_further(state, say), layout=widgets.Layout(**ROW, grid_gap="0 12px"))
    return widgets.VBox([shown, further], layout=widgets.Layout(width="100%", overflow="visible"))


def folded(first: widgets.Widget, others: Iterable[widgets.Widget]) -> widgets.VBox:
    """Return the controls of a page; on a telephone all but the first row stay folded until they are asked for."""
    more = widgets.ToggleButton(description="Time, day 0 and lanes", layout=widgets.Layout(width="auto"))
    more.add_class("ck-more")
    rest = widgets.VBox(list(others), layout=widgets.Layout(overflow="visible", width="100%"))
    rest.add_class("ck-folded")
    whole = widgets.VBox([first, more, rest])
    whole.add_class("ck-controls")
    more.observe(lambda change: (rest.remove_class if change["new"] else rest.add_class)("ck-folded"), "value")
    return whole


def _disease(state: State, say: Say) -> widgets.Dropdown:
    """Return the list of diseases that narrows the list of patients."""
    options = [("All diseases", ALL), *[(name, name) for name in state.diseases]]
    chooser = widgets.Dropdown(options=options, value=state.disease, description="Disease", **_look(196, 64))
    _tie(chooser, state, "disease", say)
    return chooser


def _patient(state: State, say: Say) -> widgets.Box:
    """Return the list of patients between previous and next."""
    chooser = widgets.Dropdown(options=state.patients, value=state.patient_id, description="Patient", **_look(172, 58))
    choose = _tie(chooser, state, "patient_id", say)
    refilled = guarded(say)(lambda _change: refill(chooser, state.patients, state.patient_id, choose))
    state.observe(refilled, "disease")
    steps = [_step(state, say, "‹", "Previous patient", -1), chooser, _step(state, say, "›", "Next patient", 1)]
    group = widgets.Box(steps, layout=widgets.Layout(display="flex", overflow="visible"))
    group.add_class("ck-patient")
    return group


def _compared(state: State, say: Say) -> widgets.Dropdown:
    """Return the list of patients who can be shown below the first."""
    options = [("none", NOBODY), *[(who, who) for who in state.everybody]]
    chooser = widgets.Dropdown(options=options, value=state.compared, description="Compare with", **_look(226, 112))
    _tie(chooser, state, "compared", say)
    return chooser


def _step(state: State, say: Say, sign: str, tip: str, places: int) -> widgets.Button:
    """Return the button to a neighbouring patient."""
    button = widgets.Button(description=sign, tooltip=tip, layout=widgets.Layout(width="36px"))
    button.on_click(guarded(say)(lambda _button: state.step(places)))
    return button


def _window(state: State, say: Say) -> widgets.Dropdown:
    """Return the named time windows; after zooming the list shows that the window was set by hand."""
    options = [(label, name) for name, label in WINDOWS.items()]
    chooser = widgets.Dropdown(options=options, value=state.window, description="Time", **_look(190, 38))

    def choose(change: dict[str, Any]) -> None:
        if change["new"] is not None and change["new"] != FREE:
            state.show_window(change["new"])

    chosen = guarded(say)(choose)

    def follow(change: dict[str, Any]) -> None:
        free = [("As zoomed", FREE)] if change["new"] == FREE else []
        refill(chooser, [*options, *free], change["new"], chosen)

    chooser.observe(chosen, "value")
    state.observe(guarded(say)(follow), "window")
    return chooser


def _day_zero(state: State, say: Say) -> widgets.Dropdown:
    """Return the list of what may be day 0."""
    chooser = widgets.Dropdown(options=state.days, value=state.day_zero, description="Day 0", **_look(256, 50))
    _tie(chooser, state, "day_zero", say)
    return chooser


def _unit(state: State, say: Say) -> widgets.ToggleButtons:
    """Return the unit of the time axis, which a broken axis chooses itself."""
    buttons = widgets.ToggleButtons(
        options=list(UNIT_DAYS), value=state.unit, tooltips=[f"Count {unit}" for unit in UNIT_DAYS]
    )
    buttons.style.button_width = "70px"
    _tie(buttons, state, "unit", say)
    state.observe(guarded(say)(lambda change: setattr(buttons, "disabled", change["new"] == "broken")), "axis")
    return buttons


def _lane(state: State, say: Say, name: str, label: str) -> widgets.Checkbox:
    """Return the check box of one lane; the last one cannot be taken away."""
    box = _box(label, name in state.lanes)

    def toggle(change: dict[str, Any]) -> None:
        rest = [lane for lane in state.lanes if lane != name]
        if not change["new"] and not rest:
            box.value = True
        else:
            state.lanes = (*rest, name) if change["new"] else tuple(rest)

    box.observe(guarded(say)(toggle), "value")
    state.observe(guarded(say)(lambda change: setattr(box, "value", name in change["new"])), "lanes")
    return box


def _further(state: State, say: Say) -> list[widgets.Widget]:
    """Return the list of further variables, and a box with a check box for each that was chosen."""
    options = [("none", ""), *named(state.measured)]
    chooser = widgets.Dropdown(options=options, value="", description="Further values", **_look(300, 104))
    labels = {name: label for label, name in options}
    chosen = widgets.Box(layout=widgets.Layout(**ROW, grid_gap="0 12px"))

    def choose(change: dict[str, Any]) -> None:
        if change["new"]:
            state.further = (*state.further, change["new"])

    def leave(name: str) -> None:
        state.further = tuple(each for each in state.further if each != name)

    def follow() -> None:
        boxes = {name: _box(labels[name], True) for name in state.further}
        for name, box in boxes.items():
            box.observe(guarded(say)(lambda _change, name=name: leave(name)), "value")
        chosen.children = tuple(boxes.values())
        refill(chooser, options, "", chosen_one)

    chosen_one = guarded(say)(choose)
    chooser.observe(chosen_one, "value")
    state.observe(guarded(say)(lambda _change: follow()), "further")
    return [chooser, chosen] if state.measured else []


def _box(label: str, checked: bool) -> widgets.Checkbox:  # noqa: FBT001  # the value of the box
    """Return a check box as wide as its label."""
    return widgets.Checkbox(value=checked, description=label, indent=False, layout=widgets.Layout(width="auto"))


def refill(chooser: widgets.Dropdown, options: list[Any], value: Any, on_choice: Callable[..., None]) -> None:
    """Give a list other options without this counting as a choice, for ipywidgets picks the first one in between."""
    chooser.unobserve(on_choice, "value")
    try:
        chooser.options = options
        chooser.value = value
    finally:
        chooser.observe(on_choice, "value")


def _tie(widget: widgets.Widget, state: State, trait: str, say: Say) -> Callable[..., None]:
    """Let the widget set the state and follow it, and return what hears its choices."""

    def choose(change: dict[str, Any]) -> None:
        if change["new"] is not None:
            setattr(state, trait, change["new"])

    def follow(change: dict[str, Any]) -> None:
        widget.value = change["new"]

    chosen = guarded(say)(choose)
    widget.observe(chosen, "value")
    state.observe(guarded(say)(follow), trait)
    return chosen


def _look(width: int, label: int) -> dict[str, Any]:
    """Return width and label width of a list."""
    return {"layout": widgets.Layout(width=f"{width}px"), "style": {"description_width": f"{label}px"}}
