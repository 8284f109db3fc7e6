"""CSV files and workbooks of any shape: what the columns are is proposed and confirmed; what is unclear is asked."""

import openpyxl
import pytest

from casekit import importers, records
from casekit.cli import main
from casekit.errors import DataError

LONG = """\
pat_id;Datum;Test;Wert;Einheit;Bemerkung
001;31.01.2024;CRP;12,5;mg/l;etwas erhöht nach der Infusion, seit gestern rückläufig
001;01.02.2024;CRP;<5;mg/l;
001;01.02.2024;Kreatinin;1,1;mg/dl;
002;15.02.2024;CRP;n.d.;mg/l;
;15.02.2024;CRP;3;mg/l;
"""
WIDE = """\
id,date,CRP (mg/L),Ferritin (ug/L),sex,ward
A,2024-01-02,5,NA,F,north
A,2024-02-02,NA,300,F,
B,2024-01-05,7.5,200,M,south
B,2024-03-09,,,M,
"""
PATIENTS = """\
subject,gender,age,diagnosis,infusion_date,crp_d0,crp_d28,ldh.week4,first_name
A,f,23,SLE,2024-01-01,5,2,220,Ann
B,m,41,Systemic sclerosis,2024-01-03,9,,180,Bob
"""
INTERVALS = "pt_id,event,start,end\nA,CRS,1,3\nA,ICANS,5,4\nB,Pneumonia,10,20\n"
COUNTING = "id,tstart,tstop,status,transplant\n1,0,50,0,0\n1,50,90,1,1\n2,0,6,1,0\n"


def read(tmp_path, text, mapping=None, name="source.csv", **how):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return importers.read(path, mapping=mapping, **how)


def rows(frame, columns):
    return frame[columns.split()].to_numpy().tolist()


def test_long_with_semicolons_decimal_commas_and_german_dates(tmp_path):
    confirmed = {"variables": {"CRP": "crp_mg_l", "Kreatinin": "creatinine_mg_dl"}}
    series, report = read(tmp_path, LONG, confirmed)
    # the first date of 001 is 31 January: 1 February is day 1
    assert rows(series.measurements, "patient_id day variable value unit") == [
        ["001", 0, "crp_mg_l", 12.5, "mg/l"],
        ["001", 1, "crp_mg_l", 5, "mg/l"],
        ["001", 1, "creatinine_mg_dl", 1.1, "mg/dl"],
    ]
    assert series.measurements["comparator"].tolist()[1] == "<"
    assert series.unplaced["measurements"]["value_text"].tolist() == ["n.d."]
    assert (report.rows_read, report.rows_kept) == ({"source.csv": 5}, {"source.csv": 4})
    assert [(entry.row, entry.problem) for entry in report.of_kind("row")] == [(6, "no patient")]
    assert [entry.field for entry in report.of_kind("free text")] == ["Bemerkung"]


def test_free_text_stays_when_asked(tmp_path):
    assert "Bemerkung" in read(tmp_path, LONG, keep_text=True)[0].measurements


def test_wide_per_visit(tmp_path):
    series, report = read(tmp_path, WIDE)
    # 2 February is 31 days after 2 January
    assert rows(series.measurements, "patient_id day variable value unit ward") == [
        ["A", 0, "other: CRP", 5, "mg/L", "north"],
        ["A", 31, "other: Ferritin", 300, "ug/L", pytest.approx(float("nan"), nan_ok=True)],
        ["B", 0, "other: CRP", 7.5, "mg/L", "south"],
        ["B", 0, "other: Ferritin", 200, "ug/L", "south"],
    ]
    assert series.patients["sex"].tolist() == ["female", "male"]
    assert [(entry.row, entry.kind) for entry in report.reported if entry.rejects] == [(5, "nothing")]
    assert any("NA were read as empty" in line for line in report.assumptions)
    assert any("proposed, not confirmed by anyone" in line for line in report.assumptions)
    assert any("could be crp_mg_l (name); confirm it" in line for line in report.mappings)


def test_wide_per_patient_counts_its_days_from_the_infusion(tmp_path):
    series, report = read(tmp_path, PATIENTS)
    assert series.metadata.index_event == "infusion_date"
    assert rows(series.patients, "patient_id disease sex age_years") == [
        ["A", "SLE", "female", 23],
        ["B", "SSc", "male", 41],
    ]
    assert rows(series.measurements, "patient_id day variable value") == [
        ["A", 0, "other: crp", 5], ["A", 28, "other: crp", 2], ["A", 28, "other: ldh", 220],
        ["B", 0, "other: crp", 9], ["B", 28, "other: ldh", 180],
    ]  # fmt: skip
    assert "Ann" not in str(report)
    assert "first_name" not in series.patients


