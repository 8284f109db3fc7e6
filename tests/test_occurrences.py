"""What happened on a timeline has three answers; every expected one is read off the few rows below by hand."""

import pytest

from casekit import catalogue, records
from casekit.errors import CaseKitError, UnknownName
from casekit.scores import first_response
from casekit.scores.occurrence_choices import occurrence_choices
from casekit.scores.occurrence_words import VISIT_WINDOW, conditions
from casekit.scores.occurrences import occurrence

# A: cells seen gone on days 5 to 75, back on day 85. B: gone until day 73, back on day 93. C: still gone on day 60.
# D: never counted. E: never gone. C is observed to day 60, the others to 200.
PATIENTS = """\
patient_id,disease,sex,last_known_day
A,SLE,female,200
B,SLE,male,200
C,SSc,female,60
D,SSc,male,200
E,IIM,female,200
"""
TREATMENTS = """\
patient_id,drug,category,dose,dose_unit,frequency,route,start_day,end_day
A,cd19_car_t,car_t,,,once,iv,0,0
B,cd19_car_t,car_t,,,once,iv,0,0
C,cd19_car_t,car_t,,,once,iv,0,0
D,cd19_car_t,car_t,,,once,iv,0,0
E,cd19_car_t,car_t,,,once,iv,0,0
A,prednisolone,glucocorticoid,5,mg,daily,oral,-90,91
B,prednisolone,glucocorticoid,5,mg,daily,oral,-90,92
C,prednisolone,glucocorticoid,5,mg,daily,oral,-90,-3
E,prednisolone,glucocorticoid,5,mg,daily,oral,-90,-3
A,hydroxychloroquine,antimalarial,200,mg,daily,oral,-90,
"""
MEASUREMENTS = """\
patient_id,day,variable,value,comparator,unit,lower,upper,origin
A,-5,cd19_b_cells_per_ul,100,,/uL,100,500,flow
A,5,cd19_b_cells_per_ul,0.1,<,/uL,100,500,flow
A,75,cd19_b_cells_per_ul,0.1,<,/uL,100,500,flow
A,85,cd19_b_cells_per_ul,20,,/uL,100,500,flow
B,-5,cd19_b_cells_per_ul,100,,/uL,100,500,flow
B,5,cd19_b_cells_per_ul,0.1,<,/uL,100,500,flow
B,73,cd19_b_cells_per_ul,0.1,<,/uL,100,500,flow
B,93,cd19_b_cells_per_ul,20,,/uL,100,500,flow
C,5,cd19_b_cells_per_ul,0.1,<,/uL,100,500,flow
C,60,cd19_b_cells_per_ul,0.1,<,/uL,100,500,flow
E,5,cd19_b_cells_per_ul,120,,/uL,100,500,flow
"""
EVENTS = """\
patient_id,kind,name,start_day,end_day,ongoing,grade,grade_system
A,adverse_event,neutropenia,7,20,no,3,CTCAE 5.0
A,infection,pneumonia,30,40,no,3,CTCAE 5.0
B,adverse_event,neutropenia,-4,9,no,,
B,infection,covid_19,80,85,no,1,CTCAE 5.0
C,adverse_event,neutropenia,-9,-2,no,4,CTCAE 5.0
D,infection,covid_19,50,60,no,1,CTCAE 5.0
E,adverse_event,crs,3,5,no,2,ASTCT 2019
"""


def typed(**tables):
    texts = {"patients": PATIENTS, "treatments": TREATMENTS, "measurements": MEASUREMENTS, "events": EVENTS}
    return records.from_text(**{**texts, **tables})


@pytest.fixture(scope="module")
def series():
    return typed()


# One letter per patient A to E: yes, no, unknown.
CASES = [
    # A: 76 to 85; B: 74 to 93, on both sides of 90; C: gone to day 60 and not seen since; E never lost them
    ("B cells back before day 90", "yuuun"),
    ("B cells back before day 60", "nnnun"),  # 76 and 74 are the first days possible; C was still gone on day 60 itself
    ("B cells back by day 93", "yyuun"),
    ("B cells back after day 73", "yyuun"),
    ("B cells back", "yyuun"),
    ("not B cells back before day 90", "nuuuy"),
    # month 3 is day 91 (3 x 30.4375 = 91.3): A's last day is 91, B's is 92; C is seen to day 60 only; D has no list
    ("steroid-free by month 3", "ynuuy"),
    ("steroid-free by day 60", "nnyuy"),  # both take it on day 61
    ("steroid-free", "yyyuy"),  # at the end of observation
    ("drug-free by month 3", "nnuuy"),  # A still takes hydroxychloroquine
    ("neutropenia", "yynnn"),  # B's began before the infusion and went on; C's was over
    ("neutropenia >= 3", "yunnn"),  # B's has no grade
    ("neutropenia ≥ 4", "nunnn"),
    ("Neutropenia before day 7", "nynnn"),  # A's began on day 7
    ("neutropenia by day 7", "yynnn"),
    ("infection", "yynyn"),
    ("infection after day 60", "nyunn"),  # C was observed to day 60: nothing is known of day 61
    ("infection before day 300", "yyuyu"),  # C was observed to day 60, E to day 200
    # B's infection on day 80 lies between the last sample without (73) and the first with (93); D was never counted
    ("infection during aplasia", "yunun"),
    ("infection during B-cell aplasia", "yunun"),
    ("CRS >= 2", "uuuuy"),  # E's is recorded; in nobody else was it looked for
    ("response by month 3", "uuuuu"),  # nothing was assessed
    ("response at last visit", "uuuuu"),
]


