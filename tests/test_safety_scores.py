"""Grades of toxicity and expansion of CAR T cells on small series; every expected value is worked out by hand."""

import math

import pytest

import casekit as ck
from casekit import records
from casekit.scores.courses import by_day, early_neutropenia, low_days
from casekit.scores.kinetics import Level, expansion

WELL = 2000


def series(measurements: str, *, last: int = 400, reason: str = "data cut", events: str = "", assessments: str = ""):
    """One patient, infused on day 0 after lymphodepletion from day -5: rows of day, variable, value, unit, lower."""
    rows = [line.split() for line in measurements.strip().splitlines()]
    cells = [
        ["A", day, name, value.lstrip("<"), "<"[: value.count("<")], unit, *rest]
        for day, name, value, unit, *rest in rows
    ]
    lines = [",".join([*row, ""][:7]) for row in cells]
    return records.from_text(
        patients=f"patient_id,disease,sex,last_known_day,end_reason\nA,SLE,female,{last},{reason}",
        treatments="patient_id,drug,category,start_day,end_day\nA,fludarabine,lymphodepletion,-5,-3\n"
        "A,cyclophosphamide,lymphodepletion,-3,-3\nA,cd19_car_t,car_t,0,0",
        measurements="patient_id,day,variable,value,comparator,unit,lower\n" + "\n".join(lines),
        events="patient_id,kind,name,start_day\n" + events,
        assessments="patient_id,day,variable,value\n" + assessments,
    )


def counts(values: dict[int, float], variable: str = "neutrophils_10e9_l", unit: str = "/uL") -> str:
    return "\n".join(f"{day} {variable} {value} {unit}" for day, value in values.items())


def every_day(low: dict[int, float], last: int = 30) -> dict[int, float]:
    return {day: low.get(day, WELL) for day in range(last + 1)}


def bounds(of: ck.CaseSeries, instrument: str, **parameters: object) -> list[tuple[float, float]]:
    return list(ck.score(of, instrument, **parameters)[["low", "high"]].itertuples(index=False, name=None))


def days(start: int, end: int, value: float = 400) -> dict[int, float]:
    return dict.fromkeys(range(start, end + 1), value)


@pytest.mark.parametrize(
    ("low", "grade", "why"),
    [
        ({}, 0, "never low"),
        (days(5, 30, 501), 0, "501 does not count"),
        (days(5, 10, 500), 1, "500 counts: 6 days"),
        (days(5, 11), 2, "7 days"),
        (days(5, 17), 2, "13 days"),
        (days(5, 18), 3, "14 days"),
        ({**days(4, 12), **days(5, 11, 100)}, 3, "7 days at 100"),
        ({**days(4, 12), **days(5, 11, 101)}, 2, "101 is not 100"),
        (days(5, 18, 100), 4, "14 days at 100"),
        (days(0, 30), 4, "never above 500"),
        (days(3, 30), 4, "from day 3 to the last count"),
        (days(4, 30), 3, "from day 4 to the last count: 27 days"),
        (days(3, 29), 3, "recovered on the last day"),
        ({**days(5, 8), **days(11, 13)}, 2, "two days of recovery join: 9 days"),
        ({**days(5, 8), **days(12, 15)}, 1, "three days of recovery end the run: 4 days"),
    ],
)
def test_early_icaht(low: dict[int, float], grade: int, why: str) -> None:
    assert bounds(series(counts(every_day(low))), "icaht_early") == [(grade, grade)], why


def test_cumulative_days_are_a_parameter() -> None:
    two_runs = series(counts(every_day({**days(5, 8), **days(12, 15)})))
    assert bounds(two_runs, "icaht_early", duration="cumulative") == [(2, 2)]
    with pytest.raises(ck.CaseKitError, match="duration"):
        ck.score(two_runs, "icaht_early", duration="longest")


