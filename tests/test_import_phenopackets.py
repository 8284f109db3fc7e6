"""Phenopackets: excluded is no, time is age, the packet is the patient, both spellings, damaged files."""

import json
import re

import pytest
from sample_files import every_row_has_an_answer, problems, sample

from casekit import importers
from casekit.errors import DataError
from casekit.importers import phenopackets


def term(label, code="HP:1"):
    return {"id": code, "label": label}


def age(text):
    return {"age": {"iso8601duration": text}}


def feature(label, **more):
    return {"type": term(label), **more}


def packet(number="packet-1", subject="S", **more):
    disease = {"term": term("Lupus", "OMIM:1"), "onset": age("P10Y")}
    return {
        "id": number,
        "subject": {"id": subject, "sex": "FEMALE", "timeAtLastEncounter": age("P12Y")},
        "phenotypicFeatures": [],
        "diseases": [disease],
        "metaData": {"phenopacketSchemaVersion": "2.0"},
        **more,
    }


@pytest.fixture
def read(tmp_path):
    def reading(*packets):
        for at, content in enumerate(packets):
            (tmp_path / f"{at}.json").write_text(json.dumps(content), encoding="utf-8")
        series, report = importers.read(tmp_path)
        assert report.source_format == "phenopackets"
        assert every_row_has_an_answer(report)
        return series, report

    return reading


def all_rows(series, table):
    return [*getattr(series, table).to_dict("records"), *series.unplaced[table].to_dict("records")]


def test_an_excluded_phenotype_is_the_answer_no_and_never_an_event(read):
    features = [feature("Rash"), feature("Seizure", excluded=True), feature("Fever", excluded=False)]
    series, _ = read(packet(phenotypicFeatures=features))
    answers = {row["variable"]: row["value"] for row in all_rows(series, "assessments")}
    assert answers == {"other: Rash": "yes", "other: Seizure": "no", "other: Fever": "yes"}
    assert {row["name"] for row in all_rows(series, "events")} == {"other: Rash", "other: Fever", "other: Lupus"}


def test_an_excluded_disease_is_not_the_disease_of_the_patient(read):
    diseases = [{"term": term("Gout"), "excluded": True}, {"term": term("Lupus"), "onset": age("P10Y")}]
    series, _ = read(packet(diseases=diseases))
    assert list(series.patients["disease"]) == ["other: Lupus"]
    assert [(row["variable"], row["value"]) for row in all_rows(series, "assessments")] == [("other: Gout", "no")]


def test_ages_count_from_birth_and_day_0_is_the_onset(read):
    series, report = read(packet(phenotypicFeatures=[feature("Rash", onset=age("P12Y3M"))]))
    # 12 y 3 mo = 12 x 365.25 + 3 x 30.4375 = 4474.3125; 10 y = 3652.5, counted up to 3653; 4474 - 3653 = 821
    rash = series.events[series.events["name"] == "other: Rash"].iloc[0]
    assert (rash["start_day"], rash["start_age_written"]) == (821, "P12Y3M")
    assert series.patients.iloc[0]["age_years"] == 10.0
    assert report.day_zero.startswith("onset of the disease")


def test_an_onset_in_words_or_as_a_range_has_no_day(read):
    words = {"ontologyClass": term("Congenital onset", "HP:0003577")}
    span = {"ageRange": {"start": age("P1Y")["age"], "end": age("P3Y")["age"]}}
    series, _ = read(packet(phenotypicFeatures=[feature("Rash", onset=words), feature("Fever", onset=span)]))
    answers = {row["variable"]: row for row in series.unplaced["assessments"].to_dict("records")}
    assert answers["other: Rash"]["age_written"] == "Congenital onset"
    assert answers["other: Fever"]["age_written"] == "P1Y to P3Y"
    assert {row["day_range"] for row in answers.values()} == {"unknown"}


