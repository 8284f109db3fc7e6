"""Hashed ids: of no format is a raw id left, in the series, in its report, in the names of files, or in its title."""

import datetime as dt
import json
from dataclasses import asdict

import pandas as pd
import pytest

from casekit import importers
from casekit.importers import FORMATS, privacy, pseudonyms

WHO, OTHER = "MUELLER77", "SCHMIDT-88"
NUMBER, OTHER_NUMBER = "7700077", "8800088"
REDCAP = "record_id,redcap_event_name,age,crp\n{who},start,41,5\n{who},later,42,6\n{other},start,30,7\n"


def ggswim(folder):
    rows = f"pt_id,disease_assessment,start_time,end_time\n{WHO},RD,-2.0,-0.0\n{OTHER},CR,8.0,7.0\n"
    (folder / "patient_data.csv").write_text(rows, encoding="utf-8")
    infused = f"pt_id,time_from_initial_infusion,label,glyph,colour\n{WHO},1.0,First Reinfusion,o,#999999\n"
    (folder / "infusion_events.csv").write_text(infused, encoding="utf-8")
    ended = f"pt_id,time_from_initial_infusion,label,glyph\n{OTHER},8.5,Deceased,x\n"
    (folder / "end_study_events.csv").write_text(ended, encoding="utf-8")


def sdtm(folder):
    people = f"STUDYID,DOMAIN,USUBJID,SUBJID,RFSTDTC,AGE,AGEU,SEX\nS,DM,{WHO},{WHO},2024-01-01,40,YEARS,F\n"
    (folder / "dm.csv").write_text(people, encoding="utf-8")
    events = f"STUDYID,DOMAIN,USUBJID,AESEQ,AETERM,AESTDTC\nS,AE,{WHO},1,Fever,2024-01-07\nS,AE,{OTHER},1,Fever,\n"
    (folder / "ae.csv").write_text(events, encoding="utf-8")
    loose = f"STUDYID,RDOMAIN,USUBJID,IDVAR,IDVARVAL,QNAM,QVAL\nS,LB,{WHO},,,RACE,X\nS,LB,{OTHER},LBSEQ,9,RACE,X\n"
    (folder / "supplb.csv").write_text(loose, encoding="utf-8")


def adam(folder):
    rows = "STUDYID,USUBJID,SUBJID,PARAM,PARAMCD,AVAL,ADT,ADY,TRTSDT\n"
    rows += f"S,{WHO},{WHO},CRP,CRP,5,2024-01-02,2,2024-01-01\nS,{OTHER},{OTHER},CRP,CRP,,2024-01-02,2,2024-01-01\n"
    (folder / "adlb.csv").write_text(rows, encoding="utf-8")


def fhir(folder):
    for who in (WHO, OTHER):
        about = {"reference": f"Patient/{who}"}
        drug = {"status": "active", "intent": "order", "subject": about, "medicationCodeableConcept": {"text": "MTX"}}
        resources = [
            {"resourceType": "Patient", "id": who, "identifier": [{"value": who}], "gender": "female"},
            {"resourceType": "Observation", "id": who, "status": "final", "code": {"text": "CRP"}, "subject": about},
            {"resourceType": "MedicationRequest", "id": f"rx-{who}", "authoredOn": "2024-01-05", **drug},
            {
                "resourceType": "Condition",
                "id": "c",
                "subject": about,
                "code": {"text": "SLE"},
                "onsetDateTime": "2024",
            },
        ]
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
        (folder / f"{who}.json").write_text(json.dumps(bundle), encoding="utf-8")


def phenopackets(folder):
    for who, last in ((WHO, "P20Y"), (OTHER, "P70Y")):
        subject = {"id": f"MRN-{who}", "timeAtLastEncounter": {"age": {"iso8601duration": last}}}
        packet = {"id": who, "subject": subject, "phenotypicFeatures": [{"type": {"id": "HP:1", "label": "Rash"}}]}
        (folder / f"packet {who}.json").write_text(json.dumps(packet), encoding="utf-8")