@pytest.mark.parametrize(
    ("events", "grade", "told"),
    [
        ("", 1, "no transfusion recorded"),
        ("A,procedure,platelet_transfusion,8", 2, "platelet transfusion recorded"),
        ("A,procedure,platelet_transfusion,50", 1, "no transfusion recorded"),  # after day 30
        ("A,procedure,platelet_transfusion,-20", 1, "no transfusion recorded"),  # holds to day -14
    ],
)
def test_counts_after_a_recorded_platelet_transfusion_show_no_recovery(events: str, grade: int, told: str) -> None:
    """4 days below 50, then 45 on day 15; with the days from 9 to 14 filled in between 40 and 45: 11 days."""
    low = {**every_day({}), **days(5, 8, 40), 15: 45}
    of = series(counts(low, "platelets_10e9_l", "10^9/L"), events=events)
    assert bounds(of, "t_icaht_early") == [(grade, grade)]
    origin = ck.explain(of, "t_icaht_early", patient_id="A", day=30)["origin"].iloc[0]
    assert origin.endswith(f", {told}, day 0 to 30")


def test_a_platelet_transfusion_on_a_day_not_known_leaves_every_high_count_open() -> None:
    """Day 5 to 15 are low as before, 11 days and grade 2; on all others the patient's own platelets may be anything."""
    low = {**every_day({}), **days(5, 8, 40), 15: 45}
    of = series(counts(low, "platelets_10e9_l", "10^9/L"))
    transfused = records.from_text(
        patients=of.patients.to_csv(index=False),
        treatments=of.treatments.to_csv(index=False),
        measurements=of.measurements.to_csv(index=False),
        events="patient_id,kind,name,start_day,day_range\nA,procedure,platelet_transfusion,,unknown",
    )
    assert bounds(transfused, "t_icaht_early") == [(2, 4)]


def test_unstable_recovery_counts_in_the_run_but_not_in_the_plain_days() -> None:
    assert low_days([5, 6, 9, 10, 20]).__dict__ == {
        "longest_run": 6,
        "cumulative": 7,
        "raw_days": 5,
        "from_start_to_last": False,
    }


def test_both_units_give_the_same_grade() -> None:
    low = every_day(days(5, 11, 450))
    in_thousands = {day: value / 1000 for day, value in low.items()}
    assert bounds(series(counts(low)), "icaht_early") == [(2, 2)]
    assert bounds(series(counts(in_thousands, unit="10^9/L")), "icaht_early") == [(2, 2)]


def test_the_lowest_count_of_a_day_decides() -> None:
    assert by_day([(7, 2.0), (7, 0.3)], range(8)).measured == {7: 0.3}
    assert ck.catalogue.variable("neutrophils_10e9_l").within_day == "lowest"


def test_seven_missing_days_are_filled_in_and_eight_are_not() -> None:
    seven = by_day([(0, 2.0), (8, 0.4)], range(9))
    # From 2.0 to 0.4 in 8 days: 0.2 a day.
    assert seven.imputed == {1: 1.8, 2: 1.6, 3: 1.4, 4: 1.2, 5: 1.0, 6: 0.8, 7: 0.6}
    assert by_day([(0, 2.0), (9, 0.2)], range(10)).imputed == {}
    assert by_day([(0, 2.0), (8, 0.4)], range(9), interpolate_up_to=6).imputed == {}


def test_imputed_values_never_stand_over_measured_ones() -> None:
    table = by_day([(0, 2.0), (2, 0.4), (4, 1.0), (20, 2.0)], range(6))
    assert table.measured == {0: 2.0, 2: 0.4, 4: 1.0}
    assert table.imputed == pytest.approx({1: 1.2, 3: 0.7})


def test_imputed_counts_are_rounded_to_tens() -> None:
    """Day 1 between 400 and 607 is 503.5 per µL, rounded to 500, which counts."""
    assert by_day([(0, 0.400), (2, 0.607)], range(3), to=0.01).imputed == {1: 0.5}
    course = early_neutropenia([(0, 0.4), (2, 0.607), *((day, 2.0) for day in range(3, 31))])
    assert course.details["raw_days_le_500"] == 2


def test_days_without_a_count_leave_the_grade_open() -> None:
    """Days 9 to 16 were not measured: none or all 8 of them may have been low."""
    known = {day: WELL for day in range(31) if not 9 <= day <= 16}
    assert bounds(series(counts(known)), "icaht_early") == [(0, 3)]
    assert ck.score(series(counts(known)), "icaht_early")["value"].isna().all()


