"""Two data cuts: every new, changed and vanished value is told, with the results that changed because of it."""

import pandas as pd
import pytest

import casekit as ck
from casekit import records
from casekit.cli import main

PATIENTS = "patient_id,disease,sex,last_known_day\nA,SLE,female,400\nB,SLE,male,400"
TREATMENTS = """patient_id,drug,category,dose,dose_unit,frequency,route,start_day,end_day
A,cd19_car_t,car_t,,,once,iv,0,0
B,cd19_car_t,car_t,,,once,iv,0,0
A,prednisolone,glucocorticoid,5,mg,daily,oral,-90,-20"""
MEASUREMENTS = """patient_id,day,variable,value,unit,lower,upper,origin
A,-5,cd19_b_cells_per_ul,120,/uL,,,flow
A,7,cd19_b_cells_per_ul,0,/uL,,,flow
A,100,cd19_b_cells_per_ul,40,/uL,,,flow
B,-5,cd19_b_cells_per_ul,150,/uL,,,flow
B,7,cd19_b_cells_per_ul,0,/uL,,,flow"""


def series_of(**tables):
    texts = {"patients": PATIENTS, "treatments": TREATMENTS, "measurements": MEASUREMENTS, **tables}
    return records.from_text(**texts)


def rows(frame, *columns):
    return list(frame[list(columns)].itertuples(index=False, name=None))


def test_the_same_series_differs_in_nothing():
    found = ck.diff(series_of(), series_of())
    assert not found
    assert found.changes.empty
    assert found.results.empty


def test_the_order_of_rows_is_no_difference():
    head, *lines = MEASUREMENTS.splitlines()
    assert not ck.diff(series_of(), series_of(measurements="\n".join([head, *reversed(lines)])))


def test_a_changed_value_is_told_with_the_score_that_reads_it():
    # the first sample with 10 cells or more: day 100 before; with 9 cells there, none
    found = ck.diff(
        series_of(),
        series_of(measurements=MEASUREMENTS.replace("100,cd19_b_cells_per_ul,40", "100,cd19_b_cells_per_ul,9")),
    )
    assert rows(found.changes, "change", "table", "patient_id", "name", "day", "column", "before", "after") == [
        ("changed", "measurements", "A", "cd19_b_cells_per_ul", 100, "value", "40.0", "9.0")
    ]
    (result,) = rows(found.results, "kind", "id", "patient_id", "before", "after", "because")
    assert result == ("score", "b_cell_aplasia", "A", "93", "93 to inf", "changed cd19_b_cells_per_ul day 100")


def test_new_and_vanished_rows_are_told_whole():
    more = MEASUREMENTS + "\nB,120,cd19_b_cells_per_ul,60,/uL,,,flow"
    new = ck.diff(series_of(), series_of(measurements=more)).changes
    assert rows(new, "change", "patient_id", "day", "after") == [("new", "B", 120, "value 60.0, unit /uL")]
    gone = ck.diff(series_of(measurements=more), series_of()).changes
    assert rows(gone, "change", "patient_id", "day", "before") == [("vanished", "B", 120, "value 60.0, unit /uL")]


def test_a_new_patient_and_a_new_drug_course_are_told():
    found = ck.diff(
        series_of(),
        series_of(
            patients=PATIENTS + "\nC,SSc,female,10", treatments=TREATMENTS + "\nC,cd19_car_t,car_t,,,once,iv,0,0"
        ),
    ).changes
    assert rows(found, "change", "table", "patient_id", "name") == [
        ("new", "patients", "C", ""),
        ("new", "treatments", "C", "cd19_car_t"),
    ]


def test_a_verdict_that_hangs_on_a_drug_names_the_course():
    visit = "patient_id,day,variable,value\n" + "\n".join(f"A,60,{name},no" for name in ["rash", "arthritis"])
    old = series_of(assessments=visit + "\nA,60,pga_0_3,0.2")
    new = series_of(
        assessments=visit + "\nA,60,pga_0_3,0.2",
        treatments=TREATMENTS + "\nA,prednisolone,glucocorticoid,20,mg,daily,oral,50,90",
    )
    results = ck.diff(old, new).results.set_index("id")
    assert results.loc["doris_2021", ["before", "after", "because"]].tolist() == [
        "unknown", "not met", "new prednisolone day 50",
    ]  # fmt: skip


def test_claims_that_change_are_told():
    shipped = ck.example()
    people = shipped.patients
    oldest = people.index[people["disease_duration_years"] == 20]  # the longest course of the published range, 1 to 20
    changed = people.assign(
        disease_duration_years=people["disease_duration_years"].where(~people.index.isin(oldest), 15)
    )
    results = ck.diff(shipped, records.from_frames({**shipped.tables, "patients": changed}, shipped.metadata)).results
    told = results[results["kind"] == "claim"].set_index("id")
    assert told.loc["dur_max", ["before", "after"]].tolist() == ["20 (agrees)", "15 (differs)"]
    assert told.loc["dur_max", "because"] == "changed values of SLE-02"


def test_series_counted_from_different_days_are_refused():
    with pytest.raises(ck.CaseKitError, match="day 0 at infusion and b_cell_return"):
        ck.diff(series_of(), series_of().align("b_cell_return"))


def test_the_command_prints_and_writes(tmp_path, capsys):
    old, new = tmp_path / "old", tmp_path / "new"
    records.to_folder(series_of(), old)
    records.to_folder(series_of(measurements=MEASUREMENTS.replace("ul,40", "ul,9")), new)
    assert main(["diff", str(old), str(new)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Synthetic data")
    assert "1 values new, changed or gone; 1 results changed" in printed
    assert main(["diff", str(old), str(new), "--out", str(tmp_path / "told")]) == 0
    told = pd.read_csv(tmp_path / "told" / "changes.csv")
    assert told[["patient_id", "after", "synthetic"]].to_numpy().tolist() == [["A", 9.0, "yes"]]
    assert main(["diff", str(old), str(old)]) == 0
    assert "The same values in both." in capsys.readouterr().out
