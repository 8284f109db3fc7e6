"""FHIR: what does not hold, orders, references, values of every form, other versions, damaged files."""

import json
from collections import Counter

import pandas as pd
import pytest
from sample_files import every_row_has_an_answer, problems, sample

from casekit import importers
from casekit.errors import DataError
from casekit.importers import fhir_observation
from casekit.importers.fhir_resources import DEEPEST

ME = {"reference": "Patient/p1"}


def text(words, code="", system="http://loinc.org"):
    return {"text": words, "coding": [{"system": system, "code": code, "display": words}]}


def patient(number="p1", **more):
    return {"resourceType": "Patient", "id": number, "gender": "female", "birthDate": "1980-02", **more}


def observation(words="CRP", subject=ME, **more):
    dated = {"effectiveDateTime": "2024-01-12T23:30:00+10:00"}
    return {
        "resourceType": "Observation", "status": "final", "code": text(words), "subject": subject, **dated, **more,
    }  # fmt: skip


def condition(words="Lupus", verification="confirmed", **more):
    status = {"verificationStatus": {"coding": [{"code": verification}]}}
    onset = {"onsetDateTime": "2024-01-02"}
    return {"resourceType": "Condition", "code": text(words), "subject": ME, **status, **onset, **more}


def quantity(value, unit="mg/L", **more):
    return {
        "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit, **more}
    }


def request(words="Prednisolone", **more):
    concept = {"medicationCodeableConcept": text(words)}
    return {
        "resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": ME,
        "authoredOn": "2024-01-05", **concept, **more,
    }  # fmt: skip


ENCOUNTER = {
    "resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"code": "IMP"}, "subject": ME,
    "period": {"start": "2024-01-10T08:00:00Z", "end": "2024-01-14"},
}  # fmt: skip


@pytest.fixture
def read(tmp_path):
    def reading(*resources, **how):
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
        (tmp_path / "bundle.json").write_text(json.dumps(bundle), encoding="utf-8")
        series, report = importers.read(tmp_path / "bundle.json", **how)
        assert every_row_has_an_answer(report)
        return series, report

    return reading


def test_days_are_those_of_the_ward_not_of_greenwich(read):
    series, report = read(patient(), ENCOUNTER, observation(**quantity(12)))
    found = series.measurements.iloc[0]
    assert report.source_format == "fhir"
    assert (found["day"], found["hour"], found["value"]) == (2, 23.5, 12.0)  # the 12th minus the 10th, at 23:30


def test_an_age_comes_from_a_birth_known_to_the_month(read):
    series, report = read(patient(), ENCOUNTER)
    # mid-February 1980 to 10 January 2024 is 43.9 years
    assert series.patients.iloc[0]["age_years"] == 43.9
    assert not [name for name in series.patients if "birth" in name]
    assert any("day of birth" in told for told in report.assumptions)


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_an_observation_that_does_not_hold_is_reported(read, status):
    series, report = read(patient(), ENCOUNTER, observation(status=status, **quantity(12)))
    assert len(series.measurements) == 0
    assert problems(report, "row") == [(3, f"Observation is {status}")]


@pytest.mark.parametrize("verification", ["refuted", "entered-in-error"])
def test_a_diagnosis_that_was_refuted_is_no_diagnosis(read, verification):
    series, report = read(patient(), ENCOUNTER, condition(verification=verification), condition("Sclerosis"))
    assert list(series.events["name"]) == ["other: stay", "other: Sclerosis"]
    assert problems(report, "row") == [(3, f"Condition is {verification}")]


@pytest.mark.parametrize(
    ("more", "grade"),
    [
        ({"severity": {"text": "Grade 3"}}, 3),
        ({"severity": {"coding": [{"display": "CTCAE v5 grade: 2"}]}}, 2),
        ({"extension": [{"url": "http://example.org/ctcae-grade", "valueInteger": 4}]}, 4),
        ({"event": text("Cytokine release syndrome, grade 1")}, 1),
        ({"severity": {"text": "severe"}}, None),
        ({"severity": {"text": "grade 1-2"}}, None),
    ],
)
def test_a_grade_is_read_where_one_is_written_and_never_guessed(read, more, grade):
    event = {"resourceType": "AdverseEvent", "actuality": "actual", "subject": ME, "date": "2024-01-20"}
    series, _ = read(patient(), condition(), {**event, "event": text("Fever"), **more})
    (found,) = series.events.loc[series.events["kind"] == "adverse_event", "grade"]
    assert found == grade if grade else pd.isna(found)


