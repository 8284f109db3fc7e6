"""Scores, verdicts and explanations of small series typed in; every expected value is worked out by hand."""

import numpy as np
import pandas as pd
import pytest

import casekit as ck
from casekit import records
from casekit.scores import daily_glucocorticoid
from casekit.scores.derive import Aplasia, b_cell_aplasia

CLINICAL = [
    "seizure",
    "psychosis",
    "organic_brain_syndrome",
    "visual_disturbance",
    "cranial_nerve_disorder",
    "lupus_headache",
    "cva",
    "vasculitis",
    "arthritis",
    "myositis",
    "urinary_casts",
    "rash",
    "alopecia",
    "mucosal_ulcers",
    "pleurisy",
    "pericarditis",
    "haemolytic_anaemia",
    "gi_activity",
]
NORMAL = {
    "urine_rbc_hpf": (1, "/hpf"),
    "urine_wbc_hpf": (1, "/hpf"),
    "upcr_mg_g": (80, "mg/g"),
    "c3_g_l": (1.2, "g/L"),
    "c4_g_l": (0.2, "g/L"),
    "anti_dsdna_iu_ml": (5, "IU/mL"),
    "temp_c": (36.5, "degC"),
    "platelets_10e9_l": (250, "10^9/L"),
    "wbc_10e9_l": (6, "10^9/L"),
}
LIMITS = {"c3_g_l": (0.9, 1.8), "c4_g_l": (0.1, 0.4), "anti_dsdna_iu_ml": ("", 30)}


def visit(
    day: int, present: tuple[str, ...] = (), pga: float | None = 0.1, lab_day: int | None = None, **labs: float
) -> tuple[str, str]:
    """A complete lupus visit as assessment and measurement rows: everything absent and normal but what is named."""
    items = [f"A,{day},{name},{'yes' if name in present else 'no'},," for name in CLINICAL]
    items += [f"A,{day},pga_0_3,{pga},,"] if pga is not None else []
    measured = []
    for name, (value, unit) in NORMAL.items():
        lower, upper = LIMITS.get(name, ("", ""))
        measured.append(
            f"A,{day if lab_day is None else lab_day},{name},{labs.get(name, value)},{unit},{lower},{upper},visit {day}"
        )
    return "\n".join(items), "\n".join(measured)


def lupus(visits: list[tuple[str, str]], treatments: str = "", extra: str = "", last: int = 400) -> ck.CaseSeries:
    return records.from_text(
        patients=f"patient_id,disease,sex,last_known_day\nA,SLE,female,{last}",
        treatments="patient_id,drug,category,dose,dose_unit,frequency,route,start_day,end_day\nA,cd19_car_t,car_t,1000000,cells/kg,once,iv,0,0\nA,hydroxychloroquine,antimalarial,400,mg,daily,oral,-900,-400"
        + treatments,
        assessments="patient_id,day,variable,value,attributed_to,origin\n"
        + "\n".join(items for items, _ in visits)
        + extra,
        measurements="patient_id,day,variable,value,unit,lower,upper,origin\n" + "\n".join(labs for _, labs in visits),
    )


def bounds(series: ck.CaseSeries, instrument: str) -> list[tuple[float, float]]:
    return list(ck.score(series, instrument)[["low", "high"]].itertuples(index=False, name=None))


def test_findings_and_laboratory_add_up() -> None:
    # arthritis 4 + rash 2 + UPCR 501 mg/g 4 + C3 below 0.9 2 = 12
    series = lupus([visit(-6, ("arthritis", "rash"), upcr_mg_g=501, c3_g_l=0.89)])
    assert bounds(series, "sledai_2k") == [(12, 12)]
    assert bounds(series, "clinical_sledai") == [(10, 10)]


def test_upcr_counts_only_while_the_parameter_says_so() -> None:
    series = lupus([visit(-6, upcr_mg_g=501)])
    assert ck.score(series, "sledai_2k", use_upcr_for_proteinuria=False)["missing"].tolist() == ["proteinuria"]


