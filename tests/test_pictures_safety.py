"""Pictures of cells, safety and statistics as data: what they draw, what they say, who is left after a filter."""

import importlib
import json
from functools import cache

import altair as alt
import pandas as pd
import pytest
import vl_convert
from small_series import TREATMENTS, bare, small

import casekit as ck
from casekit.charts import (
    adverse_events,
    b_cell_aplasia,
    b_cell_return,
    cells,
    claim_check,
    crs_window,
    cytopenia,
    immunoglobulins,
    infection_rate,
    infections,
    intervals,
    subsets,
    table_one,
    theme,
    toxicity_grades,
    vaccine_igg,
)
from casekit.charts.dot_grid import placed
from casekit.errors import CaseKitError
from casekit.scores.rates import rate_per_100_days
from casekit.scores.survival import at_most, kaplan_meier

PICTURES = {
    module.PICTURE.name: module.PICTURE
    for module in (
        *(adverse_events, b_cell_aplasia, b_cell_return, cells, claim_check, crs_window, cytopenia, immunoglobulins),
        *(infection_rate, infections, intervals, subsets, table_one, toxicity_grades, vaccine_igg),
    )
}
# These say nothing of single patients: their marks are groups, or words.
OF_GROUPS = {"claim_check", "infection_rate", "intervals", "table_one"}
ON_TIME = {"b_cell_return", "cells", "crs_window", "cytopenia", "immunoglobulins", "infections"}


@cache
def frames_of(name):
    return PICTURES[name].frames(ck.example())


@cache
def spec_of(name):
    return PICTURES[name].chart(frames_of(name)).to_dict(validate=False)


def rows(frame, *columns, **where):
    """The rows of a frame as tuples, those with these values only."""
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return list(frame[list(columns)].itertuples(index=False, name=None))


def texts(spec):
    """All fixed words of a picture."""
    return json.dumps(spec, ensure_ascii=False)


# ---- what holds for every picture


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_plain_json_that_vega_lite_takes(name):
    spec = spec_of(name)
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec
    without_rows = {**spec, "datasets": {table: [] for table in spec["datasets"]}}
    assert vl_convert.vegalite_to_vega(without_rows, vl_version="6.4")["marks"]


@pytest.mark.parametrize("name", ["b_cell_return", "infections", "subsets"])
def test_a_picture_keeps_to_the_schema(name):
    spec = spec_of(name)
    alt.Chart.from_dict({**spec, "datasets": {table: [] for table in spec["datasets"]}})


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_says_that_the_data_are_synthetic_and_only_then(name):
    assert "synthetic data" in texts(spec_of(name)["vconcat"] if "vconcat" in spec_of(name) else spec_of(name)["layer"])
    assert spec_of(name)["description"].startswith("Synthetic data. ")
    real = PICTURES[name].chart(PICTURES[name].frames(small(synthetic=False))).to_dict(validate=False)
    assert "ynthetic" not in texts(real)


@pytest.mark.parametrize("name", PICTURES)
def test_the_page_knows_size_and_patient_of_a_picture(name):
    spec = spec_of(name)
    assert spec["usermeta"]["key"] == name
    assert spec["usermeta"]["pick"] == ["patient_id"]
    padding = spec["usermeta"]["layout"]["padding"]
    assert spec["usermeta"]["layout"]["minimum"] + padding["left"] + padding["right"] <= 340
    assert {param["name"]: param.get("value") for param in spec["params"]}["patient"] == ""


@pytest.mark.parametrize("name", sorted(set(PICTURES) - OF_GROUPS))
def test_marks_of_the_chosen_patient_stand_out(name):
    assert "patient === '' ? " in texts(spec_of(name))
    assert "datum.patient_id === patient ? 1 : " in texts(spec_of(name))


@pytest.mark.parametrize("name", ["infections", "subsets", "toxicity_grades"])
def test_another_patient_is_only_another_parameter(name):
    chosen = PICTURES[name].chart(frames_of(name), patient="SLE-05").to_dict(validate=False)
    values = {param["name"]: param.get("value") for param in chosen["params"]}
    assert values["patient"] == "SLE-05"
    without = [{**spec, "params": []} for spec in (chosen, spec_of(name))]
    assert without[0] == without[1]