def test_intervals_that_end_before_they_start_are_reported(tmp_path):
    series, report = read(tmp_path, INTERVALS)
    assert rows(series.events, "patient_id name kind start_day end_day") == [
        ["A", "crs", "adverse_event", 1, 3],
        ["B", "pneumonia", "infection", 10, 20],
    ]
    assert [(entry.row, entry.field) for entry in report.of_kind("row")] == [(3, "end_day")]


def test_counting_process_keeps_its_status_and_covariates(tmp_path):
    events = read(tmp_path, COUNTING)[0].events
    assert rows(events, "patient_id start_day end_day outcome transplant") == [
        ["1", 0, 50, "0", "0"], ["1", 50, 90, "1", "1"], ["2", 0, 6, "1", "0"],
    ]  # fmt: skip


def test_time_to_an_event_counts_only_with_a_legend_for_its_status(tmp_path):
    text = "id,time.to.cmv,cmv\nA,1.5,1\nB,12,0\nC,-1,1\n"
    assert read(tmp_path, text)[0].events.empty
    role = {"role": "time to", "name": "CMV", "status": "cmv", "happened": ["1"], "days_per_unit": 30.4375}
    series, _ = read(tmp_path, text, {"files": {"source.csv": {"columns": {"time.to.cmv": role}}}}, index="source")
    # 1.5 months x 30.4375 = 45.7; one month before is -30.4
    assert rows(series.events, "patient_id name start_day") == [["A", "other: CMV", 46], ["C", "other: CMV", -30]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,date,test,value\nA,03/04/2024,CRP,5\n", ["dates such as 03/04/2024", 'date_order = "dmy" or "mdy"']),
        (
            'id,date,test,value\nA,2024-01-01,CRP,1.5\nA,2024-01-02,CRP,"1,5"\n',
            ["a comma and numbers with a point", "decimal"],
        ),
        ("name,size\nx,1\n", ["no table with patients", "Propose a mapping"]),
    ],
)
def test_what_could_be_meant_in_two_ways_is_asked(tmp_path, text, words):
    with pytest.raises(DataError) as refusal:
        read(tmp_path, text)
    assert [word for word in words if word not in str(refusal.value)] == []


def test_a_question_that_is_still_open_in_the_mapping_is_asked_again_and_its_answers_stand_beside_it(tmp_path):
    text = 'id,date,test,value\nA,2024-01-01,CRP,1.5\nA,2024-01-02,CRP,"1,5"\n'
    with pytest.raises(DataError, match=r'numbers with a comma and numbers with a point.*Say decimal = "," or'):
        read(tmp_path, text, {"files": {"source.csv": {"decimal": "ask"}}})
    assert '"decimal" = "ask"  # say "," or "."' in importers.propose(tmp_path / "source.csv")
    with pytest.raises(DataError, match=r'found ";"; expected one of "\.", ","'):
        read(tmp_path, text, {"files": {"source.csv": {"decimal": ";"}}})


def test_a_word_that_is_no_role_is_answered_with_those_of_the_table(tmp_path):
    with pytest.raises(DataError) as refusal:
        read(tmp_path, INTERVALS, {"files": {"source.csv": {"table": "events", "columns": {"event": "event"}}}})
    assert "or a column of events: patient_id, kind, name, start_day" in str(refusal.value)
    assert "Did you mean name?" in str(refusal.value)


def test_the_answer_to_a_question_is_taken(tmp_path):
    text = "id,date,test,value\nA,03/04/2024,CRP,5\nA,05/04/2024,CRP,6\n"
    days = {
        order: read(tmp_path, text, {"files": {"source.csv": {"date_order": order}}})[0].measurements["day"].tolist()
        for order in ("dmy", "mdy")
    }
    # 3 to 5 April are 2 days; 4 March to 4 May are 61
    assert days == {"dmy": [0, 2], "mdy": [0, 61]}


def test_a_line_with_a_field_too_many_or_too_few_is_reported_and_shifts_nothing(tmp_path):
    text = "id,date,test,value,unit\nA,2024-01-02,CRP,5,mg/L,x\nA,2024-01-02,LDH,5\nA,2024-01-03,LDH,7,U/L\n"
    series, report = read(tmp_path, text)
    assert rows(series.measurements, "patient_id variable value unit") == [["A", "other: LDH", 7, "U/L"]]
    assert [(entry.row, entry.problem) for entry in report.of_kind("row")] == [
        (2, "6 fields where the header has 5"),
        (3, "4 fields where the header has 5"),
    ]


def test_a_second_header_line_is_no_patient(tmp_path):
    text = "SUBJID,VISITDT,CREAT\nSubject,Date of visit,Creatinine\n7,2023-01-01,80\n7,2023-02-01,90\n8,2023-02-01,91\n"
    series, report = read(tmp_path, text, {"files": {"source.csv": {"columns": {"VISITDT": "date"}}}})
    assert set(series.patients["patient_id"]) == {"7", "8"}
    assert [entry.problem for entry in report.of_kind("nothing")] == ["a second header line"]


