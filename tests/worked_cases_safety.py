"""How the worked cases of safety and pharmacodynamics name their inputs; the adapters rename, they never compute."""

from collections.abc import Callable
from typing import Any

import casekit as ck

Inputs = dict[str, Any]
MANAGEMENT = {
    "intensive": "intensive_care",
    "icu": "intensive_care",
    "hospital": "hospitalisation",
    "steroid": "glucocorticoid_over_1_week",
    "glucocort": "glucocorticoid_over_1_week",
    "organ": "inner_organ_involvement",
    "spontan": "spontaneous_resolution",
    "self": "spontaneous_resolution",
    "none": "none",
}
SETTINGS = ("duration", "interpolate_up_to", "until_day", "below_limit")
SAME_THING = {
    "plt_daily_day0_to_30": "platelets_daily_day0_to_30",
    "days_le_500": "longest_run_le_500",
    "days_le_100": "longest_run_le_100",
}


def result(got: ck.Calculation) -> Inputs:
    known = got.value is not None
    bounds = {"lower_bound": got.low, "upper_bound": got.high, "determinable": known}
    verdict = {"met": True, "not met": False}.get(got.verdict)
    return {**got.details, **bounds, "score": got.value, "grade": got.value, "high": verdict}


def graded(instrument: str) -> Callable[[Inputs], Inputs]:
    def adapter(given: Inputs) -> Inputs:
        settings = {name: given[name] for name in SETTINGS if name in given}
        inputs = {SAME_THING.get(name, name): value for name, value in given.items() if name not in settings}
        return result(ck.calculate(instrument, inputs, **settings))

    return adapter


def licats(given: Inputs) -> Inputs:
    word = given["management"]
    known = next((name for part, name in MANAGEMENT.items() if word and part in word), word)
    return result(ck.calculate("licats_2025", {"licats_management": known}))


def onset(given: Inputs) -> Inputs:
    got = ck.calculate("licats_onset", given)
    return {**result(got), "class": got.label if got.value is not None else None}


ADAPTERS: dict[str, Callable[[Inputs], Inputs]] = {
    "ICAHT-early": graded("icaht_early"),
    "ICAHT-early-from-durations": graded("icaht_early"),
    "ICAHT-late": graded("icaht_late"),
    "T-ICAHT-early": graded("t_icaht_early"),
    "T-ICAHT-late": graded("t_icaht_late"),
    "CAR-HEMATOTOX": graded("car_hematotox"),
    "LICATS": licats,
    "LICATS-onset": onset,
    "CTCAE5-neutrophils": graded("ctcae5_neutrophils"),
    "CTCAE5-platelets": graded("ctcae5_platelets"),
    "CTCAE5-anemia": graded("ctcae5_anemia"),
    "CTCAE5-lymphocytes": graded("ctcae5_lymphocytes"),
    "CTCAE5-WBC": graded("ctcae5_wbc"),
    "CART-kinetics": graded("car_t_kinetics"),
}