def test_a_recovered_count_holds_for_a_week_and_a_low_one_is_not_carried_on() -> None:
    assert bounds(series(counts(dict.fromkeys(range(24), WELL))), "icaht_early") == [(0, 0)]
    assert bounds(series(counts(dict.fromkeys(range(23), WELL))), "icaht_early") == [(0, 1)]
    falling = every_day(days(20, 24), last=24)  # 5 days low, then 6 days not known: 5 to 11 days
    assert bounds(series(counts(falling)), "icaht_early") == [(1, 2)]


def test_neutropenia_until_death_is_grade_4() -> None:
    """Low from day 0 to the last count on day 16: 17 days would be grade 3 by their number."""
    low = counts(days(0, 16))
    assert bounds(series(low, last=16, reason="death"), "icaht_early") == [(4, 4)]
    late_start = counts({**days(0, 5, WELL), **days(6, 16)})
    assert bounds(series(late_start, last=16, reason="death"), "icaht_early") == [(2, 2)]


def test_a_patient_without_counts_is_not_graded_zero() -> None:
    assert bounds(series("0 crp_mg_l 5 mg/L"), "icaht_early") == [(0, 4)]
    assert bounds(series("0 crp_mg_l 5 mg/L"), "icaht_late") == [(0, 4)]


def test_explain_tells_days_and_counts_behind_the_grade() -> None:
    table = ck.explain(series(counts(every_day(days(5, 11)))), "icaht_early", patient_id="A", day=30)
    row = table.set_index("condition").loc["Days with neutrophils up to 500 per µL"]
    assert (row["observed"], row["points"]) == ("Neutrophils up to 500/µL 7 days", "2")
    assert row["origin"] == "31 neutrophil counts, day 0 to 30"


@pytest.mark.parametrize(
    ("values", "grade"),
    [
        ({20: 50, 40: 1600, 60: 1700}, 0),
        ({40: 1500, 60: 1500}, 1),
        ({40: 1000, 60: 1400}, 2),
        ({40: 100, 60: 3000}, 0),
        ({40: 500}, 3),
        ({40: 100, 41: 100}, 4),
        ({30: 100, 31: 1400, 100: 1500, 101: 100}, 1),
    ],
)
def test_late_icaht(values: dict[int, float], grade: int) -> None:
    assert bounds(series(counts(values)), "icaht_late") == [(grade, grade)]


def platelets(low: dict[int, float]) -> ck.CaseSeries:
    return series(counts({day: low.get(day, 200) for day in range(101)}, "platelets_10e9_l", "10^9/L"))


@pytest.mark.parametrize(
    ("low", "early", "late"),
    [
        ({5: 50}, 0, 0),
        ({5: 49}, 1, 0),
        (days(5, 11, 49), 2, 0),
        ({5: 20}, 1, 0),
        ({5: 19}, 3, 0),
        (days(5, 18, 19), 4, 0),
        ({40: 99}, 0, 1),
        ({40: 49}, 0, 2),
        ({40: 19}, 0, 3),
        (days(40, 53, 19), 0, 4),
    ],
)
def test_thrombocytopenia(low: dict[int, float], early: int, late: int) -> None:
    assert bounds(platelets(low), "t_icaht_early") == [(early, early)]
    assert bounds(platelets(low), "t_icaht_late") == [(late, late)]


def test_thrombocytopenia_counts_days_of_all_runs() -> None:
    apart = platelets({**days(3, 6, 40), **days(15, 17, 40)})
    assert bounds(apart, "t_icaht_early") == [(2, 2)]
    assert bounds(apart, "t_icaht_early", duration="longest_run") == [(1, 1)]


BEFORE = """
-6 platelets_10e9_l 60 10^9/L
-6 neutrophils_10e9_l 700 /uL
-6 haemoglobin_g_dl 8.5 g/dL
-6 crp_mg_l 2.4 mg/dL
-6 ferritin_ug_l 1400 ng/mL
-2 ferritin_ug_l 5000 ng/mL
"""