def test_a_first_row_of_words_is_no_header_line(tmp_path):
    series, report = read(tmp_path, "id,test,value\nA,HBsAg,NEGATIVE\nA,Lipase,5\nB,Lipase,6\n")
    assert report.rows_kept == {"source.csv": 3}
    assert series.unplaced["measurements"]["value_text"].dropna().tolist() == ["NEGATIVE"]


def test_windows_encoding_is_read_and_said(tmp_path):
    text = "id,date,test,value,unit\nA,2024-01-01,Hämoglobin,12,g/dL\n".encode("cp1252")
    series, report = read(tmp_path, text)
    assert series.measurements["variable"].tolist() == ["other: Hämoglobin"]
    assert any("Windows-1252" in line for line in report.assumptions)


def test_sheets_of_a_workbook_and_what_they_hide(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "labs"
    for row in (
        ["Laboratory of the ward"],
        ["id", "date", "CRP (mg/L)"],
        ["A", "2024-01-01", "=1+1"],
        ["A", "2024-01-02", 5],
    ):
        sheet.append(row)
    events = book.create_sheet("events")
    for row in (["id", "event", "start"], ["A", "CRS", "2024-01-03"]):
        events.append(row)
    book.save(tmp_path / "book.xlsx")
    series, report = importers.read(tmp_path / "book.xlsx")
    assert report.rows_read == {"book.xlsx sheet labs": 3, "book.xlsx sheet events": 1}
    # a title above the header, and a row whose only result is a formula
    assert [(entry.row, entry.kind) for entry in report.reported if entry.rejects] == [(1, "nothing"), (3, "nothing")]
    assert "the formula =1+1" in str(report)
    assert "a line above the header" in str(report)
    assert rows(series.measurements, "day value") == [[0, 5]]
    assert rows(series.events, "name start_day") == [["crs", 1]]


def test_a_proposal_is_corrected_and_passed_back_on_the_command_line(tmp_path, capsys):
    source, proposal, out = tmp_path / "labs.csv", tmp_path / "mapping.toml", tmp_path / "out"
    source.write_text(LONG, encoding="utf-8")
    assert main(["import", str(source), "--propose", str(proposal)]) == 0
    text = proposal.read_text(encoding="utf-8")
    assert '"CRP" = "crp_mg_l"  # 3 rows, mg/l; name: crp_mg_l' in text
    proposal.write_text(text.replace('"Kreatinin" = "creatinine_mg_dl"', '"Kreatinin" = ""'), encoding="utf-8")
    words = ["import", str(source), "--mapping", str(proposal), "--day-zero", "first record", "--out", str(out)]
    assert main(words) == 0
    assert "CRP in mg/l, 3 rows: crp_mg_l, as confirmed in the mapping" in capsys.readouterr().out
    assert set(records.load(out).measurements["variable"]) == {"crp_mg_l", "other: Kreatinin"}
    assert (out / "import-report.json").is_file()
    assert main(["check", str(out)]) == 0


def test_questions_stand_in_the_proposal(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,date,test,value\nA,03/04/2024,CRP,5\n", encoding="utf-8")
    text = importers.propose(path)
    assert text.startswith("# To be answered below: a.csv: found dates such as 03/04/2024")
    assert '"date_order" = "ask"' in text


def test_day_0_from_a_list_of_patients(tmp_path):
    (tmp_path / "days.txt").write_text("patient_id,date\n001,2024-01-21\n", encoding="utf-8")
    series, report = read(tmp_path, LONG, index=f"list:{tmp_path / 'days.txt'}")
    # 31 January is 10 days after 21 January
    assert series.patient("001").measurements["day"].tolist() == [10, 11, 11]
    assert series.unaligned == ("002",)
    assert "1 of 2 patients" in report.day_zero


# every filled cell is in the series or in the report


def test_roles_without_a_place_in_the_table_keep_the_name_of_their_column(tmp_path):
    text = "id,sex,age,grade,outcome,route,hour,start\nA,F,23,2,resolved,iv,4,2024-01-05\nB,M,41,,,,,\n"
    series, report = read(tmp_path, text, {"files": {"source.csv": {"table": "patients"}}}, keep_dates=True)
    patient = series.patients.set_index("patient_id").loc["A"]
    kept = {"grade": "2", "outcome": "resolved", "route": "iv", "hour": "4", "start": "2024-01-05"}
    assert {name: patient[name] for name in kept} == kept
    told = {entry.field: (entry.problem, entry.action) for entry in report.of_kind("note")}
    assert told["grade"] == ("grade has no place among the patients, 1 cells", "Kept under the name of its column.")
    assert set(told) == {"grade", "outcome", "route", "hour", "start"}


def test_a_date_without_a_place_is_told_like_any_real_date(tmp_path):
    text = "id,sex,start\nA,F,2024-01-05\nB,M,2024-01-06\n"
    series, report = read(tmp_path, text, {"files": {"source.csv": {"table": "patients"}}})
    assert "start" not in series.patients
    assert [(entry.field, entry.problem) for entry in report.of_kind("column")] == [("start", "real dates, 2 cells")]


def test_a_wide_table_with_one_result_has_its_unit_range_and_comparator(tmp_path):
    text = "id,date,CRP,comparator,unit,lower,upper,hour,specimen\nA,2024-01-02,5,<,mg/L,0,8,6,serum\n"
    series, _ = read(tmp_path, text)
    columns = "variable value comparator unit lower upper hour specimen"
    assert rows(series.measurements, columns) == [["other: CRP", 5, "<", "mg/L", 0, 8, 6, "serum"]]


def test_a_comparator_beside_several_results_is_asked(tmp_path):
    text = "id,date,CRP,Ferritin,comparator\nA,2024-01-02,5,300,<\n"
    with pytest.raises(DataError, match="a comparator beside 2 columns of results") as refusal:
        read(tmp_path, text)
    assert 'Give the column the role "extra" or "skip"' in str(refusal.value)
    series, _ = read(tmp_path, text, {"files": {"source.csv": {"columns": {"comparator": "extra"}}}})
    assert series.measurements["comparator"].isna().all()
    assert series.measurements["comparator (source)"].tolist() == ["<", "<"]


def test_a_unit_beside_several_results_is_of_neither_and_kept(tmp_path):
    text = "id,date,CRP,Ferritin (ug/L),unit\nA,2024-01-02,5,300,mg/L\n"
    series, report = read(tmp_path, text)
    assert series.measurements["unit"].fillna("").tolist() == ["", "ug/L"]
    assert series.measurements["unit (source)"].tolist() == ["mg/L", "mg/L"]
    assert [entry.field for entry in report.of_kind("note")] == ["unit"]


def test_times_to_an_event_that_make_none_are_told(tmp_path):
    role = {"role": "time to", "name": "CMV", "status": "cmv", "happened": ["1"]}
    confirmed = {"files": {"source.csv": {"columns": {"time.to.cmv": role}}}}
    text = "id,time.to.cmv,cmv\nA,45,1\nB,12,0\nC,soon,1\n"
    series, report = read(tmp_path, text, confirmed, index="source")
    assert rows(series.events, "patient_id start_day") == [["A", 45]]
    assert [(entry.row, entry.problem) for entry in report.of_kind("note")] == [
        (3, 'CMV: 12 with the status "0", which is none that says it happened'),
        (4, 'CMV: "soon" is no number'),
    ]


def test_a_day_of_an_event_is_its_start(tmp_path):
    series, _ = read(tmp_path, "id,event,day\nA,CRS,3\nB,CRS,5\n", index="source")
    assert rows(series.events, "patient_id start_day") == [["A", 3], ["B", 5]]


def test_a_column_called_like_the_place_of_a_row_does_not_move_it(tmp_path):
    series, report = read(tmp_path, "id,test,value,day,row,file\nA,Lipase,5,1,second,one\n", index="source")
    assert report.rows_kept == {"source.csv": 1}
    assert series.measurements[["row (source)", "file (source)"]].to_numpy().tolist() == [["second", "one"]]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        # days after 1 January 2024, a leap year: 31 in January, 29 in February, 31 in March, 30 in April and so on
        ("3. März 2024", 62), ("03.MÄR.2024", 62), ("3 Ma\u0308rz 2024", 62), ("3. Mrz. 2024", 62), ("3-Mar-2024", 62),
        ("2. Jänner 2024", 1), ("1. Mai 2024", 121), ("1. Juni 2024", 152), ("1. Juli 2024", 182),
        ("3. Okt. 2024", 276), ("3. Dezember 2024", 337),
    ],
)  # fmt: skip
def test_months_are_read_in_german_and_english(tmp_path, written, day):
    text = f"id,date,test,value\nA,1. Januar 2024,Lipase,5\nA,{written},Lipase,6\n"
    assert read(tmp_path, text)[0].measurements["day"].tolist() == [0, day]


def test_a_word_that_is_no_month_makes_no_date(tmp_path):
    text = "id,date,test,value\nA,2024-01-01,Lipase,5\nA,3. Mäuse 2024,Lipase,6\n"
    series, report = read(tmp_path, text)
    assert series.unplaced["measurements"]["value"].tolist() == [6]
    assert (3, "no date that can be read") in [(entry.row, entry.problem) for entry in report.of_kind("no day")]
