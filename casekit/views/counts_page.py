"""A page of counts alone, for series whose patients may not be shown one by one: no filter, and small counts hidden."""

from collections.abc import Mapping

import ipywidgets as widgets
import pandas as pd

from casekit.charts.picture import about
from casekit.records import CaseSeries
from casekit.scores.suppression import ALL, HIDDEN, SMALLEST
from casekit.views import html
from casekit.views.blocks import Block, Table
from casekit.views.counts import WHAT, characteristics, infections, outcomes
from casekit.views.group_page import GROUP_STYLE

RATES = {"infections": "Infections", "patient_days": "Patient-days", "rate": "Rate with exact 95 % interval"}
MARK = html.Markup(f'<span class="ck-hidden">{HIDDEN}</span>')


class CountsPage:
    """What the cells of a notebook show of a series in counts.

    Parameters
    ----------
    series : CaseSeries
        Whose patients are counted.
    smallest : int
        The smallest count that is shown.
    """

    def __init__(self, series: CaseSeries, smallest: int = SMALLEST) -> None:
        self._series, self._smallest = series, smallest

    def characteristics(self) -> "CountTable":
        """Return who the patients were."""
        return self._table("Before the infusion", characteristics(self._series, self._smallest), {ALL: "All"})

    def outcomes(self) -> "CountTable":
        """Return in how many something happened."""
        return self._table("After the infusion", outcomes(self._series, self._smallest), {ALL: "All"})

    def infections(self) -> "CountTable":
        """Return how often infections began."""
        return self._table("Infections began", infections(self._series, self._smallest), RATES)

    def _table(self, title: str, rows: pd.DataFrame, headings: Mapping[str, str]) -> "CountTable":
        """Return one table with what its words mean."""
        columns = {name: headings.get(name, name) for name in rows.columns} | {WHAT: title}
        made = "Synthetic data. " if about(self._series).synthetic else ""
        low = self._smallest - 1
        caption = (
            f"{made}{HIDDEN}: a number from 1 to {low}, or of {low} patients or fewer, or one that would give such a "
            "number away. 0: nobody. –: does not belong to this disease."
        )
        return CountTable(Table(title, rows, columns, caption))


class CountTable(widgets.HTML):
    """One table of counts."""

    def __init__(self, table: Table) -> None:
        self._table = table
        rows = [[MARK if cell == HIDDEN else cell for cell in row] for row in table.rows.itertuples(index=False)]
        made = html.table("", list(table.columns.values()), rows)
        super().__init__(f'{html.STYLE}{GROUP_STYLE}{made}<p class="ck ck-hint">{html.safe(table.caption)}</p>')
        self.add_class("ck-page")

    def blocks(self) -> list[Block]:
        """Return the table as shown."""
        return [self._table]


def counts_page(series: CaseSeries, smallest: int = SMALLEST) -> CountsPage:
    """Return a page that shows a series in counts, none of them small.

    Parameters
    ----------
    series : CaseSeries
        Whose patients are counted; also of invented ones small counts are hidden, so that the page looks as it would.
    smallest : int
        The smallest count that is shown; what is published needs that of ``policy.toml`` at least.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit import views
    >>> "hidden" in views.counts_page(ck.example()).outcomes().value
    True
    """
    return CountsPage(series, smallest)