def test_another_unit_is_converted_before_it_is_judged() -> None:
    # 60 mg/mmol x 8.84 = 530 mg/g
    items, labs = visit(90)
    series = lupus([(items, labs.replace("upcr_mg_g,80,mg/g", "upcr_mg_g,60,mg/mmol"))])
    assert bounds(series, "clinical_sledai") == [(4, 4)]


def test_a_missing_item_widens_and_is_named() -> None:
    items, labs = visit(90)
    without = "\n".join(line for line in labs.splitlines() if "urine_rbc_hpf" not in line)
    table = ck.score(lupus([(items, without)]), "sledai_2k")
    assert table[["low", "high"]].to_numpy().tolist() == [[0, 4]]
    assert table["missing"].tolist() == ["hematuria"]
    assert table["value"].isna().all()


@pytest.mark.parametrize(("age", "expected"), [(10, (4, 4)), (11, (4, 23))])
def test_a_laboratory_value_is_carried_ten_days_and_not_eleven(age: int, expected: tuple[float, float]) -> None:
    # Without laboratory: haematuria, proteinuria, pyuria 4 each, complement and DNA 2 each, fever, platelets, white
    # cells 1 each: 19 open; arthritis 4 stays in both, so 11 days gives 4 to 23.
    series = lupus([visit(90, ("arthritis",), lab_day=90 - age)])
    assert bounds(series, "sledai_2k") == [expected]


def test_a_value_after_the_visit_is_not_used() -> None:
    assert bounds(lupus([visit(90, lab_day=91)]), "sledai_2k") == [(0, 19)]


def test_cytopenia_of_lymphodepletion_is_not_lupus() -> None:
    attributed = "\nA,28,leukopenia,yes,lymphodepletion,chart"
    assert bounds(lupus([visit(28, wbc_10e9_l=0.9)]), "sledai_2k") == [(1, 1)]
    series = lupus([visit(28, wbc_10e9_l=0.9)], extra=attributed)
    assert bounds(series, "sledai_2k") == [(0, 0)]
    told = ck.explain(series, "sledai_2k", patient_id="A", day=28).set_index("condition").loc["Leukopenia"]
    assert "attributed to lymphodepletion: does not count" in told["observed"]
    assert told["points"] == "0"


def test_a_detection_limit_is_not_a_value() -> None:
    """Less than 40 with a limit of 30: it may be normal or not."""
    items, labs = visit(90)
    cut = labs.replace("anti_dsdna_iu_ml,5,IU/mL", "anti_dsdna_iu_ml,40,IU/mL")
    lines = [line + (",<" if "anti_dsdna" in line else ",") for line in cut.splitlines()]
    series = records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,400",
        treatments="patient_id,drug,category,start_day\nA,cd19_car_t,car_t,0",
        assessments="patient_id,day,variable,value,attributed_to,origin\n" + items,
        measurements="patient_id,day,variable,value,unit,lower,upper,origin,comparator\n" + "\n".join(lines),
    )
    assert bounds(series, "sledai_2k") == [(0, 2)]


def test_a_ratio_below_its_detection_limit_is_anything_up_to_it() -> None:
    series = records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,400",
        treatments="patient_id,drug,category,start_day\nA,cd19_car_t,car_t,0",
        measurements="patient_id,day,variable,value,unit,comparator\nA,90,upcr_mg_g,40,mg/g,<",
    )
    assert bounds(series, "upcr") == [(0, 40)]


def test_doris_names_the_failing_and_the_unknown_condition() -> None:
    taper = "\nA,prednisolone,glucocorticoid,7.5,mg,daily,oral,-100,100"
    series = lupus([visit(90, pga=None), visit(180)], treatments=taper)
    verdicts = ck.judge(series, "doris_2021").set_index("day")
    assert verdicts["verdict"].to_dict() == {90: "not met", 180: "met"}
    assert verdicts.loc[90, ["physician_global", "low_glucocorticoid"]].tolist() == ["unknown", "not met"]


