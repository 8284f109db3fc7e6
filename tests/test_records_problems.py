"""Bad input: all problems at once, each with file, row, column, what was found, what is expected, what to do."""

import random

import pytest

from casekit import catalogue, records
from casekit.errors import DataError, Problem
from casekit.records.schema import TABLES, declared

# one sound series, a column per line position; every case below changes one line of it
SOUND = {
    "series.toml": 'title = "Made up"\nlicence = "CC0-1.0"\nsynthetic = true\n',
    "patients.csv": """\
patient_id,disease,sex,age_years,prior_therapies,last_known_day,end_reason
001,SLE,female,23,4,400,data cut
002,SSc,male,61.5,2,200,
""",
    "treatments.csv": """\
patient_id,drug,category,dose,dose_unit,frequency,route,start_day,end_day
001,prednisolone,glucocorticoid,10,mg,daily,oral,-300,-20
001,cd19_car_t,car_t,1,10^6/kg,once,iv,0,0
002,cd19_car_t,car_t,1,10^6/kg,once,iv,0,0
002,cd19_car_t,car_t,1,10^6/kg,once,iv,120,120
""",
    "measurements.csv": """\
patient_id,day,hour,variable,value,comparator,unit,lower,upper,specimen
001,0,,crp_mg_l,0.5,,mg/dL,0,0.5,serum
001,7,8,crp_mg_l,5,<,mg/L,0,5,serum
002,28,,plasmablast_pct,2.5,,%,,,blood
""",
    "assessments.csv": """\
patient_id,day,variable,value,attributed_to
001,3,arthritis,no,
001,3,leukopenia,yes,lymphodepletion
002,0,mrss_face,2,
002,0,md_global_0_10,4.5,
001,4,consciousness,voice,
""",
    "events.csv": """\
patient_id,kind,name,start_day,end_day,ongoing,grade,grade_system,serious
001,adverse_event,crs,2,4,no,1,ASTCT 2019,no
002,infection,pneumonia,150,,yes,2,CTCAE 5.0,yes
""",
}

M, A, E, T, P = "measurements.csv", "assessments.csv", "events.csv", "treatments.csv", "patients.csv"

