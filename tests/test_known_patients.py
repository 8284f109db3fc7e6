"""A figure rests on the patients in whom it is known: what is not known is neither yes nor no, and no older value."""

import pytest
from test_open_courses import prednisolone, treated
from test_scoring import lupus, visit

from casekit import records
from casekit.charts.table_one import table_one_frames
from casekit.scores.claims import WAYS

PATIENTS = "patient_id,disease,sex,last_known_day\nA,SLE,female,200\nB,SLE,female,200\nC,SLE,female,200"
INFUSED = "patient_id,drug,category,start_day\nA,cd19_car_t,car_t,0\nB,cd19_car_t,car_t,0\nC,cd19_car_t,car_t,0"


def test_table_one_takes_the_last_visit_even_where_its_score_is_not_known():
    # day -60: complete, 0; day -5: nobody looked for the arthritis and seizures that could be there
    items, labs = visit(-5)
    items = "\n".join(line for line in items.splitlines() if ",arthritis," not in line)
    table = table_one_frames(lupus([visit(-60), (items, labs)])).rows.set_index("characteristic")
    assert table.loc["SLEDAI-2K", "all"] == "not known"


@pytest.mark.parametrize(
    ("course", "answer"),
    [
        (prednisolone("20,-50,,unknown"), (0, 0)),  # may be over: not known
        (prednisolone("20,-50,100,"), (1, 1)),  # over
        (prednisolone("20,-50,,"), (0, 1)),  # taken
    ],
)
def test_untreated_at_the_end_counts_those_whose_drugs_are_known(course, answer):
    how = {"untreated_at_end": ["glucocorticoid", "immunosuppressant"]}
    assert tuple(WAYS["untreated_at_end"](treated(course), how)) == answer


def test_an_open_grade_is_not_the_absence_of_a_grade():
    # ASTCT 2019: A has fever alone, grade 1; of B nobody wrote down oxygen, 1 to 4; C was not assessed
    seen = {"attributable_to_crs": "yes", "fever_modifying_therapy_given": "no", "hypotension": "no", "oxygen": "none"}
    seen |= {"vasopressin": "no", "vasopressor_count": "0", "death_due_to_crs": "no"}
    told = [f"{who},5,{name},{cell}" for who in "AB" for name, cell in seen.items() if who + name != "Boxygen"]
    series = records.from_text(
        patients=PATIENTS,
        treatments=INFUSED,
        assessments="\n".join(["patient_id,day,variable,value", *told]),
        measurements="patient_id,day,variable,value,unit\nA,5,temp_c,38.5,degC\nB,5,temp_c,38.5,degC",
    )
    how = {"highest_grade": "crs_astct_2019", "from": 1, "up_to": 1}
    assert tuple(WAYS["highest_grade"](series, how)) == (1, 1)
    assert tuple(WAYS["highest_grade"](series, {**how, "up_to": 4})) == (2, 2)


def test_a_stay_that_goes_on_overlaps_what_comes_later():
    events = """patient_id,kind,name,start_day,end_day,ongoing,day_range
    A,hospitalisation,hospital_stay_infusion,10,,yes,
    A,infection,pneumonia,40,45,no,
    B,hospitalisation,hospital_stay_infusion,10,12,no,
    B,infection,pneumonia,40,45,no,
    C,infection,pneumonia,,,no,unknown"""
    series = records.from_text(patients=PATIENTS, treatments=INFUSED, events=events)
    # A was in hospital, B was not, and of C nobody knows it
    assert tuple(WAYS["hospitalised_for"](series, {"hospitalised_for": "pneumonia"})) == (1, 2)


def test_a_mean_rests_on_those_with_a_value():
    patients = PATIENTS.replace("sex,", "sex,age_years,").replace("A,SLE,female,", "A,SLE,female,20,")
    patients = patients.replace("B,SLE,female,", "B,SLE,female,40,").replace("C,SLE,female,", "C,SLE,female,,")
    series = records.from_text(patients=patients, treatments=INFUSED)
    # (20 + 40) / 2 = 30, of two patients
    assert tuple(WAYS["per_patient"](series, {"per_patient": "age_years", "statistic": "mean"})) == (30, 2)