def test_a_missing_global_leaves_remission_unknown() -> None:
    assert ck.judge(lupus([visit(180, pga=None)]), "doris_2021")["verdict"].tolist() == ["unknown"]


@pytest.mark.parametrize(
    ("course", "doris", "drug_free"),
    [
        ("", "met", "met"),
        ("\nA,prednisone,glucocorticoid,5,mg,daily,oral,-50,", "met", "not met"),
        ("\nA,prednisone,glucocorticoid,5.1,mg,daily,oral,-50,", "not met", "not met"),
        ("\nA,methylprednisolone,glucocorticoid,4,mg,daily,oral,-50,", "met", "not met"),
        ("\nA,prednisone,glucocorticoid,10,mg,every other day,oral,-50,", "met", "not met"),
        ("\nA,prednisone,glucocorticoid,,mg,daily,oral,-50,", "unknown", "unknown"),
        ("\nA,hydroxychloroquine,antimalarial,200,mg,daily,oral,-50,", "met", "not met"),
        ("\nA,azathioprine,immunosuppressant,100,mg,daily,oral,170,", "not met", "not met"),
        ("\nA,azathioprine,immunosuppressant,100,mg,daily,oral,152,", "met", "not met"),
        ("\nA,azathioprine,immunosuppressant,100,mg,daily,oral,-50,179", "met", "met"),
        ("\nA,budesonide_inhaled,glucocorticoid,0.8,mg,daily,inhaled,-50,", "met", "met"),
    ],
)
def test_drugs_at_the_visit(course: str, doris: str, drug_free: str) -> None:
    series = lupus([visit(180)], treatments=course)
    assert ck.judge(series, "doris_2021")["verdict"].tolist() == [doris]
    assert ck.judge(series, "drug_free_remission")["verdict"].tolist() == [drug_free]


def test_the_cells_alone_are_no_medication_history() -> None:
    """Only the infusion and its conditioning are written down: that nothing else was taken is not known."""
    series = lupus([visit(180)])
    cells = records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,400",
        treatments="patient_id,drug,category,start_day\nA,cd19_car_t,car_t,0\nA,fludarabine,lymphodepletion,-5",
        assessments=series.assessments.to_csv(index=False),
        measurements=series.measurements.to_csv(index=False),
    )
    verdicts = ck.judge(cells, "doris_2021").iloc[0]
    assert set(verdicts[["low_glucocorticoid", "stable_antimalarial", "stable_biologic"]]) == {"unknown"}


def test_no_recorded_treatment_is_not_no_treatment() -> None:
    series = lupus([visit(180)])
    bare = records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,400",
        assessments=series.assessments.to_csv(index=False),
        measurements=series.measurements.to_csv(index=False),
        metadata={"synthetic": True, "index_event": "first visit"},
    )
    assert ck.judge(bare, "doris_2021")["low_glucocorticoid"].tolist() == ["unknown"]


def test_new_activity_is_judged_against_the_previous_visit() -> None:
    series = lupus([visit(30, ("rash",)), visit(60, ("rash",)), visit(90, ("rash", "arthritis")), visit(120)])
    verdicts = ck.judge(series, "lldas_2016").set_index("day")
    assert verdicts["no_new_activity"].to_dict() == {30: "unknown", 60: "met", 90: "not met", 120: "met"}
    # At day 30 the rest is fine, so only the first visit's comparison keeps it open; arthritis alone would be 4 points.
    assert verdicts["verdict"].to_dict() == {30: "unknown", 60: "met", 90: "not met", 120: "met"}


def test_glucocorticoid_over_time_adds_overlapping_courses() -> None:
    courses = (
        "\nA,prednisone,glucocorticoid,10,mg,daily,oral,-30,-11"
        "\nA,prednisone,glucocorticoid,5,mg,daily,oral,-10,-1"
        "\nA,dexamethasone,glucocorticoid,0.75,mg,daily,oral,-12,-11"
    )
    table = daily_glucocorticoid(lupus([visit(90)], treatments=courses))
    rows = table[["start_day", "end_day", "mg_per_day"]].to_numpy().tolist()
    assert rows == [[-30, -13, 10.0], [-12, -11, 15.0], [-10, -1, 5.0]]