@pytest.mark.parametrize(("others", "synthetic"), [([], True), ([patient("p2")], False)])
def test_one_patient_who_may_be_real_makes_the_series_real(read, others, synthetic):
    made = patient(identifier=[{"system": "https://github.com/synthetichealth/synthea", "value": "x"}])
    assert read(made, *others, ENCOUNTER)[0].metadata.synthetic is synthetic


def test_that_no_problem_is_known_is_no_diagnosis(read):
    nothing = condition()
    nothing["code"] = text("No current problems", "160245001", "http://snomed.info/sct")
    series, _ = read(patient(), ENCOUNTER, nothing)
    assert list(series.events["kind"]) == ["hospitalisation"]


def test_an_order_is_marked_and_gives_way_to_an_intake(read):
    given = {
        "resourceType": "MedicationAdministration", "status": "completed", "subject": ME,
        "medicationCodeableConcept": text("Prednisolone"), "effectiveDateTime": "2024-01-11",
        "dosage": {"dose": {"value": 20, "unit": "mg"}},
    }  # fmt: skip
    series, report = read(patient(), ENCOUNTER, request(), request("Methotrexate"), given)
    bases = dict(zip(series.treatments["drug"], series.treatments["basis"], strict=True))
    assert bases == {"prednisolone": "given", "methotrexate": "ordered, not known to be taken"}
    assert problems(report, "row") == [(3, "an order of Prednisolone, which is also recorded as given or taken")]
    assert [row for row, problem in problems(report, "note") if "no intake" in problem] == [4]


def part(dose, sequence=1, start="", end=""):
    bounds = {name: text for name, text in (("start", start), ("end", end)) if text}
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", **({"boundsPeriod": bounds} if bounds else {})}
    given = [{"doseQuantity": {"value": dose, "unit": "mg"}}]
    return {"sequence": sequence, "timing": {"repeat": repeat}, "doseAndRate": given}


def every_course(series):
    rows = pd.concat([series.treatments, series.unplaced["treatments"]])
    return rows[["dose", "start_day", "end_day"]].astype(object).where(rows.notna(), None).to_numpy().tolist()


def test_each_dosage_of_a_taper_is_a_course(read):
    taper = [part(60, 1, "2024-01-12", "2024-01-18"), part(5, 2, "2024-01-19", "2024-01-25")]
    series, _ = read(patient(), ENCOUNTER, request(dosageInstruction=taper))
    # day 0 is 10 January: 12 to 18 are 2 to 8, 19 to 25 are 9 to 15
    assert every_course(series) == [[60, 2, 8], [5, 9, 15]]


def test_of_a_taper_without_periods_only_the_first_dose_has_a_start(read):
    series, report = read(patient(), ENCOUNTER, request(dosageInstruction=[part(60, 1), part(20, 2), part(5, 3)]))
    # ordered on 5 January, five days before day 0; when the steps follow is not told
    assert sorted(every_course(series)) == [[5, None, None], [20, None, None], [60, -5, None]]
    assert list(series.unplaced["treatments"]["day_range"]) == ["unknown"] * 2
    assert {row for row, _ in problems(report, "no day")} == {3}


def test_dosages_of_one_number_are_taken_together(read):
    taken = {**request(), "resourceType": "MedicationStatement", "dosage": [part(10), part(5)]}
    taken["effectivePeriod"] = {"start": "2024-01-12", "end": "2024-01-14"}
    series, _ = read(patient(), ENCOUNTER, taken)
    assert every_course(series) == [[10, 2, 4], [5, 2, 4]]


