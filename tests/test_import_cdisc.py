"""SDTM and ADaM: zeros of XPT, study days without a day 0, derived rows, imputed days, supplements, screen failures."""

import csv
import gzip
import json
import sys
import zlib

import pandas as pd
import pyreadstat
import pytest
from sample_files import every_row_has_an_answer, problems, sample

from casekit import importers
from casekit.errors import DataError
from casekit.importers import cdisc, dataset_json

DM = """\
STUDYID,DOMAIN,USUBJID,RFSTDTC,RFXSTDTC,RFPENDTC,DTHDTC,DTHFL,SITEID,AGE,AGEU,SEX,ARM,COUNTRY
S,DM,001,2024-01-01,2024-01-05,2024-06-01,NA,NA,1,40,YEARS,F,Active,NA
S,DM,002,2024-02-01,2024-02-01,NA,2024-03-01,Y,1,30,MONTHS,M,Placebo,DEU
S,DM,003,NA,NA,NA,NA,NA,1,50,YEARS,F,Screen Failure,DEU
"""
LB = """\
STUDYID,DOMAIN,USUBJID,LBSEQ,LBTESTCD,LBTEST,LBORRES,LBORRESU,LBSTRESC,LBSTRESN,LBSTRESU,LBSTNRLO,LBSTNRHI,LBSTAT,LBDTC,LBDY
S,LB,001,1,NA,Sodium,140,mmol/L,140.12,140.1234,mmol/L,0,145,,2024-01-06T08:30,6
S,LB,001,2,IGE,Immunoglobulin E,<2,kU/L,<2,,kU/L,,,,2024-01,
S,LB,001,3,GLUC,Glucose,,,,,,,,NOT DONE,2024-01-06,6
S,LB,001,4,GLUC,Glucose,5,mmol/L,5,5,mmol/L,,,,,1
S,LB,001,5,GLUC,Glucose,6,mmol/L,6,6,mmol/L,,,,,-1
S,LB,009,1,GLUC,Glucose,6,mmol/L,6,6,mmol/L,,,,2024-01-06,6
"""
EX = """\
STUDYID,DOMAIN,USUBJID,EXSEQ,EXTRT,EXDOSE,EXDOSU,EXROUTE,EXDOSFRQ,EXSTDTC,EXENDTC
S,EX,001,1,DRUG A,5,mg,TRANSDERMAL,QD,2024-01-05,2024-01-20
S,EX,002,1,PLACEBO,0,mg,ORAL,QD,2024-02-01,
S,EX,002,2,DRUG A,5,mg,INTRAVENOUS,ONCE,2024-02-10,
"""
AE = """\
STUDYID,DOMAIN,USUBJID,AESEQ,AETERM,AEDECOD,AESEV,AETOXGR,AESER,AEREL,AEOUT,AESTDTC,AEENDTC
S,AE,001,1,itchy skin,Pruritus,SEVERE,,N,NONE,NOT RECOVERED/NOT RESOLVED,2024-01-07,
S,AE,001,2,headache,Headache,MILD,2,N,PROBABLE,RECOVERED/RESOLVED,2024-01-08,2024-01-09
S,AE,001,3,headache,Headache,MILD,2,N,PROBABLE,RECOVERED/RESOLVED,2024-01-08,2024-01-09
"""
SUPPAE = """\
STUDYID,RDOMAIN,USUBJID,IDVAR,IDVARVAL,QNAM,QLABEL,QVAL
S,AE,001,AESEQ,1,AETRTEM,Treatment emergent,Y
S,AE,001,AESEQ,77,AETRTEM,Treatment emergent,Y
"""


def folder(tmp_path, **files):
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    here = tmp_path_factory.mktemp("study")
    return importers.read(folder(here, dm=DM, lb=LB, ex=EX, ae=AE, suppae=SUPPAE))


def rows(table, patient, **equal):
    found = table[table["patient_id"] == patient]
    for name, value in equal.items():
        found = found[found[name] == value]
    return found


def test_day_0_is_the_first_exposure_not_the_start_of_reference(study):
    series, report = study
    assert report.source_format == "sdtm"
    assert report.day_zero.startswith("RFXSTDTC")
    sodium = rows(series.measurements, "001", variable="other: Sodium").iloc[0]
    assert (sodium["day"], sodium["hour"]) == (1, 8.5)  # 6 January minus 5 January