def test_car_hematotox_looks_before_lymphodepletion_and_says_it_is_exploratory() -> None:
    """2 for platelets, 1 each for neutrophils, haemoglobin and ferritin; CRP of 24 mg/L gives none."""
    scored = ck.score(series(BEFORE), "car_hematotox")
    assert scored[["day", "low", "high"]].to_numpy().tolist() == [[-5, 5.0, 5.0]]
    assert ck.judge(series(BEFORE), "car_hematotox")["verdict"].tolist() == ["met"]
    assert "exploratory" in ck.catalogue.instrument("car_hematotox")["name"]
    assert "exploratory" in ck.calculate("car_hematotox", {}).label


def test_a_value_from_long_before_lymphodepletion_is_missing() -> None:
    assert bounds(series(BEFORE.replace("-6 ferritin", "-20 ferritin")), "car_hematotox") == [(4, 6)]


def test_ctcae_grades_every_day_of_measurement() -> None:
    scored = ck.score(
        series(
            "3 neutrophils_10e9_l 1490 /uL 1800\n5 neutrophils_10e9_l 1.7 10^9/L 1.8\n9 neutrophils_10e9_l 1.7 10^9/L"
        ),
        "ctcae5_neutrophils",
    )
    assert scored[["day", "low", "high"]].to_numpy().tolist() == [[3, 2, 2], [5, 1, 1], [9, 0, 1]]
    assert ck.instruments().loc["ctcae5_neutrophils", "version"] == "CTCAE 5.0"


def test_anaemia_is_grade_4_only_when_a_physician_says_so() -> None:
    low = "3 haemoglobin_g_dl 7.5 g/dL 12\n5 haemoglobin_g_dl 75 g/L 120\n7 haemoglobin_g_dl 11 g/dL 12"
    said = "A,3,anaemia_life_threatening,no"
    assert bounds(series(low, assessments=said), "ctcae5_anemia") == [(3, 3), (3, 4), (1, 1)]


def test_onset_of_local_toxicity_comes_from_the_events() -> None:
    events = "A,adverse_event,licats,14\nA,adverse_event,licats,31\nA,adverse_event,crs,2"
    assert ck.score(series("", events=events), "licats_onset")["value"].tolist() == [14, 31]


def test_local_toxicity_is_graded_by_its_management() -> None:
    of = series("", assessments="A,9,licats_management,hospitalisation\nA,20,licats_management,spontaneous_resolution")
    assert bounds(of, "licats_2025") == [(3, 3), (1, 1)]


def levels(*pairs: tuple[float, float]) -> list[Level]:
    return [Level(day, value) for day, value in pairs]


def test_exposure_interpolates_the_day_without_sample() -> None:
    """0 to 10: 500; 10 to 28 falls from 100 to 55 on the line to 10 on day 46: 18 * 77.5."""
    found = expansion(levels((0, 0), (10, 100), (46, 10)), 28, "zero")
    assert found is not None
    assert (found.cmax, found.tmax_day, found.auc) == (100, 10, 500 + 1395)


def test_exposure_is_open_when_the_samples_end_early() -> None:
    short = series("0 car_t_cells_per_ul 0 /uL\n10 car_t_cells_per_ul 100 /uL\n20 car_t_cells_per_ul 50 /uL")
    row = ck.score(short, "car_t_kinetics").iloc[0]
    assert (row["low"], row["high"]) == (500 + 750, math.inf)
    assert row["missing"] == "sample"


def test_first_day_of_the_peak_and_start_from_nothing() -> None:
    found = expansion(levels((7, 80), (9, 80), (28, 0)), 28, "zero")
    assert found is not None
    assert (found.tmax_day, found.auc) == (7, 280 + 160 + 760)


