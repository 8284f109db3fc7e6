"""Cases of time courses worked out by hand: runs and gaps of blood counts, B-cell aplasia, CAR T expansion, doses."""

from collections.abc import Iterator
from math import inf

from hand_case import Case, Given, only_open

Days = dict[int, float]


def days(first: int, last: int, value: float) -> Days:
    return dict.fromkeys(range(first, last + 1), value)


def typed(name: str, low: Days, missing: range = range(0), *, well: float = 2, last: int = 30) -> Given:
    """A count per day in 10^9/L: `well` but on the days in `low`, nothing on the `missing` days."""
    values = {**days(0, last, well), **low, **dict.fromkeys(missing)}
    return {name: list(values.values()), "unit": "10^9/L"}


def anc(*low: Days, missing: range = range(0)) -> Given:
    return typed("anc_daily_day0_to_30", {day: value for part in low for day, value in part.items()}, missing)


def early_neutropenia() -> Iterator[Case]:
    """ICAHT day 0 to 30: at or below 500 and 100 per µL, runs that fewer than 3 days part are one."""
    run = "longest_run_le_500"
    for given, grade, longest in [
        (anc(), 0, 0), (anc({5: 0.501}), 0, 0), (anc({5: 0.5}), 1, 1), (anc(days(5, 10, 0.5)), 1, 6),
        (anc(days(5, 11, 0.5)), 2, 7), (anc(days(5, 17, 0.5)), 2, 13), (anc(days(5, 18, 0.5)), 3, 14),
        (anc(days(5, 10, 0.1)), 1, 6), (anc(days(5, 11, 0.1)), 3, 7), (anc(days(5, 11, 0.101)), 2, 7),
        (anc(days(5, 17, 0.1)), 3, 13), (anc(days(5, 18, 0.1)), 4, 14), (anc(days(0, 30, 0.5)), 4, 31),
        (anc(days(3, 30, 0.5)), 4, 28), (anc(days(4, 30, 0.5)), 3, 27), (anc(days(3, 29, 0.5)), 3, 27),
        # 4 days, then 1, 2 or 3 days of recovery, then 3 days: 8, 9 or 4 in a row.
        (anc(days(5, 8, 0.4), days(10, 12, 0.4)), 2, 8), (anc(days(5, 8, 0.4), days(11, 13, 0.4)), 2, 9),
        (anc(days(5, 8, 0.4), days(12, 14, 0.4)), 1, 4),
        (anc({2: 0.4, 8: 0.4, 10: 0.4}), 1, 3),  # joined with the run before, not the first one
        # Low from day 0 to the last count on day 23; a week after it is not known.
        (anc(days(0, 23, 0.4), missing=range(24, 31)), 4, 24),
    ]:  # fmt: skip
        yield Case("icaht_early", given, {"value": grade, "details": {run: longest}}, f"{longest} days: grade {grade}")
    apart = anc(days(5, 8, 0.4), days(12, 14, 0.4))
    yield Case("icaht_early", apart, {"value": 2}, "4 and 3 days: 7 together", {"duration": "cumulative"})
    yield Case("icaht_early", apart, {"value": 1}, "the longest run is 4 days", {"duration": "longest_run"})
    per_ul = {"anc_daily_day0_to_30": [2000] * 5 + [450] * 7 + [2000] * 19, "unit": "/uL"}
    yield Case("icaht_early", per_ul, {"value": 2}, "450 per µL on 7 days")
    yield from gaps()


