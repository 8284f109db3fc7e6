"""All that a patient timeline draws, as tidy frames: computed once for a series, shared by all its patients."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace

import pandas as pd

from casekit import catalogue, scores
from casekit.charts.cut_frames import COLUMNS, cut_frame
from casekit.charts.event_frames import event_frames
from casekit.charts.picture import about, counts_from_infusion, day_zero
from casekit.charts.score_frames import activity_frame, aplasia_frame, response_frames
from casekit.charts.timeline_axis import INFUSION_WORDS
from casekit.charts.treatment_frames import drug_frames, drug_free_frame, glucocorticoid_frame
from casekit.charts.undated import undated_frame
from casekit.charts.value_frames import reference_frame, value_frame
from casekit.errors import CaseKitError, UnknownName
from casekit.records import CaseSeries
from casekit.scores.spans import recorded_courses, recorded_events
from casekit.scores.wording import within_a_sentence

CELLS = ("cd19_b_cells_per_ul", "car_t_cells_per_ul")


@dataclass(frozen=True)
class TimelineFrames:
    """One tidy frame per kind of mark; every frame has the column ``patient_id``.

    Attributes
    ----------
    patients : DataFrame
        One row per patient: disease, last day, why observation ended.
    drugs, drug_rows, drug_free, glucocorticoid : DataFrame
        Drug courses with their row, the names of the rows, the time without immunosuppressant, the daily dose.
    cells, aplasia : DataFrame
        B-cell and CAR T-cell counts; B-cell aplasia with the interval in which the cells came back.
    activity, responses, response_rows : DataFrame
        Scores as intervals; verdicts per visit with their row, and the names of the rows.
    laboratory, reference : DataFrame
        Laboratory values, and the reference range valid from day to day.
    events, event_rows : DataFrame
        Adverse events, infections and hospital stays with their row, and the names of the rows.
    title : str
        What the series calls itself.
    synthetic : bool
        Whether the data were made up; then every picture says so.
    data_cut : str
        Until when the series was observed; empty where it does not say.
    zeros : mapping of str to float
        Day 0 of every patient who has one, in days since the infusion; all other days of the frames are days since the
        infusion.
    zero_event : str
        What day 0 is, in words that follow "since".
    undated : DataFrame
        What no bar can tell exactly: drug courses whose first day or end is not known, events whose first day is not.
    cut : DataFrame
        What is new, changed or gone since an earlier data cut, one row per mark; empty where none was named.
    """

    patients: pd.DataFrame
    drugs: pd.DataFrame
    drug_rows: pd.DataFrame
    drug_free: pd.DataFrame
    glucocorticoid: pd.DataFrame
    cells: pd.DataFrame
    aplasia: pd.DataFrame
    activity: pd.DataFrame
    responses: pd.DataFrame
    response_rows: pd.DataFrame
    laboratory: pd.DataFrame
    reference: pd.DataFrame
    events: pd.DataFrame
    event_rows: pd.DataFrame
    title: str
    synthetic: bool
    data_cut: str
    zeros: Mapping[str, float]
    zero_event: str
    undated: pd.DataFrame
    cut: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))

    def disease_of(self, patient_id: str) -> str:
        """Return the id of the patient's disease."""
        known = self.patients.set_index("patient_id")["disease"]
        if patient_id not in known.index:
            raise UnknownName("patient", patient_id, known.index)
        return str(known[patient_id])

    def disease(self, name: str) -> "TimelineFrames":
        """Return the frames of the patients with that disease."""
        chosen = self.patients.loc[self.patients["disease"] == name, "patient_id"]
        return replace(self, **{key: _of(frame, chosen) for key, frame in self.tables().items()})

    def patient(self, patient_id: str) -> "TimelineFrames":
        """Return the frames of one patient."""
        return replace(self, **{key: frame[frame["patient_id"] == patient_id] for key, frame in self.tables().items()})

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the frames by name."""
        every = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in every.items() if isinstance(value, pd.DataFrame)}


def timeline_frames(series: CaseSeries, since: CaseSeries | None = None) -> TimelineFrames:
    """Return everything the timelines of this series draw.

    Parameters
    ----------
    series : CaseSeries
    since : CaseSeries, optional
        An earlier data cut; what is new, changed or gone since then is marked.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit import charts
    >>> charts.timeline_frames(ck.example()).disease_of("SLE-01")
    'SLE'
    """
    zeros, zero_event = day_zero_of(series)
    series = series.before_alignment or series
    people = series.patients[["patient_id", "disease", "last_known_day", "end_reason"]]
    people = people.rename(columns={"last_known_day": "last_day"})
    courses = recorded_courses(series)
    drugs, drug_rows = drug_frames(courses, people)
    responses, response_rows = response_frames(_verdicts(series))
    events, event_rows = event_frames(series.events, people)
    cells = value_frame(_measured(series, CELLS))
    laboratory = value_frame(_measured(series, _laboratory(people["disease"].unique())))
    return TimelineFrames(
        patients=people,
        drugs=drugs,
        drug_rows=drug_rows,
        drug_free=drug_free_frame(courses, people),
        glucocorticoid=glucocorticoid_frame(scores.daily_glucocorticoid(series), courses, people),
        cells=cells,
        aplasia=aplasia_frame(series, people),
        activity=activity_frame(_scored(series)),
        responses=responses,
        response_rows=response_rows,
        laboratory=laboratory,
        reference=reference_frame(laboratory),
        events=events,
        event_rows=event_rows,
        title=str(series.metadata.title),
        synthetic=bool(series.metadata.synthetic),
        data_cut=str(series.metadata.data_cut or ""),
        zeros=zeros,
        zero_event=zero_event,
        undated=undated_frame(courses, recorded_events(series)),
        cut=cut_frame(series, since),
    )


def day_zero_of(series: CaseSeries) -> tuple[dict[str, float], str]:
    """Return day 0 of every patient who has one, in days since the infusion, and what it is, with its article."""
    told = about(series)
    if series.day_zero is None or counts_from_infusion(told.index_event):
        words = INFUSION_WORDS if counts_from_infusion(told.index_event) else _plain(day_zero(told))
        return dict.fromkeys(map(str, series.patients["patient_id"]), 0.0), words
    return {str(who): float(day) for who, day in series.day_zero.items()}, _plain(day_zero(told))


def _plain(event: str) -> str:
    """Return the words with a small letter after the article, unless they begin with an abbreviation.

    Examples
    --------
    >>> _plain("the Cytokine release syndrome"), _plain("the COVID-19")
    ('the cytokine release syndrome', 'the COVID-19')
    """
    article, _, name = event.partition(" ")
    return f"{article} {within_a_sentence(name)}" if name else event


def activity_instruments(disease: str) -> list[str]:
    """Return the scores drawn for that disease, the activity score first."""
    declared = catalogue.disease(disease)
    return [*([declared.activity] if declared.activity else []), *declared.scores]


def _of(frame: pd.DataFrame, patient_ids: pd.Series) -> pd.DataFrame:
    """Return the rows of these patients."""
    return frame[frame["patient_id"].isin(patient_ids)]


def _laboratory(diseases: Iterable[str]) -> list[str]:
    """Return the laboratory variables drawn for any of these diseases."""
    return sorted({name for disease in diseases for name in catalogue.disease(disease).laboratory})


def _measured(series: CaseSeries, variables: Iterable[str]) -> pd.DataFrame:
    """Return the measurements of these variables."""
    return series.measurements[series.measurements["variable"].isin(list(variables))]


def _scored(series: CaseSeries) -> dict[str, pd.DataFrame]:
    """Return, per instrument that some disease draws, its scores for the patients with that disease."""
    return _per_disease(series, {name: activity_instruments(name) for name in _diseases(series)}, judge=False)


def _verdicts(series: CaseSeries) -> dict[str, pd.DataFrame]:
    """Return, per response criterion of some disease, its verdicts for the patients with that disease."""
    return _per_disease(series, {name: catalogue.disease(name).responses for name in _diseases(series)}, judge=True)


def _diseases(series: CaseSeries) -> list[str]:
    """Return the diseases of the series in order of appearance."""
    return [str(name) for name in series.patients["disease"].unique()]


def _per_disease(series: CaseSeries, wanted: dict[str, Iterable[str]], *, judge: bool) -> dict[str, pd.DataFrame]:
    """Return one frame per instrument, each computed on the patients of the diseases that want it."""
    compute = scores.judge if judge else scores.score
    found: dict[str, list[pd.DataFrame]] = {}
    for disease, instruments in wanted.items():
        chosen = series.select(disease=disease)
        for name in instruments:
            found.setdefault(name, []).append(compute(chosen, name))
    return {name: pd.concat(frames, ignore_index=True) for name, frames in found.items()}


def need_lanes(lanes: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the lanes, or say which of them does not exist."""
    wanted, names = list(lanes), list(known)
    if not wanted:
        raise CaseKitError("timeline: found no lane; expected at least one. Choose a lane.")
    for name in wanted:
        if name not in names:
            raise UnknownName("lane", name, names)
    return wanted