def test_explain_finds_the_visit_near_a_round_day_and_refuses_far_ones() -> None:
    series = lupus([visit(178)])
    assert ck.explain(series, "doris_2021", patient_id="A", day=180).attrs["day"] == 178
    with pytest.raises(ck.CaseKitError, match=r"found no visit within 31 days of day 400; visits: 178"):
        ck.explain(series, "doris_2021", patient_id="A", day=400)
    with pytest.raises(ck.UnknownName, match="patient"):
        ck.explain(series, "doris_2021", patient_id="B", day=180)


def test_explain_shows_value_unit_day_and_origin() -> None:
    told = ck.explain(lupus([visit(180, upcr_mg_g=612)]), "sledai_2k", patient_id="A", day=180).set_index("condition")
    row = told.loc["Proteinuria"]
    assert (row["observed"], row["observed_day"], row["points"], row["origin"]) == (
        "UPCR 612 mg/g",
        180,
        "4",
        "visit 180",
    )


def test_a_wrong_parameter_is_refused() -> None:
    with pytest.raises(ck.UnknownName, match="parameter"):
        ck.calculate("sledai_2k", {}, use_upcr=True)


def test_a_number_without_threshold_has_no_verdict() -> None:
    with pytest.raises(ck.CaseKitError, match="no verdict"):
        ck.judge(lupus([visit(90)]), "sledai_2k")


def aplasia(*samples: tuple[float, float], aplastic_if: str = "below") -> Aplasia:
    return b_cell_aplasia(samples, threshold=10, aplastic_if=aplastic_if, confirm_samples=1)


def test_aplasia_that_lasts_is_censored_and_depletion_before_infusion_is_flagged() -> None:
    found = aplasia((-5, 0), (7, 0), (90, 0))
    assert (found.duration_from_onset, found.censored, found.depleted_before) == (83, True, True)


def test_aplasia_without_depletion_is_no_aplasia() -> None:
    assert aplasia((-5, 100), (7, 50), (28, 80)).onset_day is None


def test_return_is_known_only_between_two_samples() -> None:
    found = aplasia((-5, 100), (7, 0), (60, 0), (90, 10))
    assert (found.last_aplastic_day, found.reconstitution_day) == (60, 90)
    assert aplasia((7, 0), (90, 10), aplastic_if="up_to").censored


def test_an_aligned_series_scores_as_before_and_counts_days_from_the_event() -> None:
    series = ck.example().select(patient_id=["SLE-01", "IIM-01"])
    aligned = series.align("b_cell_return")
    own, shifted = ck.score(series, "b_cell_aplasia"), ck.score(aligned, "b_cell_aplasia")
    assert shifted["value"].tolist() == own["value"].tolist()
    assert shifted["reconstitution_day"].tolist() == [0, 0]
    assert ck.score(aligned, "tis_2016")["value"].tolist() == ck.score(series, "tis_2016")["value"].tolist()
    back = int(own.set_index("patient_id").loc["SLE-01", "reconstitution_day"])
    told = ck.explain(aligned, "sledai_2k", patient_id="SLE-01", day=-6 - back)
    assert told.attrs["day"] == -6 - back
    assert ck.claims(aligned)["computed"].tolist() == ck.claims(series)["computed"].tolist()


def test_a_patient_without_the_event_stays_with_empty_days() -> None:
    aligned = ck.example().align("pneumonia")
    assert "SLE-01" in aligned.unaligned
    assert ck.judge(aligned, "doris_2021").query("patient_id == 'SLE-01'")["day"].isna().all()