@pytest.mark.parametrize(("words", "expected"), CASES, ids=[words for words, _ in CASES])
def test_three_answers(series, words, expected):
    answers = occurrence(series, words)
    assert answers["patient_id"].tolist() == list("ABCDE")
    assert "".join(answer[0] for answer in answers["answer"]) == expected


def test_one_no_decides_and_otherwise_one_unknown_leaves_it_open(series):
    # infection yynyn and B cells back before day 90 yuuun: A yes; B unknown; C no, D unknown, E no
    answers = occurrence(series, "infection and B cells back before day 90")
    assert answers["answer"].tolist() == ["yes", "unknown", "no", "unknown", "no"]


def test_every_answer_says_what_it_rests_on(series):
    why = occurrence(series, "B cells back before day 90").set_index("patient_id")["why"]
    assert why["B"] == "B cells back between day 73 and day 93"
    assert why["C"] == "B cells still gone on day 60, the last sample"
    assert why["D"] == "B cells were not counted after the infusion"
    assert occurrence(series, "infection during aplasia").set_index("patient_id")["why"]["A"] == (
        "Pneumonia on day 30; aplasia from day 5 to the first sample with B cells on day 85; "
        "last sample without: day 75"
    )
    assert occurrence(series, "neutropenia").set_index("patient_id")["why"]["B"] == "Neutropenia on day −4"
    assert occurrence(series, "steroid-free").set_index("patient_id")["why"]["C"] == "prednisolone until day −3"


def test_days_are_counted_from_the_infusion_also_when_the_series_is_aligned(series):
    aligned = series.align("b_cell_return")
    assert occurrence(aligned, "B cells back before day 90").equals(occurrence(series, "B cells back before day 90"))


def test_response_is_the_endpoint_of_the_disease():
    example = records.example()
    met = occurrence(example, "response at the last visit")
    assert set(met["answer"]) == {"yes"}  # Müller 2024: 8 of 8, 3 of 3, 4 of 4
    assert {why.split(" met on")[0] for why in met["why"]} == {
        "DORIS remission",
        "ACR-EULAR major response",
        "Decrease of the EUSTAR index",
    }


def test_a_response_at_month_6_is_that_of_the_nearest_visit_within_the_window_of_the_published_figure():
    example = records.example()
    answers = occurrence(example, "response at month 6").set_index("patient_id")
    # Müller 2024: 8 of 8 at month 6. SLE-05 came on day 188: 6 months are day 183, so "by month 6" is too early.
    assert set(answers.loc["SLE-01":"SLE-08", "answer"]) == {"yes"}
    assert answers.loc["SLE-05", "why"] == "DORIS remission met on day 188"
    assert occurrence(example, "response by month 6").set_index("patient_id").loc["SLE-05", "answer"] == "no"
    # SSc-04 was observed for 124 days; 183 - 31 = 152 is the first day of the window
    assert answers.loc["SSc-04"].tolist() == ["unknown", "observed to day 124 only"]
    (claim,) = (one for one in catalogue.publication("mueller_2024")["claims"] if one["id"] == "sle_sledai0_m6_n")
    assert claim["computed"]["within"] == VISIT_WINDOW


def test_the_days_of_the_first_response_are_named_by_patient(series):
    assert first_response(records.example()).index.name == "patient_id"
    assert first_response(series).index.name == "patient_id"  # nobody was assessed


def test_the_highest_grade_has_its_own_days_and_findings():
    asked = {words: occurrence(records.example(), words).set_index("patient_id") for words in ("CRS >= 2", "CRS >= 1")}
    # ward chart of IIM-02: fever alone on day 2, hypotension on days 3 and 4, oxygen by nasal cannula on day 3
    expected = "CRS, grade 2 on days 3 and 4: hypotension, oxygen support low flow nasal (day 3); onset on day 2"
    assert {words: found.loc["IIM-02", "why"] for words, found in asked.items()} == dict.fromkeys(asked, expected)
    early = occurrence(records.example(), "CRS >= 2 by day 2").set_index("patient_id")
    assert early.loc["IIM-02", "answer"] == "no"


