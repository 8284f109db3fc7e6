"""Cases of systemic sclerosis typed from the publications; nothing is read from a declaration."""

from collections.abc import Iterator
from math import exp

from hand_case import MET, NOT_MET, OPEN, Case, Given, only_open, variations

# Valentini 2017: weights of the revised EUSTAR index.
EUSTAR = {"delta_skin": 1.5, "digital_ulcers": 1.5, "tendon_friction_rubs": 2.25}
NO_SCLERODERMA = {**dict.fromkeys(EUSTAR, False), "mrss": 18, "crp": 10, "dlco_pct_pred": 70}
PAIRED = ("upper_arm", "forearm", "hand", "fingers", "thigh", "leg", "foot")
SITES = ["face", "chest", "abdomen", *(f"{part}_{side}" for part in PAIRED for side in "rl")]


def scleroderma() -> Iterator[Case]:
    """EUSTAR 2017 and the modified Rodnan skin score."""
    yield Case(
        "eustar_2017", NO_SCLERODERMA, {"value": 0, "verdict": "not met", "label": "not active"}, "all at the limit"
    )
    for item, weight in EUSTAR.items():
        yield Case("eustar_2017", {**NO_SCLERODERMA, item: True}, {"value": weight}, f"{item} alone")
    for change, weight in [
        ({"mrss": 19}, 1.5),
        ({"mrss": 18.5}, 1.5),
        ({"crp": 10.1}, 2.25),
        ({"dlco_pct_pred": 69.5}, 1),
    ]:
        yield Case("eustar_2017", {**NO_SCLERODERMA, **change}, {"value": weight}, f"{change} is beyond the limit")
    active = {"delta_skin": True, "dlco_pct_pred": 69}
    yield Case(
        "eustar_2017", {**NO_SCLERODERMA, **active}, {"value": 2.5, "verdict": "met", "label": "active"}, "1.5 + 1"
    )
    one = {"tendon_friction_rubs": True}
    yield Case(
        "eustar_2017", {**NO_SCLERODERMA, **one}, {"value": 2.25, "verdict": "not met", "label": "not active"}, "one"
    )
    for change, verdict in [(-0.25, "met"), (0, "not met"), (0.25, "not met")]:
        given = {"eustar_2017_change": change}
        yield Case("eustar_decrease", given, {"verdict": verdict}, f"EUSTAR index changed by {change}")
    for site in SITES:
        yield Case("mrss", {**dict.fromkeys(SITES, 0), site: 3}, {"value": 3}, f"{site} alone")


# Valentini 2001 and 2003: weights of the EScSG index; limits of ESR 30, mRSS 14, DLCO 80 do not score.
ESCSG = {
    "delta_cardiopulmonary": 2, "delta_skin": 2, "hypocomplementaemia": 1, "scleredema": 0.5, "digital_necrosis": 0.5,
    "delta_vascular": 0.5, "arthritis": 0.5,
}  # fmt: skip
QUIET = {**dict.fromkeys(ESCSG, False), "esr_mm_h": 30, "mrss": 14, "dlco_pct_pred": 80}
COMPLEMENT = {"hypocomplementaemia": None, "c3_g_l": 0.9, "c3_g_l_lower": 0.9, "c4_g_l": 0.1, "c4_g_l_lower": 0.1}