@pytest.mark.parametrize("name", sorted(ON_TIME))
def test_pictures_over_time_follow_the_window_of_the_page(name):
    names = {param["name"] for param in spec_of(name)["params"]}
    assert {"patient", "day_from", "day_to", "unit", "day_first", "day_last", "tick_step"} <= names
    assert "' since the infusion'" in texts(spec_of(name))


@pytest.mark.parametrize("name", PICTURES)
def test_a_filter_leaves_the_frames_and_changes_the_picture(name):
    if name == "claim_check":  # its figures are of the whole series, whoever is filtered
        return
    some = frames_of(name).of(["IIM-01", "IIM-02", "IIM-03"])
    spec = PICTURES[name].chart(some).to_dict(validate=False)
    assert len(some.patients) == 3
    assert "SLE-01" not in texts(spec["datasets"])
    assert spec["description"] != spec_of(name)["description"]


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("series", [small(), bare()], ids=["small", "bare"])
def test_a_series_without_the_variables_gives_a_sentence_and_no_fault(name, series):
    frames = PICTURES[name].frames(series)
    for shown in (frames, frames.of([])):
        spec = PICTURES[name].chart(shown).to_dict(validate=False)
        assert spec["description"].endswith(".")


@pytest.mark.parametrize("name", sorted(set(PICTURES) - {"claim_check", "table_one", "intervals", "infection_rate"}))
def test_nobody_left_is_said_in_the_picture(name):
    spec = PICTURES[name].chart(frames_of(name).of([])).to_dict(validate=False)
    assert "vconcat" not in spec
    said = spec["description"].removeprefix("Synthetic data. ")
    assert said.split()[0] in {"No", "Neither"}


@pytest.mark.parametrize("name", PICTURES)
def test_the_table_beside_the_picture_has_its_columns(name):
    frames = frames_of(name)
    assert set(PICTURES[name].columns) <= set(frames.rows)
    assert set(frames.columns) <= set(frames.rows)


def test_day_zero_is_named_and_only_an_infusion_has_its_rule():
    aligned = cells.cells(cells.cells_frames(ck.example().align("b_cell_return"))).to_dict(validate=False)
    assert "' since the return of B cells'" in texts(aligned)
    shown = [
        next(layer["mark"]["opacity"] for layer in spec["vconcat"][0]["layer"] if layer["mark"]["type"] == "rule")
        for spec in (aligned, spec_of("cells"))
    ]
    assert shown == [{"expr": "0"}, {"expr": "day_from <= 0 && day_to >= 0 ? 1 : 0"}]


@pytest.mark.parametrize("name", ["b_cell_aplasia", "crs_window", "cytopenia", "infections", "toxicity_grades"])
def test_pictures_about_the_infusion_count_from_it_whatever_day_zero_is(name):
    aligned = PICTURES[name].frames(ck.example().align("leukapheresis"))
    pd.testing.assert_frame_equal(aligned.rows, frames_of(name).rows)
    assert aligned.about.index_event == "infusion"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("b_cell_return", ["Patients with B cells again, %", "still gone", "synthetic data"]),
        ("crs_window", ["CRS by day, ASTCT 2019, n = 15", "no CRS", "tocilizumab"]),
        ("intervals", ["Off immunosuppressants: 15 of 15 (78.2–100 %)"]),
    ],
)
def test_vega_draws_the_picture(name, words):
    svg = vl_convert.vegalite_to_svg(spec_of(name), vl_version="6.4")
    for text in words:
        assert f">{text}<" in svg


@pytest.mark.parametrize("name", sorted(set(PICTURES) - {"claim_check", "table_one"}))
def test_headings_and_notes_fit_a_phone_in_a_wide_font(name):
    words = [
        (layer["mark"].get("fontSize"), layer["encoding"]["text"]["value"])
        for panel in spec_of(name)["vconcat"]
        for layer in panel["layer"]
        if layer["mark"]["type"] == "text" and "value" in layer["encoding"].get("text", {})
    ]
    headings = [text for size, text in words if size == theme.HEADING]
    notes = [text for size, text in words if size == 11]
    assert headings
    # 320 pixels; letters of a wide font take 8.3 in the bold of headings and 6.3 in the small type of notes
    assert max(map(len, headings)) * 8.3 <= 320
    assert max(map(len, notes), default=0) * 6.3 <= 320


