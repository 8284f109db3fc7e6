"""Explanations of what is computed from a time course: the samples that decided, the courses in force."""

import pytest

import casekit as ck
from casekit import records
from casekit.scores.explanation_text import explanation_text

PATIENTS = "patient_id,disease,sex,last_known_day\nA,SLE,female,200\nB,SLE,male,200"
DRUGS = """patient_id,drug,category,dose,dose_unit,frequency,route,start_day,end_day
A,cd19_car_t,car_t,1000000,cells/kg,once,iv,0,0
B,cd19_car_t,car_t,1000000,cells/kg,once,iv,0,0
A,methylprednisolone,glucocorticoid,4,mg,daily,oral,-60,-10
A,betamethasone,glucocorticoid,1.2,mg,daily,oral,-50,-10
A,budesonide_inhaled,glucocorticoid,0.4,mg,daily,inhaled,-90,"""
CELLS = """patient_id,day,variable,value,comparator,unit
A,-5,cd19_b_cells_per_ul,120,,/uL
A,7,cd19_b_cells_per_ul,2,,/uL
A,60,cd19_b_cells_per_ul,9,,/uL
A,90,cd19_b_cells_per_ul,15,,/uL
B,7,cd19_b_cells_per_ul,2,,/uL
B,60,cd19_b_cells_per_ul,9,,/uL
A,7,cd19_b_cells_pct,0.2,,%
A,90,cd19_b_cells_pct,2,,%
A,120,cd19_b_cells_pct,4,,%
A,3,car_t_cells_per_ul,10,<,/uL
A,9,car_t_cells_per_ul,100,,/uL
A,19,car_t_cells_per_ul,40,,/uL"""


@pytest.fixture(scope="module")
def series() -> records.CaseSeries:
    return records.from_text(patients=PATIENTS, treatments=DRUGS, measurements=CELLS)


def told(series: records.CaseSeries, instrument: str, patient_id: str = "A", day: int = 100, **parameters: object):
    table = ck.explain(series, instrument, patient_id=patient_id, day=day, **parameters)
    return table.set_index("condition"), table.attrs


def test_the_samples_of_aplasia_are_named(series: records.CaseSeries) -> None:
    rows, about = told(series, "b_cell_aplasia")
    assert rows["observed"].tolist() == ["120 /µL", "2 /µL", "9 /µL", "15 /µL"]
    assert rows["observed_day"].tolist() == [-5, 7, 60, 90]
    assert about["result"] == "83 days, 90 days from infusion"  # day 90 minus day 7; minus day 0
    assert "60 to 90 days" in rows.loc["B cells back", "flips"]


def test_aplasia_without_a_return_is_censored(series: records.CaseSeries) -> None:
    rows, about = told(series, "b_cell_aplasia", "B")
    assert about["result"] == "at least 53 days, at least 60 days from infusion"
    assert rows.loc["B cells back", ["verdict", "observed_day"]].tolist() == ["not met", 60]
    assert rows.loc["Before infusion", "verdict"] == "unknown"


def test_aplasia_by_percentage_needs_its_threshold(series: records.CaseSeries) -> None:
    with pytest.raises(ck.CaseKitError, match="threshold"):
        ck.score(series, "b_cell_aplasia", unit="%")
    found = ck.score(series, "b_cell_aplasia", unit="%", threshold=3)
    assert found["value"].tolist() == [113]  # 2 % on day 90 is below 3 %: day 120 minus day 7
    assert told(series, "b_cell_aplasia", unit="%", threshold=3)[0]["observed"].iloc[-1] == "4 %"


def test_peak_and_open_area_of_car_t_cells(series: records.CaseSeries) -> None:
    rows, about = told(series, "car_t_kinetics")
    assert rows.loc["Peak (Cmax, Tmax)", ["observed", "observed_day"]].tolist() == ["100 /µL", 9]
    assert rows.loc["Last detected (Tlast)", "observed_day"] == 19
    # 0 until day 3 (below the limit), 6 * 50 to day 9, 10 * 70 to day 19; nothing until day 28
    assert "at least 1000" in about["result"]
    assert rows["verdict"].tolist()[-1] == "unknown"


def test_courses_in_force_on_a_day(series: records.CaseSeries) -> None:
    rows, about = told(series, "prednisone_equivalent", day=-20)
    assert about["result"] == "15 mg/day of prednisone"  # 4 * 5 / 4 + 1.2 * 5 / 0.6
    assert "does not count" in rows.loc["Budesonide, inhaled", "observed"]
    other = told(series, "prednisone_equivalent", day=-20, where_tables_differ="other")[1]
    assert other["result"] == "13 mg/day of prednisone"  # 5 + 1.2 * 5 / 0.75
    assert told(series, "prednisone_equivalent", day=50)[1]["result"] == "0 mg/day of prednisone"
    assert told(series, "prednisone_equivalent", "B", 50)[0]["verdict"].tolist() == ["unknown"]


def test_days_are_counted_from_the_event_of_an_alignment() -> None:
    own, aligned = ck.example(), ck.example().align("b_cell_return")
    zero = int(aligned.day_zero["SLE-01"])
    rows, about = told(aligned, "b_cell_aplasia", "SLE-01", 0)
    assert about["day"] == 0
    assert rows.loc["B cells back", "observed_day"] == 0
    assert told(own, "b_cell_aplasia", "SLE-01", 0)[1]["day"] == zero


def test_as_text_and_for_a_patient_without_samples(series: records.CaseSeries) -> None:
    assert "B cells back" in explanation_text(ck.example(), "b_cell_aplasia", patient_id="SLE-01", day=100)
    with pytest.raises(ck.CaseKitError, match="found no sample"):
        ck.explain(series, "car_t_kinetics", patient_id="B", day=0)
