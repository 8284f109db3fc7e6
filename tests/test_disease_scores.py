"""Response and change since baseline in lupus and systemic sclerosis: edges from both sides, gaps, zero baselines.

Every expected value is worked out by hand from the published definition.
"""

import pandas as pd
import polars as pl
import pytest

import casekit as ck
from casekit import records

INFUSION = "patient_id,drug,category,start_day\nA,cd19_car_t,car_t,0"
STEADY = {"patient_global": [5, 5], "md_global": [5, 5], "haq_di": [1, 1], "fvc_pct_pred": [80, 80]}


def series(disease: str, measured: str = "", assessed: str = "") -> ck.CaseSeries:
    """One patient; measured lines are day,variable,value,unit,lower,upper and assessed lines day,variable,value."""
    head = "patient_id,day,variable,value"
    return records.from_text(
        patients=f"patient_id,disease,sex,last_known_day\nA,{disease},female,400",
        treatments=INFUSION,
        measurements=f"{head},unit,lower,upper\n" + lines(measured),
        assessments=f"{head}\n" + lines(assessed),
    )


def lines(text: str) -> str:
    return "\n".join(f"A,{line}" for line in text.split())


def verdicts(table: ck.CaseSeries, instrument: str, **parameters: object) -> dict[int, str]:
    return dict(ck.judge(table, instrument, **parameters)[["day", "verdict"]].itertuples(index=False, name=None))


def verdict(instrument: str, inputs: dict[str, object], **parameters: object) -> str:
    return ck.calculate(instrument, inputs, **parameters).verdict


# SRI-4


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "met"),
        ({"sledai_2k": [10, 7]}, "not met"),
        ({"new_bilag_a": 1}, "not met"),
        ({"new_bilag_b": 2}, "not met"),
        ({"pga_0_3": [1, 1.29]}, "met"),
        ({"pga_0_3": [1, 1.3]}, "not met"),
        ({"new_bilag_a": None}, "unknown"),
        ({"pga_0_3": [None, 1]}, "unknown"),
        ({"pga_0_3": [2.8, None]}, "met"),  # at most 3, so never worse by 0.3
        ({"sledai_2k": [None, 6]}, "unknown"),
        ({"sledai_2k": [3, None]}, "not met"),  # cannot fall by 4
        ({"new_bilag_a": None, "new_bilag_b": 2}, "not met"),
    ],
)
def test_sri_4(change: dict[str, object], expected: str) -> None:
    given = {"sledai_2k": [10, 6], "new_bilag_a": 0, "new_bilag_b": 1, "pga_0_3": [1, 1], **change}
    assert verdict("sri_4", given) == expected


def test_modified_sri_does_not_ask_for_bilag() -> None:
    got = ck.calculate("sri_4", {"sledai_2k": [10, 6], "pga_0_3": [1, 1]}, with_bilag=False)
    assert got.verdict == "met"
    assert set(got.points) == {"sledai_lower_by_4", "physician_global_not_worse"}


def test_a_change_outside_the_scale_is_refused() -> None:
    with pytest.raises(ck.DataError, match=r"pga_0_3.*a number from -3 to 3"):
        ck.calculate("sri_4", {"pga_0_3_change": 3.1})


# drugs


@pytest.mark.parametrize(
    ("drugs", "off_treatment", "drug_free"),
    [
        ({}, "met", "met"),
        ({"antimalarial": "stable"}, "met", "not met"),
        ({"antimalarial": "changed"}, "not met", "not met"),
        ({"prednisolone_eq_mg_day": 0.5}, "not met", "not met"),
        ({"immunosuppressive": "stable"}, "not met", "not met"),
        ({"biologic": "stable"}, "not met", "not met"),
        ({"antimalarial": None}, "unknown", "unknown"),
    ],
)
def test_off_treatment_remission_allows_a_stable_antimalarial(
    drugs: dict[str, object], off_treatment: str, drug_free: str
) -> None:
    nothing = {"prednisolone_eq_mg_day": 0, "antimalarial": "none", "immunosuppressive": "none", "biologic": "none"}
    given = {"clinical_sledai": 0, "pga_0_3": 0.2, **nothing, **drugs}
    assert verdict("off_treatment_remission", given) == off_treatment
    assert verdict("drug_free_remission", given) == drug_free