def test_no_visit_gives_no_row_but_all_columns() -> None:
    series = records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,90",
        treatments="patient_id,drug,category,start_day\nA,cd19_car_t,car_t,0",
    )
    for name in ("sledai_2k", "licats_2025", "b_cell_aplasia", "ctcae5_neutrophils"):
        table = ck.score(series, name)
        assert table.empty
        assert list(table.columns[:4]) == ["patient_id", "day", "low", "high"]


@pytest.mark.parametrize(
    ("dose", "unit", "mg_per_day"), [(0.5, "g", 500.0), (5000, "ug", 5.0), (1, "mg/kg", None), (7.5, "mg", 7.5)]
)
def test_a_dose_in_another_unit_is_converted_or_not_known(dose: float, unit: str, mg_per_day: float | None) -> None:
    series = lupus([visit(90)], treatments=f"\nA,prednisolone,glucocorticoid,{dose},{unit},daily,oral,-30,100")
    found = daily_glucocorticoid(series)["mg_per_day"].tolist()
    assert found == [mg_per_day] if mg_per_day else pd.isna(found[0])
    assert ck.judge(series, "doris_2021")["low_glucocorticoid"].tolist() == [
        "unknown" if mg_per_day is None else "met" if mg_per_day <= 5 else "not met"
    ]


def b_cells(*samples: str) -> dict[str, object]:
    """Aplasia of one patient from samples written as day,hour,value,comparator."""
    rows = "\n".join(f"A,{sample},cd19_b_cells_per_ul,/uL" for sample in samples)
    series = records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,200",
        treatments="patient_id,drug,category,start_day\nA,cd19_car_t,car_t,0",
        measurements="patient_id,day,hour,value,comparator,variable,unit\n" + rows,
    )
    return ck.score(series, "b_cell_aplasia").iloc[0].to_dict()


def test_below_a_limit_at_the_threshold_is_aplasia() -> None:
    assert b_cells("10,,10,<", "40,,10,<", "90,,50,")["value"] == 80


def test_below_a_limit_above_the_threshold_is_open() -> None:
    found = b_cells("10,,20,<", "90,,50,")
    assert (found["low"], found["high"], found["missing"]) == (0, 80, "sample of day 10")


def test_above_a_limit_below_the_threshold_is_open() -> None:
    found = b_cells("10,,5,>", "40,,50,")
    assert (found["low"], found["high"]) == (0, 30)


def test_b_cells_that_never_fell_are_no_aplasia_and_the_patient_stays() -> None:
    found = b_cells("10,,50,", "40,,60,")
    assert (found["value"], pd.isna(found["onset_day"])) == (0, True)


def test_two_samples_of_one_day_count_in_the_order_of_their_hours() -> None:
    # 60 at 8 h, 0 at 20 h: aplasia begins on day 5 and ends with the next sample above, on day 90
    assert b_cells("5,20,0,", "5,8,60,", "60,,0,", "90,,60,")["value"] == 85


@pytest.mark.parametrize("cause", ["SLE", "unknown", "none", "-"])
def test_a_word_that_names_no_other_cause_does_not_take_points_away(cause: str) -> None:
    with pytest.raises(ck.CaseKitError, match="other than the disease"):
        ck.calculate("sledai_2k", {"seizure": True, "attribution": {"seizure": cause}})
    assert ck.calculate("sledai_2k", {"seizure": True, "attribution": {"seizure": None}}).low == 8


def test_values_of_numpy_and_pandas_are_taken() -> None:
    got = ck.calculate("ice", {"ice_naming": np.int64(3), "ice_writing": float("nan"), "ice_attention": pd.NA})
    assert (got.low, got.high) == (3, 10)


def test_a_single_dose_without_end_is_one_day() -> None:
    pulse = "\nA,methylprednisolone,glucocorticoid,500,mg,once,iv,30,"
    table = daily_glucocorticoid(lupus([visit(90)], treatments=pulse))
    assert table[["start_day", "end_day", "mg_per_day"]].to_numpy().tolist() == [[30, 30, 625.0]]
    assert ck.judge(lupus([visit(90)], treatments=pulse), "doris_2021")["verdict"].tolist() == ["met"]