# Recorded: CRS grade 3 on days 2 to 8. By the items: fever alone (1) on day 2, low-flow oxygen (2) on day 3, a
# vasopressor (3) on day 5. Nobody looked on day 4, so grade 3 was reached on day 4 or 5.
ITEMS = ("attributable_to_crs", "fever_modifying_therapy_given", "hypotension", "death_due_to_crs", "vasopressin")
WORSENING = {2: ("none", 0), 3: ("low_flow_nasal", 0), 5: ("low_flow_nasal", 1)}


@pytest.fixture(scope="module")
def worsening():
    told = [f"A,{day},{name},{'yes' if name == ITEMS[0] else 'no'}" for day in WORSENING for name in ITEMS]
    told += [f"A,{day},oxygen,{cell}" for day, (cell, _) in WORSENING.items()]
    told += [f"A,{day},vasopressor_count,{count}" for day, (_, count) in WORSENING.items()]
    return records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,200",
        treatments="\n".join(TREATMENTS.splitlines()[:2]),
        assessments="\n".join(["patient_id,day,variable,value", *told]),
        measurements="\n".join(
            ["patient_id,day,variable,value,unit", *(f"A,{day},temp_c,38.5,degC" for day in WORSENING)]
        ),
        events=EVENTS.splitlines()[0] + "\nA,adverse_event,crs,2,8,no,3,ASTCT 2019",
    )


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("CRS by day 2", "yes"),  # the onset
        ("CRS >= 1 by day 2", "yes"),
        ("CRS >= 2 by day 2", "no"),
        ("CRS >= 2 by day 3", "yes"),
        ("CRS >= 3 by day 3", "no"),
        ("CRS >= 3 by day 4", "unknown"),
        ("CRS >= 3 by day 5", "yes"),
        ("CRS >= 4", "no"),
    ],
)
def test_a_grade_is_dated_by_the_day_it_was_reached(worsening, words, answer):
    assert occurrence(worsening, words)["answer"].tolist() == [answer]


def test_an_abbreviation_keeps_its_capitals_among_the_findings():
    # ICE 3 + 2 + 1 + 0 + 0 = 6, which is ICANS grade 2; awake, no other finding
    ice = {"ice_orientation": 3, "ice_naming": 2, "ice_commands": 1, "ice_writing": 0, "ice_attention": 0}
    rest = {"consciousness": "spontaneous", "seizure_type": "none", "deep_focal_motor_weakness": "no"}
    rest |= {"cerebral_edema_icp": "none", "death_due_to_icans": "no"}
    found = typed(
        assessments="\n".join(
            ["patient_id,day,variable,value", *(f"A,6,{name},{cell}" for name, cell in (ice | rest).items())]
        ),
        events=EVENTS.splitlines()[0] + "\nA,adverse_event,icans,5,8,no,2,ASTCT 2019",
    )
    why = occurrence(found, "ICANS >= 2").set_index("patient_id").loc["A", "why"]
    assert why == "ICANS, grade 2 on day 6: ICE score 6; onset on day 5"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("CRSS >= 2", 'event "CRSS" is not known; near names: crs'),
        ("", 'event "" is not known'),
        ("B cells back >= 2", "no such limit is expected"),
        ("steroid-free after month 3", "no such limit is expected"),
        ("infection during aplasia before day 9", "no such limit is expected"),
        ("CRS at day 3", "no such limit is expected"),
        ("steroid-free at month 6", "no such limit is expected"),
        ("x" * 301, "found 301 characters"),
        ("<script>alert(1)</script>", "is not known"),
    ],
)
def test_what_cannot_be_read_is_refused(words, told):
    with pytest.raises(CaseKitError, match=told.replace("(", r"\(")):
        conditions(words)


def test_an_event_may_be_named_by_label_short_name_or_id():
    assert {conditions(name)[0].what for name in ("URTI", "upper_respiratory_infection")} == {
        "upper_respiratory_infection"
    }
    with pytest.raises(UnknownName):
        conditions("relapse")


def test_the_menu_offers_what_the_series_records(series):
    labels = [choice.label for choice in occurrence_choices(series)]
    assert "CRS, grade at least" in labels
    assert "Pneumonia" in labels
    assert "ICANS, grade at least" not in labels  # nobody had it, and nobody looked
    assert "Response by month" not in labels  # nothing was assessed
    bare = typed(measurements=MEASUREMENTS.splitlines()[0], events=EVENTS.splitlines()[0])
    assert not any("B cells" in choice.label for choice in occurrence_choices(bare))


def test_every_entry_of_the_menu_can_be_asked():
    example = records.example()
    for choice in occurrence_choices(example):
        for limit in choice.limits or ("",):
            assert set(occurrence(example, choice.words(limit))["answer"]) <= {"yes", "no", "unknown"}