# ---- Kaplan-Meier and rates


def test_kaplan_meier_by_hand():
    # Five patients: events on day 10, 20, 20, 40; one still waiting on day 30.
    # S(10) = 4/5 = 0.8; S(20) = 0.8 × (1 - 2/4) = 0.4; day 30 leaves without event; S(40) = 0.4 × (1 - 1/1) = 0.
    curve = kaplan_meier(pd.Series([10.0, 20.0, 20.0, 40.0]), pd.Series([30.0]))
    assert rows(curve.steps.round(6), "day", "happened", "at_risk") == [(10, 0.2, 5), (20, 0.6, 4), (40, 1.0, 1)]
    assert curve.median == 20
    assert [round(share, 6) for share in at_most(curve, pd.Series([9, 10, 30, 41]))] == [0, 0.2, 0.6, 1]


def test_the_interval_of_kaplan_meier_by_hand():
    # Day 10: S = 0.8, Greenwood sum = 1/(5 × 4) = 0.05. log(-log 0.8) = -1.49994; its standard error is
    # sqrt(0.05)/|log 0.8| = 0.223607/0.223144 = 1.002076; × 1.959964 = 1.964033.
    # S^exp(∓1.964033) = 0.8^0.140291 = 0.969177 and 0.8^7.128021 = 0.203806, so 1 - S lies in 0.030823 to 0.796194.
    curve = kaplan_meier(pd.Series([10.0, 20.0, 20.0, 40.0]), pd.Series([30.0]))
    first = curve.steps.iloc[0]
    assert (first["low"], first["high"]) == (pytest.approx(0.030823, abs=2e-5), pytest.approx(0.796194, abs=2e-5))
    assert pd.isna(curve.steps.iloc[-1]["low"])  # at 1 the formula has none


def test_nobody_with_the_event_has_no_steps_and_no_median():
    curve = kaplan_meier(pd.Series(dtype=float), pd.Series([30.0]))
    assert (len(curve.steps), curve.median) == (0, None)
    assert at_most(curve, pd.Series([100])) == [0.0]