TWO_CLOCKS = [
    {"term": term("Lupus"), "onset": age("P30Y")},
    {"term": term("Gout"), "onset": {"timestamp": "2010-01-01T00:00:00Z"}},
]
SEEN = {"phenotypicFeatures": [feature("Rash", onset=age("P31Y")), feature("Fever", onset={"timestamp": "2021-01-01"})]}


def test_an_age_and_a_date_of_onset_without_a_birth_are_not_one_day_0(read):
    series, report = read(packet(diseases=TWO_CLOCKS, **SEEN))
    # the first disease is the patient's: 31 y = 11323 (11322.75) minus 30 y = 10958 (10957.5) is 365
    rash = series.events[series.events["name"] == "other: Rash"]
    assert rash["start_day"].tolist() == [365]
    # the fever has a date, and nobody knows how old the patient was then
    assert {row["name"] for row in series.unplaced["events"].to_dict("records")} == {"other: Fever", "other: Gout"}
    (told,) = report.of_kind("day 0")
    assert told.problem == "an onset as an age and one as a date, and no date of birth between them"
    assert told.action == "Day 0 is the onset of Lupus; what is told in the other way has no day."


def test_an_age_and_a_date_of_onset_meet_through_the_birth(read):
    subject = {"id": "S", "sex": "FEMALE", "dateOfBirth": "1990-01-01T00:00:00Z"}
    series, report = read(packet(diseases=TWO_CLOCKS, **SEEN) | {"subject": subject})
    # gout on 1 January 2010, at 20 years = 7305 days, is the earlier onset: 20 x 365 + 5 leap days (1992 to 2008)
    days = series.events.set_index("name")["start_day"].to_dict()
    # rash at 11323 days - 7305; lupus at 10958 - 7305; fever 11 years later with the leap days of 2012, 2016 and 2020
    assert days == {"other: Rash": 4018, "other: Lupus": 3653, "other: Gout": 0, "other: Fever": 4018}
    assert report.of_kind("day 0") == []


def test_without_an_onset_day_0_is_the_birth_and_that_is_told(read):
    series, report = read(packet(diseases=[{"term": term("Lupus")}]))
    assert series.patients.iloc[0]["age_years"] == 0.0
    assert series.patients.iloc[0]["last_known_day"] == 4383  # 12 x 365.25
    assert [entry.problem for entry in report.of_kind("day 0")] == ["no age at onset"]


def test_an_adult_without_an_onset_has_no_day_0(read):
    subject = {"id": "S", "timeAtLastEncounter": age("P70Y")}
    series, report = read(packet(diseases=[]) | {"subject": subject})
    assert series.patients.iloc[0]["day_range"] == "unknown"
    assert [entry.problem for entry in report.of_kind("day 0")] == ["packet-1 has no day 0"]


def test_a_repeated_subject_is_two_patients(read):
    series, _ = read(packet("one", "Patient 1"), packet("two", "Patient 1"))
    assert list(series.patients["patient_id"]) == ["one", "two"]


def test_snake_case_and_families_are_read(read):
    inner = packet("child", phenotypicFeatures=[feature("Rash", onset=age("P11Y"))])
    inner["phenotypic_features"] = inner.pop("phenotypicFeatures")
    inner["meta_data"] = inner.pop("metaData")
    series, report = read({"id": "family", "proband": inner, "relatives": [packet("mother")]})
    assert list(series.patients["patient_id"]) == ["child", "mother"]
    assert len(series.assessments) == 1
    assert report.rows_read == {"0.json": 5}  # two patients, two diseases, one phenotype