# kidney


@pytest.mark.parametrize(
    ("quantity", "details"),
    [
        ({"value": 500, "unit": "mg/g"}, {"mg_g": 500, "g_g": 0.5, "mg_mmol": 56.5611}),
        ({"value": 50, "unit": "mg/mmol"}, {"mg_g": 442, "g_g": 0.442, "mg_mmol": 50}),
        ({"value": 0.9, "unit": "g/g"}, {"mg_g": 900, "g_g": 0.9, "mg_mmol": 101.8100}),
        ({"value": 50, "unit": "g/mol"}, {"mg_g": 442, "g_g": 0.442, "mg_mmol": 50}),
    ],
)
def test_upcr_in_three_units(quantity: dict[str, object], details: dict[str, float]) -> None:
    assert ck.calculate("upcr", quantity).details == pytest.approx(details, abs=1e-4)


def test_upcr_rounded_as_guidelines_do() -> None:
    got = ck.calculate("upcr", {"value": 50, "unit": "mg/mmol"}, mg_g_per_mg_mmol=10)
    assert dict(got.details) == {"mg_g": 500, "g_g": 0.5, "mg_mmol": 50}
    table = series("SLE", "5,upcr_mg_g,50,mg/mmol,, 9,upcr_mg_g,300,mg/g,,")
    assert ck.score(table, "upcr")["value"].tolist() == [442, 300]
    assert ck.score(table, "upcr", mg_g_per_mg_mmol=10)["value"].tolist() == [500, 300]


def test_upcr_refuses_another_factor_another_unit_and_less_than_nothing() -> None:
    with pytest.raises(ck.DataError, match=r"mg_g_per_mg_mmol.*found 9; expected one of 8.84, 10"):
        ck.calculate("upcr", {"value": 50, "unit": "mg/mmol"}, mg_g_per_mg_mmol=9)
    with pytest.raises(ck.UnitError, match="mg/dL"):
        ck.calculate("upcr", {"value": 50, "unit": "mg/dL"})
    with pytest.raises(ck.DataError, match="upcr_mg_g"):
        ck.calculate("upcr", {"value": -1, "unit": "mg/g"})


@pytest.mark.parametrize(
    ("upcr", "egfr", "label"),
    [
        ([3000, 499], [80, 68], "complete response"),  # eGFR lower by exactly 15 %
        ([3000, 500], [80, 80], "partial response"),
        ([3000, 499], [80, 67.9], "partial response"),
        ([3000, 1500], [80, 40], "partial response"),  # halved exactly
        ([3000, 1501], [80, 80], "no response"),
        ([8000, 3000], [80, 80], "no response"),
        ([8000, 2999], [80, 80], "partial response"),
        ([3000, 499], [80, None], "partial response to complete response"),
        ([None, 1400], [80, 80], "no response to partial response"),
        ([0, 499], [80, 80], "complete response"),
        ([0, 600], [80, 80], "no response"),  # no percent of nothing
    ],
)
def test_renal_response(upcr: list[float], egfr: list[float], label: str) -> None:
    assert ck.calculate("renal_response", {"upcr_mg_g": upcr, "egfr_ml_min": egfr}).label == label


def test_renal_response_with_the_narrower_limit_of_kidney_function() -> None:
    given = {"upcr_mg_g": [3000, 499], "egfr_ml_min": [80, 71]}  # lower by 11.25 %
    assert verdict("renal_response", given) == "met"
    assert verdict("renal_response", given, egfr_fall_pct=10) == "not met"


# serology


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("80,IU/mL,,30", "29,IU/mL,,30", "met"),
        ("80,IU/mL,,30", "30,IU/mL,,30", "not met"),
        ("30,IU/mL,,30", "10,IU/mL,,30", "met"),
        ("29,IU/mL,,30", "10,IU/mL,,30", "not met"),
        ("80,IU/mL,,100", "10,IU/mL,,100", "not met"),  # against its own limit
        ("80,IU/mL,,30", "40,IU/mL,,50", "met"),
        ("80,IU/mL,,", "10,IU/mL,,30", "unknown"),
    ],
)
def test_seroconversion_judges_each_sample_by_its_own_limit(before: str, after: str, expected: str) -> None:
    table = series("SLE", f"-6,anti_dsdna_iu_ml,{before} 90,anti_dsdna_iu_ml,{after}")
    assert verdicts(table, "seroconversion")[90] == expected


