"""Exact intervals of the proportions of this series, beside those of other published series."""

from typing import Any

import altair as alt
import pandas as pd

from casekit import catalogue, scores
from casekit.charts import theme
from casekit.charts.head import Entry
from casekit.charts.lane import heard, tooltip
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.sheet import Panel, Sheet, drawn, pixel, table, unchecked
from casekit.charts.toxicity_grades import NONE, UNKNOWN, toxicity_grades_frames
from casekit.charts.treatment_frames import SUPPRESSING
from casekit.charts.words import as_rows, number
from casekit.errors import CaseKitError
from casekit.records import CaseSeries
from casekit.scores import derive
from casekit.scores.occurrences import occurrence
from casekit.scores.spans import perhaps_of, recorded_courses, running
from casekit.scores.toxicity_course import GRADED_BY

NAME = "intervals"
OTHERS = "other_series"
TOXICITIES = {"crs": "CRS of any grade", "icans": "ICANS of any grade", "licats": "LICATS"}
UNTREATED, STEROID_FREE = "untreated", "steroid_free"
INVENTED = ", invented: no published count"
ROW, LEFT = 38, 18
THIS, OTHER = "this series", "another series, published"
COLUMNS = ["patient_id", "disease", "endpoint", "label", "answer"]
HEADINGS = {"patient_id": "Patient", "disease": "Disease", "label": "Endpoint", "answer": "Answer"}
ENTRIES = (
    Entry("circle", theme.INK, theme.INK, THIS),
    Entry("diamond", "#ffffff", theme.QUIET, OTHER),
)


def intervals_frames(series: CaseSeries) -> Frames:
    """Return, for every patient and endpoint, whether it was reached, and the proportions of other published series.

    Returns
    -------
    Frames
        ``rows``: one row per patient and endpoint: answer ``yes``, ``no`` or ``not known``; that of a disease is
        judged at its last visit. Of synthetic patients the label says what rests on no published figure.
        ``parts["others"]``: one row per published proportion: endpoint, series, count,
        patients, source, confidence.

    Examples
    --------
    >>> import casekit as ck
    >>> (intervals_frames(ck.example()).rows.query("endpoint == 'doris_2021'")["answer"] == "yes").sum().item()
    8
    """
    own = series.before_alignment or series
    rows = pd.concat([*_responses(own), _untreated(own), _steroid_free(own), _toxicities(own)], ignore_index=True)
    if own.metadata.synthetic:
        rows["label"] += (~rows["endpoint"].isin(_published(own))).map({True: INVENTED, False: ""})
    others = pd.DataFrame(catalogue.publication(OTHERS)["proportions"])
    return Frames(rows[COLUMNS], about(own), patients_of(own), {"others": others})


def proportions(frames: Frames) -> pd.DataFrame:
    """Return the proportion of each endpoint with its exact interval, and those of other series after it.

    Returns
    -------
    DataFrame
        One row per proportion: endpoint, label, who (this or another series), count, patients (whose answer is known),
        unknown (patients left out because it is not), share, low and high (%; exact Clopper-Pearson 95 % interval),
        source.

    Examples
    --------
    >>> import casekit as ck
    >>> own = proportions(intervals_frames(ck.example())).set_index("endpoint").loc["untreated"]
    >>> own["count"].item(), own["patients"].item(), own["low"].item()
    (15, 15, 78.2)
    """
    found: list[dict[str, Any]] = []
    others = frames.parts["others"]
    for (endpoint, label), rows in frames.rows.groupby(["endpoint", "label"], sort=False):
        known = rows[rows["answer"] != "not known"]
        told = {"endpoint": endpoint, "label": label, "who": THIS, "unknown": len(rows) - len(known), "source": ""}
        if len(known):
            found.append({**told, **_exact(int((known["answer"] == "yes").sum()), len(known))})
        found += [_other(row) for row in as_rows(others[others["endpoint"] == endpoint])]
    return pd.DataFrame(found)