@pytest.mark.parametrize(("rule", "area"), [("zero", 500 + 900), ("half", 500 + 18 * 52), ("limit", 500 + 18 * 54)])
def test_below_the_limit_is_zero_before_the_peak_and_a_parameter_after_it(rule: str, area: float) -> None:
    of = series("0 car_t_cells_per_ul <8 /uL\n10 car_t_cells_per_ul 100 /uL\n28 car_t_cells_per_ul <8 /uL")
    assert ck.score(of, "car_t_kinetics", below_limit=rule)["value"].tolist() == [area]
    typed = {"samples": [[0, "<8"], [10, 100], [28, "<8"]], "unit": "cells/uL"}
    assert ck.calculate("car_t_kinetics", typed, below_limit=rule).value == area


def test_the_two_assays_are_never_mixed() -> None:
    both = series(
        "10 car_t_cells_per_ul 100 /uL\n28 car_t_cells_per_ul 0 /uL\n9 car_t_copies_per_ug 9000 copies/ug\n"
        "28 car_t_copies_per_ug 0 copies/ug"
    )
    assert ck.score(both, "car_t_kinetics")[["cmax", "unit"]].to_numpy().tolist() == [[100, "/uL"]]
    assert ck.score(both, "car_t_kinetics", assay="qpcr")[["cmax", "unit"]].to_numpy().tolist() == [[9000, "copies/ug"]]


NORMAL = [WELL] * 31


@pytest.mark.parametrize(
    ("instrument", "inputs", "words"),
    [
        ("icaht_early", {"anc_daily_day0_to_30": NORMAL}, "unit"),
        ("icaht_early", {"anc_daily_day0_to_30": NORMAL, "unit": "mg/dL"}, "mg/dL"),
        ("icaht_early", {"anc_daily_day0_to_30": [-1, *NORMAL[1:]], "unit": "cells/uL"}, "neutrophils"),
        ("icaht_early", {"anc_daily_day0_to_30": ["low", *NORMAL[1:]], "unit": "cells/uL"}, "low"),
        ("icaht_early", {"anc_daily_day0_to_30": [*NORMAL, WELL], "unit": "cells/uL"}, "32 values"),
        ("icaht_early", {"longest_run_le_500": 32}, "neutropenia_days_le_500"),
        ("icaht_early", {"longest_run_le_500": 1.5}, "whole number"),
        ("icaht_late", {"two_lowest_anc_after_day30": [-5, 3], "unit": "cells/uL"}, "neutrophils"),
        ("t_icaht_early", {"days_plt_lt_50": -1}, "platelet_days_below_50"),
        ("car_hematotox", {"crp_mg_dl": -1}, "crp_mg_l"),
        ("licats_2025", {"licats_management": "prayer"}, "spontaneous_resolution"),
        ("licats_onset", {"onset_day": -1}, "licats_onset_day"),
        ("ctcae5_neutrophils", {"anc_per_ul": "low"}, "neutrophils_10e9_l"),
        ("ctcae5_neutrophils", {"anc_per_ul": 900, "lln_per_ul": -1}, "neutrophils_10e9_l"),
        ("car_t_kinetics", {"samples": [[0, 1]], "unit": "ng"}, "ng"),
        ("car_t_kinetics", {"samples": [[0, -1]], "unit": "cells/uL"}, "car_t_cells_per_ul"),
        ("car_t_kinetics", {"samples": [[0, "many"]], "unit": "cells/uL"}, "many"),
        ("b_cell_aplasia", {"samples": [[0, -1]], "unit": "cells/uL"}, "samples"),
    ],
)
def test_what_cannot_be_is_refused(instrument: str, inputs: dict[str, object], words: str) -> None:
    with pytest.raises(ck.CaseKitError, match=words):
        ck.calculate(instrument, inputs)


@pytest.mark.parametrize("missing", ["platelets_10e9_l", "neutrophils_10e9_l", "crp_mg_l"])
def test_a_missing_value_only_widens(missing: str) -> None:
    full = {
        "platelets_10e9_l": 60,
        "neutrophils_10e9_l": 0.7,
        "haemoglobin_g_dl": 8,
        "crp_mg_l": 40,
        "ferritin_ug_l": 9,
    }
    got = ck.calculate("car_hematotox", {**full, missing: None})
    assert got.low == 5 - (2 if missing.startswith("plat") else 1)
    assert got.high == 5