def gaps() -> Iterator[Case]:
    """Up to 7 missing days are filled in on a straight line; longer gaps, and what comes after a low count, are open."""
    for given, expected, why in [
        (anc({5: 0.3, 13: 0.3}, missing=range(6, 13)), {"value": 2, "details": {"longest_run_le_500": 9}}, "7 missing"),
        (anc({5: 0.3, 14: 0.3}, missing=range(6, 14)), only_open(1, 3), "8 missing: 1 day or 10, 8 of them at 100"),
        # 0.7 to 0.3 on days 5 to 9: 0.6, 0.5, 0.4 between, so days 7, 8 and 9 are low.
        (anc({5: 0.7, 9: 0.3}, missing=range(6, 9)), {"details": {"longest_run_le_500": 3, "imputed_days": 3}}, "line"),
        # Half way from 0.502 to 0.506 is 0.504: rounded to tens 0.50, which counts; as a measured value it does not.
        (anc({5: 0.502, 7: 0.506}, missing=range(6, 7)), {"value": 1}, "504 filled in is 500"),
        (anc({5: 0.502, 6: 0.504, 7: 0.506}), {"value": 0}, "504 measured is not 500"),
        (anc(missing=range(24, 31)), {"value": 0}, "recovered on day 23: holds for the 7 days to day 30"),
        (anc(missing=range(23, 31)), only_open(0, 1), "recovered on day 22: day 30 is the eighth"),
        (anc(missing=range(7)), {"value": 0}, "the first count on day 7 is normal: so were the 7 days before"),
        (anc(missing=range(8)), only_open(0, 1), "the first count on day 8: day 0 is open"),
        (anc(days(20, 24, 0.4), missing=range(25, 31)), only_open(1, 2), "5 days low, then 6 days not known"),
        (anc({7: 0.5}, missing=range(7)), only_open(1, 2), "the first count on day 7 is 500: up to 8 days"),
        (anc({24: 0.5}, missing=range(25, 31)), only_open(1, 2), "the last count on day 24 is 500: up to 7 days"),
        ({"anc_daily_day0_to_30": [None] * 31, "unit": "/uL"}, only_open(0, 4), "not counted at all"),
    ]:  # fmt: skip
        yield Case("icaht_early", given, expected, why)
    filled = anc({5: 0.3, 9: 0.3}, missing=range(6, 9))
    for most, longest in [(3, 5), (2, 1)]:
        expected = {"value": 1, "details": {"longest_run_le_500": longest}}
        yield Case("icaht_early", filled, expected, f"3 missing, {most} filled in", {"interpolate_up_to": most})
    twice = {"samples": [[0, 2000], [4, 2000], [4, 450], *([day, 2000] for day in range(5, 31, 5))], "unit": "/uL"}
    yield Case("icaht_early", twice, {"details": {"raw_days_le_500": 1}}, "the lowest of the day")


def late(*pairs: tuple[int, float]) -> Given:
    return {"samples": [list(pair) for pair in pairs], "unit": "10^9/L"}


def late_courses() -> Iterator[Case]:
    """After day 30, up to day 100: nadirs that are not transient."""
    for given, grade in [
        (late((40, 1.6), (60, 1.7)), 0), (late((40, 1.5), (60, 1.5)), 1), (late((40, 1.0), (60, 1.5)), 2),
        (late((40, 0.5), (60, 1.5)), 3), (late((40, 0.1), (60, 1.5)), 4), (late((40, 0.1), (60, 1.51)), 0),
        (late((40, 0.1)), 4), (late((30, 0.1), (31, 1.4), (50, 1.4)), 1), (late((50, 1.4), (100, 0.4)), 3),
        (late((50, 1.4), (60, 1.4), (101, 0.1)), 1), (late((50, 0.9), (50, 2), (60, 1.4)), 2),
        ({"two_lowest_anc_after_day30": [900, 1600], "unit": "/uL"}, 0),
        ({"two_lowest_anc_after_day30": [900, 1500], "unit": "/uL"}, 2),
        ({"two_lowest_anc_after_day30": [900, None], "unit": "/uL"}, 2),
    ]:  # fmt: skip
        yield Case("icaht_late", given, {"value": grade}, f"{given}: grade {grade}")
    yield Case("icaht_late", late((50, 1.4), (60, 1.4), (95, 0.1)), {"value": 1}, "until day 90", {"last": 90})
    for given, grade in [
        (late((40, 100)), 0), (late((40, 99)), 1), (late((40, 50)), 1), (late((40, 49)), 2), (late((40, 20)), 2),
        (late((40, 19)), 3), (late((30, 19), (40, 120)), 0), (late((100, 19)), 3), (late((99, 120), (101, 19)), 0),
        (late(*((day, 19) for day in range(31, 44))), 3), (late(*((day, 19) for day in range(31, 45))), 4),
        (late((40, 10), (48, 10), (53, 10)), 4),  # 7 and 4 days filled in: day 40 to 53 are 14 days
        (late((40, 10), (49, 10), (54, 10)), 3),  # 8 days are not: 1 + 6
    ]:  # fmt: skip
        yield Case("t_icaht_late", given, {"value": grade}, f"{given}: grade {grade}")


