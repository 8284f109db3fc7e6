"""Whether a patient stands out of the group: alone with a combination, alone in a count, or shown alone anyway."""

from collections.abc import Iterator

import pandas as pd

from casekit.publish.disclosure_cells import Finding, shown_columns
from casekit.publish.disclosure_policy import COUNT, COURSE, EXACT, RARE, View
from casekit.records import CaseSeries

QUASI_IDENTIFIERS = (
    "disease",
    "subtype",
    "sex",
    "age_years",
    "disease_duration_years",
    "prior_therapies",
    "autoantibodies",
    "organs",
    "weight_kg",
)
ENTRY = "Accept it in policy.toml with the reason, such as the written consent of every patient, or remove the page."


def group_findings(series: CaseSeries, view: View, smallest: int) -> Iterator[Finding]:
    """Yield where a view shows patients who are too few to be hidden among each other."""
    if view.individuals:
        found = f"{len(series.patients)} courses, each day of which can be compared with a record"
        yield Finding(COURSE, view.name, "day by day", found, ENTRY)
        yield from _rare(series, view, smallest)
    if view.counts == EXACT:
        many = series.patients["disease"].value_counts()
        found = f"exact counts that filters narrow to one patient; the smallest disease has {many.min()}"
        yield Finding(COUNT, view.name, "counts", found, ENTRY)


def rare(people: pd.DataFrame, columns: list[str], smallest: int) -> pd.Series:
    """Return for every patient whether fewer than that many look the same; not known is a look of its own.

    Examples
    --------
    >>> people = pd.DataFrame({"sex": ["female", "female", "male"], "age_years": [30.0, 30.0, None]})
    >>> rare(people, ["sex", "age_years"], 2).tolist()
    [False, False, True]
    """
    if not columns:
        return pd.Series(data=len(people) < smallest, index=people.index)
    return people.groupby(columns, dropna=False)[columns[0]].transform("size") < smallest


def _rare(series: CaseSeries, view: View, smallest: int) -> Iterator[Finding]:
    """Yield how many patients are rare by what the view shows of them, and which column to give up first."""
    shown = shown_columns(series, view)
    columns = [name for name in QUASI_IDENTIFIERS if f"patients.{name}" in shown]
    people = series.patients
    many = int(rare(people, columns, smallest).sum())
    if not many:
        return
    named = ", ".join(columns) or "patients"
    found = f"{many} of {len(people)} patients in groups of fewer than {smallest} who look alike"
    yield Finding(RARE, view.name, named, found, f"{_relief(people, columns, smallest)} {ENTRY}")


def _relief(people: pd.DataFrame, columns: list[str], smallest: int) -> str:
    """Return which single column, made coarser or emptied, leaves the fewest patients rare."""
    left = {name: int(rare(people, [c for c in columns if c != name], smallest).sum()) for name in columns}
    if not left:
        return "Publish the series when it has more patients."
    best = min(left, key=lambda name: left[name])
    if left[best] == int(rare(people, columns, smallest).sum()):
        return "No single column left out would change that."
    return f"Without {best} it would be {left[best]}: make it coarser or empty it in the published copy."