def test_a_study_day_counts_from_1_and_from_the_start_of_reference(study):
    # day 1 is 1 January, four days before the first exposure; day -1 is 31 December, for there is no day 0
    days = {cells["value"]: cells["day"] for _, cells in rows(study[0].measurements, "001").iterrows()}
    assert (days[5.0], days[6.0]) == (-4, -5)


def test_the_full_number_is_read_not_the_rounded_text(study):
    sodium = rows(study[0].measurements, "001", variable="other: Sodium").iloc[0]
    assert (sodium["value"], sodium["lower"], sodium["upper"]) == (140.1234, 0.0, 145.0)


def test_na_is_missing_in_dates_but_sodium_and_a_country_elsewhere(study):
    series, report = study
    assert rows(series.measurements, "001", variable="other: Sodium").iloc[0]["code"] == "NA"
    assert list(series.events[series.events["kind"] == "death"]["patient_id"]) == ["002"]
    assert ("dm.csv", "NA stands for missing") in [(entry.file, entry.problem) for entry in report.of_kind("note")]


def test_below_detection_and_partial_dates_are_kept_as_such(study):
    series, _ = study
    below = series.unplaced["measurements"]
    ige = below[below["variable"] == "other: Immunoglobulin E"].iloc[0]
    assert (ige["comparator"], ige["value"]) == ("<", 2.0)
    assert ige["day_range"] == "-4 to 26"  # January 2024 around the 5th


def test_what_was_not_done_and_unknown_subjects_are_reported(study):
    _, report = study
    assert every_row_has_an_answer(report)
    assert (4, "Glucose: not done or no result") in problems(report, "nothing")
    assert problems(report, "unknown id") == [(7, '"009" is no patient')]


def test_a_dose_of_0_is_a_dose_and_a_missing_end_is_not_ongoing(study):
    series, _ = study
    placebo, once = (cells for _, cells in rows(series.treatments, "002").iterrows())
    assert (placebo["drug"], placebo["dose"], placebo["day_range"]) == ("other: PLACEBO", 0.0, "unknown")
    assert list(rows(series.treatments, "001")["route"]) == ["transdermal"]
    assert (once["start_day"], once["end_day"], once["frequency"], once["route"]) == (9, 9, "once", "iv")


def test_a_grade_comes_from_the_grade_never_from_the_severity(study):
    itch, headache, _ = (cells for _, cells in study[0].events[study[0].events["kind"] == "adverse_event"].iterrows())
    assert pd.isna(itch["grade"])
    assert (itch["severity"], itch["ongoing"]) == ("SEVERE", True)
    assert (headache["grade"], headache["severity"]) == (2, "MILD")


def test_two_alike_events_with_numbers_of_their_own_are_two(study):
    assert len(rows(study[0].events, "001", name="other: Headache")) == 2


def test_a_supplement_belongs_to_its_row_and_a_loose_one_is_reported(study):
    series, report = study
    assert rows(series.events, "001").iloc[0]["aetrtem"] == "Y"
    assert (report.rows_kept["suppae.csv"], report.rows_reported["suppae.csv"]) == (1, 1)


def test_ages_in_months_and_patients_without_exposure(study):
    series, report = study
    assert series.patients.set_index("patient_id")["age_years"]["002"] == 2.5
    assert [entry.row for entry in report.of_kind("day 0")] == [4]


def test_what_somebody_wrote_is_left_out(study):
    assert "term" not in study[0].events
    assert study[1].of_kind("free text")[0].field == "term"


TS = "STUDYID,DOMAIN,TSSEQ,TSPARMCD,TSPARM,TSVAL\nS,TS,1,INDIC,Indication,{}\nS,TS,2,PHASE,Trial Phase,Phase 1\n"


def test_the_indication_of_the_study_is_the_disease_of_its_patients(tmp_path):
    series, report = importers.read(folder(tmp_path, dm=DM, ts=TS.format("Systemic lupus erythematosus")))
    assert set(series.patients["disease"]) == {"SLE"}
    assert (report.rows_kept["ts.csv"], report.rows_reported["ts.csv"]) == (1, 1)
    assert (3, "Trial Phase of the trial summary") in problems(report, "nothing")


