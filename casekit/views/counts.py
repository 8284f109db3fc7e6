"""What may be told of a series in counts alone: no single patient, no filter, and small counts hidden."""

from collections.abc import Iterator
from functools import lru_cache

import pandas as pd

from casekit.charts.infection_rate import PERIODS, infection_rate_frames, rates
from casekit.charts.table_one import table_one_frames
from casekit.charts.words import number
from casekit.records import CaseSeries
from casekit.scores.occurrence_choices import occurrence_choices
from casekit.scores.occurrence_words import LAST_RESPONSE
from casekit.scores.occurrences import occurrence
from casekit.scores.suppression import ALL, HIDDEN, SMALLEST, suppressed

YES, NO, UNKNOWN = "yes", "no", "unknown"
NOT_ASKED, NOT_KNOWN = "–", "not known"
WHAT = "what"
# Questions of which none contains another: from "any grade" and "grade 2 or more" a small difference could be computed.
OUTCOMES = {
    ("response at the last visit", LAST_RESPONSE): "Endpoint of the disease met at the last visit",
    ("drug-free by month {}", "3"): "No immunosuppressant or glucocorticoid from month 3 on",
    ("B cells back before day {}", "90"): "B cells back before day 90",
    ("CRS >= {}", "1"): "Cytokine release syndrome of any grade",
    ("ICANS >= {}", "1"): "Neurotoxicity (ICANS) of any grade",
    ("infection", ""): "An infection after the infusion",
}
ROUNDED_DAYS = 100


@lru_cache(maxsize=8)
def characteristics(series: CaseSeries, smallest: int) -> pd.DataFrame:
    """Return who the patients were before the infusion.

    A median is told of a group with at least `smallest` patients on either side of it, the quartiles of one with so
    many in every quarter; a range would be the values of two patients and is never told.

    Returns
    -------
    DataFrame
        One row per characteristic: what, all, and one column per disease, as text.

    Examples
    --------
    >>> import casekit as ck
    >>> table = characteristics(ck.example(), 5).set_index("what")
    >>> table.loc["Women", "all"], table.loc["Patients", "IIM"]
    ('10 (67 %)', 'hidden')
    """
    values = table_one_frames(series).parts["values"]
    rows = [_patients(series, smallest)]
    for what, asked in values.groupby("characteristic", sort=False):
        if asked["kind"].iloc[0] == "count":
            answers = asked["value"].map({1.0: YES, 0.0: NO}).fillna(UNKNOWN)
            rows += _answered(str(what), asked.assign(answer=answers), smallest)
        else:
            rows.append(_medians(series, str(what), asked, smallest))
    return pd.DataFrame(rows, columns=[WHAT, ALL, *_diseases(series)])


@lru_cache(maxsize=8)
def outcomes(series: CaseSeries, smallest: int) -> pd.DataFrame:
    """Return in how many patients something happened after the infusion.

    Returns
    -------
    DataFrame
        One row per question, and one more where it is not known of some: what, all, and one column per disease.

    Examples
    --------
    >>> import casekit as ck
    >>> outcomes(ck.example(), 5)["what"].iloc[-1]
    'An infection after the infusion'
    """
    own = series.before_alignment or series
    offered = {choice.template for choice in occurrence_choices(own)}
    rows = []
    for (template, limit), what in OUTCOMES.items():
        if template in offered:
            answered = occurrence(own, template.format(limit)).merge(own.patients[["patient_id", "disease"]])
            rows += _answered(what, answered, smallest)
    return pd.DataFrame(rows, columns=[WHAT, ALL, *_diseases(series)])


