"""What is new, changed or gone since the last data cut is marked on the timeline, in words."""

import pytest

from casekit import charts, records, views

PATIENTS = "patient_id,disease,sex,last_known_day\nA,SLE,female,400\nB,SLE,male,400"
CELLS = "cd19_b_cells_per_ul"
OLD = f"patient_id,day,variable,value,unit\nA,-5,{CELLS},120,/uL\nA,100,{CELLS},40,/uL\nA,130,{CELLS},50,/uL"
NEW = f"patient_id,day,variable,value,unit\nA,-5,{CELLS},120,/uL\nA,100,{CELLS},9,/uL\nA,160,{CELLS},70,/uL"
TREATMENTS = "patient_id,drug,category,frequency,route,start_day,end_day\n" + "\n".join(
    f"{who},cd19_car_t,car_t,once,iv,0,0" for who in "AB"
)


def series_of(measurements):
    return records.from_text(patients=PATIENTS, treatments=TREATMENTS, measurements=measurements)


@pytest.fixture
def spec():
    frames = charts.timeline_frames(series_of(NEW), since=series_of(OLD))
    return charts.timeline(frames, "A").to_dict(validate=False)


def test_each_change_is_one_mark_told_in_words(spec):
    marks = {(mark["patient_id"], mark["label"], mark["day"]): mark["tip"] for mark in spec["datasets"]["cut"]}
    assert set(marks) == {("A", "New", 160.0), ("A", "Changed", 100.0), ("A", "Gone", 130.0)}
    assert "value: 40.0 → 9.0" in marks["A", "Changed", 100.0]
    assert "50" in marks["A", "Gone", 130.0]


def test_the_marks_are_outlined_and_stand_in_a_lane_that_is_always_shown(spec):
    lane = spec["vconcat"][1]
    (points,) = [layer for layer in lane["layer"] if layer.get("mark", {}).get("type") == "point"]
    assert points["mark"]["filled"] is False
    (lanes,) = [param["value"] for param in spec["params"] if param["name"] == "lanes"]
    assert "" not in lanes
    assert spec["usermeta"]["layout"]["lanes"][1] == ""


def test_without_an_earlier_cut_nothing_is_marked():
    plain = charts.timeline(charts.timeline_frames(series_of(NEW)), "A").to_dict(validate=False)
    assert "cut" not in plain["datasets"]


def test_the_page_lists_the_results_that_changed():
    page = views.patient_page(series_of(NEW), since=series_of(OLD))
    (told,) = [part.value for part in page.children if "Results that changed" in getattr(part, "value", "")]
    # B cells come back with the first sample of 10 or more: day 100 in the old cut, day 160 in the new one
    assert "b_cell_aplasia" in told
    assert "changed cd19_b_cells_per_ul day 100" in told
