"""Cases of toxicity and blood count grades typed from the publications; nothing is read from a declaration."""

from collections.abc import Iterator

from hand_cases import Case


def grade(instrument: str, given: dict, value: int, none: str = "grade 0") -> Case:
    label = f"grade {value}" if value else none
    return Case(instrument, given, {"value": value, "label": label}, f"{given}")


def counts() -> Iterator[Case]:
    """CTCAE 5.0: the lower bound of each band belongs to it, one digit below is the next grade."""
    for name, column, normal, edges in [
        ("ctcae5_neutrophils", "neutrophils_10e9_l", 1.8, {1.5: 2, 1.0: 3, 0.5: 4}),
        ("ctcae5_platelets", "platelets_10e9_l", 150, {75: 2, 50: 3, 25: 4}),
        ("ctcae5_lymphocytes", "lymphocytes_10e9_l", 1.0, {0.8: 2, 0.5: 3, 0.2: 4}),
        ("ctcae5_wbc", "wbc_10e9_l", 4.0, {3.0: 2, 2.0: 3, 1.0: 4}),
    ]:
        limit = {f"{column}_lower": normal}
        yield grade(name, {**limit, column: normal}, 0)
        yield grade(name, {**limit, column: normal - 0.001}, 1)
        for edge, worse in edges.items():
            yield grade(name, {**limit, column: edge}, worse - 1)
            yield grade(name, {**limit, column: edge - 0.001}, worse)
        yield Case(name, {column: normal}, {"low": 0, "high": 1}, "no lower limit: 0 or 1")
    calm = {"haemoglobin_g_dl_lower": 12, "anaemia_life_threatening": False}
    for value, expected in [(12, 0), (11.99, 1), (10, 1), (9.99, 2), (8, 2), (7.99, 3), (3, 3)]:
        yield grade("ctcae5_anemia", {**calm, "haemoglobin_g_dl": value}, expected)
    yield grade("ctcae5_anemia", {**calm, "haemoglobin_g_dl": 11, "anaemia_life_threatening": True}, 4)
    open_ended = {"haemoglobin_g_dl_lower": 12, "haemoglobin_g_dl": 7.9}
    yield Case("ctcae5_anemia", open_ended, {"low": 3, "high": 4}, "7.9 and not a word on the consequences")
    yield grade("ctcae5_anemia", {**open_ended, "haemoglobin_g_dl": 8}, 2)


def haematotoxicity() -> Iterator[Case]:
    """ICAHT and T-ICAHT from durations and nadirs; CAR-HEMATOTOX."""
    for days, deep, expected in [
        *[(0, 0, 0), (1, 0, 1), (6, 6, 1), (7, 0, 2), (13, 6, 2), (14, 0, 3), (30, 6, 3), (31, 0, 4)],
        *[(9, 7, 3), (13, 13, 3), (14, 14, 4), (1, 0, 1), (2, 2, 1), (8, 8, 3)],
    ]:
        given = {"neutropenia_days_le_500": days, "neutropenia_days_le_100": deep}
        yield grade("icaht_early", given, expected)
    start = {"neutropenia_days_le_500": 1, "neutropenia_days_le_100": 0, "neutropenia_from_start_to_last_count": True}
    yield grade("icaht_early", start, 4)
    steps = {"neutropenia_days_le_500": 14, "neutropenia_days_le_100": 0}
    yield Case("icaht_early", steps, {"points": {"up_to_500": 3, "up_to_100": 0}}, "points of each rule")
    for nadir, expected in {1.51: 0, 1.5: 1, 1.01: 1, 1.0: 2, 0.51: 2, 0.5: 3, 0.11: 3, 0.1: 4, 0.0: 4}.items():
        alone = {"neutrophil_nadir_late_10e9_l": nadir, "only_one_late_count": True}
        yield grade("icaht_late", alone, expected)
    for second, expected in {1.5: 4, 1.51: 0}.items():
        pair = {"neutrophil_nadir_late_10e9_l": 0.1, "neutrophil_second_lowest_late_10e9_l": second}
        yield grade("icaht_late", {**pair, "only_one_late_count": False}, expected)
    for below_50, below_20, expected in [
        (0, 0, 0),
        (1, 0, 1),
        (6, 0, 1),
        (7, 0, 2),
        (7, 1, 3),
        (13, 13, 3),
        (14, 14, 4),
    ]:
        days = {"platelet_days_below_50": below_50, "platelet_days_below_20": below_20}
        yield grade("t_icaht_early", days, expected)
    for nadir, days, expected in [
        *[(100, 0, 0), (99.9, 0, 1), (50, 0, 1), (49.9, 0, 2), (20, 0, 2)],
        *[(19, 1, 3), (19, 13, 3), (19, 14, 4)],
    ]:
        late = {"platelet_nadir_late_10e9_l": nadir, "platelet_days_below_20_late": days}
        yield grade("t_icaht_late", late, expected)


NO_RISK = {
    "platelets_10e9_l": 176, "neutrophils_10e9_l": 1.2, "haemoglobin_g_dl": 9.0, "crp_mg_l": 29.9,
    "ferritin_ug_l": 649.9,
}  # fmt: skip


def risk() -> Iterator[Case]:
    """CAR-HEMATOTOX, each edge from both sides."""
    for change, expected in [
        ({}, 0), ({"platelets_10e9_l": 175.5}, 0), ({"platelets_10e9_l": 175}, 1), ({"platelets_10e9_l": 75}, 1),
        ({"platelets_10e9_l": 74.9}, 2), ({"neutrophils_10e9_l": 1.19}, 1), ({"haemoglobin_g_dl": 8.99}, 1),
        ({"crp_mg_l": 30}, 1), ({"ferritin_ug_l": 650}, 1), ({"ferritin_ug_l": 2000}, 1),
        ({"ferritin_ug_l": 2000.5}, 2),
        ({"crp_mg_l": 30, "haemoglobin_g_dl": 8}, 2),
    ]:  # fmt: skip
        level, verdict = ("high (exploratory)", "met") if expected >= 2 else ("low (exploratory)", "not met")
        result = {"value": expected, "label": level, "verdict": verdict}
        yield Case("car_hematotox", {**NO_RISK, **change}, result, f"{change}")


def local_toxicity() -> Iterator[Case]:
    """LICATS by management and by day of onset."""
    for word, expected in {
        "none": 0,
        "spontaneous_resolution": 1,
        "glucocorticoid_over_1_week": 2,
        "inner_organ_involvement": 2,
        "hospitalisation": 3,
        "intensive_care": 4,
    }.items():
        yield grade("licats_2025", {"licats_management": word}, expected, "no LICATS")
    for day, label in {0: "early", 14: "early", 15: "intermediate", 30: "intermediate", 31: "late"}.items():
        yield Case("licats_onset", {"onset_day": day}, {"value": day, "label": label}, f"day {day}")


CASES = [*counts(), *haematotoxicity(), *risk(), *local_toxicity()]
