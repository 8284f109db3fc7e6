"""The forms in which published sheets write a case: what is spelled out, what is refused."""

import pytest

import casekit as ck


@pytest.mark.parametrize(
    ("instrument", "form", "plain"),
    [
        ("mrss", {"sites": {"face": 1, "chest": 2}}, {"face": 1, "chest": 2}),
        ("haq_di", {"section_worst": {"grip": 1}, "aids_or_help": ["grip"]},
         {"grip": 1, **{f"haq_aid_{name}": name == "grip" for name in
          ("dressing", "arising", "eating", "walking", "hygiene", "reach", "grip", "activities")}}),
        ("sri_4", {"sledai_baseline": 10, "sledai_followup": 6}, {"sledai_2k": [10, 6]}),
        ("criss_2016", {"delta_mrss": -8, "step1_event": False}, {"mrss_change": -8, "criss_step_1_event": False}),
        ("criss_revised", {"baseline": {"mrss": 20}, "followup": {"mrss": 10}}, {"mrss": [20, 10]}),
        ("mrss_change", {"baseline": 26, "followup": 18}, {"mrss": [26, 18]}),
        ("ild_progression", {"fvc_baseline": 80, "fvc_followup": 72}, {"fvc_pct_pred": [80, 72]}),
        ("crs_astct_2019", {"temp_c": 39, "vasopressors": ["norepinephrine", "vasopressin"]},
         {"temp_c": 39, "vasopressor_count": 1, "vasopressin": True}),
        ("crs_astct_2019", {"oxygen": "intubation"}, {"oxygen": "ventilation"}),
        ("doris_2021", {"steroids": [{"drug": "hydrocortisone", "mg_day": 20}], "serology_active": True},
         {"prednisolone_eq_mg_day": 5}),  # 20 mg of hydrocortisone stand for 5 mg
        ("licats_2025", {"management": "new_or_prolonged_hospitalisation"}, {"licats_management": "hospitalisation"}),
    ],
)  # fmt: skip
def test_a_form_says_the_same_as_the_plain_inputs(instrument, form, plain) -> None:
    assert ck.calculate(instrument, form) == ck.calculate(instrument, plain)


def test_findings_that_are_not_listed_are_absent_unless_not_assessed_or_measured() -> None:
    # rash 2; white cells 2.9 score 1; pyuria was not looked for, 0 or 4
    got = ck.calculate("sledai_2k", {"present": ["rash"], "labs": {"wbc_10e9_l": 2.9}, "not_assessed": ["pyuria"]})
    assert (got.low, got.high, got.missing) == (3, 7, ("pyuria",))


def test_without_a_list_of_findings_nothing_is_absent() -> None:
    assert ck.calculate("sledai_2k", {"present": None}).high == 105


def test_yes_and_no_may_be_written_as_in_the_tables() -> None:
    assert ck.calculate("sledai_2k", {"arthritis": "yes"}).low == 4
    assert ck.calculate("sledai_2k", {"arthritis": "no"}) == ck.calculate("sledai_2k", {"arthritis": False})


def test_a_setting_left_empty_is_the_usual_one() -> None:
    form = {"baseline": {"mrss": 20}, "followup": {"mrss": 10}}
    assert ck.calculate("criss_revised", {**form, "threshold_pct": None}) == ck.calculate("criss_revised", form)


def test_settings_stand_beside_the_values() -> None:
    form = {"present": [], "labs": {"upcr_mg_mmol": 60}}
    assert ck.calculate("sledai_2k", {**form, "use_upcr_for_proteinuria": False}).value is None
    assert ck.calculate("sledai_2k", {**form, "use_upcr_for_proteinuria": True}).value == 4


@pytest.mark.parametrize(
    ("instrument", "form", "named"),
    [
        ("sledai_2k", {"present": ["rashes"]}, "rashes"),
        ("sledai_2k", {"present": "rash"}, "present"),
        ("sledai_2k", {"present": [], "labs": [1]}, "labs"),
        ("mrss", {"sites": {"face": 4}}, "mrss_face"),
        ("mrss", {"sites": {"nose": 1}}, "nose"),
        ("haq_di", {"section_worst": {"grip": 1}, "aids_or_help": ["nose"]}, "nose"),
        ("doris_2021", {"steroids": [{"drug": "prednisone", "mg_day": -5}]}, "mg_day"),
        ("doris_2021", {"steroids": [{"drug": "aspirine?", "mg_day": 5}]}, "aspirine"),
        ("tis_2016", {"enzyme": {"name": "GGT", "baseline": 1, "followup": 1, "uln": 40}}, "GGT"),
        ("tis_2016", {"enzyme": {"name": "CK", "baseline": 1, "followup": 1, "uln": 0}}, "uln"),
        ("criss_revised", {"baseline": 3, "followup": {"mrss": 2}}, "baseline"),
        ("crs_astct_2019", {"vasopressors": "norepinephrine"}, "vasopressors"),
        ("upcr", {"value": 500, "unit": 7}, "unit '7'"),
        ("tis_2016", {"mmt": [60, 70], "mmt_max": "eighty"}, "mmt_max"),
        ("sledai_2k", {"arthritis": "perhaps"}, "arthritis"),
    ],
)
def test_what_cannot_be_is_refused_by_name(instrument, form, named) -> None:
    with pytest.raises(ck.CaseKitError, match=named):
        ck.calculate(instrument, form)
