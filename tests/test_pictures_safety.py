"""Pictures of cells, safety and statistics as data: what they draw, what they say, who is left after a filter."""

import importlib
import json

import altair as alt
import pandas as pd
import pytest
import vl_convert
from pictures import frames_of, ids_shown, spec_of, texts
from small_series import bare, small

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
    without_rows = {**spec, "datasets": {table: [] for table in spec["datasets"]}}
    assert alt.Chart.from_dict(without_rows).to_dict() == without_rows
    with pytest.raises(Exception, match="no such mark"):
        alt.Chart.from_dict({**without_rows, "vconcat": [{"mark": "no such mark"}]})


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
    assert ids_shown(PICTURES[name], frames) == []


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
        ("intervals", ["Off immunosuppressants, last day: 15 of 15 (78.2–100 %)"]),
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


def test_every_picture_of_this_file_has_a_module_of_its_name():
    for name, picture in PICTURES.items():
        assert importlib.import_module(f"casekit.charts.{name}").PICTURE is picture