@pytest.mark.parametrize("left", [{"intent": "proposal"}, {"status": "cancelled"}, {"doNotPerform": True}])
def test_what_was_never_ordered_is_reported(read, left):
    series, report = read(patient(), ENCOUNTER, request(**left))
    assert len(series.treatments) == 0
    assert [row for row, _ in problems(report, "row")] == [3]


def test_a_stopped_order_without_an_end_does_not_go_on(read):
    series, _ = read(patient(), ENCOUNTER, request(status="stopped"))
    assert list(series.treatments["day_range"]) == ["unknown"]


def test_components_are_results_of_their_own_and_limits_stay_limits(read):
    pressure = observation(
        "Blood pressure",
        component=[
            {"code": text("Systolic"), **quantity(120, "mm[Hg]"), "referenceRange": [{"low": {"value": 0}}]},
            {"code": text("Diastolic"), **quantity(80, "mm[Hg]")},
        ],
    )
    below = observation("IgE", **quantity(2, "kU/L", comparator="<"))
    series, _ = read(patient(), ENCOUNTER, pressure, below)
    values = {cells["variable"]: cells for _, cells in series.measurements.iterrows()}
    assert values["other: Systolic"]["lower"] == 0.0
    assert values["other: Diastolic"]["value"] == 80.0
    assert values["other: IgE"]["comparator"] == "<"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}, "1:128"),
        ({"valueCodeableConcept": {"text": "Negative"}}, "Negative"),
        ({"valueString": "cloudy"}, "cloudy"),
        ({"valueRange": {"low": {"value": 1}, "high": {"value": 3}}}, "1 to 3"),
    ],
)
def test_what_is_no_number_stays_in_words(read, value, words):
    series, _ = read(patient(), ENCOUNTER, observation("ANA", **value))
    assert series.unplaced["measurements"].iloc[0]["value_text"] == words


def test_no_value_is_not_0_and_its_reason_is_told(read):
    series, report = read(patient(), ENCOUNTER, observation(dataAbsentReason=text("Not performed")))
    assert len(series.measurements) == 0
    assert (3, "CRP: Not performed") in problems(report, "nothing")


def test_answers_stand_below_each_other_and_carry_their_numbers(read):
    coded = {"display": "Much", "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue"}]}
    coded["extension"][0]["valueDecimal"] = 3
    form = {
        "resourceType": "QuestionnaireResponse", "status": "completed", "subject": ME, "authored": "2024-01-12",
        "item": [{"linkId": "1", "item": [{"linkId": "1.1", "text": "Pain", "answer": [{"valueCoding": coded}]}]}],
    }  # fmt: skip
    series, _ = read(patient(), ENCOUNTER, form)
    answer = series.assessments.iloc[0]
    assert (answer["variable"], answer["value"], answer["day"]) == ("other: Pain", "3", 2)


def test_questions_inside_questions_end():
    inner = {"item": [{"text": "deep", "answer": [{"valueInteger": 1}]}]}
    for _ in range(3 * DEEPEST):
        inner = {"item": [inner]}
    assert list(fhir_observation.answers(inner, "")) == []


def test_the_infusion_of_cells_is_a_treatment_and_day_0(read):
    infused = {
        "resourceType": "Procedure", "status": "completed", "code": text("CAR T cell infusion"), "subject": ME,
        "performedDateTime": "2024-01-11",
    }  # fmt: skip
    series, report = read(patient(), ENCOUNTER, infused, observation(**quantity(12)))
    assert report.day_zero.startswith("infusion")
    assert series.measurements.iloc[0]["day"] == 1  # the 12th minus the 11th


def test_references_by_address_by_type_and_of_nobody(tmp_path):
    entries = [
        {"fullUrl": "urn:uuid:aa-1", "resource": {key: value for key, value in patient().items() if key != "id"}},
        {"resource": observation(subject={"reference": "urn:uuid:aa-1"}, **quantity(1))},
        {"resource": observation(subject={"reference": "https://a.org/fhir/Patient/other"}, **quantity(2))},
        {"resource": {key: value for key, value in observation(**quantity(3)).items() if key != "subject"}},
        {"request": {"method": "DELETE"}},
    ]
    path = tmp_path / "b.json"
    path.write_text(json.dumps({"resourceType": "Bundle", "entry": entries}), encoding="utf-8")
    series, report = importers.read(path)
    assert list(series.measurements["value"]) == [1.0]
    assert list(series.patients["patient_id"]) == ["aa-1"]
    assert problems(report, "unknown id") == [(3, '"other" is no patient')]
    assert problems(report, "row") == [(4, "Observation without a patient")]
    assert problems(report, "nothing") == [(5, "an entry without a resource")]