# file, row (as a spreadsheet counts), the line as it is now, column of the problem, words the problem must hold
ONE_LINE = [
    # numbers
    (M, 2, "001,0,,crp_mg_l,n.d.,,mg/dL,0,0.5,serum", "value", ['"n.d."', "a number", "Leave the whole row out"]),
    (M, 2, "001,0,,crp_mg_l,,,mg/dL,0,0.5,serum", "value", ["an empty cell", "a number", "below detection"]),
    (M, 2, "001,0,,crp_mg_l,<5,,mg/dL,0,0.5,serum", "value", ['"<5"', "Put < into the column comparator and 5"]),
    (M, 2, "001,0,,crp_mg_l,≤ 5,,mg/dL,0,0.5,serum", "value", ["Put ≤ into the column comparator"]),
    (M, 2, '001,0,,crp_mg_l,"0,5",,mg/dL,0,0.5,serum', "value", ['"0,5"', "point"]),
    (M, 2, '001,0,,crp_mg_l,"1.234,5",,mg/dL,0,0.5,serum', "value", ["1234.5"]),
    (M, 2, "001,0,,crp_mg_l,5 mg/dL,,mg/dL,0,0.5,serum", "value", ["Write 5 alone", "mg/dL"]),
    (M, 2, "001,0,,crp_mg_l,NaN,,mg/dL,0,0.5,serum", "value", ['"NaN"', "a number"]),
    (M, 2, "001,0,,crp_mg_l,inf,,mg/dL,0,0.5,serum", "value", ['"inf"', "a number"]),
    (M, 2, "001,0,,crp_mg_l,1e999,,mg/dL,0,0.5,serum", "value", ['"1e999"', "a number"]),
    (M, 2, "001,0,,crp_mg_l,٥,,mg/dL,0,0.5,serum", "value", ['"٥"', "a number"]),
    (M, 2, "001,0,,crp_mg_l, 0.5,,mg/dL,0,0.5,serum", "value", ['" 0.5"', "without blanks"]),
    (M, 2, "001,0,,crp_mg_l,0.5,,mg/dL,,NA,serum", "upper", ['"NA"', "Leave the cell empty"]),
    (M, 2, "001,0,25,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "hour", ['"25"', "0 to 24"]),
    (M, 2, "001,0,,crp_mg_l,0.5,<=,mg/dL,0,0.5,serum", "comparator", ['"<="', "< or >"]),
    (M, 2, "001,0,,crp_mg_l,0.5,,mg/dL,5,0.5,serum", "lower", ["lower 5 above upper 0.5"]),
    (M, 2, "001,0,,crp_mg_l,-1,,mg/L,0,5,serum", "value", ["-1 mg/L for crp_mg_l", "from 0 to 1000 mg/L"]),
    (M, 2, "001,0,,crp_mg_l,101,,mg/dL,0,5,serum", "value", ["101 mg/dL", "from 0 to 1000 mg/L", "unit"]),
    (M, 4, "002,28,,plasmablast_pct,100.5,,%,,,blood", "value", ["100.5 %", "from 0 to 100 %"]),
    (P, 2, "001,SLE,female,-1,4,400,data cut", "age_years", ['"-1"', "from 0 to 120"]),
    (P, 2, "001,SLE,female,23,4.5,400,data cut", "prior_therapies", ['"4.5"', "a whole number", "without decimals"]),
    (T, 2, "001,prednisolone,glucocorticoid,-10,mg,daily,oral,-300,-20", "dose", ['"-10"', "from 0", "without a sign"]),
    (T, 2, "001,prednisolone,glucocorticoid,10 mg,mg,daily,oral,-300,-20", "dose", ["Write 10 alone"]),
    # days
    (M, 2, "001,45321,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "day", ['"45321"', "Excel", "2024-01-30", "day 0"]),
    (M, 2, "001,45321.5,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "day", ["Excel", "2024-01-30"]),
    (M, 2, "001,2024-01-31,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "day", ["2024-01-31", "calendar date", "day 0"]),
    (M, 2, "001,2024-01-31T08:00,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "day", ["calendar date"]),
    (M, 2, "001,31.01.2024,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "day", ["31.01.2024", "calendar date"]),
    (M, 2, "001,1/31/24,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "day", ["calendar date"]),
    (M, 2, "001,31-Jan-2024,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "day", ["calendar date"]),
    (M, 2, "001,20240131,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "day", ["calendar date"]),
    (M, 2, "001,3.5,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "day", ['"3.5"', "whole days"]),
    (M, 2, "001,week 4,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "day", ['"week 4"', "days since the infusion"]),
    (M, 2, "001,,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "day", ["an empty cell", "Fill it in"]),
    (M, 2, "001,401,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "day", ["day 401", "last known day 400 of 001"]),
    (T, 2, "001,prednisolone,glucocorticoid,10,mg,daily,oral,-300,-301", "end_day", ["-301 before start_day -300"]),
    (T, 2, "001,prednisolone,glucocorticoid,10,mg,daily,oral,500,", "start_day", ["500", "last known day 400"]),
    (E, 2, "001,adverse_event,crs,2,1,no,1,ASTCT 2019,no", "end_day", ["end_day 1 before start_day 2"]),
    (E, 3, "002,infection,pneumonia,150,201,,2,CTCAE 5.0,yes", "end_day", ["201", "last known day 200"]),
    (E, 3, "002,infection,pneumonia,150,160,yes,2,CTCAE 5.0,yes", "ongoing", ["ongoing yes and end_day 160"]),
    # ids
    (M, 2, "01,0,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "patient_id", ['"01"', "patients.csv", "001"]),
    (M, 2, "001 ,0,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "patient_id", ['"001 "', "without blanks"]),
    (M, 2, "001\u200b,0,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "patient_id", ["invisible"]),
    (M, 2, ",0,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", "patient_id", ["an empty cell"]),
    (M, 2, "001,0,,crp_mgl,0.5,,mg/dL,0,0.5,serum", "variable", ['"crp_mgl"', "Did you mean crp_mg_l"]),
    (M, 2, "001,0,,arthritis,1,,mg/dL,0,0.5,serum", "variable", ["move the row to assessments.csv"]),
    (M, 2, "001,0,,xyzzy,1,,mg/dL,0,0.5,serum", "variable", ["xyzzy", "variables.toml"]),
    (A, 2, "001,3,artritis,no,", "variable", ["Did you mean arthritis"]),
    (A, 2, "001,3,crp_mg_l,5,", "variable", ["move the row to measurements.csv"]),
    (T, 2, "001,prednisolon,glucocorticoid,10,mg,daily,oral,-300,-20", "drug", ["prednisolone"]),
    (E, 2, "001,adverse_event,CRS,2,4,no,1,ASTCT 2019,no", "name", ['"CRS"', "crs"]),
    (P, 2, "001,sle,female,23,4,400,data cut", "disease", ['"sle"', "SLE"]),
    # words
    (P, 2, "001,SLE,f,23,4,400,data cut", "sex", ['"f"', "female or male or other or unknown"]),
    (P, 2, "001,SLE,Female,23,4,400,data cut", "sex", ["Write female."]),
    (P, 2, "001,SLE,female,23,4,400,datacut", "end_reason", ["Write data cut."]),
    (T, 2, "001,prednisolone,steroid,10,mg,daily,oral,-300,-20", "category", ["glucocorticoid"]),
    (T, 2, "001,prednisolone,biologic,10,mg,daily,oral,-300,-20", "category", ['"biologic" for prednisolone']),
    (T, 2, "001,prednisolone,glucocorticoid,10,mg,dayly,oral,-300,-20", "frequency", ["Write daily."]),
    (E, 2, "001,infection,crs,2,4,no,1,ASTCT 2019,no", "kind", ['"infection" for crs', "adverse_event"]),
    (E, 2, "001,adverse_event,crs,2,4,No,1,ASTCT 2019,no", "ongoing", ['"No"', "yes or no"]),
    (E, 2, "001,adverse_event,crs,2,4,no,6,ASTCT 2019,no", "grade", ['"6"', "from 1 to 5"]),
    (E, 2, "001,adverse_event,crs,2,4,no,0,ASTCT 2019,no", "grade", ['"0"', "from 1 to 5"]),
    (E, 2, "001,adverse_event,crs,2,4,no,mild,ASTCT 2019,no", "grade", ['"mild"', "a whole number"]),
    (E, 2, "001,adverse_event,crs,2,4,no,1,,no", "grade_system", ["grade 1", "grade_system"]),
    (T, 2, "001,prednisolone,glucocorticoid,10,,daily,oral,-300,-20", "dose_unit", ["dose 10", "dose_unit"]),
    # units
    (M, 2, "001,0,,crp_mg_l,0.5,,mg/l2,0,0.5,serum", "unit", ['"mg/l2" for crp_mg_l', "mg/L or mg/dL"]),
    (M, 2, "001,0,,crp_mg_l,0.5,,U/L,0,0.5,serum", "unit", ['"U/L" for crp_mg_l', "not converted for you"]),
    (M, 2, "001,0,,crp_mg_l,0.5,,,0,0.5,serum", "unit", ["an empty cell"]),
    # values of assessments
    (A, 2, "001,3,arthritis,Yes,", "value", ['"Yes" for arthritis', "yes or no"]),
    (A, 2, "001,3,arthritis,1,", "value", ['"1" for arthritis', "yes or no"]),
    (A, 2, "001,3,arthritis,,", "value", ["an empty cell", "not assessed is not the same as no"]),
    (A, 2, "001,3,arthritis,not done,", "value", ['"not done"', "leave the whole row out"]),
    (A, 4, "002,0,mrss_face,4,", "value", ['"4" for mrss_face', "from 0 to 3"]),
    (A, 4, "002,0,mrss_face,1.5,", "value", ['"1.5" for mrss_face', "a whole number"]),
    (A, 4, "002,0,mrss_face,-1,", "value", ['"-1"', "from 0 to 3"]),
    (A, 5, "002,0,md_global_0_10,10.1,", "value", ['"10.1"', "from 0 to 10"]),
    (A, 5, '002,0,md_global_0_10,"4,5",', "value", ["point"]),
    (A, 6, "001,4,consciousness,Voice,", "value", ['"Voice" for consciousness', "Write voice."]),
    # causes other than the disease
    (A, 3, "001,3,leukopenia,yes,SLE", "attributed_to", ['"SLE"', "Leave it empty when the finding is due to the di"]),
    (A, 3, "001,3,leukopenia,yes,unknown", "attributed_to", ["lymphodepletion or CRS", "Leave it empty"]),
    (A, 3, "001,3,leukopenia,yes,none", "attributed_to", ["Leave it empty", "Otherwise write one of these words"]),
    (A, 3, "001,3,leukopenia,yes,-", "attributed_to", ["Leave it empty"]),
    (A, 3, "001,3,leukopenia,yes,crs", "attributed_to", ["Otherwise write CRS."]),
    # values that no hour puts in order
    (
        M,
        4,
        "001,7,8,crp_mg_l,6,,mg/L,0,5,plasma",
        "hour",
        ["another crp_mg_l of 001 on day 7 with hour 8, specimen plasma, value 6", "row 3", "Give the hour of each"],
    ),
    (M, 4, "001,0,,crp_mg_l,0.6,,mg/dL,0,0.5,plasma", "hour", ["value 0.6", "row 2", "keep the one that counts"]),
    (M, 3, "001,0,,crp_mg_l,0.6,,mg/dL,0,0.5,serum", None, ["a second row", "row 2", "Give the hour of each"]),
    # doses that would count several times
    (T, 5, "002,cd19_car_t,car_t,1,10^6/kg,once,iv,120,122", "frequency", ["once from day 120 to day 122", "end_day"]),
    (
        T,
        2,
        "001,prednisolone,glucocorticoid,2,tablet,daily,oral,-300,-20",
        "dose_unit",
        ['"tablet" for a glucocorticoid', "expected mg, g or ug"],
    ),
    (
        T,
        5,
        "001,prednisolone,glucocorticoid,5,mg,daily,oral,-20,0",
        "start_day",
        ["prednisolone from day -20 of 001 while row 2 runs until day -20", "Give row 2 the end_day"],
    ),
    (
        T,
        5,
        "001,prednisone,glucocorticoid,5,mg,daily,oral,-900,\n001,prednisone,glucocorticoid,5,mg,daily,oral,3,9",
        "start_day",
        ["prednisone from day 3", "row 5 has no end_day"],
    ),
    # shape
    (M, 2, "001,0,,crp_mg_l,0,5,,mg/dL,0,0.5,serum", None, ["11 fields", "10 fields", "decimal comma"]),
    (M, 2, "001,0,,crp_mg_l,0.5", None, ["5 fields", "10 fields"]),
    (M, 2, ",,,,,,,,,", None, ["an empty row", "Delete the row"]),
    (M, 3, "001,0,,crp_mg_l,0.5,,mg/dL,0,0.5,serum", None, ["the same row as row 2"]),
    (M, 3, "001,0,,crp_mg_l,0.6,,mg/dL,0,0.5,serum", None, ["second row", "0.6", "row 2", "variable crp_mg_l"]),
    (M, 4, "001,7,8,crp_mg_l,6,<,mg/L,0,5,serum", None, ["a second row", "hour 8", "value 6", "the first is row 3"]),
    (
        M,
        4,
        "002,28,,plasmablast_pct,2.5,,%,,,blood\n002,28,,plasmablast_pct,3,,%,,,blood",
        None,
        ["a second row", "value 3", "the first is row 4"],
    ),
    (A, 3, "001,3,arthritis,yes,", None, ["a second row for patient_id 001, day 3, variable arthritis", "value yes"]),
    (A, 3, "001,3,arthritis,no,", None, ["the same row as row 2"]),
    (E, 3, "001,adverse_event,crs,2,4,no,1,ASTCT 2019,no", None, ["the same row as row 2"]),
    (P, 3, "002,SSc,male,61.5,2,200,\n002,SSc,female,61.5,2,200,", None, ["second row", "sex female"]),
    # day 0
    (
        T,
        5,
        "002,cd19_car_t,car_t,2,10^6/kg,once,iv,0,0",
        "start_day",
        ["second infusion on day 0 of 002", "re-infusion"],
    ),
    (P, 3, "002,SSc,male,61.5,2,200,\n003,SSc,male,61.5,2,200,", "patient_id", ["no infusion on day 0 for 003"]),
]


@pytest.fixture
def folder(tmp_path):
    for name, text in SOUND.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def change(folder, file, row, line):
    lines = SOUND[file].splitlines()
    lines[row - 1] = line
    (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")


def holding(problems, file, column, words):
    """The problems of that file and column that hold all the words."""
    here = [problem for problem in problems if (problem.file, problem.column) == (file, column)]
    return [problem for problem in here if all(word in str(problem) for word in words)]


def test_the_sound_series_has_no_problem(folder):
    assert records.check(folder) == []


@pytest.mark.parametrize("case", ONE_LINE, ids=lambda case: f"{case[0]}, {case[3]}, {case[4][0]}")
def test_one_bad_line(folder, case):
    file, row, line, column, words = case
    change(folder, file, row, line)
    problems = records.check(folder)
    found = holding(problems, file, column, words)
    assert len(found) == 1, [str(problem) for problem in problems]
    assert found[0].row == row + line.count("\n")
    assert found[0].found
    assert found[0].expected
    assert found[0].todo.endswith((".", "?"))
    with pytest.raises(DataError):
        records.load(folder)


@pytest.mark.parametrize(
    ("file", "header", "column", "words"),
    [
        (M, "patient,day,hour,variable,value,comparator,unit,lower,upper,specimen", "patient_id", ["no such column"]),
        (M, "patient,day,hour,variable,value,comparator,unit,lower,upper,specimen", "patient", ["to patient_id"]),
        (M, "patient_id,day,hour,variable,value,comparator,unit,lower,uper,specimen", "uper", ["Rename it to upper"]),
        (M, "patient_id,Day,hour,variable,value,comparator,unit,lower,upper,specimen", "Day", ["Rename it to day"]),
        (M, "patient_id, day,hour,variable,value,comparator,unit,lower,upper,specimen", " day", ["Rename it to day"]),
        (M, "patient_id,day,hour,variable,value,comparator,unit,lower,upper,colour", "colour", ["only the columns"]),
        (M, "patient_id,day,hour,variable,value,comparator,unit,lower,lower,specimen", "lower", ["2 times"]),
        (M, "patient_id,day,hour,variable,value,comparator,unit,lower,,specimen", None, ["a column without a name"]),
    ],
)  # fmt: skip
def test_a_bad_header(folder, file, header, column, words):
    change(folder, file, 1, header)
    found = holding(records.check(folder), file, column, words)
    assert [problem.row for problem in found] == [1]


@pytest.mark.parametrize("name", TABLES)
def test_each_missing_file_and_each_missing_required_column_is_named(folder, name):
    table = declared()[name]
    (folder / table.file).write_text("\n", encoding="utf-8")
    assert len(holding(records.check(folder), table.file, None, ["an empty file"])) == 1
    (folder / table.file).write_text("origin\n", encoding="utf-8")
    named = {problem.column for problem in records.check(folder) if problem.found == "no such column"}
    assert named == {column.name for column in table.columns if column.required}
    (folder / table.file).unlink()
    assert len(holding(records.check(folder), table.file, None, ["no such file", "header line alone"])) == 1


LATIN = "patient_id,disease,sex,last_known_day,subtype\n001,SLE,female,400,Sjögren\n"


@pytest.mark.parametrize(
    ("file", "content", "row", "words"),
    [
        (P, LATIN.encode("latin-1"), 2, ["0xF6", "position 67", "Sjögren", "UTF-8"]),
        (P, LATIN.encode("utf-16"), None, ["UTF-16"]),
        (P, LATIN.encode("utf-16-le"), None, ["UTF-16"]),
        (P, LATIN.encode("utf-16-be"), None, ["UTF-16"]),
        (P, LATIN.replace(",", ";").encode(), 1, ["semicolons", "commas"]),
        (P, LATIN.replace(",", '";"').encode(), 1, ["semicolons", "commas"]),
        (P, b"sep=;\n" + LATIN.replace(",", ";").encode(), 1, ["semicolons"]),
        (P, LATIN.replace(",", "\t").encode(), 1, ["tabs", "commas"]),
        (P, LATIN.replace("SLE", "S\0E").encode(), 2, ["NUL"]),
        (P, b"", None, ["an empty file"]),
        (P, b"\xef\xbb\xbf", None, ["an empty file"]),
        (P, b"PK\x03\x04rest", None, ["Excel workbook or zip"]),
        (P, LATIN.replace("SLE", '"SLE').encode(), 2, ["quotation mark"]),
        (P, b"\xff\xd8\xff\xe0 a photograph \x00\x10", 1, ["0xFF", "position 0"]),
        ("series.toml", b"title = 'x'\n", None, ["synthetic", "no such entry", "true or false"]),
        ("series.toml", b"synthetic = 'yes'\n", None, ["synthetic", "without quotation marks"]),
        ("series.toml", b"synthetic = true\nlicense = 'MIT'\n", None, ["license", "licence"]),
        ("series.toml", b"synthetic = true\nsources = 'one'\n", None, ["sources", "a list"]),
        ("series.toml", b"synthetic = yes\n", None, ["TOML", "line 1"]),
        ("series.toml", b"title = '\xff'\n", None, ["0xFF", "UTF-8"]),
    ],
)
def test_a_file_that_cannot_be_read_as_it_is(folder, file, content, row, words):
    (folder / file).write_bytes(content)
    found = [problem for problem in records.check(folder) if problem.file == file]
    assert [problem.row for problem in found] == [row], found
    assert [word for word in words if word not in str(found[0])] == []


def test_an_unreadable_file_causes_no_further_problems(folder):
    (folder / P).write_bytes(LATIN.encode("latin-1"))
    assert len(records.check(folder)) == 1


def test_a_missing_series_toml(folder):
    (folder / "series.toml").unlink()
    assert [problem.file for problem in records.check(folder)] == ["series.toml"]


def test_all_problems_of_all_files_at_once_in_order(folder):
    change(folder, P, 2, "001,sle,f,-1,4,x,data cut")
    change(folder, M, 2, "001,3.5,,crp,n.d.,,mg/dL,0,0.5,serum")
    change(folder, A, 2, "001,3,arthritis,maybe,")
    (folder / E).unlink()
    places = [(problem.file, problem.row, problem.column) for problem in records.check(folder)]
    assert set(places) == {
        (P, 2, "disease"), (P, 2, "sex"), (P, 2, "age_years"), (P, 2, "last_known_day"),
        (M, 2, "day"), (M, 2, "variable"), (M, 2, "value"), (A, 2, "value"), (E, None, None),
    }  # fmt: skip
    assert [file for file, _, _ in places] == [P] * 4 + [M] * 3 + [A] + [E]


def test_every_bad_row_is_a_problem_and_the_message_stays_short(folder):
    bad = "\n".join(f"001,{day},,crp_mg_l,n.d.,,mg/L,,,serum" for day in range(300))
    (folder / M).write_text(SOUND[M].splitlines()[0] + "\n" + bad + "\n", encoding="utf-8")
    with pytest.raises(DataError) as refusal:
        records.load(folder)
    assert [problem.row for problem in refusal.value.problems] == list(range(2, 302))
    assert "… and 250 more" in str(refusal.value)


def test_rows_are_counted_as_a_spreadsheet_does(folder):
    # a line break inside a quoted field makes one spreadsheet row of two lines; a blank line is a row of its own
    text = 'patient_id,kind,name,start_day,outcome\n001,other,other,3,"two\nlines"\n\n001,other,other,x,\n'
    (folder / E).write_text(text, encoding="utf-8")
    assert [problem.row for problem in records.check(folder)] == [4]


def test_a_later_infusion_and_another_index_event_are_legitimate(folder):
    assert (folder / T).read_text(encoding="utf-8").count("car_t,1") == 3
    change(folder, T, 4, "002,cd19_car_t,car_t,1,10^6/kg,once,iv,5,5")
    assert len(records.check(folder)) == 1
    (folder / "series.toml").write_text('synthetic = true\nindex_event = "diagnosis"\n', encoding="utf-8")
    assert records.check(folder) == []


@pytest.mark.parametrize("written", ["Infusion", " infusion", "INFUSION "])
def test_infusion_in_another_spelling_does_not_switch_off_the_checks_of_day_0(folder, written):
    (folder / "series.toml").write_text(f'synthetic = true\nindex_event = "{written}"\n', encoding="utf-8")
    found = holding(
        records.check(folder), "series.toml", "index_event", [f'"{written}"', 'Write index_event = "infusi']
    )
    assert len(found) == 1


@pytest.mark.parametrize(
    ("file", "row", "line"),
    [
        # the same value in two specimens; two hours; another route, another drug, the next day; each unit that counts
        (M, 4, "001,0,,crp_mg_l,0.50,,mg/dL,0,0.5,plasma"),
        (M, 4, "001,7,20,crp_mg_l,6,,mg/L,0,5,plasma"),
        (M, 4, "001,7,,crp_mg_l,6,,mg/L,0,5,plasma"),
        (T, 5, "001,prednisolone,glucocorticoid,5,mg,daily,iv,-20,0"),
        (T, 5, "001,prednisone,glucocorticoid,5,mg,daily,oral,-20,0"),
        (T, 5, "002,prednisolone,glucocorticoid,5,mg,daily,oral,-20,0"),
        (T, 5, "001,prednisolone,glucocorticoid,5,mg,daily,oral,-19,0"),
        (T, 5, "001,methylprednisolone,glucocorticoid,0.5,g,once,iv,4,4"),
        (T, 5, "001,methylprednisolone,glucocorticoid,2,mg/kg,daily,iv,4,6"),
        (T, 5, "001,budesonide_inhaled,glucocorticoid,200,ug,twice daily,inhaled,4,6"),
        (A, 3, "001,3,leukopenia,yes,other disease"),
    ],
)
def test_what_is_not_ambiguous_is_no_problem(folder, file, row, line):
    change(folder, file, row, line)
    assert records.check(folder) == []


@pytest.mark.parametrize("unit", ["mg/L", "mg/dL"])
def test_accepted_units_stay_as_given(folder, unit):
    change(folder, M, 2, f"001,0,,crp_mg_l,0.5,,{unit},0,0.5,serum")
    assert records.load(folder).measurements["unit"][0] == unit


def test_a_limit_of_detection_is_no_problem_and_no_zero(folder):
    row = records.load(folder).measurements.iloc[1]
    assert (row["value"], row["comparator"]) == (5.0, "<")


def test_a_table_of_the_wrong_name_is_not_passed_over(folder):
    (folder / M).rename(folder / "Measurements_final.csv")
    files = {problem.file: str(problem) for problem in records.check(folder)}
    assert "no such file" in files[M]
    assert "would not be read" in files["Measurements_final.csv"]


def test_a_folder_in_place_of_a_file(folder):
    (folder / M).unlink()
    (folder / M).mkdir()
    assert len(holding(records.check(folder), M, None, ["a folder", "a CSV file"])) == 1


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nowhere", ["no such folder", "patients.csv"]),
        ("a\0b", ["folder"]),
        ("cases.xlsx", ["cut off or no workbook", "an Excel workbook"]),
        ("cases.xls", ["a workbook", "Save it as .xlsx", "save each sheet"]),
        ("cases.txt", ["a file", "a folder with patients.csv"]),
        ("x" * 5000, ["a folder with patients.csv"]),
    ],
)
def test_a_path_that_is_no_folder(tmp_path, path, words):
    if "." in path:
        (tmp_path / path).write_bytes(b"PK\x03\x04")
    problems = records.check(f"{tmp_path}/{path}")
    assert len(problems) == 1
    assert [word for word in words if word not in str(problems[0])] == []


def test_a_workbook_in_the_folder_is_named(tmp_path):
    (tmp_path / "cases.xlsx").write_bytes(b"PK\x03\x04")
    assert "cases.xlsx is a workbook" in " ".join(str(problem) for problem in records.check(tmp_path))


def test_csv_and_parquet_of_the_same_table_are_refused(folder):
    (folder / "events.parquet").write_bytes(b"PAR1")
    assert len(holding(records.check(folder), E, None, ["events.csv and events.parquet"])) == 1


def test_a_broken_parquet_file_is_a_problem(folder):
    pytest.importorskip("pyarrow")
    (folder / E).unlink()
    (folder / "events.parquet").write_bytes(b"PAR1 nothing")
    assert len(holding(records.check(folder), "events.parquet", None, ["no readable Parquet"])) == 1


JUNK = [b",", b"\n", b'"', b"\0", b"\xff", b"\r", b";", b"-", b"1e308", b"9" * 20, b"<", b"\x85", b"="]


@pytest.mark.parametrize("seed", range(60))
def test_check_never_raises_on_junk(folder, seed):
    chance = random.Random(seed)
    file = folder / chance.choice(list(SOUND))
    content = file.read_bytes()
    for _ in range(3):
        place = chance.randrange(len(content))
        junk = chance.choice(JUNK)
        content = content[:place] + junk + content[place + chance.choice([0, 1, 30]) :]
    file.write_bytes(content)
    problems = records.check(folder)
    assert all(str(problem).startswith(problem.file) for problem in problems)
    if not problems:
        loaded = records.load(folder).tables[file.stem] if file.suffix == ".csv" else None
        assert loaded is None or len(loaded) == SOUND[file.name].count("\n") - 1


def test_words_declared_twice_agree():
    frequency = declared()["treatments"].column("frequency").allowed
    assert set(frequency) == set(catalogue.frequencies())
    drugs = catalogue.drugs()
    assert set(drugs["category"]) <= set(declared()["treatments"].column("category").allowed)
    kinds = {kind for kinds in catalogue.events()["kinds"] for kind in kinds}
    assert kinds <= set(declared()["events"].column("kind").allowed)


def test_a_problem_reads_as_where_found_expected_todo():
    problem = Problem(M, 41, "value", '"n.d."', "a number", "Leave the row out.")
    assert str(problem) == 'measurements.csv row 41, column value: found "n.d."; expected a number. Leave the row out.'
