"""Notes on a valid series: each rule finds its case, leaves its neighbour alone, and can be accepted with a reason."""

import re
import tomllib

import pytest

import casekit as ck
from casekit import records
from casekit.cli import main
from casekit.scores.sanity import RULES, accepted_notes, rules, sanity

PATIENTS = "patient_id,disease,sex,age_years,disease_duration_years,last_known_day\nA,SLE,female,30,2,400"
INFUSED = "patient_id,drug,category,dose,dose_unit,frequency,route,start_day,end_day\nA,cd19_car_t,car_t,,,once,iv,0,0"
VALUES = "patient_id,day,variable,value,unit,lower,upper"
ITEMS = "patient_id,day,variable,value,attributed_to"
EVENTS = "patient_id,kind,name,start_day,grade,grade_system"
AZATHIOPRINE = "A,azathioprine,immunosuppressant,100,mg,daily,oral"
PREDNISOLONE = "A,prednisolone,glucocorticoid"
REMISSION = "A,response,complete_remission,60,,"
NO_LOW_PLATELETS = [ITEMS, "A,60,thrombocytopenia,no,"]
CREATININE = [f"A,{day},creatinine_mg_dl,0.8,mg/dL,," for day in (-20, 30, 60)]

# rule: the rows that must be noted, and a neighbour that must not
CASES = {
    "after_death": (
        {"events": [EVENTS, "A,death,death,100,,"], "measurements": [VALUES, "A,101,crp_mg_l,4,mg/L,,"]},
        {"events": [EVENTS, "A,death,death,100,,"], "measurements": [VALUES, "A,100,crp_mg_l,4,mg/L,,"]},
    ),
    "before_birth": (  # aged 30, so born less than 31 x 365.25 = 11,322.75 days before day 0
        {"events": [EVENTS, "A,infection,pneumonia,-11323,,"]},
        {"events": [EVENTS, "A,infection,pneumonia,-11322,,"]},
    ),
    "overlapping_courses": (
        {"treatments": [INFUSED, f"{AZATHIOPRINE},-90,-50", f"{AZATHIOPRINE},-50,-20"]},
        {"treatments": [INFUSED, f"{AZATHIOPRINE},-90,-51", f"{AZATHIOPRINE},-50,-20"]},
    ),
    "implausible_value": (  # 8.0 is ten times the usual 0.8; 2.4 is three times, as in a failing kidney
        {"measurements": [VALUES, *CREATININE, "A,90,creatinine_mg_dl,8.0,mg/dL,,"]},
        {"measurements": [VALUES, *CREATININE, "A,90,creatinine_mg_dl,2.4,mg/dL,,"]},
    ),
    "crs_before_infusion": (
        {"events": [EVENTS, "A,adverse_event,crs,-1,1,ASTCT 2019"]},
        {"events": [EVENTS, "A,adverse_event,crs,0,1,ASTCT 2019"]},
    ),
    "response_before_infusion": (
        {"events": [EVENTS, "A,response,complete_remission,-1,,"]},
        {"events": [EVENTS, "A,response,complete_remission,1,,"]},
    ),
    "remission_on_forbidden_dose": (
        {"events": [EVENTS, REMISSION], "treatments": [INFUSED, f"{PREDNISOLONE},6,mg,daily,oral,10,60"]},
        {"events": [EVENTS, REMISSION], "treatments": [INFUSED, f"{PREDNISOLONE},5,mg,daily,oral,10,60"]},
    ),
    "item_against_laboratory": (
        {"assessments": NO_LOW_PLATELETS, "measurements": [VALUES, "A,60,platelets_10e9_l,99,10^9/L,,"]},
        {"assessments": NO_LOW_PLATELETS, "measurements": [VALUES, "A,60,platelets_10e9_l,100,10^9/L,,"]},
    ),
    "zero_with_serology": (
        {"measurements": [VALUES, "A,60,other: SLEDAI-2K,0,points,,", "A,60,anti_dsdna_iu_ml,31,IU/mL,,30"]},
        {"measurements": [VALUES, "A,60,other: SLEDAI-2K,0,points,,", "A,60,anti_dsdna_iu_ml,30,IU/mL,,30"]},
    ),
}  # fmt: skip