def test_no_sample_before_infusion_leaves_seroconversion_open() -> None:
    table = series("SLE", "30,anti_dsdna_iu_ml,80,IU/mL,,30 90,anti_dsdna_iu_ml,10,IU/mL,,30")
    assert verdicts(table, "seroconversion") == {30: "not met", 90: "unknown"}


@pytest.mark.parametrize(
    ("c3", "c4", "expected"),
    [
        ((0.8, 0.9), (0.2, 0.2), "met"),
        ((0.8, 0.89), (0.2, 0.2), "not met"),
        ((0.8, 1.0), (0.2, 0.09), "not met"),
        ((0.9, 0.9), (0.1, 0.1), "not met"),  # never low
        ((0.9, 0.9), (0.09, 0.1), "met"),
    ],
)
def test_complement_normalises(c3: tuple[float, float], c4: tuple[float, float], expected: str) -> None:
    rows = [f"{day},c3_g_l,{c3[i]},g/L,0.9,1.8 {day},c4_g_l,{c4[i]},g/L,0.1,0.4" for i, day in enumerate((-6, 90))]
    assert verdicts(series("SLE", " ".join(rows)), "complement_normalisation")[90] == expected


# myositis


@pytest.mark.parametrize(
    ("md", "patient", "skin", "haq", "adults", "juvenile"),
    [
        # Each with muscle 16 of 150 = 10.7 %: 20 points.
        (8, 5, 4, 1, "minimal", "none"),  # 20
        (8, 4.4, 3.4, 1, "minimal", "minimal"),  # 6 % and 6 %: 2.5 + 7.5, in all 30
        (6, 5, 3.4, 1, "moderate", "minimal"),  # 20 % and 6 %: 15 + 7.5, in all 42.5
        (6, 4.4, 3.4, 1, "moderate", "moderate"),  # 45
        (3, 4.4, 2.2, 1, "moderate", "moderate"),  # 50 %, 6 %, 18 %: 20 + 2.5 + 12.5, in all 55
        (3, 2, 2.2, 1, "major", "moderate"),  # 50 %, 30 %, 18 %: 20 + 7.5 + 12.5, in all 60
        (3, 0, 0, 0.8, "major", "major"),  # 50 %, 50 %, 40 %, HAQ 6.7 %: 20 + 10 + 15 + 5, in all 70
    ],
)
def test_thresholds_of_adults_and_children(
    md: float, patient: float, skin: float, haq: float, adults: str, juvenile: str
) -> None:
    moved = {"md_global": [8, md], "patient_global": [5, patient], "extramuscular": [4, skin], "mmt": [100, 116]}
    given = {**moved, "haq": [1, haq], "enzyme": [200, 200], "enzyme_range": 3000, "mmt_max": 150}
    assert ck.calculate("tis_2016", given).label == adults
    assert ck.calculate("tis_2016_juvenile", given).label == juvenile


def test_one_side_of_the_muscle_test_has_a_maximum_of_80() -> None:
    muscles = [item["id"] for item in ck.catalogue.instrument("mmt_8")["items"] if not item["id"].endswith("_l")]
    assert len(muscles) == 8
    assert ck.calculate("mmt_8_unilateral", dict.fromkeys(muscles, 10)).value == 80
    assert ck.calculate("mmt_8_unilateral", dict.fromkeys(muscles[1:], 10)).high == 80
    assert ck.calculate("mmt_8_unilateral", dict.fromkeys(muscles[1:], 10)).low == 70


# skin and lung


@pytest.mark.parametrize(
    ("pair", "details"),
    [
        ([26, 18], {"absolute_change": -8, "relative_change_pct": -30.769231, "exceeds_mcid_5_3": True}),
        ([20, 15], {"absolute_change": -5, "relative_change_pct": -25, "exceeds_mcid_5_3": False}),
        ([20, 26], {"absolute_change": 6, "relative_change_pct": 30, "exceeds_mcid_5_3": True}),
        ([0, 3], {"absolute_change": 3, "relative_change_pct": None, "exceeds_mcid_5_3": False}),
        ([None, 3], {"absolute_change": None, "relative_change_pct": None, "exceeds_mcid_5_3": None}),
    ],
)
def test_change_of_the_skin_score(pair: list[float], details: dict[str, object]) -> None:
    got = ck.calculate("mrss_change", {"mrss": pair})
    assert dict(got.details) == details
    assert got.value == details["absolute_change"]