@lru_cache(maxsize=8)
def infections(series: CaseSeries, smallest: int) -> pd.DataFrame:
    """Return how often infections began, of all patients together.

    A count and what would tell it are hidden where the infections are those of fewer than `smallest` patients.

    Returns
    -------
    DataFrame
        One row per period: what, infections, patient_days (rounded to 100), rate (per 100 patient-years, with its exact
        95 % interval), as text.

    Examples
    --------
    >>> import casekit as ck
    >>> infections(ck.example(), 5)["what"].tolist()
    ['day 0–30', 'day 31–90', 'after day 90']
    """
    frames = infection_rate_frames(series.before_alignment or series)
    rows = []
    for told, (first, last) in zip(rates(frames).to_dict("records"), PERIODS.values(), strict=True):
        ill = frames.rows[frames.rows["day"].between(first, float("inf") if last is None else last)]
        few = 0 < ill["patient_id"].nunique() < smallest or 0 < told["patients"] < smallest
        days = HIDDEN if 0 < told["patients"] < smallest else f"about {round(told['patient_days'], -2):.0f}"
        rows.append((told["period"], HIDDEN if few else str(told["infections"]), days, HIDDEN if few else told["tip"]))
    return pd.DataFrame(rows, columns=[WHAT, "infections", "patient_days", "rate"])


def prepare_counts(series: CaseSeries) -> Iterator[str]:
    """Count what the usual page of counts shows, before anybody asks; yield the name of each table done."""
    for table in (characteristics, outcomes, infections):
        table(series, SMALLEST)
        yield table.__name__


def _diseases(series: CaseSeries) -> list[str]:
    """Return the diseases of the series; nothing for one, which has no columns beside all."""
    found = [str(name) for name in dict.fromkeys(series.patients["disease"])]
    return found if len(found) > 1 else []


def _patients(series: CaseSeries, smallest: int) -> dict[str, str]:
    """Return how many patients there are."""
    counts = series.patients["disease"].value_counts(sort=False).to_frame().T
    shown = suppressed(counts, smallest)
    return {WHAT: "Patients", **{str(group): str(text) for group, text in shown.loc[ALL].items()}}


def _answered(what: str, asked: pd.DataFrame, smallest: int) -> list[dict[str, str]]:
    """Return in how many it is so, with the percentage of those known, and of how many it is not known."""
    counts = pd.crosstab(asked["answer"], asked["disease"]).reindex([YES, NO, UNKNOWN], fill_value=0)
    shown = suppressed(counts[[*dict.fromkeys(asked["disease"])]], smallest)
    rows = [{WHAT: what, **{str(group): _with_percentage(column) for group, column in shown.items()}}]
    if shown.loc[UNKNOWN, ALL] != "0":
        unknown = {str(group): str(column[UNKNOWN]) for group, column in shown.items()}
        rows.append({WHAT: f"{what}: {NOT_KNOWN}", **unknown})
    return rows


def _with_percentage(shown: pd.Series) -> str:
    """Return a count with its percentage of those known, where all of that is shown."""
    yes = str(shown[YES])
    if HIDDEN in {yes, shown[UNKNOWN], shown[ALL]}:
        return yes
    known = int(shown[ALL]) - int(shown[UNKNOWN])
    if not known:
        return NOT_KNOWN
    return f"{yes} ({100 * int(yes) / known:.0f} %)" if int(yes) else yes


def _medians(series: CaseSeries, what: str, asked: pd.DataFrame, smallest: int) -> dict[str, str]:
    """Return the medians of all and of each disease."""
    whole = len(asked) == len(series.patients)  # asked of some diseases only: there is no figure of all
    found = {ALL: _median(asked["value"], smallest) if whole else NOT_ASKED}
    for name in _diseases(series):
        own = asked.loc[asked["disease"] == name, "value"]
        found[name] = _median(own, smallest) if len(own) else NOT_ASKED
    return {WHAT: f"{what}, median", **found}


def _median(values: pd.Series, smallest: int) -> str:
    """Return the median, and the quartiles where a quarter is no small group."""
    known = values.dropna()
    if known.empty:
        return NOT_KNOWN
    if len(known) < 2 * smallest:
        return HIDDEN
    low, middle, high = (number(round(float(known.quantile(part)), 1)) for part in (0.25, 0.5, 0.75))
    return f"{middle} [{low} to {high}]" if len(known) >= 4 * smallest else middle