@unchecked
def intervals(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return every proportion as a point with its exact interval.

    Parameters
    ----------
    frames : Frames
        From :func:`intervals_frames`, or some of its patients.
    width : int
        Width of the plot in pixels.
    patient : str
        Has no mark of its own in this picture.

    Examples
    --------
    >>> import casekit as ck
    >>> intervals(intervals_frames(ck.example())).usermeta["key"]
    'intervals'
    """
    known = proportions(frames)
    if known.empty or not (known["who"] == THIS).any():
        sentence = "No endpoint and no toxicity is known of these patients."
        return nothing(frames.about, name=NAME, sentence=sentence, width=width)
    known["row"] = known.index
    known["said"] = [_said(row) for row in as_rows(known)]
    panel = Panel(
        f"Patients with the endpoint, %, n = {len(frames.patients)}",
        "line: exact (Clopper-Pearson) 95 % interval;\nresponses: at the last visit of each patient",
        ROW * len(known), _marks(),
    )  # fmt: skip
    drawn_columns = known[["row", "who", "share", "low", "high", "said", "source"]]
    sheet = Sheet(NAME, _description(known), [panel], {"shares": drawn_columns}, entries=ENTRIES, left=LEFT)
    return drawn(sheet, frames, width, patient)


def _responses(series: CaseSeries) -> list[pd.DataFrame]:
    """Return the verdict of each patient's last visit for the endpoint of the disease."""
    found = [pd.DataFrame(columns=COLUMNS)]
    for name in dict.fromkeys(series.patients["disease"]):
        declared = catalogue.disease(str(name))
        if declared.endpoint:
            found.append(_verdicts(series.select(disease=str(name)), declared))
    return found


def _verdicts(series: CaseSeries, declared: catalogue.Disease) -> pd.DataFrame:
    """Return the last verdict of every patient with that disease; unknown where there is no visit."""
    people = series.patients[["patient_id", "disease"]]
    try:
        judged = scores.judge(series, str(declared.endpoint))
    except CaseKitError:
        judged = pd.DataFrame(columns=["patient_id", "day", "verdict"])
    last = judged[judged["day"] > 0].sort_values("day").groupby("patient_id")["verdict"].last()
    words = {"met": "yes", "not met": "no"}
    answers = [words.get(str(last.get(who)), "not known") for who in people["patient_id"]]
    label = f"{declared.endpoint_label}, {declared.id}"
    return people.assign(endpoint=declared.endpoint, label=label, answer=answers)


def _untreated(series: CaseSeries) -> pd.DataFrame:
    """Return who takes no glucocorticoid, immunosuppressant, biologic or antimalarial on the last day."""
    people = series.patients[["patient_id", "disease"]]
    ends = series.patients[["patient_id", "last_known_day"]].rename(columns={"last_known_day": "day"})
    courses = recorded_courses(series)
    taken = running(perhaps_of(courses, SUPPRESSING), ends)
    known = derive.has_history(people["patient_id"], courses)
    surely, perhaps = set(taken.loc[taken["surely"], "patient_id"]), set(taken["patient_id"])
    told = zip(people["patient_id"], known, strict=True)
    answers = [
        "no" if who in surely else "yes" if history and who not in perhaps else "not known" for who, history in told
    ]
    return people.assign(endpoint=UNTREATED, label="Off immunosuppressants, last day", answer=answers)


def _steroid_free(series: CaseSeries) -> pd.DataFrame:
    """Return who took no glucocorticoid from month 6 on, as far as observed."""
    found = occurrence(series, "steroid-free by month 6")
    people = series.patients[["patient_id", "disease"]]
    label = "Steroid-free from month 6"
    return people.assign(
        endpoint=STEROID_FREE, label=label, answer=found["answer"].replace("unknown", "not known").to_numpy()
    )


def _published(series: CaseSeries) -> set[str]:
    """Return the endpoints of which the publication of the series printed a count."""
    publication = series.metadata.publication
    ways = [claim["computed"] for claim in catalogue.publication(publication)["claims"]] if publication else []
    graded = {instrument: name for name, instrument in GRADED_BY.items()}
    told = {way[name] for way in ways for name in ("verdict_at_last_visit", "highest_grade") if name in way}
    stopped = {UNTREATED, STEROID_FREE} if any("untreated_at_end" in way for way in ways) else set()
    return {graded.get(name, name) for name in told} | stopped


def _toxicities(series: CaseSeries) -> pd.DataFrame:
    """Return who had CRS, ICANS or LICATS; an open or unknown grade is unknown."""
    rows = toxicity_grades_frames(series).rows
    answers = {NONE: "no", UNKNOWN: "not known"}
    return rows.assign(
        endpoint=rows["event"],
        label=rows["event"].map(TOXICITIES),
        answer=[answers.get(grade, "yes") for grade in rows["grade"]],
    )[COLUMNS]


def _exact(count: int, patients: int) -> dict[str, Any]:
    """Return a proportion in percent with its exact interval."""
    low, high = scores.exact_interval(count, patients)
    shares = {"share": 100 * count / patients, "low": 100 * low, "high": 100 * high}
    return {"count": count, "patients": patients, **{name: round(value, 1) for name, value in shares.items()}}


def _other(row: dict[str, Any]) -> dict[str, Any]:
    """Return a published proportion with its exact interval."""
    unsure = ", uncertain" if row["confidence"] != "high" else ""
    told = {"endpoint": row["endpoint"], "label": f"{row['series']}{unsure}", "who": OTHER, "unknown": 0}
    return {**told, "source": row["source"], **_exact(int(row["count"]), int(row["patients"]))}


def _said(row: dict[str, Any]) -> str:
    """Return a proportion in words."""
    unknown = f"; {row['unknown']} unknown" if row["unknown"] else ""
    interval = f"{number(row['low'])}–{number(row['high'])} %"
    return f"{row['label']}: {row['count']} of {row['patients']} ({interval}{unknown})"


def _marks() -> tuple[alt.Chart, ...]:
    """Return point, interval and words of each proportion."""
    placed = table("shares").transform_calculate(y_mid=f"datum.row * {ROW} + 27", y_said=f"datum.row * {ROW} + 13")
    x = {
        "scale": alt.Scale(domain=[0, 100], nice=False),
        "axis": alt.Axis(title="% of patients", values=[0, 25, 50, 75, 100], domain=False),
    }
    own = f"datum.who === '{THIS}'"
    colour = alt.condition(own, alt.value(theme.INK), alt.value(theme.QUIET))
    fill = alt.condition(own, alt.value(theme.INK), alt.value("#ffffff"))
    shape = alt.Shape("who:N", scale=alt.Scale(domain=[THIS, OTHER], range=["circle", "diamond"]), legend=None)
    tip = tooltip(Proportion="said", Of="who", Source="source")
    y = pixel("y_mid:Q")
    line = placed.mark_rule(strokeWidth=1.8).encode(x=alt.X("low:Q", **x), x2="high:Q", y=y, color=colour, tooltip=tip)
    point = heard(placed, "said", "who").mark_point(size=64, opacity=1, strokeWidth=1.5, aria=True)
    said = placed.mark_text(align="left", baseline="middle", fontSize={"expr": "width < 340 ? 10 : 11"})
    words = said.encode(x=alt.XValue(0), y=pixel("y_said:Q"), text="said:N", color=colour)
    return (
        line,
        point.encode(x=alt.X("share:Q", **x), y=y, fill=fill, stroke=colour, shape=shape, tooltip=tip),
        words,
    )


def _description(known: pd.DataFrame) -> str:
    """Return the picture in one sentence with its numbers."""
    own = known[known["who"] == THIS]
    beside = len(known) - len(own)
    return f"Exact 95 % intervals of proportions: {'; '.join(own['said'])}; beside {beside} of other series."


PICTURE = Picture(NAME, "How sure is each proportion?", intervals_frames, intervals, HEADINGS)