def test_an_unknown_baseline_bounds_the_change_by_the_scale() -> None:
    got = ck.calculate("mrss_change", {"mrss": [None, 3]})
    assert (got.low, got.high) == (-48, 3)


@pytest.mark.parametrize(
    ("pair", "both", "either"),
    [
        ([20, 15], "not met", "met"),  # 5 points, 25 %
        ([20, 14], "met", "met"),
        ([30, 24], "not met", "met"),  # 6 points, 20 %
        ([10, 8], "not met", "not met"),  # 2 points, 20 %
        ([9, 7], "not met", "met"),  # 2 points, 22.2 %
        ([0, 0], "not met", "not met"),
        ([None, 0], "unknown", "unknown"),
    ],
)
def test_two_rules_of_a_skin_improver(pair: list[float], both: str, either: str) -> None:
    assert verdict("mrss_improver_both", {"mrss": pair}) == both
    assert verdict("mrss_improver_either", {"mrss": pair}) == either


def test_skin_score_falls_site_by_site_in_a_series() -> None:
    sites = [item["value"] for item in ck.catalogue.instrument("mrss")["items"]]
    rows = [f"-6,{site},1" for site in sites] + [f"180,{site},0" for site in sites]
    assert ck.score(series("SSc", assessed=" ".join(rows)), "mrss_change")["value"].tolist() == [0, -17]


@pytest.mark.parametrize(
    ("fvc", "dlco", "expected"),
    [
        ([80, 72], [60, 60], "met"),  # exactly 10 %
        ([80, 72.1], [60, 60], "not met"),
        ([80, 76], [60, 51], "met"),  # exactly 5 % and 15 %
        ([80, 76], [60, 51.1], "not met"),
        ([80, 76.1], [60, 30], "not met"),  # DLCO alone is not enough
        ([80, 75], [60, None], "unknown"),
        ([80, 78], [60, None], "not met"),
        ([80, 70], [None, None], "met"),
        ([None, 70], [60, 60], "unknown"),
        ([80, 90], [60, 30], "not met"),
    ],
)
def test_progression_of_lung_disease(fvc: list[float], dlco: list[float], expected: str) -> None:
    assert verdict("ild_progression", {"fvc_pct_pred": fvc, "dlco_pct_pred": dlco}) == expected


def test_lung_changes_say_absolute_and_relative() -> None:
    got = ck.calculate("fvc_change", {"fvc_pct_pred": [80, 76]})
    assert dict(got.details) == {"absolute_change_points": -4, "relative_change_pct": -5}
    table = series("SSc", "-6,dlco_pct_pred,60,%,, 180,dlco_pct_pred,63,%,,")
    assert ck.score(table, "dlco_change")["value"].tolist() == [0, 3]


# CRISS


def test_no_change_gives_the_published_floor() -> None:
    got = ck.calculate("criss_2016", {"mrss": [20, 20], **STEADY, "criss_step_1_event": False})
    assert got.value == pytest.approx(0.0039, abs=5e-5)
    assert got.details["x"] == -5.54


@pytest.mark.parametrize(("skin", "expected"), [([26, 18], "met"), ([26, 19], "not met")])
def test_a_fall_of_8_alone_crosses_the_threshold_and_7_does_not(skin: list[int], expected: str) -> None:
    assert verdict("criss_2016", {"mrss": skin, **STEADY, "criss_step_1_event": False}) == expected


@pytest.mark.parametrize("event", ["new_renal_crisis", "confirmed_fvc_decline", "new_lv_failure", "new_pah"])
def test_any_event_of_step_1_makes_it_0(event: str) -> None:
    events = dict.fromkeys(["new_renal_crisis", "confirmed_fvc_decline", "new_lv_failure", "new_pah"], False)
    given = {"mrss": [40, 10], **STEADY}
    assert verdict("criss_2016", {**given, **events}) == "met"
    got = ck.calculate("criss_2016", {**given, **events, event: True})
    assert (got.value, got.verdict, dict(got.details)) == (0, "not met", {"x": None, "p": 0})
    assert verdict("criss_revised", {**given, event: True}) == "not met"


