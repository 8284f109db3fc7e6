"""Pictures of disease activity as data: what they draw, what they say, and who is left after a filter."""

import importlib
import json
import math
import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import small_series
import vl_convert
from pictures import ids_shown

import casekit as ck
from casekit import charts
from casekit.charts.panel_frames import before_and_last, from_day_zero
from casekit.charts.responders import responders_of
from casekit.charts.spider import spider_of
from casekit.charts.time_axis import UNIT_DAYS
from casekit.charts.waterfall import waterfall_of

SHARED = Path(os.environ.get("CASEKIT_SHARED", Path(__file__).parent.parent.parent / "shared"))
GGSWIM = SHARED / "samples/csv/ggswim_cart"
NAMES = (
    *("swimmer", "spider", "sledai_items", "organs", "responders", "serology", "proteinuria"),
    *("autoantibodies", "muscle", "scleroderma", "drug_timeline", "waterfall", "slope"),
)
OVER_TIME = {"swimmer", "spider", "responders", "serology", "proteinuria", "muscle", "scleroderma", "drug_timeline"}
VISITS = """\
patient_id,day,variable,value
A,-5,arthritis,yes
A,-5,rash,no
A,30,arthritis,no
A,30,rash,no
"""


small, bare = cache(small_series.small), cache(small_series.bare)  # the same series is scored once


@cache
def aligned():
    return ck.example().align("b_cell_return")


def picture(name):
    return importlib.import_module(f"casekit.charts.{name}").PICTURE


@cache
def frames_of(name):
    return picture(name).frames(ck.example())


@cache
def spec_of(name):
    return picture(name).chart(frames_of(name)).to_dict()  # checked against the schema, once


def rows(frame, *columns, **where):
    """The rows of a frame as tuples, those with these values only."""
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return list(frame[list(columns)].itertuples(index=False, name=None))


def values_of(spec, name):
    """The value of every parameter of that name."""
    return {param["name"]: param.get("value") for param in spec["params"]}[name]


def reference_values(spec):
    """The values at which dashed lines are drawn."""
    marks = [mark for panel in spec["vconcat"] for mark in panel["layer"]]
    dashed = [mark for mark in marks if mark["mark"].get("strokeDash") == [4, 3]]
    return {mark["encoding"]["y"]["datum"] for mark in dashed}


def drawn(spec):
    return vl_convert.vegalite_to_svg(spec, vl_version="6.4")


# ---- what holds for every picture


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_valid_names_itself_and_tells_its_numbers(name):
    spec = spec_of(name)
    assert spec["usermeta"]["key"] == picture(name).name
    assert spec["usermeta"]["pick"][0] == "patient_id"
    assert spec["description"].startswith("Synthetic data. ")
    assert any(letter.isdigit() for letter in spec["description"])
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec


@pytest.mark.parametrize("name", NAMES)
def test_only_synthetic_data_say_so(name):
    frames = frames_of(name)
    real = replace(frames, about=replace(frames.about, synthetic=False))
    assert '"synthetic data"' in json.dumps(spec_of(name))
    assert "ynthetic" not in json.dumps({**picture(name).chart(real).to_dict(validate=False), "datasets": {}})


@pytest.mark.parametrize("name", NAMES)
def test_another_patient_is_emphasised_by_a_parameter_alone(name):
    chosen = picture(name).chart(frames_of(name), patient="SLE-03").to_dict(validate=False)
    assert values_of(chosen, "patient") == "SLE-03"
    assert values_of(spec_of(name), "patient") == ""
    without = [{**spec, "params": []} for spec in (chosen, spec_of(name))]
    assert without[0] == without[1]
    assert "patient" in json.dumps(without[0]["layer"] if "layer" in without[0] else without[0]["vconcat"])


@pytest.mark.parametrize("name", NAMES)
def test_a_filter_leaves_nothing_of_the_others(name):
    frames = frames_of(name)
    kept = list(frames.patients["patient_id"])[:2]
    spec = picture(name).chart(frames.of(kept)).to_dict(validate=False)
    sent = {row.get("patient_id") for table in spec["datasets"].values() for row in table} - {None, ""}
    assert sent == set(kept)
    everybody = {row.get("patient_id") for table in spec_of(name)["datasets"].values() for row in table} - {None, ""}
    assert everybody == set(frames.patients["patient_id"])