def test_of_several_indications_nobody_knows_whose_is_which(tmp_path):
    several = TS.format("Lupus") + "S,TS,3,INDIC,Indication,Myositis\n"
    series, report = importers.read(folder(tmp_path, dm=DM, ts=several))
    assert set(series.patients["disease"]) == {"other: not stated"}
    assert [row for row, _ in problems(report, "row")] == [2, 4]
    assert every_row_has_an_answer(report)


def test_a_fatal_event_is_a_death_where_the_demographics_say_none(tmp_path):
    fatal = AE.splitlines()[0] + "\nS,AE,001,1,sepsis,Sepsis,,,Y,,FATAL,2024-01-20,2024-01-25\n"
    series, _ = importers.read(folder(tmp_path, dm=DM, ae=fatal))
    assert series.patients.set_index("patient_id").loc["001", "end_reason"] == "death"
    deaths = series.events[series.events["kind"] == "death"].set_index("patient_id")["start_day"]
    # 5 to 25 January; the death of 002 stands in the demographics: 1 February to 1 March 2024 are 29 days
    assert deaths.to_dict() == {"001": 20, "002": 29}


def test_a_planned_time_gives_the_hour_only_from_a_known_reference(tmp_path):
    head = "STUDYID,DOMAIN,USUBJID,PCSEQ,PCTESTCD,PCTEST,PCSTRESN,PCSTRESU,PCDTC,PCRFTDTC,PCELTM,PCTPTREF"
    rows = (
        "S,PC,001,1,DRUG,Drug A,5,ng/mL,2024-01-05,2024-01-05T08:00,PT1H30M,Dose",
        "S,PC,001,2,DRUG,Drug A,7,ng/mL,2024-01-05,,PT2H,Dose",
        "S,PC,001,3,DRUG,Drug A,9,ng/mL,2024-01-05T14:15,2024-01-05T08:00,PT6H,Dose",
    )
    series, _ = importers.read(folder(tmp_path, dm=DM, pc="\n".join([head, *rows]) + "\n"))
    # 8:00 and one and a half hours; without a reference there is no hour; a measured time counts more than a plan
    found = {cells["value"]: cells for _, cells in series.measurements.iterrows()}
    assert (found[5.0]["hour"], found[9.0]["hour"]) == (9.5, 14.25)
    assert pd.isna(found[7.0]["hour"])
    assert (found[7.0]["elapsed"], found[7.0]["elapsed_since"]) == ("PT2H", "Dose")


# ADaM


ADSL = {"USUBJID": ["001"], "TRT01A": ["Active"], "TRTSDT": [19725.0], "AGE": [63.0], "SEX": ["F"], "EOSDT": [19906.0]}
ADLB = {
    "USUBJID": ["001"] * 4,
    "PARAMCD": ["ALT"] * 4,
    "PARAM": ["Alanine (U/L)"] * 4,
    "AVAL": [0.0, 20.0, 21.0, 22.0],
    "A1LO": [0.0] * 4,
    "ADT": [19725.0, 19730.0, 19730.0, float("nan")],
    "ADTF": ["", "D", "", ""],
    "DTYPE": ["", "", "LOCF", ""],
}


@pytest.fixture(scope="module")
def analysis(tmp_path_factory):
    here = tmp_path_factory.mktemp("adam")
    for name, columns in {"adsl": ADSL, "adlb": ADLB}.items():
        pyreadstat.write_xport(pd.DataFrame(columns), here / f"{name}.xpt")
    return importers.read(here)


def test_a_zero_in_a_transport_file_is_zero(analysis):
    first = analysis[0].measurements.iloc[0]
    assert (first["value"], first["lower"]) == (0.0, 0.0)
    assert (first["variable"], first["unit"]) == ("other: Alanine", "U/L")


def test_sas_days_count_from_1960(analysis):
    series, report = analysis
    # 19,725 days after 1 January 1960 is 2 January 2014: 54 years with 14 leap days are 19,724 days
    assert report.day_zero.startswith("TRTSDT")
    assert series.patients.iloc[0]["last_known_day"] == 181  # 19,906 - 19,725


def test_derived_rows_and_imputed_days_are_no_observations(analysis):
    series, report = analysis
    assert [row for row, _ in problems(report, "nothing")] == [3, 4]
    imputed = series.unplaced["measurements"].iloc[0]
    assert imputed["day_range"] == "-1 to 29"  # January 2014 around the 2nd
    assert every_row_has_an_answer(report)


