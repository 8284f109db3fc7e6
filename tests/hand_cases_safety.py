"""Cases of toxicity and blood count grades typed from the publications; nothing is read from a declaration."""

from collections.abc import Iterator

from hand_case import Case, Given, only_open, variations

# Lee 2019: the ASTCT grades.
NO_CRS = {
    "temp_c": 38, "hypotension": False, "vasopressor_count": 0, "vasopressin": False, "oxygen": "none",
    "fever_modifying_therapy_given": False, "attributable_to_crs": True, "death_due_to_crs": False,
}  # fmt: skip
NO_ICANS = {
    "ice": 10, "consciousness": "spontaneous", "seizure_type": "none", "deep_focal_motor_weakness": False,
    "cerebral_edema_icp": "none", "death_due_to_icans": False,
}  # fmt: skip


def toxicity() -> Iterator[Case]:
    """CRS and ICANS."""
    oxygen = dict.fromkeys(["low_flow_nasal", "blow_by"], 2) | dict.fromkeys(["cpap", "bipap", "ventilation"], 4)
    oxygen |= dict.fromkeys(["high_flow_nasal", "facemask", "non_rebreather", "venturi"], 3)
    for change, grade in [
        ({}, 1), ({"temp_c": 37.9}, 0), ({"temp_c": 37.95}, 0), ({"attributable_to_crs": False, "hypotension": True}, 0),
        ({"temp_c": 37, "hypotension": True}, 0), ({"hypotension": True}, 2),
        ({"temp_c": 37, "hypotension": True, "fever_modifying_therapy_given": True}, 2),
        ({"hypotension": True, "vasopressor_count": 1}, 3), ({"vasopressor_count": 1}, 3), ({"vasopressin": True}, 3),
        ({"vasopressor_count": 1, "vasopressin": True}, 3), ({"vasopressor_count": 2}, 4), ({"vasopressor_count": 3}, 4),
        *(({"oxygen": word}, grade) for word, grade in oxygen.items()),
        ({"oxygen": "low_flow_nasal", "o2_flow_l_min": 6}, 2), ({"oxygen": "low_flow_nasal", "o2_flow_l_min": 6.5}, 3),
        ({"death_due_to_crs": True}, 5), ({"temp_c": 37, "death_due_to_crs": True}, 5),
        ({"temp_c": 37.95, "hypotension": True}, 0), ({"temp_c": 37.95, "fever_modifying_therapy_given": True}, 0),
        ({"temp_c": 38, "oxygen": "none"}, 1),
    ]:  # fmt: skip
        label = f"grade {grade}" if grade else "no CRS"
        yield Case("crs_astct_2019", {**NO_CRS, **change}, {"value": grade, "label": label}, f"{change}")
    alone = {**NO_CRS, "hypotension": True, "vasopressin": True}
    yield Case("crs_astct_2019", alone, {"value": 2}, "vasopressin alone", {"vasopressin_alone_is_grade_3": False})
    table = [
        ({"temp_c": None}, only_open(0, 1)), ({"temp_c": 37.9, "fever_modifying_therapy_given": None}, {"value": 0}),
        ({"oxygen": None}, only_open(1, 4)), ({"hypotension": None}, only_open(1, 2)),
        ({"vasopressor_count": None}, only_open(1, 4)), ({"attributable_to_crs": None}, only_open(0, 1)),
        ({"death_due_to_crs": None}, only_open(1, 5)),
    ]  # fmt: skip
    yield from variations("crs_astct_2019", NO_CRS, table)
    yield Case("crs_astct_2019", NO_CRS, {"points": {"hypoxia": 0, "fever": 1}}, "fever alone: 1 for it, 0 for oxygen")
    quiet = {"consciousness": 0, "seizure": 0, "cerebral_edema_icp": 0, "ice": 0, "motor": 0}
    yield Case("icans_astct_2019", NO_ICANS, {"points": quiet}, "every domain is 0 when nothing is found")
    for change, grade in [
        ({}, 0), *(({"ice": ice}, 1) for ice in (9, 7)), *(({"ice": ice}, 2) for ice in (6, 3)), *(({"ice": ice}, 3) for ice in (2, 0)),
        ({"consciousness": "voice"}, 2), ({"consciousness": "tactile"}, 3), ({"consciousness": "unarousable"}, 4),
        ({"seizure_type": "resolving"}, 3), ({"seizure_type": "prolonged_over_5min_or_repetitive"}, 4),
        ({"deep_focal_motor_weakness": True}, 4), ({"cerebral_edema_icp": "focal_edema"}, 3),
        ({"cerebral_edema_icp": "diffuse_edema"}, 4), ({"death_due_to_icans": True}, 5),
    ]:  # fmt: skip
        label = f"grade {grade}" if grade else "no ICANS"
        yield Case("icans_astct_2019", {**NO_ICANS, **change}, {"value": grade, "label": label}, f"{change}")
    table = [
        ({"ice": None}, only_open(0, 3)), ({"seizure_type": None}, only_open(0, 4)),
        ({"ice": 2, "seizure_type": "resolving", "cerebral_edema_icp": None}, only_open(3, 4)),
        ({"consciousness": None}, only_open(0, 4)), ({"deep_focal_motor_weakness": None}, only_open(0, 4)),
        ({"death_due_to_icans": None}, only_open(0, 5)),
        ({"ice": 0, "consciousness": "unarousable"}, {"value": 4}),
    ]  # fmt: skip
    yield from variations("icans_astct_2019", NO_ICANS, table)
    for item, change in {"seizure": {"seizure_type": "resolving"}, "motor": {"deep_focal_motor_weakness": True},
                         "ice": {"ice": 2}, "consciousness": {"consciousness": "tactile"},
                         "cerebral_edema_icp": {"cerebral_edema_icp": "focal_edema"}}.items():  # fmt: skip
        given = {**NO_ICANS, **change, "attribution": {item: "stroke"}}
        yield Case("icans_astct_2019", given, {"value": 0}, f"{change} has another cause")
    none = {"orientation": 0, "naming": 0, "following_commands": 0, "writing": 0, "attention": 0}
    for item, points in {"orientation": 4, "naming": 3, "following_commands": 1, "writing": 1, "attention": 1}.items():
        yield Case("ice", {**none, item: points}, {"value": points}, f"{item} alone")
        yield Case("ice", {**none, item: None}, only_open(0, points), f"{item} not asked")


