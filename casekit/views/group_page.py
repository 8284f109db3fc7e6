"""A page of a group that reads as a story: filters, pictures, tables and counted sentences that show one state."""

from collections.abc import Callable
from pathlib import Path

import ipywidgets as widgets

from casekit.charts.picture import about
from casekit.charts.words import number
from casekit.records import CaseSeries
from casekit.scores import exact_interval
from casekit.views import address, html
from casekit.views.blocks import Block, Words
from casekit.views.day_zero import INFUSION
from casekit.views.filters import Filters
from casekit.views.group_state import CHOICES, GroupState
from casekit.views.patient_dock import PatientDock, patient_link
from casekit.views.picture_panel import PicturePanel
from casekit.views.safe import guarded
from casekit.views.table_panel import TablePanel

GROUP = ("disease", "conditions", "day_zero")
HINT = (
    "Click a patient in any picture or table to see the same patient everywhere; the link at the foot opens the whole "
    "course. Drag a time axis to move all of them, double click to go back."
)
GROUP_STYLE = f"<style>{Path(__file__).with_name('group.css').read_text(encoding='utf-8')}</style>"


class GroupPage:
    """What the cells of a notebook show, tied together by one state.

    Parameters
    ----------
    series : CaseSeries
        Whose patients are shown.
    disease : str
        The disease of the page; all without it.
    view : str
        A query string as it stands in the address of a published page, such as ``"patient=SLE-03&day0=b_cell_return"``.

    Attributes
    ----------
    state : GroupState
        What is on screen.
    """

    def __init__(self, series: CaseSeries, disease: str = "", view: str = "") -> None:
        self.state = GroupState(series, disease)
        self._note = widgets.HTML()
        self._panels: list[PicturePanel | TablePanel] = []
        self.state.observe(guarded(self.say)(lambda _change: self._redraw()), GROUP)
        named = f', disease="{disease}"' if disease else ""
        self._bar = address.AddressBar(self.state, CHOICES, f"views.group_page(series{named})")
        self.say(self._bar.restore(view))

    def say(self, sentence: str) -> None:
        """Show a sentence below the filters."""
        self._note.value = html.note(sentence)

    def filters(self) -> "FilterBar":
        """Return the filters, how many patients are left, and the patient who was clicked."""
        return FilterBar(self.state, self._note, self._bar, self.say)

    def picture(self, name: str) -> PicturePanel:
        """Return a picture; :func:`casekit.charts.gallery.pictures` lists the names."""
        panel = PicturePanel(self.state, name, len(self._panels), self.say)
        self._panels.append(panel)
        return panel

    def table(self, name: str) -> TablePanel:
        """Return the rows of a picture as a table of its own."""
        panel = TablePanel(self.state, name, len(self._panels), self.say)
        self._panels.append(panel)
        return panel

    def who(self, words: str, told: str) -> "Who":
        """Return a sentence that counts in how many patients something happened, and names them.

        Parameters
        ----------
        words : str
            What happened, in the words of :func:`casekit.scores.occurrence`.
        told : str
            How the sentence goes on after "3 of 15 patients"; those of whom it is not known are not counted.
        """
        return Who(self.state, words, told, self.say)

    def _redraw(self) -> None:
        """Show other patients or another day 0 in all pictures, after each has said that it will change."""
        for panel in self._panels:
            panel.wait()
        for panel in self._panels:
            panel.redraw()


class FilterBar(widgets.VBox):
    """Filters, hint, note and the chosen patient."""

    def __init__(self, state: GroupState, note: widgets.HTML, bar: widgets.Widget, say: Callable[[str], None]) -> None:
        self._filters = Filters(state, say)
        made = '<span class="ck-mark">Synthetic data</span> ' if about(state.series).synthetic else ""
        hint = widgets.HTML(f'{html.STYLE}{GROUP_STYLE}<div class="ck ck-hint">{made}{HINT}</div>')
        super().__init__([hint, self._filters, note, PatientDock(state, say), bar])
        self.add_class("ck-page")

    def blocks(self) -> list[Block]:
        """Return which patients are shown, as words."""
        return [Words(self._filters.said)]


class Who(widgets.HTML):
    """A sentence that counts and names patients, and those of whom it is not known."""

    def __init__(self, state: GroupState, words: str, told: str, say: Callable[[str], None]) -> None:
        super().__init__()
        self._state, self._words, self._told = state, words, told
        self._count()
        state.observe(guarded(say)(lambda _change: self._count()), GROUP)

    def blocks(self) -> list[Block]:
        """Return the sentence as shown."""
        return [Words(self.value)]

    def _count(self) -> None:
        """Count among the patients that are left."""
        shown, answers = self._state.remaining().shown, self._state.answers(self._words)
        found = {answer: [(who, answers[who][1]) for who in shown if answers[who][0] == answer] for answer in ANSWERS}
        said = _share(len(found["yes"]), len(found["no"]), len(found["unknown"]), self._told)
        named = f": {_named(found['yes'])}." if found["yes"] and found["no"] else "."
        open_ = f" Not known: {_named(found['unknown'])}." if found["unknown"] else ""
        days = "" if self._state.day_zero == INFUSION else " <small>Days since the infusion.</small>"
        self.value = f'<div class="ck ck-said"><p>{said}{named}{open_}{days}</p></div>'


ANSWERS = ("yes", "no", "unknown")


def _share(yes: int, no: int, unknown: int, told: str) -> str:
    """Return in how many of those of whom it is known, with the exact interval; few patients prove little."""
    known = yes + no
    if not known:
        return f"<strong>Not known of any patient</strong>: who {html.safe(told)}"
    low, high = (number(round(100 * end, 1)) for end in exact_interval(yes, known))
    whose = " of whom it is known" if unknown else ""
    interval = f"exact 95 % interval {low}–{high} %"
    return f"<strong>{yes} of {known} patients</strong>{whose} ({interval}) {html.safe(told)}"


def _named(found: list[tuple[str, str]]) -> str:
    """Return patients with what the answer rests on."""
    return "; ".join(f"{patient_link(who)} ({html.safe(why)})" for who, why in found)


def group_page(series: CaseSeries, disease: str = "", view: str = "") -> GroupPage:
    """Return a page of a group, whose parts the cells of a notebook show one by one.

    Parameters
    ----------
    series : CaseSeries
        Whose patients are shown.
    disease : str
        The disease of the page; all without it.
    view : str
        A query string as it stands in the address of a published page.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit import views
    >>> page = views.group_page(ck.example(), disease="SLE")
    >>> panel = page.picture("spider_sledai_2k")
    """
    return GroupPage(series, disease, view)