def test_a_folder_of_lines_and_single_resources_is_one_source(tmp_path):
    (tmp_path / "Observation.ndjson").write_text(
        "\n".join(json.dumps(observation(**quantity(value))) for value in (1, 2)), encoding="utf-8"
    )
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "patient.json").write_text(json.dumps(patient(), indent=1), encoding="utf-8")
    (tmp_path / "note.json").write_text("{}", encoding="utf-8")
    series, report = importers.read(tmp_path)
    assert (len(series.patients), report.rows_kept["Observation.ndjson"]) == (1, 2)
    assert ("note.json", "no FHIR resource") in [(entry.file, entry.problem) for entry in report.of_kind("note")]


@pytest.mark.parametrize(
    ("older", "version"),
    [
        (condition(clinicalStatus="active"), "STU3"),
        (observation(context={"reference": "Encounter/1"}), "STU3"),
        ({"resourceType": "MedicationOrder"}, "DSTU2"),
        (request(medication={"concept": text("x")}), "R5"),
    ],
)
def test_another_version_is_refused_by_name(read, older, version):
    with pytest.raises(DataError, match=f"look like FHIR {version}"):
        read(patient(), older)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Pat', "no JSON that can be read"),
        (b'{"resourceType": "Bundle", "entry": ' + b'[{"resource": ' * 50_000, "nested too deeply"),
        (b'{"resourceType": "Patient", "id": "\xe4"}', "no UTF-8"),
        (b'{"resourceType": "Patient", "id": NaN}', "the word NaN in place of a number"),
    ],
)
def test_damaged_files_are_refused_in_words(tmp_path, content, found):
    (tmp_path / "b.json").write_bytes(content)
    with pytest.raises(DataError, match=found):
        importers.read(tmp_path / "b.json")


def test_bundles_inside_bundles_end(tmp_path):
    content = patient()
    for _ in range(DEEPEST + 2):
        content = {"resourceType": "Bundle", "entry": [{"resource": content}]}
    (tmp_path / "b.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(DataError, match="bundles inside bundles"):
        importers.read(tmp_path / "b.json")


def test_a_number_beyond_all_numbers_is_no_value(read):
    series, report = read(patient(), ENCOUNTER, observation(**quantity(10**400)))
    assert len(series.measurements) == 0
    assert report.rows_read == {"bundle.json": 3}


def test_the_synthea_patient_is_read_whole_and_called_synthetic():
    folder = sample("fhir", "synthea_r4_ra_dev")
    series, report = importers.read(folder)
    file = next(folder.glob("*.json"))
    held = Counter(entry["resource"]["resourceType"] for entry in json.loads(file.read_text("utf-8"))["entry"])
    assert series.metadata.synthetic
    assert len(series.patients) == 1
    assert report.rows_read == {file.name: held.total()}
    told = Counter(entry.problem for entry in report.of_kind("nothing"))
    assert told["the resource Claim has no table in a series"] == held["Claim"]
    drugs = [*series.treatments["drug"], *series.unplaced["treatments"]["drug"]]
    assert len(drugs) == held["MedicationRequest"]
    assert "other: Methotrexate 10 MG Oral Tablet" in drugs
    diagnoses = series.events.loc[series.events["category"] == "diagnosis", "name"]
    assert len(diagnoses) == held["Condition"]
    assert "other: Rheumatoid arthritis" in set(diagnoses)
    results = pd.concat([series.measurements, series.unplaced["measurements"]])
    assert results["origin"].nunique() == held["Observation"]
    assert every_row_has_an_answer(report)
