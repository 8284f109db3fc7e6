"""OMOP: no value is no 0, concept 0, signed ids, comparators, four kinds of file, visits, deaths."""

import sys

import duckdb
import pandas as pd
import pytest
from sample_files import every_row_has_an_answer, problems, sample

from casekit import importers
from casekit.errors import CaseKitError, DataError

ID = "-3210373572193940992"
TABLES = {
    "PERSON": f"person_id,gender_concept_id,year_of_birth,month_of_birth\n{ID},8532,1980,\n2,8507,1970,6\n",
    "observation_period": (
        "observation_period_id,person_id,observation_period_start_date,observation_period_end_date\n"
        f"1,{ID},2020-01-01,2021-01-01\n2,2,2020-03-01,2020-12-31\n3,99,2020-01-01,2020-01-02\n"
    ),
    "measurement": (
        "measurement_id,person_id,measurement_concept_id,measurement_date,operator_concept_id,value_as_number,"
        "value_as_concept_id,unit_source_value,range_low,measurement_source_value\n"
        f"1,{ID},3020460,2020-01-03,,0,,mg/L,0,1988-5\n"
        f"2,{ID},3020460,2020-01-04,,,,mg/L,,1988-5\n"
        f"3,{ID},0,2020-01-05,4171756,5,,mg/L,,LOCAL\n"
        f"4,{ID},3020460,2020-01-06,,,45878583,,,1988-5\n"
        "5,2,3020460,2020-03-02,4172704,9,,mg/L,,\n"
    ),
    "observation": "observation_id,person_id,observation_concept_id,observation_date\n1,2,43,2020-03-05\n",
    "drug_exposure": (
        "drug_exposure_id,person_id,drug_concept_id,drug_exposure_start_date,drug_exposure_end_date,quantity\n"
        f"1,{ID},1551099,2020-01-02,2020-01-09,0\n2,{ID},1551099,2020-02-02,,30\n"
    ),
    "condition_occurrence": (
        "condition_occurrence_id,person_id,condition_concept_id,condition_start_date\n1,2,257628,2020-03-03\n"
    ),
    "procedure_occurrence": (
        "procedure_occurrence_id,person_id,procedure_concept_id,procedure_date,procedure_source_value\n"
        "1,2,0,2020-03-11,CAR T cell infusion\n2,2,0,2020-03-12,Biopsy\n"
    ),
    "visit_occurrence": (
        "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_end_date\n"
        "1,2,9201,2020-03-10,2020-03-20\n2,2,9202,2020-04-10,2020-04-10\n"
    ),
    "death": "person_id,death_date\n2,2020-12-01\n",
    "condition_era": "condition_era_id,person_id\n1,2\n",
}
CONCEPT = (
    "concept_id\tconcept_name\n3020460\tC reactive protein\n1551099\tPrednisone\n257628\tSystemic lupus\n"
    '45878583\tNegative "quoted\n43\tNon-smoker\n'
)

# 21602796 is made up here as the class above prednisone
ANCESTOR = "ancestor_concept_id\tdescendant_concept_id\n21602796\t1551099\n21602796\t21602796\n1\t257628\n"


def as_csv(folder):
    for name, text in {**TABLES, "CONCEPT": CONCEPT, "CONCEPT_ANCESTOR": ANCESTOR}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def frames():
    from io import StringIO

    for name, text in TABLES.items():
        frame = pd.read_csv(StringIO(text))
        yield name, frame
    yield "CONCEPT", pd.read_csv(StringIO(CONCEPT), sep="\t", quoting=3)
    yield "CONCEPT_ANCESTOR", pd.read_csv(StringIO(ANCESTOR), sep="\t")


def as_parquet(folder):
    for name, frame in frames():
        frame.to_parquet(folder / f"{name}.parquet")
    return folder


def as_workbook(folder):
    path = folder / "cdm.xlsx"
    with pd.ExcelWriter(path) as book:
        for name, frame in frames():
            ids = {each: str for each in frame if each == "person_id"}
            frame.astype(ids).to_excel(book, sheet_name=name, index=False)
    return path


def as_database(folder):
    path = folder / "cdm.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name, frame in frames():
            connection.register("given", frame)
            connection.execute(f'create table "{name}" as select * from given')  # noqa: S608
            connection.unregister("given")
    return path


@pytest.fixture(scope="module", params=[as_csv, as_parquet, as_workbook, as_database])
def imported(request, tmp_path_factory):
    return importers.read(request.param(tmp_path_factory.mktemp("cdm")))


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    return importers.read(as_csv(tmp_path_factory.mktemp("cdm")), index="column:observation_period_start_date")


def rows_of(series, patient):
    return {
        cells["origin"].rpartition(" ")[2]: cells for _, cells in series[series["patient_id"] == patient].iterrows()
    }


def test_every_kind_of_file_gives_the_same_series(imported):
    series, report = imported
    assert report.source_format == "omop"
    assert every_row_has_an_answer(report)
    assert sorted(series.patients["patient_id"]) == [ID, "2"]
    assert len(series.measurements) == 1  # the infusion is day 0, and only patient 2 has one
    assert (series.measurements.iloc[0]["day"], series.measurements.iloc[0]["comparator"]) == (
        -9,
        ">",
    )  # the 2nd, the 11th
    assert list(series.treatments["category"]) == ["car_t"]
    assert list(series.events["name"][series.events["kind"] == "hospitalisation"]) == ["other: inpatient stay"]