def test_a_censored_time_is_no_event(tmp_path):
    text = "USUBJID,PARAMCD,PARAM,CNSR,ADT\n1,OS,Death,0,2024-03-01\n2,OS,Death,1,2024-03-01\n"
    series, report = importers.read(folder(tmp_path, adtte=text))
    assert list(series.events["patient_id"]) == ["1"]
    assert problems(report, "nothing") == [(3, "OS is censored: the event was not seen")]


# Dataset-JSON


def dataset(records=1, rows=(("S", "DM", "001", None),)):
    names = ("STUDYID", "DOMAIN", "USUBJID", "DTHFL")
    return {
        "datasetJSONVersion": "1.1.0",
        "records": records,
        "columns": [{"name": name, "dataType": "string"} for name in names],
        "rows": [list(row) for row in rows],
    }


def written(tmp_path, content, name="dm.json"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def test_records_that_are_declared_and_not_there_are_reported(tmp_path):
    _, report = importers.read(written(tmp_path, dataset(records=72)))
    assert [entry.problem for entry in report.of_kind("conflict")] == ["72 records are declared, 1 are there"]


def test_a_record_of_another_width_is_reported(tmp_path):
    _, report = importers.read(written(tmp_path, dataset(records=2, rows=(("S", "DM", "001", ""), ("S", "DM", "002")))))
    assert problems(report, "row") == [(2, "3 values where 4 columns are declared")]
    assert every_row_has_an_answer(report)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, bytes])
def test_lines_may_be_compressed_in_either_way(tmp_path, pack):
    whole = dataset()
    lines = [{**whole, "rows": None}, *whole["rows"]]
    text = "\n".join(json.dumps(line) for line in lines).encode()
    series, _ = importers.read(written(tmp_path, pack(text), "dm.dsjc"))
    assert list(series.patients["patient_id"]) == ["001"]


# hostile files


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (json.dumps(dataset()).encode()[:-20], "no JSON that can be read"),
        (b'{"datasetJSONVersion": "1.1.0", "columns": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"datasetJSONVersion": "1.1.0", "columns": ' + b"[" * 300 + b"]" * 300 + b"}", "nested too deeply"),
        (b'{"datasetJSONVersion": "1.1.0", "columns": 1' + b"0" * 5000 + b"}", "no JSON that can be read"),
        (b'{"datasetJSONVersion": "1.1.0", "x": "\xff\xfe"}', "no UTF-8"),
        (b'{"datasetJSONVersion": "1.1.0", "columns": [{"name": 1}, "x"]}', "no list of named columns"),
        (gzip.compress(json.dumps(dataset()).encode())[:-12], "breaks off"),
    ],
)
def test_a_damaged_dataset_is_refused_in_words(tmp_path, content, found):
    with pytest.raises(DataError, match=found):
        dataset_json.table_of(written(tmp_path, content))


def test_what_unpacks_into_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("casekit.importers.json_text.MOST_BYTES", 1000)
    with pytest.raises(DataError, match="unpacks into too much"):
        dataset_json.table_of(written(tmp_path, gzip.compress(b" " * 100_000)))


def test_a_transport_file_that_breaks_off_is_refused(tmp_path):
    pyreadstat.write_xport(pd.DataFrame(ADSL), tmp_path / "whole.xpt")
    content = (tmp_path / "whole.xpt").read_bytes()
    (tmp_path / "whole.xpt").unlink()
    with pytest.raises(DataError, match="transport file that can be read"):
        importers.read(written(tmp_path, content[:500], "adsl.xpt"), format="adam")


def test_the_message_names_the_reader_that_is_missing(tmp_path, monkeypatch):
    pyreadstat.write_xport(pd.DataFrame(ADSL), tmp_path / "adsl.xpt")
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(DataError, match=r"casekit\[xpt\]"):
        importers.read(tmp_path)


def test_a_study_day_beyond_any_number_is_no_day():
    assert cdisc.day_of("1e999") == ""


# real files, with the figures of their SOURCE files


FILES = ("ae", "dm", "ds", "ex", "lbur", "qsmm", "suppae")


@pytest.fixture(scope="module")
def phuse():
    return importers.read(sample("cdisc_xpt", "phuse_tdf_sdtm"))