def escsg() -> Iterator[Case]:
    """EScSG 2003: each item alone, each limit, active from 3."""
    quiet, active = {**NOT_MET, "label": "not active"}, {**MET, "label": "active"}
    yield from variations(
        "escsg_2003",
        QUIET,
        [
            ({}, {"value": 0, **quiet}),
            *(({item: True}, {"value": weight, **quiet}) for item, weight in ESCSG.items()),
            ({"esr_mm_h": 30.5}, {"value": 1.5}), ({"mrss": 14.5}, {"value": 1}), ({"mrss": 15}, {"value": 1}),
            ({"dlco_pct_pred": 79.5}, {"value": 0.5}),
            (COMPLEMENT, {"value": 0}), ({**COMPLEMENT, "c3_g_l": 0.89}, {"value": 1}),
            ({**COMPLEMENT, "c4_g_l": 0.09}, {"value": 1}), ({**COMPLEMENT, "c4_g_l": None}, only_open(0, 1)),
            ({"delta_skin": True, "scleredema": True}, {"value": 2.5, **quiet}),
            ({"delta_skin": True, "mrss": 15}, {"value": 3, **active}),
            ({"delta_skin": True, "delta_cardiopulmonary": True}, {"value": 4, **active}),
            ({"delta_skin": True, "scleredema": True, "dlco_pct_pred": None}, {**only_open(2.5, 3), **OPEN}),
            *(({item: None}, only_open(0, weight)) for item, weight in
              {**ESCSG, "esr_mm_h": 1.5, "mrss": 1, "dlco_pct_pred": 0.5}.items()),
        ],
    )  # fmt: skip
    weights = {**EUSTAR, "mrss": 1.5, "crp": 2.25, "dlco_pct_pred": 1}
    table = [({item: None}, only_open(0, weight)) for item, weight in weights.items()]
    yield from variations("eustar_2017", NO_SCLERODERMA, table)
    yield from variations("mrss", dict.fromkeys(SITES, 3), [({}, {"value": 51}), ({"face": None}, only_open(48, 51))])


def skin() -> Iterator[Case]:
    """Change of the mRSS (5.3 points matter), and the two rules of an improver: both or either."""
    for change, label in {-5.4: "better by more than 5.3 points", -5.3: "within 5.3 points", 0: "within 5.3 points",
                          5.3: "within 5.3 points", 5.4: "worse by more than 5.3 points"}.items():  # fmt: skip
        yield Case("mrss_change", {"mrss_change": change}, {"value": change, "label": label}, f"{change}: {label}")
    yield Case("mrss_change", {"mrss": [25, 17]}, {"value": -8, "details": {"relative_change_pct": -32}}, "25 to 17")
    yield Case("mrss_change", {"mrss": [25, None]}, only_open(-25, 26), "now anything from 0 to 51")
    for pair, verdict in [
        ([20, 15], NOT_MET), ([20, 14], MET), ([24, 18], MET), ([25, 19], NOT_MET),  # 5; 6 of 20; 25 %; 24 %
        ([4, 0], NOT_MET), ([0, 0], NOT_MET), ([14, 20], NOT_MET), ([20, None], OPEN), ([None, 51], NOT_MET),
    ]:  # fmt: skip
        yield Case("mrss_improver_both", {"mrss": pair}, verdict, f"{pair}: more than 5 points and 25 % or more")
    for pair, verdict in [
        ([30, 25], MET), ([30, 26], NOT_MET), ([10, 8], NOT_MET), ([19.5, 15.5], MET),  # 5; 4 (13 %); 20 %; 20.5 %
        ([10, 7], MET), ([0, 0], NOT_MET), ([14, 20], NOT_MET), ([20, None], OPEN),
    ]:  # fmt: skip
        yield Case("mrss_improver_either", {"mrss": pair}, verdict, f"{pair}: 5 points or more, or more than 20 %")


EVENTS = ["new_renal_crisis", "confirmed_fvc_decline", "new_lv_failure", "new_pah"]
CRISS = ("mrss", "fvc_pct_pred", "patient_global_0_10", "md_global_0_10", "haq_di")
STEADY = {**{f"{name}_change": 0 for name in CRISS}, "criss_step_1_event": False}


def improvement(x: float) -> Given:
    """The published logistic formula, and improved from 0.60."""
    p = 1 / (1 + exp(-x))
    improved = {**MET, "label": "improved"} if round(p, 6) >= 0.6 else {**NOT_MET, "label": "not improved"}
    return {"value": round(p, 6), "details": {"x": x}, **improved}