def test_a_number_that_is_missing_is_not_0(one):
    series, report = one
    found = [(cells["value"], cells["day"]) for _, cells in series.measurements.iterrows() if cells["patient_id"] == ID]
    assert found == [(0.0, 2), (5.0, 4)]
    assert any(
        "no value of C reactive protein, which is not 0" in problem for _, problem in problems(report, "nothing")
    )


def test_a_word_of_the_vocabulary_is_a_result_in_words(one):
    words = one[0].unplaced["measurements"]
    assert list(words["value_text"]) == ['Negative "quoted']


def test_a_limit_of_0_is_a_limit_and_concept_0_is_the_word_of_the_source(one):
    found = one[0].measurements[one[0].measurements["patient_id"] == ID]
    assert list(found["variable"]) == ["other: C reactive protein", "other: LOCAL"]
    assert list(found["comparator"].fillna("")) == ["", "<"]
    assert found.iloc[0]["lower"] == 0.0


def test_an_operator_that_is_no_comparison_makes_no_exact_number(tmp_path):
    as_csv(tmp_path)
    file = tmp_path / "measurement.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",4171756,5,", ",4999999,5,"), encoding="utf-8")
    series, _ = importers.read(tmp_path)
    assert "concept 4999999 5" in list(series.unplaced["measurements"]["value_text"])
    assert 5.0 not in list(series.measurements["value"])


def test_a_drug_without_an_end_does_not_go_on(one):
    series, _ = one
    given = series.treatments[series.treatments["patient_id"] == ID]
    spans = given[["start_day", "end_day", "day_range"]].astype(object).fillna("").to_numpy().tolist()
    assert spans == [[1, 8, ""], [32, "", "unknown"]]


def test_death_and_the_end_of_observation(one):
    patients = one[0].patients.set_index("patient_id")
    assert patients.loc["2", "end_reason"] == "death"
    assert patients.loc[ID, "last_known_day"] == 366  # 2020 is a leap year
    # middle of 1980 (2 July, a leap year) to 1 January 2020 is 39.5 years
    assert patients.loc[ID, "age_years"] == 39.5


def test_persons_nobody_knows_and_tables_without_a_place_are_reported(one):
    _, report = one
    assert [entry.row for entry in report.of_kind("unknown id")] == [4]
    assert any("the table condition_era" in problem for _, problem in problems(report, "nothing"))


def test_a_condition_can_be_day_0(tmp_path):
    series, report = importers.read(as_csv(tmp_path), index="event: Systemic lupus")
    assert report.day_zero.startswith("first Systemic lupus")
    assert series.events.set_index("kind").loc["death", "start_day"] == 273  # 3 March to 1 December 2020


@pytest.mark.parametrize("make", [as_csv, as_parquet, as_workbook, as_database])
def test_a_concept_above_those_of_the_drugs_can_be_day_0(tmp_path, make):
    series, report = importers.read(make(tmp_path), index="code: 21602796")
    assert report.day_zero.startswith("first prednisone: the first course or event with code 21602796")
    assert report.day_zero.endswith("1 of 2 patients have one")
    # prednisone from 2 January 2020; C reactive protein on 3 January
    assert series.measurements["day"].tolist() == [1, 3]
    # the second course has a first day and no last one: its end is not known, which is not "ongoing"
    spans = series.treatments[["start_day", "end_day", "day_range"]].astype(object).fillna("").to_numpy().tolist()
    assert spans == [[0, 7, ""], [31, "", "unknown"]]


def test_a_concept_nobody_has_is_refused_as_day_0(tmp_path):
    with pytest.raises(CaseKitError, match='no patient with "code: 4"'):
        importers.read(as_csv(tmp_path), index="code: 4")


def test_a_database_that_breaks_off_is_refused(tmp_path):
    path = as_database(tmp_path)
    (tmp_path / "cut.duckdb").write_bytes(path.read_bytes()[:3000])
    with pytest.raises(DataError, match="no database that can be read"):
        importers.read(tmp_path / "cut.duckdb")


def test_a_parquet_file_that_breaks_off_is_refused(tmp_path):
    as_parquet(tmp_path)
    file = tmp_path / "measurement.parquet"
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(DataError, match="a Parquet file that cannot be read"):
        importers.read(tmp_path)


@pytest.mark.parametrize(
    ("make", "library", "extra"), [(as_database, "duckdb", "duckdb"), (as_parquet, "pyarrow", "parquet")]
)
def test_the_message_names_the_reader_that_is_missing(tmp_path, monkeypatch, make, library, extra):
    path = make(tmp_path)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(DataError, match=rf"casekit\[{extra}\]"):
        importers.read(path)


def test_a_database_is_only_read_and_reaches_nothing_outside(tmp_path):
    path = as_database(tmp_path)
    (tmp_path / "secret.csv").write_text("word\nsecret\n", encoding="utf-8")
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create view outside as select * from read_csv('{tmp_path / 'secret.csv'}')")  # noqa: S608
    before = path.read_bytes()
    with pytest.raises(DataError):
        importers.read(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("book", "persons"), [("testPatientsHepatitis.xlsx", 10), ("test_cdm_data_extra_pregnancy.xlsx", 18)]
)
def test_the_darwin_workbooks_have_10_and_18_persons(book, persons):
    series, report = importers.read(sample("omop", "darwin_xlsx", book))
    assert len(series.patients) == persons
    assert report.rows_read[f"{book} sheet person"] == persons
    assert every_row_has_an_answer(report)