def platelets(*low: Days, missing: range = range(0)) -> Given:
    """A platelet count per day, 200 but on the days named."""
    found = {day: value for part in low for day, value in part.items()}
    return typed("platelets_daily_day0_to_30", found, missing, well=200)


def early_thrombocytopenia() -> Iterator[Case]:
    """T-ICAHT day 0 to 30: days below 50 and 20, all of them together."""
    for given, expected, why in [
        (platelets({5: 50}), {"value": 0}, "50 is not below 50"), (platelets({5: 49}), {"value": 1}, "one day"),
        (platelets(days(5, 10, 49)), {"value": 1}, "6 days"), (platelets(days(5, 11, 49)), {"value": 2}, "7 days"),
        (platelets({5: 20}), {"value": 1}, "20 is not below 20"), (platelets({5: 19}), {"value": 3}, "one day at 19"),
        (platelets(days(5, 17, 19)), {"value": 3}, "13 days"), (platelets(days(5, 18, 19)), {"value": 4}, "14 days"),
        (platelets(days(5, 8, 40), days(15, 17, 40)), {"value": 2}, "4 and 3 days: 7"),
        (platelets(days(5, 8, 40), days(11, 11, 40)), {"value": 2}, "unstable recovery counts: 4 + 2 + 1"),
        (platelets(days(5, 8, 40), days(12, 13, 40)), {"value": 1}, "recovery of 3 days does not: 4 + 2"),
        (platelets({5: 40, 13: 40}, missing=range(6, 13)), {"value": 2}, "7 missing days filled in"),
        (platelets({5: 40, 14: 40}, missing=range(6, 14)),
         {**only_open(1, 3), "details": {"longest_run_lt_50": 1, "raw_days_lt_20": 0}}, "8 missing days are open"),
        (platelets(missing=range(24, 31)), {"value": 0}, "recovery holds 7 days"),
        (platelets(missing=range(23, 31)), only_open(0, 3), "the eighth day is open"),
    ]:  # fmt: skip
        yield Case("t_icaht_early", given, expected, why)
    apart = platelets(days(5, 8, 40), days(15, 17, 40))
    yield Case("t_icaht_early", apart, {"value": 1}, "the longest run is 4 days", {"duration": "longest_run"})


def transfused_on(day: int, given: Given) -> Given:
    return {**given, "platelet_transfusion_days": [day]}


def transfusions() -> Iterator[Case]:
    """Counts of 7 days from a platelet transfusion on show no recovery; low ones stand."""
    held_up = platelets(days(5, 8, 40), {15: 45})
    yield Case("t_icaht_early", held_up, {"value": 1}, "4 days and, 6 good days later, 1: 5")
    # Day 9 to 14 are not counted and filled in between 40 and 45: day 5 to 15 are 11 days.
    yield Case("t_icaht_early", transfused_on(8, held_up), {"value": 2}, "11 days")
    as_counted = {"transfusion_holds_days": 0}
    yield Case("t_icaht_early", transfused_on(8, held_up), {"value": 1}, "every count as it stands", as_counted)
    for day, expected, why in [
        (24, only_open(1, 2), "day 25 to 30 are not counted: 1 to 7 days"),
        (23, {"value": 1}, "day 30 is the eighth: between 40 and 200 all is above 50"),
    ]:
        yield Case("t_icaht_early", transfused_on(day, platelets({day: 40})), expected, why)
    for day, expected in [(33, {"value": 0}), (34, only_open(0, 4)), (40, only_open(0, 4)), (41, {"value": 0})]:
        yield Case("t_icaht_late", transfused_on(day, late((40, 150))), expected, f"150 on day 40, transfused on {day}")
    yield Case("t_icaht_late", transfused_on(40, late((40, 99))), {"value": 1}, "99 is below 100 all the same")
    # 10, 15 and 15, 10 around day 44 and day 48 to 53: 2 + 7; without day 44 all of day 40 to 53: 14.
    risen = late((40, 10), (44, 30), (48, 10), (53, 10))
    yield Case("t_icaht_late", risen, {"value": 3}, "9 days below 20")
    yield Case("t_icaht_late", transfused_on(43, risen), {"value": 4}, "14 days below 20")
    yield Case("t_icaht_late", transfused_on(43, risen), {"value": 3}, "every count as it stands", as_counted)


def b_cells(*pairs: tuple[float, float | None], **given: object) -> Given:
    return {"samples": [list(pair) for pair in pairs], "unit": "/uL", **given}