def meds(folder):
    day = dt.datetime(2020, 1, 5)  # noqa: DTZ001 -- MEDS counts without a time zone
    frame = pd.DataFrame({"subject_id": [int(NUMBER), int(OTHER_NUMBER)], "time": [day, None], "code": ["HR", "HR"]})
    (folder / "data").mkdir()
    frame.assign(numeric_value=[-1.5, 2.0]).to_parquet(folder / "data" / f"{NUMBER}.parquet")


def omop(folder):
    people = f"person_id,gender_concept_id,year_of_birth,person_source_value\n{NUMBER},8532,1980,{WHO}\n"
    (folder / "person.csv").write_text(people + f"{NUMBER},8532,1980,{WHO}\n", encoding="utf-8")
    periods = "observation_period_id,person_id,observation_period_start_date,observation_period_end_date\n"
    periods += f"1,{NUMBER},2020-01-01,2020-12-31\n2,{OTHER_NUMBER},2020-01-01,2020-12-31\n"
    (folder / "observation_period.csv").write_text(periods, encoding="utf-8")
    results = (
        "measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,measurement_source_value\n"
    )
    results += f"1,{NUMBER},0,2020-02-01,,CRP\n2,{OTHER_NUMBER},0,2020-02-01,5,CRP\n"
    (folder / "measurement.csv").write_text(results, encoding="utf-8")


def redcap(folder):
    (folder / f"{WHO}.csv").write_text(REDCAP.format(who=WHO, other=OTHER), encoding="utf-8")


def spreadsheet(folder):
    text = f"id,date,CRP,sex,age\n{WHO},2024-01-02,5,F,23\n{WHO},2024-01-03,6,M,41\n{OTHER},,7,?,30\n"
    (folder / f"labs of {WHO}.csv").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_no_raw_id_is_left_when_ids_are_hashed(tmp_path, monkeypatch, name):
    source = tmp_path / f"source-{NUMBER if name in ('meds', 'omop') else WHO}"
    source.mkdir()
    globals()[name](source)
    monkeypatch.setattr(privacy, "SECRET", tmp_path / "home" / "secret")
    plain, _ = importers.read(source, name)
    raw = [WHO, OTHER, NUMBER, OTHER_NUMBER]
    assert set(plain.patients["patient_id"]) & set(raw)  # without hashing they are there
    series, report = importers.read(source, name, hash_ids=True)
    tables = [frame.to_csv() for each in (series.tables, series.unplaced) for frame in each.values()]
    told = [str(report), report.to_frame().to_csv(), json.dumps(asdict(report)), report._repr_html_()]
    everything = "\n".join([*tables, *told, str(series.metadata)])
    assert [one for one in raw if one.casefold() in everything.casefold()] == []
    assert len(series.patients) == len(plain.patients)


def test_a_file_called_after_a_patient_is_called_after_the_pseudonym():
    known = {"001": "Pa", "MRN-12": "Pb", "1": "Pc"}
    labels = ["MRN-12.json", "labs_001.csv", "mrn-12 sheet 2", "2001.csv", "10.csv", "visit 1"]
    found = [pseudonyms.without_ids(label, known) for label in labels]
    # 2001 and 10 hold 001 and 1 only as parts of another word
    assert found == ["Pb.json", "labs_Pa.csv", "Pb sheet 2", "2001.csv", "10.csv", "visit Pc"]


def test_of_two_ids_in_a_name_the_longer_is_replaced_wherever_it_stands():
    known = {"12": "Pa", "MRN-12": "Pb", "MRN-12/ward 3": "Pc"}
    labels = ["MRN-12/ward 3", "of mrn-12/Ward 3 and MRN-12, 12", "MRN-12/ward 4"]
    found = [pseudonyms.without_ids(label, known) for label in labels]
    assert found == ["Pc", "of Pc and Pb, Pa", "Pb/ward 4"]
    assert pseudonyms.without_ids("no id at all", {}) == "no id at all"
