"""The page of the whole series: swimmer plot, counts per disease, and published figures beside computed ones."""

import os
from typing import Any
from urllib.parse import quote

import ipywidgets as widgets
import pandas as pd

from casekit import catalogue, scores
from casekit.charts import swimmer, swimmer_frames
from casekit.charts.picture import Frames
from casekit.charts.words import DAYS_PER_MONTH, as_rows, number
from casekit.records import CaseSeries
from casekit.views import html
from casekit.views.safe import guarded
from casekit.views.vega_view import Spec, VegaView

HINT = "Hover over a mark for the exact day."
LINKED = " Click on a patient for the link to the course."
AGREES = {"agrees": "ck-met", "differs": "ck-not", "conflict": "ck-unknown"}


def cohort_page(series: CaseSeries) -> widgets.VBox:
    """Return the page that shows all patients.

    Parameters
    ----------
    series : CaseSeries
        Whose patients are shown.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit import views
    >>> page = views.cohort_page(ck.example())
    """
    frames = swimmer_frames(series)
    link, chosen = _link(), widgets.HTML()
    picture = VegaView(lambda _name: _spec(frames))
    picture.show("swimmer")
    say = guarded(lambda sentence: setattr(chosen, "value", str(html.safe(sentence))))
    picture.observe(say(lambda change: _choose(picture, chosen, link, change["new"])), "picked")
    made = '<span class="ck-mark">Synthetic data</span> ' if frames.about.synthetic else ""
    head = f'<div class="ck"><p>{made}{html.safe(frames.about.title)}. {HINT}{LINKED if link else ""}</p></div>'
    parts = [html.STYLE + head, widgets.VBox([picture, chosen]), counts(series, frames), published(series)]
    page = widgets.VBox([part if isinstance(part, widgets.Widget) else widgets.HTML(part) for part in parts if part])
    page.add_class("ck-page")
    return page


def counts(series: CaseSeries, frames: Frames) -> html.Markup:
    """Return what can be counted, per disease and in all, as a table."""
    names = [str(name) for name in frames.patients["disease"].unique()]
    parts = {catalogue.disease(name).id: series.select(disease=name) for name in names}
    columns = {**parts, "All": series} if len(parts) > 1 else parts
    facts = {name: _facts(part, frames) for name, part in columns.items()}
    rows = [(label, *[facts[name][label] for name in columns]) for label in next(iter(facts.values()), {})]
    made = "synthetic data; " if frames.about.synthetic else ""
    return html.table(f"The patients in numbers ({made}– means: not known)", ("", *columns), rows)


def published(series: CaseSeries) -> html.Markup | None:
    """Return every published figure beside the computed one; nothing where the series names no publication."""
    checked = scores.claims(series)
    if checked.empty:
        return None
    rows = [_claim(row) for row in as_rows(checked)]
    agree = int((checked["verdict"] == "agrees").sum())
    caption = f"Published figures, recomputed from the tables: {agree} of {len(rows)} agree"
    return html.table(caption, ("Statement", "Published", "Computed", "", "n", "Source"), rows)


def _claim(row: dict[str, Any]) -> tuple[object, ...]:
    """Return one published figure as cells."""
    word = str(row["verdict"])
    mark = html.Markup(f'<span class="{AGREES.get(word, "ck-unknown")}">{html.safe(word)}</span>')
    unit = "" if pd.isna(row["unit"]) else f" {row['unit']}"
    return (row["statement"], f"{row['published']}{unit}", f"{row['computed']}{unit}", mark, row["n"], row["source"])


def _facts(series: CaseSeries, frames: Frames) -> dict[str, str]:
    """Return the counts of some patients."""
    people, ids = series.patients, set(series.patients["patient_id"])
    grades = frames.parts["grades"][frames.parts["grades"]["patient_id"].isin(ids)]
    marks = frames.rows[frames.rows["patient_id"].isin(ids)]
    total = len(people)
    known_sex = people["sex"].isin(["female", "male"])
    return {
        "Patients": str(total),
        "Women": f"{(people['sex'] == 'female').sum()} of {known_sex.sum()}" if known_sex.any() else "–",
        "Age in years, median (range)": _range(people["age_years"]),
        "Years of disease, median (range)": _range(people["disease_duration_years"]),
        "Earlier treatments, median (range)": _range(people["prior_therapies"]),
        "Months of follow-up, median (range)": _range(people["last_known_day"] / DAYS_PER_MONTH),
        "CRS grade 1 · grade 2 · higher": _by_grade(grades, "crs", frames),
        "ICANS grade 1 · grade 2 · higher": _by_grade(grades, "icans", frames),
        "Endpoint of the disease met": _any(marks, "first response", total, frames),
        "B cells back": _any(marks, "B cells back", total, frames),
        "Infection after infusion": _any(marks, "infection", total, frames),
    }


def _range(values: pd.Series) -> str:
    """Return median and range, rounded as they are read."""
    known = values.dropna().astype(float)
    if known.empty:
        return "–"
    return f"{number(round(known.median()))} ({number(round(known.min()))} to {number(round(known.max()))})"


def _by_grade(grades: pd.DataFrame, event: str, frames: Frames) -> str:
    """Return how many patients had which highest grade; unknown where the series records none."""
    if not {event} & {*frames.parts["grades"]["what"], *frames.parts["none"]["what"]}:
        return "–"
    worst = grades.loc[grades["what"] == event, "grade"].astype(int)
    return f"{(worst == 1).sum()} · {(worst == 2).sum()} · {(worst > 2).sum()}"  # noqa: PLR2004


def _any(marks: pd.DataFrame, what: str, total: int, frames: Frames) -> str:
    """Return how many patients have such a mark; unknown where nobody in the series has one."""
    if what not in set(frames.rows["what"]):
        return "–"
    return f"{marks.loc[marks['what'] == what, 'patient_id'].nunique()} of {total}"


def _spec(frames: Frames) -> Spec:
    """Return the specification of the swimmer plot."""
    spec: Spec = swimmer(frames).to_dict(validate=False)
    return spec


def _choose(picture: VegaView, chosen: widgets.HTML, link: str, picked: dict[str, Any]) -> None:
    """Emphasise the patient that was clicked, and link to the course where there is a page of it."""
    who = str(picked.get("patient_id", ""))
    picture.set_params(patient=who)
    chosen.value = f'<a href="{html.safe(link)}{quote(who)}">Open the course of {html.safe(who)}</a>' if link else ""


def _link() -> str:
    """Return the address of the patient page when these pages are served, nothing in JupyterLab."""
    base = os.environ.get("VOILA_BASE_URL")
    return f"{base}patient?patient=" if base else ""