def aplasia() -> Iterator[Case]:
    """Onset below 10 per µL, return at or above it; duration from onset and time from infusion."""
    course = b_cells((-5, 120), (7, 0), (28, 9), (90, 10), (120, 40))
    told = {"onset_day": 7, "reconstitution_day": 90, "last_aplastic_day": 28, "duration_from_onset": 83,
            "time_from_infusion": 90, "censored": False, "depleted_before": False}  # fmt: skip
    yield Case("b_cell_aplasia", course, {"value": 83, "details": told}, "below 10 on days 7 and 28, 10 on day 90")
    yield Case("b_cell_aplasia", course, {"value": 113}, "10 is still aplasia: day 120", {"aplastic_if": "up_to"})
    yield Case("b_cell_aplasia", course, {"value": 21}, "9 is a return at 5", {"threshold": 5})
    relapse = b_cells((7, 0), (60, 15), (90, 3), (120, 30), (150, 40))
    yield Case("b_cell_aplasia", relapse, {"value": 53}, "one sample is a return")
    confirmed = {"value": 113, "details": {"last_aplastic_day": 90}}
    yield Case("b_cell_aplasia", relapse, confirmed, "two samples in a row: day 120", {"confirm_samples": 2})
    ends = {"low": 143, "high": inf, "value": None, "details": {"censored": True, "last_aplastic_day": 90}}
    yield Case("b_cell_aplasia", relapse, ends, "three in a row do not come: to day 150", {"confirm_samples": 3})
    open_end = {"low": 83, "high": inf, "value": None, "details": {"censored": True, "last_aplastic_day": 90}}
    yield Case("b_cell_aplasia", b_cells((7, 0), (28, 2), (90, 9)), open_end, "no return until the last sample")
    before = {"details": {"depleted_before": True, "onset_day": 14}}
    yield Case("b_cell_aplasia", b_cells((-5, 3), (14, 0), (90, 15)), before, "depleted before infusion")
    on_day_0 = {"value": 89, "details": {"depleted_before": True, "onset_day": 1}}
    yield Case("b_cell_aplasia", b_cells((-9, 120), (0, 3), (1, 5), (90, 15)), on_day_0, "day 0 is before infusion")
    refilled = {"value": 89, "details": {"depleted_before": False}}
    yield Case("b_cell_aplasia", b_cells((-9, 3), (0, 30), (1, 5), (90, 15)), refilled, "the last one before counts")
    late_onset = {"value": 62, "details": {"onset_day": 28, "time_from_infusion": 90}}
    yield Case("b_cell_aplasia", b_cells((3, 12), (28, 0), (60, None), (90, 15)), late_onset, "not counted on day 60")
    never = {"value": None, "details": {"onset_day": None, "censored": False}}
    yield Case("b_cell_aplasia", b_cells((7, 30), (90, 50)), never, "never aplastic")
    percent = {"samples": [[7, 0.2], [90, 1.0]], "unit": "% of lymphocytes"}
    yield Case("b_cell_aplasia", percent, {"value": 83}, "1 % is a return", {"threshold": 1})
    no_unit = {"samples": [[7, 0.2], [90, 1.0]]}
    yield Case("b_cell_aplasia", no_unit, {"value": None}, "1 cell per µL is aplasia", {"threshold": 1.5})
    many = {"samples": [[7, 100], [90, 101]]}
    yield Case("b_cell_aplasia", many, {"value": 83}, "100 per µL is no percentage", {"threshold": 101})


def car_t(*pairs: tuple[float, object], unit: str = "cells/uL", **given: object) -> Given:
    return {"samples": [list(pair) for pair in pairs], "unit": unit, **given}