def test_the_phuse_study_has_306_subjects_of_whom_52_failed_screening(phuse):
    series, report = phuse
    assert len(series.patients) == 306
    assert len(report.of_kind("day 0")) == 52
    assert every_row_has_an_answer(report)
    assert report.rows_kept["suppae.xpt"] == report.rows_read["suppae.xpt"]
    doses = pd.concat([series.treatments, series.unplaced["treatments"]])
    assert (doses[doses["drug"] == "other: PLACEBO"]["dose"] == 0).all()
    assert set(doses["route"]) == {"transdermal"}


def every(series, table):
    """The rows of a table, those without a day or a number as well."""
    return pd.concat([series.tables[table], series.unplaced[table]])


def test_the_phuse_study_has_urine_results_mini_mental_items_events_and_deaths(phuse):
    series, report = phuse
    held = {name: pyreadstat.read_xport(sample("cdisc_xpt", "phuse_tdf_sdtm", f"{name}.xpt"))[0] for name in FILES}
    assert report.rows_read == {f"{name}.xpt": len(frame) for name, frame in held.items()}
    # the urine results in words stay words, those in numbers keep value and limits
    urine, urine_held = every(series, "measurements"), held["lbur"]
    assert urine["value_text"].notna().sum() == urine_held["LBSTRESN"].isna().sum() == 874
    assert urine["value"].sum() == pytest.approx(urine_held["LBSTRESN"].sum())
    assert urine["lower"].sum() == pytest.approx(urine_held["LBSTNRLO"].sum())
    # six items of the Mini-Mental State for each of 254 patients; the file holds no total, though its page names one
    items = series.assessments.groupby("variable")["value"]
    assert items.size().tolist() == [254] * 6
    assert items.agg(lambda cells: cells.astype(float).sum()).sum() == held["qsmm"]["QSSTRESN"].sum()
    events = every(series, "events")
    assert (events["kind"] == "adverse_event").sum() == 961
    fatal = held["ae"].loc[held["ae"]["AEOUT"] == "FATAL", "USUBJID"]
    assert sorted(events.loc[events["kind"] == "death", "patient_id"]) == sorted(fatal)
    assert set(series.patients.loc[series.patients["end_reason"] == "death", "patient_id"]) == set(fatal)


@pytest.fixture(scope="module")
def pilots():
    places = (("cdisc_xpt", "cdisc_pilot_adam_core"), ("cdisc_datasetjson", "cdisc_pilot_adam_json"))
    return [importers.read(sample(*place)) for place in places]


def test_the_pilot_analysis_has_254_subjects_and_1191_adverse_events(pilots):
    for series, report in pilots:
        assert len(series.patients) == 254
        assert report.day_zero.startswith("TRTSDT")
        assert sum(kept for file, kept in report.rows_kept.items() if file.startswith("adae")) == 1191
        assert every_row_has_an_answer(report)


def test_the_three_copies_of_a_dataset_are_kept_once(pilots):
    _, report = pilots[1]
    assert [report.rows_read[f"adsl.{form}"] for form in ("dsjc", "json", "ndjson")] == [254] * 3
    assert sum(report.rows_kept[f"adsl.{form}"] for form in ("dsjc", "json", "ndjson")) == 254


def test_both_forms_of_the_analysis_give_the_same_events(pilots):
    first, second = (series.events.drop(columns="origin") for series, _ in pilots)
    order = ["patient_id", "name", "sequence"]
    pd.testing.assert_frame_equal(
        first.sort_values(order).reset_index(drop=True), second.sort_values(order).reset_index(drop=True)
    )


def test_the_metabolic_study_has_5_subjects_and_nobody_died():
    folder = sample("cdisc_csv", "pharmaverse_metabolic")
    series, report = importers.read(folder)
    texts = {file.stem.partition("_")[0]: file.read_text(encoding="utf-8") for file in folder.glob("*.csv")}
    held = {domain: list(csv.DictReader(text.splitlines())) for domain, text in texts.items()}
    assert len(series.patients) == len(held["dm"]) == 5
    assert len(series.events) == 0
    assert every_row_has_an_answer(report)
    # laboratory and vital signs are results, the Control of Eating Questionnaire is items; every row has a number
    assert len(series.measurements) == len(held["lb"]) + len(held["vs"]) == 309 + 719
    assert len(series.assessments) == len(held["qs"]) == 966
    assert set(series.assessments["instrument"]) == {"COEQ"}
    numbers = [float(row[f"{domain}STRESN"]) for domain in ("LB", "VS") for row in held[domain.lower()]]
    assert series.measurements["value"].sum() == pytest.approx(sum(numbers))