def criss_2016() -> Iterator[Case]:
    """Khanna 2016: x = -5.54 - 0.81 mRSS + 0.21 FVC - 0.40 patient - 0.44 physician - 3.41 HAQ-DI."""
    yield Case("criss_2016", STEADY, {**improvement(-5.54), "value": 0.003911}, "no change")
    for measure, change, x in [
        ("mrss", -7, 0.13), ("mrss", -8, 0.94), ("mrss", 10, -13.64), ("fvc_pct_pred", 10, -3.44),
        ("fvc_pct_pred", -10, -7.64), ("patient_global_0_10", -5, -3.54), ("md_global_0_10", -5, -3.34),
        ("haq_di", -1, -2.13), ("haq_di", 1, -8.95),
    ]:  # fmt: skip
        given = {**STEADY, f"{measure}_change": change}
        yield Case("criss_2016", given, improvement(x), f"{measure} by {change}: x is {x}")
    # 0.6 is reached at x = ln 1.5 = 0.405465: by FVC 28.311738 points up.
    for fvc, verdict, label in [(28.311738, MET, "improved"), (28.3, NOT_MET, "not improved")]:
        given = {**STEADY, "fvc_pct_pred_change": fvc}
        yield Case("criss_2016", given, {**verdict, "label": label}, f"FVC by {fvc}: {label}")
    yield Case("criss_2016", {**STEADY, "mrss_change": -7, "fvc_pct_pred_change": 2}, improvement(0.55), "0.634")
    better = {**STEADY, "mrss_change": -8}
    yield Case("criss_2016", {**better, "criss_step_1_event": True}, {"value": 0, **NOT_MET}, "an event of step 1")
    single = {**better, "criss_step_1_event": None, **dict.fromkeys(EVENTS, False)}
    yield Case("criss_2016", single, improvement(0.94), "none of the four events")
    for event in EVENTS:
        yield Case("criss_2016", {**single, event: True}, {"value": 0, **NOT_MET}, f"{event} makes it 0")
        yield Case("criss_2016", {**single, event: None}, {"low": 0, "high": 0.719100, **OPEN}, f"{event} not known")
    yield Case("criss_2016", {**better, "haq_di_change": None}, {"value": None, **OPEN}, "HAQ-DI is missing")
    pairs = {"mrss": [30, 22], "fvc_pct_pred": [80, 80], "patient_global_0_10": [5, 5], "md_global_0_10": [5, 5],
             "haq_di": [1, 1], "criss_step_1_event": False}  # fmt: skip
    yield Case("criss_2016", pairs, improvement(0.94), "baseline and follow-up, mRSS lower by 8")


# 20 % better than at baseline (FVC: 5 %), and a little less than that.
MEASURES = {
    "mrss": ([25, 20], [25, 20.1]), "haq_di": ([1.25, 1], [1.25, 1.005]), "md_global_0_10": ([5, 4], [5, 4.02]),
    "patient_global_0_10": ([5, 4], [5, 4.02]), "fvc_pct_pred": ([80, 84], [80, 83.9]),
}  # fmt: skip
SAME = {"mrss": [25, 25], "haq_di": [1.25, 1.25], "md_global_0_10": [5, 5], "patient_global_0_10": [5, 5],
        "fvc_pct_pred": [80, 80]}  # fmt: skip


