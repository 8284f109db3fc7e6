"""A disease is one file: myasthenia gravis, declared as text, appears wherever the other diseases do."""

import re
from pathlib import Path

import pytest

import casekit as ck
from casekit import charts, records, views

PACKAGE = Path(__file__).parent.parent / "casekit"
FUNCTIONS = ["talking", "chewing", "swallowing", "breathing", "brushing", "arising", "double_vision", "eyelid_droop"]
# The points of each visit, function by function: 8, 7, 4 and, with one function not assessed, 0 to 3.
VISITS = {
    ("MG-01", -5): [2, 2, 1, 1, 0, 0, 1, 1],
    ("MG-01", 30): [1, 1, 1, 1, 0, 1, 1, 1],
    ("MG-01", 90): [1, 0, 0, 1, 0, 0, 1, 1],
    ("MG-01", 180): [0, 0, 0, 0, 0, 0, 0, None],
    ("MG-02", -7): [3, 3, 2, 1, 1, 1, 2, 2],
    ("MG-02", 100): [0, 0, 0, 0, 0, 0, 1, 0],
}


@pytest.fixture(scope="module")
def series():
    rows = [
        f"{who},{day},mg_adl_{name},{points}"
        for (who, day), found in VISITS.items()
        for name, points in zip(FUNCTIONS, found, strict=True)
        if points is not None
    ]
    return records.from_text(
        {"title": "Myasthenia, invented", "synthetic": True},
        patients="patient_id,disease,sex,last_known_day\nMG-01,MG,female,200\nMG-02,MG,male,120",
        treatments="patient_id,drug,category,start_day\nMG-01,cd19_car_t,car_t,0\nMG-02,cd19_car_t,car_t,0",
        assessments="\n".join(["patient_id,day,variable,value", *rows]),
    )


def test_it_is_listed_with_its_instruments():
    assert ck.diseases().loc["MG", "activity"] == "mg_adl"
    assert {"mg_adl", "qmg", "mg_adl_response", "minimal_symptom_expression"} <= set(ck.instruments().index)


def test_it_is_scored_with_what_is_missing(series):
    scored = ck.score(series, "mg_adl").set_index(["patient_id", "day"])
    assert scored["low"].to_dict() == {key: float(sum(p or 0 for p in found)) for key, found in VISITS.items()}
    assert scored.loc[("MG-01", 180), ["high", "missing"]].tolist() == [3.0, "eyelid_droop"]


def test_its_response_is_judged_by_the_fall_since_baseline(series):
    # 8 -> 7: one point; 8 -> 4: four; 8 -> 0 to 3: at least five; 15 -> 1: fourteen
    judged = (
        ck.judge(series, "mg_adl_response")
        .set_index(["patient_id", "day"])["verdict"]
        .drop(index=[("MG-01", -5), ("MG-02", -7)])
    )
    assert judged.tolist() == ["not met", "met", "met", "met"]
    minimal = ck.judge(series, "minimal_symptom_expression").set_index(["patient_id", "day"])["verdict"]
    assert minimal[("MG-01", 180)] == "unknown"  # 0 to 3
    assert minimal[("MG-02", 100)] == "met"


def test_its_timeline_has_an_activity_and_a_response_lane(series):
    frames = charts.timeline_frames(series)
    assert set(frames.activity["instrument"]) == {"mg_adl"}
    assert set(frames.responses["instrument"]) == {"mg_adl_response", "minimal_symptom_expression"}
    spec = str(charts.timeline(frames, "MG-01").to_dict())
    assert "MG-ADL" in spec
    assert "Minimal symptom expression" in spec


def test_its_page_and_its_card_appear(series):
    assert views.patient_page(series) is not None
    text = str(views.instrument_card("mg_adl"))
    assert "Wolfe GI" in text
    assert "Eyelid droop" in text


def test_nothing_but_definitions_names_it():
    named = re.compile(r"myasthen|mg_adl|\bqmg\b|minimal_symptom", re.IGNORECASE)
    files = [file for ending in ("py", "js", "css", "j2") for file in PACKAGE.rglob(f"*.{ending}")]
    assert len(files) > 50
    assert [file.name for file in files if named.search(file.read_text(encoding="utf-8"))] == []
