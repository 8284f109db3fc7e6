"""Every picture and figure reads values in the declared units; what the laboratory wrote stays in the words."""

import pytest
from small_series import small

import casekit as ck
from casekit import catalogue, charts
from casekit.charts.autoantibodies import autoantibodies_frames
from casekit.charts.measured import measured
from casekit.charts.panel_frames import course_frames
from casekit.charts.table_one import table_one_frames
from casekit.charts.value_frames import value_frame
from casekit.scores.claims import PER_PATIENT
from casekit.scores.measurements import daily_measurements

KNOWN = catalogue.variables()
MEASURED = KNOWN.index[KNOWN["kind"] == "measurement"]
HEAD = "patient_id,day,variable,value,comparator,unit,lower,upper"


def _quarters(variable):
    """A quarter and three quarters of the way through the possible range."""
    declared = catalogue.variable(variable)
    span = declared.maximum - declared.minimum
    return declared.minimum + 0.25 * span, declared.minimum + 0.75 * span


def _series(lines):
    return small(measurements="\n".join([HEAD, *lines]))


@pytest.fixture(scope="module")
def foreign():
    """Patient A: every variable in every unit accepted for it, one day each, by the factor of the catalogue."""
    given = [(name, unit, times) for name in MEASURED for unit, times in catalogue.variable(name).other_units.items()]
    lines, wanted = [], {}
    for place, (name, unit, times) in enumerate(given):
        low, high = _quarters(name)
        day = -200 + place
        lines.append(f"A,{day},{name},{high / times!r},,{unit},{low / times!r},")
        wanted[name, day] = (pytest.approx(high), pytest.approx(low))
    return _series(lines), wanted


def test_every_accepted_unit_is_converted_for_scores_and_pictures(foreign):
    series, wanted = foreign
    assert len(wanted) > 30
    for rows in (daily_measurements(series), value_frame(series.measurements), measured(series, MEASURED)):
        found = {(row.variable, row.day): (row.value, row.lower) for row in rows.itertuples()}
        assert found == wanted


def test_timelines_and_courses_draw_the_same_numbers(foreign):
    series, wanted = foreign
    frames = charts.timeline_frames(series)
    drawn = [*frames.laboratory.itertuples(), *frames.cells.itertuples()]
    drawn += list(course_frames(series, ["SLE"], ["c3_g_l", "crp_mg_l"], []).rows.itertuples())
    drawn += list(autoantibodies_frames(series).rows.dropna(subset=["day"]).itertuples())
    assert {row.variable for row in drawn if hasattr(row, "variable")} >= {"c3_g_l", "crp_mg_l", "cd19_b_cells_per_ul"}
    for row in drawn:
        if hasattr(row, "value"):
            assert (row.value, row.lower) == wanted[row.variable, row.day]


def test_words_keep_what_the_laboratory_wrote_and_say_what_is_drawn():
    [row] = value_frame(_series(["A,-5,c3_g_l,60,,mg/dL,90,180"]).measurements).to_dict("records")
    # 60 mg/dL x 0.01 = 0.6 g/L, below 90 x 0.01 = 0.9 g/L
    assert (row["value"], row["lower"], row["upper"], row["state"]) == (0.6, 0.9, 1.8, "low")
    assert (row["tip"], row["range"]) == ("60 mg/dL, that is 0.6 g/L", "90 to 180 mg/dL")
    [below] = value_frame(_series(["A,-5,c3_g_l,60,<,mg/dL,90,180"]).measurements).to_dict("records")
    assert (below["value"], below["tip"], below["state"]) == (0.6, "<60 mg/dL, that is <0.6 g/L", "below detection")


def test_table_one_prints_declared_units():
    table = table_one_frames(_series(["A,-5,c3_g_l,60,,mg/dL,90,180"])).rows.set_index("characteristic")
    assert table.loc["C3, g/L", "SLE"] == "0.6, n = 1"


def test_b_cells_in_another_unit_are_not_drawn_as_gone():
    series = _series(["A,20,cd19_b_cells_per_ul,0,,/uL,,", "A,50,cd19_b_cells_per_ul,0.05,,10^9/L,,"])
    # 0.05 x 10^9/L = 50 per µL
    assert charts.timeline_frames(series).cells["value"].tolist() == [0, 50]
    assert ck.score(series, "b_cell_aplasia")["value"].tolist() == [30]


def test_the_peak_of_car_t_cells_is_the_highest_count_in_any_unit():
    series = _series(["A,7,car_t_cells_per_ul,0.4,,10^9/L,,", "A,14,car_t_cells_per_ul,90,,/uL,,"])
    # 0.4 x 10^9/L = 400 per µL on day 7, 90 per µL on day 14
    assert PER_PATIENT["car_t_peak_day"](series)["A"] == 7