def grade(instrument: str, given: Given, value: int, none: str = "grade 0") -> Case:
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
        yield Case(name, {column: normal}, {**only_open(0, 1), "label": "grade 0 to grade 1"}, "no lower limit")
        yield Case(name, {column: max(edges) - 0.001}, {"value": 2}, "no lower limit needed from grade 2")
        yield Case(name, limit, only_open(0, 4), "not measured")
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
    not_start = {**start, "neutropenia_days_le_500": 30, "neutropenia_from_start_to_last_count": False}
    yield grade("icaht_early", not_start, 3)
    yield Case("icaht_early", {"neutropenia_days_le_500": 13}, only_open(2, 4), "days at 100 not known")
    yield Case("icaht_early", {"neutropenia_days_le_100": 7}, only_open(3, 4), "days at 500 not known")
    steps = {"neutropenia_days_le_500": 14, "neutropenia_days_le_100": 0}
    yield Case("icaht_early", steps, {"points": {"up_to_500": 3, "up_to_100": 0}}, "points of each rule")
    for nadir, expected in {1.51: 0, 1.5: 1, 1.01: 1, 1.0: 2, 0.51: 2, 0.5: 3, 0.11: 3, 0.1: 4, 0.0: 4}.items():
        alone = {"neutrophil_nadir_late_10e9_l": nadir, "only_one_late_count": True}
        yield grade("icaht_late", alone, expected)
    for second, expected in {1.5: 4, 1.51: 0}.items():
        pair = {"neutrophil_nadir_late_10e9_l": 0.1, "neutrophil_second_lowest_late_10e9_l": second}
        yield grade("icaht_late", {**pair, "only_one_late_count": False}, expected)
    yield Case("icaht_late", {"neutrophil_nadir_late_10e9_l": 0.1}, only_open(0, 4), "transient or not is not known")
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
    clear = {**NO_RISK, "neutrophils_10e9_l": 3, "haemoglobin_g_dl": 12, "crp_mg_l": 5}
    against = {"equal_counts_score": True, "equal_crp_scores": False}
    for change, points in [
        ({"neutrophils_10e9_l": 1.2}, 1), ({"neutrophils_10e9_l": 1.3}, 0), ({"haemoglobin_g_dl": 9.0}, 1),
        ({"haemoglobin_g_dl": 9.1}, 0), ({"crp_mg_l": 30}, 0), ({"crp_mg_l": 30.5}, 1), ({"crp_mg_l": 31}, 1),
    ]:  # fmt: skip
        yield Case("car_hematotox", {**clear, **change}, {"value": points}, f"equality read the other way: {change}",
                   against)  # fmt: skip
    most = {"platelets_10e9_l": 2, "neutrophils_10e9_l": 1, "haemoglobin_g_dl": 1, "crp_mg_l": 1, "ferritin_ug_l": 2}
    yield from variations("car_hematotox", NO_RISK, [({name: None}, only_open(0, top)) for name, top in most.items()])
    units = {"anc_per_ul": 1199, "crp_mg_dl": 3.0, "hb_g_dl": 8.9, "ferritin_ng_ml": 2001, "platelets_10e9_l": 74}
    yield Case("car_hematotox", units, {"value": 7}, "1 + 1 + 1 + 2 + 2, in the units of the publication")


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
    yield Case("licats_2025", {}, only_open(0, 4), "management not recorded")
    for day, label in {0: "early", 14: "early", 15: "intermediate", 30: "intermediate", 31: "late"}.items():
        yield Case("licats_onset", {"onset_day": day}, {"value": day, "label": label}, f"day {day}")


CASES = [*toxicity(), *counts(), *haematotoxicity(), *risk(), *local_toxicity()]