def criss_revised() -> Iterator[Case]:
    """Khanna 2021: response when 3 of 5 improve by 20 % of baseline, FVC by 5 %."""
    one = {"value": 1, "label": "no response", **NOT_MET}
    for name, (enough, short) in MEASURES.items():
        table = [({name: enough}, one), ({name: short}, {"value": 0}), ({name: None}, only_open(0, 1))]
        yield from variations("criss_revised", SAME, table)
    three = {name: MEASURES[name][0] for name in ("mrss", "haq_di", "fvc_pct_pred")}
    two = {name: MEASURES[name][0] for name in ("mrss", "haq_di")}
    response, none = {"label": "response", **MET}, {"label": "no response", **NOT_MET}
    yield from variations(
        "criss_revised",
        SAME,
        [
            (two, {"value": 2, **none}), (three, {"value": 3, **response}),
            ({name: enough for name, (enough, _) in MEASURES.items()}, {"value": 5, **response}),
            ({"md_global_0_10": [0, 0]}, {"value": 0}), ({"mrss": [25, 40], "fvc_pct_pred": [80, 60]}, {"value": 0}),
            ({**two, "fvc_pct_pred": None}, {**only_open(2, 3), **OPEN}),
            *(({**three, event: True}, {"value": 0, **none}) for event in ("criss_step_1_event", *EVENTS)),
            ({**three, "criss_step_1_event": False}, {"value": 3, **response}),
        ],
    )  # fmt: skip
    known = {**three, "criss_step_1_event": False}
    table = [(three, {**only_open(0, 3), **OPEN}), (known, {"value": 3, **response})]
    yield from variations("criss_revised", SAME, table, step_1_must_be_known=True)
    yield from variations("criss_revised", SAME, [(three, {"value": 1})], threshold_pct=25)  # FVC only
    yield from variations("criss_revised", SAME, [(three, {"value": 2})], fvc_threshold_pct=6)


LUNG = {"fvc_pct_pred": [80, 80], "dlco_pct_pred": [60, 60]}


def lungs() -> Iterator[Case]:
    """OMERACT: FVC lower by 10 % of baseline, or by 5 to 10 % with DLCO lower by 15 %; plain changes of both."""
    dlco = {"dlco_pct_pred": [60, 51]}  # 15 %
    parts = "fvc_lower_by_5_with_dlco"
    yield from variations(
        "ild_progression",
        LUNG,
        [
            ({}, NOT_MET), ({"fvc_pct_pred": [80, 72]}, MET), ({"fvc_pct_pred": [80, 72.1]}, NOT_MET),  # 10 %, 9.9 %
            ({"fvc_pct_pred": [80, 76], **dlco}, MET), ({"fvc_pct_pred": [80, 76.1], **dlco}, NOT_MET),  # 5 %, 4.9 %
            ({"fvc_pct_pred": [80, 76], "dlco_pct_pred": [60, 51.1]}, NOT_MET),  # DLCO 14.8 %
            ({"fvc_pct_pred": [80, 72.1], **dlco}, MET), ({"dlco_pct_pred": [60, 20]}, NOT_MET),
            ({"fvc_pct_pred": [80, 72], **dlco}, {**MET, "points": {parts: 0, "fvc_lower_by_10": 1}}),
            ({"fvc_pct_pred": [80, 90]}, NOT_MET), ({"fvc_pct_pred": [80, 76], "dlco_pct_pred": None}, OPEN),
            ({"fvc_pct_pred": [80, 72], "dlco_pct_pred": None}, MET), ({"fvc_pct_pred": None, **dlco}, OPEN),
            ({"fvc_pct_pred": [80, 77], "dlco_pct_pred": None}, NOT_MET),
        ],
    )  # fmt: skip
    better, between, worse = "better by 5.3 points or more", "between the smallest changes that matter", \
        "worse by 3.3 points or more"  # fmt: skip
    for pair, value, label in [
        ([70, 66.7], -3.3, worse), ([70, 66.8], -3.2, between), ([70, 70], 0, between), ([70, 75.2], 5.2, between),
        ([70, 75.3], 5.3, better), ([50, 40], -10, worse),
    ]:  # fmt: skip
        yield Case("fvc_change", {"fvc_pct_pred": pair}, {"value": value, "label": label}, f"{pair}: {label}")
    yield Case("fvc_change", {"fvc_pct_pred": [80, 72]}, {"details": {"relative_change_pct": -10}}, "8 of 80")
    lower = {"value": -9, "details": {"absolute_change_points": -9, "relative_change_pct": -15}}
    yield Case("dlco_change", {"dlco_pct_pred": [60, 51]}, lower, "9 of 60")
    for name in ("fvc", "dlco"):
        yield Case(f"{name}_change", {f"{name}_pct_pred": [60, None]}, {"value": None}, "the follow-up is missing")


CASES = [*scleroderma(), *escsg(), *skin(), *criss_2016(), *criss_revised(), *lungs()]