def test_results_treatments_and_procedures_are_read(read):
    low_high = {"low": 0, "high": 5}
    value = {"quantity": {"unit": term("mg/L", "UCUM:mg/L"), "value": 0, "referenceRange": low_high}}
    measured = {"assay": term("CRP", "LOINC:1988-5"), "value": value, "timeObserved": age("P11Y")}
    interval = {"start": "2020-01-01", "end": "2020-02-01"}
    dose = {"quantity": {"unit": term("mg", "UCUM:mg"), "value": 20}, "interval": interval}
    treated = {"treatment": {"agent": term("Prednisolone"), "doseIntervals": [dose]}}
    done = {"procedure": {"code": term("Biopsy"), "performed": age("P11Y")}}
    series, report = read(packet(measurements=[measured], medicalActions=[treated, done, {}]))
    crp = series.measurements.iloc[0]
    assert (crp["variable"], crp["value"], crp["unit"], crp["lower"]) == ("crp_mg_l", 0.0, "mg/L", 0.0)
    assert [row["drug"] for row in all_rows(series, "treatments")] == ["prednisolone"]
    assert "procedure" in set(series.events["kind"])
    assert problems(report, "nothing") == [(6, "an action that is neither a treatment nor a procedure")]


def test_a_death_ends_the_observation(read):
    subject = {"id": "S", "vitalStatus": {"status": "DECEASED", "timeOfDeath": age("P12Y")}}
    series, _ = read(packet() | {"subject": subject})
    assert list(series.patients["end_reason"]) == ["death"]
    assert "death" in set(series.events["kind"])


@pytest.mark.parametrize("text", ["P", "PT5H", "-P1Y", "P1e9Y", "P" + "9" * 400 + "Y", "1990"])
def test_what_is_no_age_is_no_day(text):
    assert phenopackets.age_in_days(text) == ""


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b'{"phenotypicFeatures": [{"type"', "no JSON that can be read"),
        (b'{"phenotypicFeatures": ' + b"[" * 200_000, "nested too deeply"),
        (b'{"phenotypicFeatures": ' + b"[" * 900 + b"]" * 900 + b"}", "nested too deeply"),
        (b'{"phenotypicFeatures": "\xff"}', "no UTF-8"),
    ],
)
def test_damaged_files_are_refused_in_words(tmp_path, content, found):
    (tmp_path / "p.json").write_bytes(content)
    with pytest.raises(DataError, match=found):
        importers.read(tmp_path / "p.json")


def test_elements_that_are_no_objects_are_reported(read):
    series, report = read(packet(phenotypicFeatures=["Rash", None]), packet("", subject=""))
    assert len(series.patients) == 1
    assert len(problems(report, "row")) == 4  # two elements, a packet without an id, and its disease


def test_the_five_sle_patients_are_read_with_every_excluded_phenotype():
    folder = sample("phenopackets", "store_pld4_sle")
    series, report = importers.read(folder)
    texts = [file.read_text("utf-8") for file in folder.rglob("*.json")]
    excluded = sum(len(re.findall(r'"excluded": true', text)) for text in texts)
    answers = [row["value"] for row in all_rows(series, "assessments")]
    assert len(series.patients) == 5
    assert series.patients["disease"].unique().tolist() == ["other: Systemic lupus erythematosus 18"]
    assert answers.count("no") == excluded > 0
    assert every_row_has_an_answer(report)
    ages = {who[-1]: age for who, age in zip(series.patients["patient_id"], series.patients["age_years"], strict=True)}
    assert ages == {"1": 12, "2": 16, "3": 19, "4": 49, "5": 37}
    assert [(entry.field, entry.problem) for entry in report.of_kind("identifier")] == [
        ("subject", "may name a person, 5 cells")
    ]


def test_an_onset_with_a_date_and_ages_meet_only_through_the_birth(read):
    dated = [{"term": term("Lupus"), "onset": {"timestamp": "2010-01-11T00:00:00Z"}}]
    features = [feature("Rash", onset=age("P10Y"))]
    alone = packet("alone", diseases=dated, phenotypicFeatures=features)
    born = packet("born", diseases=dated, phenotypicFeatures=features)
    born["subject"] = born["subject"] | {"dateOfBirth": "2000-01-01T00:00:00Z"}
    series, _ = read(alone, born)
    rash = series.assessments
    # born 1 January 2000, onset 3,663 days later; ten years are 3,653 days, so the rash came ten days before
    assert [(cells["patient_id"], cells["day"]) for _, cells in rash.iterrows()] == [("born", -10)]
    assert list(series.unplaced["assessments"]["patient_id"]) == ["alone"]