def series_of(tables):
    texts = {name: "\n".join(lines) for name, lines in tables.items()}
    return records.from_text(**{"patients": PATIENTS, "treatments": INFUSED, **texts})


def noted(tables):
    return sanity(series_of(tables))["rule"].tolist()


def test_every_declared_rule_is_computed_and_has_a_case():
    assert set(rules()) == set(RULES) == set(CASES)
    assert all(rule["sentence"].endswith(".") and rule["todo"].endswith((".", "?")) for rule in rules().values())


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_notes_its_case_and_not_its_neighbour(rule):
    found, neighbour = CASES[rule]
    assert noted(found) == [rule]
    assert noted(neighbour) == []


def test_an_item_attributed_to_another_cause_is_no_contradiction():
    tables = dict(CASES["item_against_laboratory"][0])
    tables["assessments"] = [ITEMS, "A,60,thrombocytopenia,no,lymphodepletion"]
    assert noted(tables) == []


def test_an_ongoing_course_counts_as_taken():
    tables = dict(CASES["remission_on_forbidden_dose"][0])
    tables["treatments"] = [INFUSED, "A,prednisolone,glucocorticoid,6,mg,daily,oral,10,"]
    assert noted(tables) == ["remission_on_forbidden_dose"]


def test_the_shipped_series_gives_no_note():
    assert sanity(ck.example()).empty


def test_a_note_is_accepted_for_one_patient_or_for_all():
    series = series_of(CASES["crs_before_infusion"][0])
    one = [{"rule": "crs_before_infusion", "patient_id": "A", "why": "first infusion elsewhere"}]
    assert sanity(series, one)["accepted"].tolist() == ["first infusion elsewhere"]
    assert sanity(series, [{"rule": "crs_before_infusion", "why": "all"}])["accepted"].tolist() == ["all"]
    with pytest.raises(ck.UnknownName, match="crs_before"):
        sanity(series, [{"rule": "crs_before", "why": "?"}])
    with pytest.raises(ck.UnknownName, match="patient"):
        sanity(series, [{"rule": "crs_before_infusion", "patient_id": "B", "why": "?"}])


@pytest.mark.parametrize(
    ("text", "found"), [("[[accepted]]\nrule = 'x'\n", "no why in exception 1"), ("accepted = [", "valid TOML")]
)
def test_a_faulty_file_of_exceptions_is_refused(tmp_path, text, found):
    (tmp_path / "accepted.toml").write_text(text)
    with pytest.raises(ck.DataError, match=found):
        accepted_notes(tmp_path)


def test_check_shows_notes_and_does_not_fail(tmp_path, capsys):
    records.to_folder(series_of(CASES["crs_before_infusion"][0]), tmp_path / "mine")
    assert main(["check", str(tmp_path / "mine")]) == 0
    printed = capsys.readouterr().out
    assert re.search(
        r"note crs_before_infusion, A day -1: crs on day -1, infusion on day 0\. .+ Correct the day", printed
    )
    assert "no problems, 1 note" in printed
    (tmp_path / "mine" / "accepted.toml").write_text('[[accepted]]\nrule = "crs_before_infusion"\nwhy = "known"\n')
    assert main(["check", str(tmp_path / "mine")]) == 0
    printed = capsys.readouterr().out
    assert "accepted: known" in printed
    assert "no problems, 1 accepted note" in printed


def test_the_rules_are_text():
    path = ck.catalogue.FOLDER / "sanity.toml"
    assert tomllib.loads(path.read_text(encoding="utf-8"))["remission_on_forbidden_dose"]["highest_mg_per_day"] == 5
