"""The list of scores, verdicts and claims that are not what they were at an earlier data cut."""

from casekit.records import CaseSeries
from casekit.scores.cuts import diff
from casekit.views import html

HEADINGS = {
    "patient_id": "Patient",
    "id": "Result",
    "day": "Day",
    "before": "Before",
    "after": "Now",
    "because": "Because of",
}


def changed_results(series: CaseSeries, since: CaseSeries) -> html.Markup:
    """Return the changed results as a table; a sentence when there are none.

    Examples
    --------
    >>> import casekit as ck
    >>> "No score" in changed_results(ck.example(), ck.example())
    True
    """
    found = diff(since.before_alignment or since, series).results
    if found.empty:
        return html.Markup('<div class="ck"><p>No score, verdict or claim changed since the last data cut.</p></div>')
    made = ", synthetic data" if series.metadata.synthetic else ""
    caption = f"Results that changed since the last data cut, in days since the infusion{made}"
    rows = found[list(HEADINGS)].astype(object).fillna("").to_numpy().tolist()
    return html.table(caption, list(HEADINGS.values()), rows)