def test_unknown_events_leave_a_probable_improvement_open_and_an_impossible_one_not() -> None:
    assert verdict("criss_2016", {"mrss": [40, 10], **STEADY}) == "unknown"
    assert verdict("criss_2016", {"mrss": [20, 20], **STEADY}) == "not met"


def test_a_scale_of_100_must_be_given_in_mm() -> None:
    with pytest.raises(ck.DataError, match="md_global_0_10"):
        ck.calculate("criss_2016", {"md_global_0_10_change": -30})
    in_mm = {"md_global": {"value": 30, "unit": "mm"}, "md_global_0_10_baseline": 6}
    assert ck.calculate("criss_2016", in_mm).points["md_global"] == pytest.approx(1.32)  # 3 lower, times 0.44


REVISED = {
    "mrss": [25, 20], "fvc_pct_pred": [80, 84], "haq_di": [1.5, 1.2], "patient_global": [6, 6], "md_global": [6, 6],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "improved"),
    [
        ({}, 3),
        ({"mrss": [25, 21]}, 2),  # 16 %
        ({"fvc_pct_pred": [80, 83.9]}, 2),
        ({"fvc_pct_pred": [80, 76]}, 2),  # the wrong way
        ({"haq_di": [0, 0]}, 2),  # nothing to improve from
        ({"haq_di": [0, 0.5]}, 2),
        ({"md_global": [6, 4.8]}, 4),
    ],
)
def test_revised_criss_counts_relative_improvement(change: dict[str, list[float]], improved: int) -> None:
    got = ck.calculate("criss_revised", {**REVISED, **change})
    assert (got.value, got.details["n_improved"]) == (improved, improved)
    assert got.verdict == ("met" if improved >= 3 else "not met")


def test_revised_criss_with_other_thresholds_and_gaps() -> None:
    assert verdict("criss_revised", REVISED, threshold_pct=25) == "not met"
    assert verdict("criss_revised", REVISED, fvc_threshold_pct=5.1) == "not met"
    assert verdict("criss_revised", {**REVISED, "mrss": [25, None]}) == "unknown"
    assert verdict("criss_revised", {**REVISED, "mrss": [0, None]}) == "not met"
    assert verdict("criss_revised", REVISED, step_1_must_be_known=True) == "unknown"
    with pytest.raises(ck.DataError, match=r"threshold_pct.*a number from 0"):
        ck.calculate("criss_revised", REVISED, threshold_pct=-20)


# any engine, and the declarations themselves


def test_a_table_with_changes_scores_like_typed_cases() -> None:
    frame = pd.DataFrame(
        {
            "mrss_baseline": [25.0, 25.0, 0.0, None],
            "mrss": [20.0, None, 5.0, 20.0],
            "fvc_pct_pred_baseline": [80.0] * 4,
            "fvc_pct_pred": [84.0, 84.0, 80.0, 80.0],
        }
    )
    expected = [(2, 5), (1, 5), (0, 3), (0, 4)]
    for table in (frame, pl.from_pandas(frame)):
        got = ck.score_table(table, "criss_revised")
        assert list(zip(got["low"].to_list(), got["high"].to_list(), strict=True)) == expected


def test_escsg_adds_up_to_3_or_not() -> None:
    none = dict.fromkeys(
        ["scleredema", "delta_skin", "digital_necrosis", "delta_vascular", "arthritis", "delta_cardiopulmonary"], False
    )
    given = {**none, "mrss": 14, "dlco_pct_pred": 80, "esr_mm_h": 30, "hypocomplementaemia": False}
    assert ck.calculate("escsg_2003", given).value == 0
    over = {"mrss": 15, "dlco_pct_pred": 79.9, "esr_mm_h": 30.5}
    assert ck.calculate("escsg_2003", {**given, **over}).value == 3
    assert verdict("escsg_2003", {**given, **over}) == "met"
    assert verdict("escsg_2003", {**given, **over, "dlco_pct_pred": 80}) == "not met"
    by_laboratory = {**given, "hypocomplementaemia": None, "c3_g_l": 0.8, "c3_g_l_lower": 0.9}
    assert ck.calculate("escsg_2003", by_laboratory).value == 1