@pytest.mark.parametrize(
    ("events", "low", "high"),
    [(0, 0, 3.6889), (1, 0.0253, 5.5716), (2, 0.2422, 7.2247), (10, 4.7954, 18.3904)],
)
def test_exact_poisson_limits_are_those_of_the_printed_tables(events, low, high):
    # Garwood's exact 95 % limits of a Poisson count, as printed in tables; of 100 patient-days, the count itself.
    rate = rate_per_100_days(events, 100)
    assert (rate.value, rate.low, rate.high) == (events, pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(("events", "days"), [(-1, 10), (1, 0)])
def test_a_rate_of_nobody_is_refused(events, days):
    with pytest.raises(CaseKitError, match="patient-days"):
        rate_per_100_days(events, days)


# ---- cells

EVENT_COLUMNS = "patient_id,kind,name,start_day,end_day,grade,grade_system\n"
COUNTS = """\
patient_id,day,variable,value,comparator,unit,lower,upper,origin
A,-5,cd19_b_cells_per_ul,100,,/uL,100,500,flow
A,3,cd19_b_cells_per_ul,1,<,/uL,100,500,flow
A,70,cd19_b_cells_per_ul,1,<,/uL,100,500,flow
A,83,cd19_b_cells_per_ul,20,,/uL,100,500,flow
B,-5,cd19_b_cells_per_ul,100,,/uL,100,500,flow
B,5,cd19_b_cells_per_ul,1,<,/uL,100,500,flow
B,95,cd19_b_cells_per_ul,1,<,/uL,100,500,flow
"""


@cache
def two_patients():
    """A: gone on day 3, last seen gone on day 70, back on day 83. B: gone on day 5, still gone on day 95."""
    return small(measurements=COUNTS)


def test_undetected_cells_are_hollow_and_a_little_below_their_limit():
    spec = cells.cells(cells.cells_frames(two_patients())).to_dict(validate=False)
    drawn = {(row["patient_id"], row["day"]): (row["shown"], row["hollow"]) for row in spec["datasets"]["values"]}
    assert drawn["A", -5] == (100, False)
    assert drawn["A", 3] == (0.625, True)  # 1 ÷ 1.6
    assert "grey: below detection (<1)" in texts(spec)


def test_aplasia_is_sure_to_the_last_sample_without_and_may_last_to_the_first_with_b_cells():
    frames = b_cell_aplasia.b_cell_aplasia_frames(two_patients())
    # A: 70 - 3 = 67 days sure, 83 - 3 = 80 at most. B: 95 - 5 = 90 and going on.
    assert rows(frames.rows, "patient_id", "sure", "days", "state") == [
        ("A", 67, 80, "B cells back"),
        ("B", 90, 90, "not back at the last sample"),
    ]
    assert frames.rows["tip"].tolist() == ["67 to 80 days", "at least 90 days"]


def test_no_mean_is_computed_of_few_patients_or_while_somebody_is_aplastic():
    spec = b_cell_aplasia.b_cell_aplasia(b_cell_aplasia.b_cell_aplasia_frames(two_patients())).to_dict(validate=False)
    assert spec["datasets"]["means"] == []
    assert "1 still aplastic" in texts(spec)


def test_published_mean_stands_beside_the_computed_one():
    means = {row["who"]: row["label"] for row in spec_of("b_cell_aplasia")["datasets"]["means"]}
    assert means["published"] == "112 ± 47"  # Müller 2024, abstract
    assert set(means) == {"published", "computed"}
    few = b_cell_aplasia.b_cell_aplasia(frames_of("b_cell_aplasia").of(["IIM-01", "IIM-02"])).to_dict(validate=False)
    assert [row["who"] for row in few["datasets"]["means"]] == ["published"]


def test_return_is_a_step_with_a_band_and_a_cross_for_who_is_still_waiting():
    spec = b_cell_return.b_cell_return(b_cell_return.b_cell_return_frames(two_patients())).to_dict(validate=False)
    steps = [(row["day"], row["sure"], row["maybe"]) for row in spec["datasets"]["steps"]]
    # Two at risk; the return of A lies between day 70 and 83: from 0 to 50 % before day 83, 50 % after it.
    assert steps == [(0, 0, 0), (70, 0, 50), (83, 50, 50)]
    people = {row["patient_id"]: (row["day"], row["height"], row["waits"]) for row in spec["datasets"]["people"]}
    assert people == {"A": (83, 50, False), "B": (95, 50, True)}
    assert "1 * (datum.day <= 83) + 1 * (datum.day <= 95)" in texts(spec)  # who is still waiting, under the axis


def test_subsets_fill_the_bar_and_say_what_was_not_measured():
    counts = COUNTS + (
        "A,-5,b_naive_pct,60,,%,,,flow\nA,-5,b_memory_pct,25,,%,,,flow\n"
        "A,83,b_naive_pct,70,,%,,,flow\nA,83,b_transitional_pct,20,,%,,,flow\nA,83,b_memory_pct,4,,%,,,flow\n"
        "A,83,plasmablast_pct,1,,%,,,flow\nA,70,b_naive_pct,50,,%,,,flow\n"
    )
    frame = subsets.subsets_frames(small(measurements=counts)).rows
    assert rows(frame, "subset", "start", "end", time="before") == [
        ("naive", 0, 60),
        ("memory", 60, 85),
        ("other or not measured", 85, 100),
    ]
    assert set(frame.loc[frame["time"] == "before", "missing"]) == {"transitional, plasmablasts"}
    assert rows(frame, "day", "subset", "value", time="return")[-1] == (83, "other or not measured", 5)


# ---- the weeks after the infusion


def test_crs_as_recorded_fills_its_days_where_no_items_are():
    graded = crs_window.crs_window_frames(small()).parts["grades"]
    assert rows(graded, "patient_id", "day", "grade") == [("A", 5, "1"), ("A", 6, "1"), ("A", 7, "1")]


def test_crs_by_items_is_the_published_ten_and_one():
    worst = frames_of("crs_window").parts["grades"].groupby("patient_id")["worst"].max()
    assert worst.value_counts().to_dict() == {"1": 10, "2": 1}  # Müller 2024, abstract
    assert "no CRS" in {row["said"] for row in spec_of("crs_window")["datasets"]["people"]}


def test_not_assessed_is_not_no_crs():
    spec = crs_window.crs_window(crs_window.crs_window_frames(small())).to_dict(validate=False)
    assert {row["patient_id"]: row["said"] for row in spec["datasets"]["people"]} == {
        "A": "",
        "B": "CRS not known",
        "C": "CRS not known",
    }


def test_fever_begins_at_38():
    rules = [layer for layer in spec_of("crs_window")["vconcat"][1]["layer"] if layer["mark"].get("strokeDash")]
    assert [rule["encoding"]["y"]["datum"] for rule in rules] == [38.0]


def test_the_hour_is_a_part_of_the_day():
    table = "patient_id,day,hour,variable,value,unit\nA,5,18,temp_c,38.6,degC\n"
    row = crs_window.crs_window_frames(small(measurements=table)).rows.iloc[0]
    assert (row["day"], row["when"]) == (5.75, "day 5, 18:00")


def test_icaht_grades_stand_over_their_days_and_open_ones_have_no_colour():
    icaht = frames_of("cytopenia").parts["icaht"]
    assert {(row.instrument, row.start, row.end) for row in icaht.itertuples()} == {
        ("icaht_early", 0, 31),
        ("icaht_late", 31, 101),
    }
    open_ones = icaht[icaht["grade"].str.contains(" to ")]
    assert set(open_ones["worst"]) == {""}
    assert (open_ones["missing"] != "nothing").all()


def test_lines_of_blood_counts_are_those_clinicians_expect():
    lines = {
        panel["layer"][-1]["encoding"] and name: [
            layer["encoding"]["y"]["datum"] for layer in panel["layer"] if layer["mark"].get("strokeDash")
        ]
        for name, panel in zip(["neutrophils", "platelets"], spec_of("cytopenia")["vconcat"][1:3], strict=True)
    }
    assert lines == {"neutrophils": [0.5, 1.0, 1.5], "platelets": [50, 100, 150]}


# ---- antibodies


def given_immunoglobulin():
    table = (
        "patient_id,day,variable,value,unit,lower,upper\nA,-5,igg_g_l,8,g/L,7,16\nA,30,igg_g_l,3.5,g/L,7,16\n"
        "A,60,igg_g_l,9,g/L,7,16\nA,60,iga_g_l,1,g/L,0.7,4\nB,60,igg_g_l,6,g/L,7,16\n"
    )
    drugs = TREATMENTS + "A,immunoglobulin_iv,immunoglobulin,30,g,once,iv,50,50\n"
    return small(measurements=table, treatments=drugs)


def test_igg_after_infused_immunoglobulin_is_not_the_patients_own():
    frames = immunoglobulins.immunoglobulins_frames(given_immunoglobulin())
    assert rows(frames.rows, "patient_id", "variable", "day", "hollow") == [
        ("A", "iga_g_l", 60, False),
        ("A", "igg_g_l", -5, False),
        ("A", "igg_g_l", 30, False),
        ("A", "igg_g_l", 60, True),
        ("B", "igg_g_l", 60, False),
    ]
    chart = immunoglobulins.immunoglobulins(frames)
    assert "lowest own IgG 3.5 g/L, 1 at or below 4 g/L; 1 given immunoglobulin" in chart.description
    assert [row["day"] for row in chart.to_dict(validate=False)["datasets"]["ivig"]] == [50]


def test_a_vaccination_after_the_infusion_is_left_out_of_what_was_kept():
    name = "pneumococcus_igg_mg_l"
    table = f"patient_id,day,variable,value,unit\nA,-6,{name},40,mg/L\nA,90,{name},30,mg/L\nA,190,{name},90,mg/L\n"
    table += f"B,-6,{name},50,mg/L\nB,100,{name},45,mg/L\nB,99,{name},44,mg/L\n"
    events = "patient_id,kind,name,start_day,end_day\nA,vaccination,pneumococcal_vaccination,150,150\n"
    frames = vaccine_igg.vaccine_igg_frames(small(measurements=table, events=events))
    assert rows(frames.rows, "patient_id", "time", "day", "change") == [
        ("A", "before", -6, "this is it"),
        ("A", "month 3", 90, "× 0.75"),  # 30 ÷ 40
        ("A", "last", 190, "× 2.25, vaccinated since"),  # 90 ÷ 40
        ("B", "before", -6, "this is it"),
        ("B", "month 3", 99, "× 0.88"),  # day 99 is nearer to day 91 than day 100; 44 ÷ 50
    ]
    assert "1 vaccinated since are left out" in vaccine_igg.vaccine_igg(frames).description


def test_only_the_sourced_threshold_is_called_protective():
    notes = {
        layer["encoding"]["text"]["value"]: next(
            mark["encoding"]["y"]["datum"] for mark in panel["layer"] if mark["mark"].get("strokeDash")
        )
        for panel in spec_of("vaccine_igg")["vconcat"]
        for layer in panel["layer"]
        if "dashed" in str(layer["encoding"].get("text", {}).get("value"))
    }
    assert notes["log scale; dashed: protective threshold"] == 0.1  # IU/mL of tetanus IgG
    assert set(notes) == {"log scale; dashed: protective threshold", "log scale; dashed: laboratory's limit, uncertain"}


# ---- events


def test_adverse_events_count_from_lymphodepletion_and_keep_the_highest_grade():
    events = (
        f"{EVENT_COLUMNS}A,adverse_event,nausea,-90,-80,3,CTCAE 5.0\nA,adverse_event,nausea,-5,-4,1,CTCAE 5.0\n"
        "A,adverse_event,nausea,3,4,2,CTCAE 5.0\nB,adverse_event,nausea,-2,-1,3,CTCAE 5.0\n"
        "B,infection,pneumonia,9,12,,\n"
    )
    frames = adverse_events.adverse_events_frames(small(events=events))
    # A had lymphodepletion from day -5; B had none, so B counts from the infusion.
    assert rows(frames.rows, "patient_id", "event", "day", "grade") == [
        ("A", "nausea", -5, "1"),
        ("A", "nausea", 3, "2"),
        ("B", "pneumonia", 9, "?"),
    ]
    dots = adverse_events.adverse_events(frames).to_dict(validate=False)["datasets"]["dots"]
    assert sorted((row["patient_id"], row["column"]) for row in dots) == [("A", 1), ("B", 5)]


def test_dots_of_one_cell_stand_five_in_a_line_around_its_middle():
    grid = placed(pd.DataFrame({"row": ["a"] * 7, "column": ["1"] * 7}), {"a": ("A", ""), "b": ("B", "")}, ["1", "2"])
    assert grid.dots["many"].tolist() == [5] * 5 + [2] * 2
    assert sorted(set(grid.dots["y"])) == [12, 22]  # 2 lines of 10 and 14 of air are 34: its middle is 17
    assert grid.height == 34 + 32


def test_toxicities_none_is_not_unknown():
    table = toxicity_grades.toxicity_grades_frames(small()).rows
    assert rows(table, "patient_id", "grade", event="crs") == [("A", "1"), ("B", "?"), ("C", "?")]
    assert set(table.loc[table["event"] == "licats", "grade"]) == {"?"}  # nobody's is recorded: not known, not none


@pytest.mark.parametrize(("day", "band"), [(14, "early"), (15, "intermediate"), (30, "intermediate"), (31, "late")])
def test_onset_of_licats_has_the_classes_of_hagen_2025(day, band):
    events = f"{EVENT_COLUMNS}A,adverse_event,licats,{day},40,1,Hagen 2025\n"
    frames = toxicity_grades.toxicity_grades_frames(small(events=events))
    assert rows(frames.rows, "grade", "onset", patient_id="A", event="licats") == [("1", band)]
    assert f"LICATS, {band}" in texts(toxicity_grades.toxicity_grades(frames).to_dict(validate=False))


def test_proportions_of_toxicities_carry_the_printed_intervals():
    # facts of the publication, A10: 11/15 is 44.9 to 92.2 %, 1/15 is 0.2 to 31.9 %
    assert "CRS in 11 of 15 (45–92 %); ICANS in 1 of 15 (0–32 %)" in spec_of("toxicity_grades")["description"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [(1, "with B cells"), (3, "during aplasia"), (70, "during aplasia"), (75, "around"), (83, "with B cells")],
)
def test_an_infection_is_placed_by_what_the_samples_say(day, expected):
    events = f"{EVENT_COLUMNS}A,infection,pneumonia,{day},{day},3,CTCAE 5.0\n"
    table = infections.infections_frames(small(measurements=COUNTS, events=events)).rows
    assert table["b_cells"].iloc[0].startswith(expected)


def test_an_infection_after_the_last_sample_without_b_cells_is_not_known():
    events = f"{EVENT_COLUMNS}B,infection,pneumonia,97,98,3,CTCAE 5.0\n"
    assert infections.infections_frames(small(measurements=COUNTS, events=events)).rows["b_cells"].tolist() == [
        "not known"
    ]


def test_patient_days_of_each_period_by_hand():
    # A is observed to day 200, B to day 100, C to day 40. Day 0 to 30: 3 × 31 = 93.
    # Day 31 to 90: 60 + 60 + 10 = 130. After day 90: 110 + 10 + 0 = 120. One infection, of B on day 90.
    table = infection_rate.rates(infection_rate.infection_rate_frames(small()))
    assert rows(table, "infections", "patient_days", "patients") == [(0, 93, 3), (1, 130, 3), (0, 120, 2)]
    # 100 × 1/130 = 0.769; 100 × 0.0253/130 = 0.019; 100 × 5.5716/130 = 4.286
    assert rows(table, "rate", "low", "high")[1] == (0.769, 0.019, 4.286)


# ---- proportions and tables


@pytest.mark.parametrize(
    ("endpoint", "count", "patients", "low", "high"),
    [
        ("untreated", 15, 15, 78.2, 100),
        ("doris_2021", 8, 8, 63.1, 100),
        ("eustar_decrease", 4, 4, 39.8, 100),
        ("tis_2016", 3, 3, 29.2, 100),
        ("crs", 11, 15, 44.9, 92.2),
        ("icans", 1, 15, 0.2, 31.9),
    ],
)
def test_intervals_are_those_printed_beside_the_publication(endpoint, count, patients, low, high):
    table = intervals.proportions(frames_of("intervals"))
    own = table[(table["endpoint"] == endpoint) & (table["who"] == "this series")]
    assert rows(own, "count", "patients", "low", "high") == [(count, patients, low, high)]


def test_other_series_are_named_with_their_source_and_how_sure_it_is():
    table = intervals.proportions(frames_of("intervals"))
    others = table[table["who"] != "this series"]
    assert others["source"].str.len().min() > 20
    assert "Hagen 2025, SLE, SSc and IIM" in others["label"].tolist()
    castle = others[others["label"].str.startswith("CASTLE")]
    assert castle["label"].str.endswith(", uncertain").all()


def test_unknown_answers_are_left_out_and_counted():
    table = intervals.proportions(intervals.intervals_frames(small())).set_index("endpoint")
    # A stopped prednisolone, B still takes it, of C no drug beside the cells is recorded.
    assert table.loc["untreated", ["count", "patients", "unknown"]].tolist() == [1, 2, 1]


def test_table_one_of_three_patients_by_hand():
    frames = table_one.table_one_frames(small())
    table = frames.rows.set_index("characteristic")
    # A: woman of 30, B: man of 41, C: sex and age not known. Median of 30 and 41 is 35.5.
    assert table.loc["Patients"].tolist() == ["3", "2", "1"]
    assert table.loc["Women"].tolist() == ["1 (50 %), n = 2", "1 (50 %)", "not known"]
    assert table.loc["Age, years", "all"] == "35.5 (30 to 41), n = 2"
    assert frames.columns["SSc"] == "SSc"
    assert frames.of(["A"]).rows.set_index("characteristic").loc["Age, years", "all"] == "30"


def test_table_one_with_quartiles_only_of_five_or_more():
    table = table_one.table_one_frames(ck.example(), spread="iqr").rows.set_index("characteristic")
    assert "[" in table.loc["Age, years", "SLE"]
    assert "(" in table.loc["Age, years", "IIM"]


def test_claim_check_shows_published_computed_tolerance_and_verdict():
    table = frames_of("claim_check").rows.set_index("statement")
    row = table.loc["SLE patients with DORIS remission"]
    assert row[["published", "computed", "tolerance", "interval", "verdict"]].tolist() == [
        "8",
        "8",
        "± 0.5",
        "63.1 to 100 %",
        "agrees",
    ]
    assert table.loc["CAR T cells expanded up to this day (mean)", "tolerance"] == "± 0.05"  # printed as 8.6
    assert (table["verdict"] == "conflict").sum() == 1


def test_every_picture_of_this_file_has_a_module_of_its_name():
    for name, picture in PICTURES.items():
        assert importlib.import_module(f"casekit.charts.{name}").PICTURE is picture