@pytest.mark.parametrize("name", NAMES)
def test_the_table_beside_the_picture_names_what_it_lists(name):
    assert ids_shown(picture(name), frames_of(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_nobody_left_gives_one_sentence(name):
    spec = picture(name).chart(frames_of(name).of([])).to_dict(validate=False)
    assert spec["description"].endswith(".")
    assert "patient_id" not in json.dumps(spec["datasets"])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("series", [small, bare])
def test_a_series_without_these_values_is_no_error(name, series):
    frames = picture(name).frames(series())
    spec = picture(name).chart(frames).to_dict(validate=False)
    assert json.dumps(spec, allow_nan=False)
    assert set(picture(name).columns) <= set(frames.rows.columns)


@pytest.mark.parametrize("name", sorted(OVER_TIME))
def test_the_time_axis_names_its_day_0_and_is_shared(name):
    moved = picture(name).chart(picture(name).frames(aligned())).to_dict(validate=False)
    assert "since the return of B cells" in json.dumps(moved)
    assert "since the infusion" in json.dumps(spec_of(name))
    assert '"infusion"' not in json.dumps({**moved, "datasets": {}})
    assert {"day_from", "day_to", "unit"} <= {param["name"] for param in moved["params"]}


# ---- swimmer


def test_swimmers_are_grouped_by_disease_and_sorted_by_follow_up():
    frames = charts.swimmer_frames(small())
    assert rows(frames.parts["bars"], "patient_id", "last") == [("A", 200), ("B", 100), ("C", 40)]
    spec = charts.swimmer(frames).to_dict(validate=False)
    assert [row["label"] for row in spec["datasets"]["groups"]] == [
        "Systemic lupus erythematosus, n = 2",
        "Systemic sclerosis, n = 1",
    ]
    heights = [row["y"] for row in spec["datasets"]["people"]]
    assert heights == sorted(heights)


def test_swimmers_carry_what_happened():
    frames = charts.swimmer_frames(small())
    assert {(who, what): day for who, what, day in rows(frames.rows, "patient_id", "what", "day")} == {
        ("A", "B cells back"): 83,
        ("A", "last immunosuppressant"): -3,
        ("A", "hospital stay for infection"): 101,
        ("B", "infection"): 90,
    }
    assert rows(frames.parts["grades"], "patient_id", "what", "grade") == [("A", "crs", "1")]


def test_a_toxicity_assessed_as_absent_is_none_and_not_unknown():
    none = frames_of("swimmer").parts["none"]
    assert rows(none, "patient_id", what="crs") == [("SLE-03",), ("SLE-06",), ("SLE-08",), ("SSc-03",)]
    assert charts.swimmer_frames(bare()).parts["none"].empty


def test_swimmers_of_a_bare_series_are_rows_only():
    frames = charts.swimmer_frames(bare())
    assert len(frames.parts["bars"]) == 3
    assert len(frames.rows) == len(frames.parts["spans"]) == len(frames.parts["grades"]) == 0
    assert "Systemic sclerosis, n = 1" in drawn(charts.swimmer(frames).to_dict(validate=False))


def test_overlapping_states_share_the_height_of_the_row():
    states = """\
patient_id,kind,name,start_day,end_day
C,response,complete_remission,0,20
C,response,rd_as_recorded,10,30
C,response,complete_remission,30,40
"""
    spans = charts.swimmer_frames(small(events=states)).parts["spans"]
    assert rows(spans, "part", "parts", patient_id="C") == [(0, 2), (1, 2), (0, 2)]


@pytest.mark.skipif(not GGSWIM.exists(), reason=f"no real cohort at {GGSWIM}")
def test_a_real_foreign_cohort_is_drawn():
    series, _report = ck.read(GGSWIM)
    frames = charts.swimmer_frames(series)
    svg = drawn(charts.swimmer(frames).to_dict(validate=False))
    assert len(frames.parts["bars"]) == 15
    assert "synthetic data" not in svg
    assert ">another infusion<" in svg


# ---- scores and values over time


def test_before_is_the_last_exact_value_up_to_day_0():
    # A: dsDNA 400 on day -5, 25 on day 60, below 10 on day 150. B has one value only.
    values = picture("serology").frames(small()).rows.query("variable == 'anti_dsdna_iu_ml'")
    assert before_and_last(values).loc["A"].tolist() == [400.0, 10.0]
    assert math.isnan(before_and_last(values).loc["B", "last"])


def test_below_detection_is_drawn_hollow_and_said():
    values = picture("serology").frames(small()).rows
    assert rows(values, "day", "tip", state="below detection") == [(150, "<10 IU/mL")]
    assert "datum.state === 'below detection'" in json.dumps(spec_of("serology"))


def test_reference_lines_stand_where_the_sources_put_them():
    assert reference_values(spec_of("muscle")) >= {20.0, 40.0, 60.0, 150.0}  # TIS (Aggarwal 2017), maximum of MMT-8
    assert reference_values(spec_of("scleroderma")) >= {2.5, 70.0, 80.0}  # EUSTAR 2017 active, lung function
    assert reference_values(spec_of("proteinuria")) >= {500.0, 150.0}  # complete renal response, laboratory
    assert reference_values(spec_of("spider")) == {0.0, 4.0, 10.0}  # bands of SLEDAI-2K


def test_a_score_with_missing_items_is_drawn_as_its_interval():
    drawn_rows = spec_of("spider")["datasets"]["sledai_2k"]
    open_ = [row for row in drawn_rows if row["state"] == "interval"]
    assert len(open_) == 2
    assert all(row["value"] is None and row["low"] < row["high"] for row in open_)


def test_a_change_since_baseline_begins_at_the_baseline():
    tis = frames_of("muscle").rows.query("variable == 'tis_2016'")
    first = tis.groupby("patient_id")[["day", "value"]].first()
    assert first["value"].tolist() == [0.0, 0.0, 0.0]
    assert (first["day"] <= 0).all()


def test_the_numbers_still_observed_stand_below_the_axis():
    # A is known to day 200, B to day 100: at month 6 (day 182.6) one of two is still observed.
    svg = drawn(picture("serology").chart(picture("serology").frames(small())).to_dict(validate=False))
    assert ">SLE, n = 2<" in svg
    assert ">observed<" in svg
    assert svg.count(">1<") >= 1


def test_other_scores_have_a_spider_of_their_own():
    series = ck.example()
    for name, disease in {"mrss": "SSc", "tis_2016": "IIM", "clinical_sledai": "SLE"}.items():
        one = spider_of(name)
        frames = one.frames(series)
        assert set(frames.rows["disease"]) == {disease}
        assert one.chart(frames).to_dict(validate=False)["usermeta"]["key"] == f"spider_{name}"


# ---- tiles


def test_not_assessed_is_not_absent():
    items = picture("sledai_items").frames(small(assessments=VISITS)).rows
    state = {(day, item): state for day, item, state in rows(items, "day", "item", "state")}
    assert state[-5, "arthritis"] == "present"
    assert state[-5, "rash"] == "absent"
    assert state[-5, "seizure"] == "not assessed"
    assert state[30, "arthritis"] == "absent"


def test_all_patients_together_are_counted_per_landmark():
    spec = (
        picture("sledai_items").chart(picture("sledai_items").frames(small(assessments=VISITS))).to_dict(validate=False)
    )
    together = [row for row in spec["datasets"]["cells"] if row["patient_id"] == ""]
    present = [row for row in together if row["tip"].startswith("present in 1 of 1")]
    # before: arthritis (4 points), and increased DNA binding (2 points): 400 is above the cut-off of 30
    assert [(row["state"], row["sign"], row["at"]) for row in present] == [("4", "1", 0), ("2", "1", 0)]
    columns = [row for row in spec["datasets"]["columns"] if row["patient_id"] == ""]
    assert [(row["label"], row["foot"]) for row in columns] == [("before", "1"), ("m 1", "1")]


def test_organs_add_up_their_items_before_and_at_the_last_visit():
    organs = frames_of("organs").rows
    # SLE-03 on day -6: haematuria 4, proteinuria 4, pyuria 4; rash 2.
    assert rows(organs, "part_name", "low", "state", patient_id="SLE-03", organ="Kidney") == [
        ("before", 12, "over 8"),
        ("last visit", 0, "0"),
    ]
    assert rows(organs, "low", patient_id="SLE-03", organ="Skin", part_name="before") == [(2,)]


def test_antibodies_are_compared_with_the_cut_off_of_their_own_laboratory():
    found = rows(picture("autoantibodies").frames(small()).rows, "part_name", "day", "ratio", "state", patient_id="A")
    # 400 / 30 = 13.3; day 60 is the nearest to month 3 (day 91): 25 / 30 = 0.83; at last below 10 / 20 = 0.5
    assert [(part, day, round(ratio, 2), state) for part, day, ratio, state in found] == [
        ("before", -5, 13.33, "over 10 times"),
        ("month 3", 60, 0.83, "negative"),
        ("last sample", 150, 0.5, "negative"),
    ]
    no_limit = rows(picture("autoantibodies").frames(small()).rows, "state", patient_id="B", part_name="before")
    assert no_limit == [("no cut-off given",)]


def test_a_click_on_a_tile_can_be_explained():
    spec = spec_of("responders")
    assert spec["usermeta"]["pick"] == ["patient_id", "instrument", "day"]
    tile = spec["datasets"]["tiles"][0]
    explained = ck.explain(ck.example(), tile["instrument"], patient_id=tile["patient_id"], day=int(tile["day"]))
    assert len(explained)
    assert {row["verdict"] for row in spec["datasets"]["tiles"]} == {"met", "not met", "unknown"}


def test_each_disease_is_judged_by_its_endpoint_or_all_by_one_criterion():
    judged = frames_of("responders").rows.groupby("disease")["instrument"].unique().map(list).to_dict()
    assert judged == {"IIM": ["tis_2016"], "SLE": ["doris_2021"], "SSc": ["eustar_decrease"]}
    one = responders_of("lldas_2016").frames(ck.example())
    assert set(one.rows["instrument"]) == {"lldas_2016"}
    assert len(one.patients) == 8


# ---- drugs and change


def test_nothing_after_is_drawn_from_the_infusion_to_the_last_day():
    frames = picture("drug_timeline").frames(small())
    # A took its last prednisolone on day -3 and is known to day 200; B still takes it.
    assert rows(frames.parts["free"], "patient_id", "start", "end") == [("A", 0, 200)]
    assert rows(frames.parts["steps"], "mg", patient_id="B") == [(5,)]
    assert "cotrimoxazole" not in set(frames.rows["drug"])  # supportive
    people = picture("drug_timeline").chart(frames).to_dict(validate=False)["datasets"]["people"]
    assert [(row["patient_id"], row["words"]) for row in people] == [("A", "7 months"), ("B", "–"), ("C", "–")]


def test_the_best_change_is_the_lowest_score_where_lower_is_better():
    table = {row["patient_id"]: row for row in spec_of("waterfall")["datasets"]["SLE"]}
    scored = ck.score(ck.example(), "sledai_2k").dropna(subset=["value"]).query("patient_id == 'SLE-07'")
    before = scored[scored["day"] <= 0]["value"].iloc[-1]
    assert table["SLE-07"]["best"] == scored[scored["day"] > 0]["value"].min() - before
    assert [row["best"] for row in spec_of("waterfall")["datasets"]["SLE"]] == sorted(
        row["best"] for row in table.values()
    )


def test_the_best_change_stands_also_in_percent_of_what_the_score_was():
    skin = waterfall_of("mrss")
    table = {row["patient_id"]: row for row in skin.chart(skin.frames(ck.example())).to_dict()["datasets"]["SSc"]}
    # mRSS 35 to 19: −16 of 35 is −46 %; 21 to 10: −11 of 21 is −52 %, the larger share
    assert table["SSc-02"]["words"] == "−16 (−46 %)"
    assert table["SSc-03"]["words"] == "−11 (−52 %)"


def test_pairs_need_a_visit_near_month_6():
    pairs = frames_of("slope").rows.query("visit == 'month 6'")
    assert (pairs["day"] - 6 * UNIT_DAYS["months"]).abs().max() <= 31
    assert "SSc-04" not in set(pairs["patient_id"])  # known to month 4 only
    assert "3 of 4 pairs" in json.dumps(spec_of("slope"))


def test_days_are_counted_from_the_chosen_day_0():
    series = small().align("hospital_stay_infection")  # A on day 101; B and C have none
    free = picture("drug_timeline").frames(series).parts["free"]
    assert rows(free, "patient_id", "start", "end") == [("A", -101, 99)]
    marks = rows(charts.swimmer_frames(series).rows, "patient_id", "what", "day", what="B cells back")
    assert marks == [("A", "B cells back", -18)]
    assert from_day_zero(free, small(), "start").equals(free)
    assert "without this day 0" in drawn(charts.swimmer(charts.swimmer_frames(series)).to_dict(validate=False))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("spider", ("SLEDAI-2K", "≤ 4 mild", "months since the infusion", "synthetic data")),
        ("scleroderma", ("EUSTAR index", "≥ 2.5 active", "Digital ulcers", "70 %")),
        ("organs", ("Kidney", "SLE-03", "over 8")),
    ],
)
def test_the_words_of_a_picture_are_drawn(name, words):
    svg = drawn(spec_of(name))
    for each in words:
        assert f">{each}<" in svg