def expansion() -> Iterator[Case]:
    """Trapezoids from day 0 to 28; peak, first day of the peak, last day above the limit."""
    # 7 * 50 + 7 * 150 + 14 * 130 = 3220
    peak = {"cmax": 200, "tmax_day": 14, "tlast_day": 28, "auc_0_28": 3220}
    course = car_t((0, 0), (7, 100), (14, 200), (28, 60))
    yield Case("car_t_kinetics", course, {"value": 3220, "details": peak}, "350 + 1050 + 1820")
    copies = car_t((0, 0), (7, 100), (14, 200), (28, 60), unit="copies/ug")
    yield Case("car_t_kinetics", copies, {"value": 3220}, "the same in copies")
    tie = car_t((0, 0), (10, 200), (14, 200), (28, 0))
    yield Case("car_t_kinetics", tie, {"details": {"tmax_day": 10, "tlast_day": 14}}, "the first day of the peak")
    # 140 on day 14, 0 on day 42: 70 on day 28; 14 * 70 + 14 * 105 = 2450; to day 42 + 14 * 35.
    between = car_t((0, 0), (14, 140), (42, 0))
    yield Case("car_t_kinetics", between, {"value": 2450}, "no sample on day 28: interpolated")
    yield Case("car_t_kinetics", between, {"value": 2940}, "to day 42", {"until_day": 42})
    yield Case("car_t_kinetics", car_t((7, 100), (28, 100)), {"value": 2450}, "starts at 0 on day 0: 350 + 2100")
    short = {"low": 1050, "high": inf, "value": None}
    yield Case("car_t_kinetics", car_t((0, 0), (7, 100), (14, 100)), short, "ends on day 14: 350 + 700 so far")
    # Below 10 on day 3 (before the peak: 0) and on day 28 (0, 5 or 10): 7 * 50 + 18 * (50, 52.5, 55).
    limited = car_t((0, 0), (3, "<10"), (10, 100), (28, "<10"))
    for rule, area in [("zero", 1250), ("half", 1295), ("limit", 1340)]:
        yield Case("car_t_kinetics", limited, {"value": area}, f"below the limit after the peak: {rule}",
                   {"below_limit": rule})  # fmt: skip
    yield Case("car_t_kinetics", limited, {"value": 1250, "details": {"tlast_day": 10}}, "0 unless said otherwise")
    limit = car_t((0, 0), (3, 4), (10, 100), (28, "BLQ"), lloq=10, below_limit="half")
    yield Case("car_t_kinetics", limit, {"value": 1295}, "limit of quantification 10 for all samples")
    # From 20 on day 0: 7 * 60 + 21 * 50; what was found before infusion does not count.
    earlier = car_t((-3, 900), (0, 20), (7, 100), (28, 0))
    yield Case("car_t_kinetics", earlier, {"value": 1470, "details": {"cmax": 100, "tmax_day": 7}}, "before infusion")
    yield Case("car_t_kinetics", car_t((7, 100)), {"low": 350, "high": inf, "value": None}, "one sample")
    small = car_t((0, 0), (7, 0.5), (28, 0))
    yield Case("car_t_kinetics", small, {"value": 7, "details": {"cmax": 0.5, "tmax_day": 7}}, "14 * 0.5")
    beyond = car_t((0, 0), (14, 100), (28, 100), (35, 80), (60, 10))
    yield Case("car_t_kinetics", beyond, {"value": 2100, "details": {"tlast_day": 60}}, "700 + 1400, not beyond day 28")
    nothing = {"value": 0, "details": {"cmax": 0, "tmax_day": None, "tlast_day": None}}
    yield Case("car_t_kinetics", car_t((0, 0), (28, 0)), nothing, "no expansion")


# Milligrams equal to 5 mg of prednisone.
EQUAL = {
    "hydrocortisone": 20, "cortisone": 25, "prednisone": 5, "prednisolone": 5, "methylprednisolone": 4,
    "triamcinolone": 4, "dexamethasone": 0.75, "betamethasone": 0.6, "deflazacort": 6,
}  # fmt: skip


def doses() -> Iterator[Case]:
    """Each glucocorticoid at the dose equal to 5 mg of prednisone; local ones have no equivalent."""
    for drug, dose in EQUAL.items():
        yield Case("prednisone_equivalent", {"drug": drug, "mg_per_day": dose}, {"value": 5}, f"{dose} mg {drug}")
    inhaled = {"drug": "budesonide_inhaled", "mg_per_day": 0.4}
    yield Case("prednisone_equivalent", inhaled, {"value": None}, "inhaled")
    for drug, dose in {**EQUAL, "betamethasone": 0.75, "deflazacort": 7.5}.items():
        given, other = {"drug": drug, "mg_per_day": dose}, {"where_tables_differ": "other"}
        yield Case("prednisone_equivalent", given, {"value": 5}, f"{dose} mg {drug} in other tables", other)


CASES = [
    *early_neutropenia(),
    *late_courses(),
    *early_thrombocytopenia(),
    *transfusions(),
    *aplasia(),
    *expansion(),
    *doses(),
]
