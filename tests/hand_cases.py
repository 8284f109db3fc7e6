"""Cases typed from the publications: every item alone, every edge from both sides; nothing is read from a declaration.

A case is an instrument, the inputs, and the expected value (or verdict, or label). The tables below are the published
weights and limits; the loops only spell out one case per weight and two per limit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """One case: what is typed in and what must come out, by the names of `Calculation`."""

    instrument: str
    given: dict[str, Any]
    expected: dict[str, Any]
    why: str


# Gladman 2002, J Rheumatol 29:288: weight of each descriptor.
SLEDAI = {
    **dict.fromkeys(["seizure", "psychosis", "organic_brain_syndrome", "visual_disturbance"], 8),
    **dict.fromkeys(["cranial_nerve_disorder", "lupus_headache", "cva", "vasculitis"], 8),
    **dict.fromkeys(["arthritis", "myositis", "urinary_casts", "hematuria", "proteinuria", "pyuria"], 4),
    **dict.fromkeys(["rash", "alopecia", "mucosal_ulcers", "pleurisy", "pericarditis"], 2),
    **dict.fromkeys(["low_complement", "increased_dna_binding"], 2),
    **dict.fromkeys(["fever", "thrombocytopenia", "leukopenia"], 1),
}
SEROLOGY = ("low_complement", "increased_dna_binding")
NO_LUPUS = dict.fromkeys(SLEDAI, False)
# Item, laboratory value, scoring side, limit that does not score: all limits of SLEDAI-2K are strict.
SLEDAI_LIMITS = [
    ("hematuria", {"urine_rbc_hpf": 5.1}, {"urine_rbc_hpf": 5}),
    ("proteinuria", {"urine_protein_g_24h": 0.51}, {"urine_protein_g_24h": 0.5}),
    ("proteinuria", {"upcr_mg_g": 500.5}, {"upcr_mg_g": 500}),
    ("pyuria", {"urine_wbc_hpf": 5.1}, {"urine_wbc_hpf": 5}),
    ("fever", {"temp_c": 38.05}, {"temp_c": 38}),
    ("thrombocytopenia", {"platelets_10e9_l": 99.5}, {"platelets_10e9_l": 100}),
    ("leukopenia", {"wbc_10e9_l": 2.95}, {"wbc_10e9_l": 3}),
    (
        "increased_dna_binding",
        {"anti_dsdna_iu_ml": 30.1, "anti_dsdna_iu_ml_upper": 30},
        {"anti_dsdna_iu_ml": 30, "anti_dsdna_iu_ml_upper": 30},
    ),
    *(
        ("low_complement", {**both, low: limit - 0.01}, both)
        for both in [{"c3_g_l": 0.9, "c3_g_l_lower": 0.9, "c4_g_l": 0.1, "c4_g_l_lower": 0.1}]
        for low, limit in [("c3_g_l", 0.9), ("c4_g_l", 0.1)]
    ),
]


def lupus() -> Iterator[Case]:
    """SLEDAI-2K and the states built on it."""
    yield Case("sledai_2k", NO_LUPUS, {"value": 0, "label": "no activity"}, "nothing present")
    for item, weight in SLEDAI.items():
        yield Case("sledai_2k", {**NO_LUPUS, item: True}, {"value": weight}, f"{item} alone")
        clinical = 0 if item in SEROLOGY else weight
        yield Case("clinical_sledai", {**NO_LUPUS, item: True}, {"value": clinical}, f"{item} alone")
        elsewhere = {**NO_LUPUS, item: True, "attribution": {item: "another cause"}}
        yield Case("sledai_2k", elsewhere, {"value": 0}, f"{item} of another cause")
    for item, scoring, limit in SLEDAI_LIMITS:
        open_item = {key: value for key, value in NO_LUPUS.items() if key != item}
        yield Case("sledai_2k", {**open_item, **scoring}, {"value": SLEDAI[item]}, f"{item} beyond its limit")
        yield Case("sledai_2k", {**open_item, **limit}, {"value": 0}, f"{item} at its limit")
    no_complement = {key: value for key, value in NO_LUPUS.items() if key != "low_complement"}
    normal = {"c3_g_l": 1, "c3_g_l_lower": 0.9, "c4_g_l": 0.2, "c4_g_l_lower": 0.1, "ch50_u_ml_lower": 40}
    for ch50, value in [(39.9, 2), (40, 0), (None, 0)]:
        yield Case("sledai_2k", {**no_complement, **normal, "ch50_u_ml": ch50}, {"value": value}, f"CH50 {ch50}")
    # EULAR teaching table: 0, 1 to 4, 5 to 10, above 10.
    bands = {("fever",): "mild", ("arthritis",): "mild", ("arthritis", "fever"): "moderate"}
    bands |= {("seizure", "rash"): "moderate", ("seizure", "rash", "fever"): "high"}
    for present, label in bands.items():
        yield Case("sledai_2k", {**NO_LUPUS, **dict.fromkeys(present, True)}, {"label": label}, f"{present}: {label}")
    for pga, label in [(0, "no activity"), (0.49, "no activity"), (0.5, "mild"), (1, "mild"), (1.01, "moderate"),
                       (2, "moderate"), (2.01, "severe"), (3, "severe")]:  # fmt: skip
        yield Case("pga", {"pga_0_3": pga}, {"value": pga, "label": label}, "PISCOS bands")


NO_DRUG = {"antimalarial": "none", "immunosuppressive": "none", "biologic": "none", "prednisolone_eq_mg_day": 0}
REMISSION = {"clinical_sledai": 0, "pga_0_3": 0.2, **NO_DRUG}
LOW_ACTIVITY = {
    **NO_LUPUS,
    "pga_0_3": 0.5,
    "prednisolone_eq_mg_day": 5,
    "maintenance_drugs_standard_and_tolerated": True,
    **dict.fromkeys(["haemolytic_anaemia", "gi_activity", "new_activity", "investigational_drug"], False),
}
MAJOR_ORGAN = ["hematuria", "proteinuria", "pyuria", "urinary_casts", "pleurisy", "pericarditis", "fever"]


def lupus_states() -> Iterator[Case]:
    """DORIS (van Vollenhoven 2021), drug-free remission and LLDAS (Franklyn 2016)."""
    yes, no = {"verdict": "met"}, {"verdict": "not met"}
    yield Case("doris_2021", REMISSION, yes, "everything holds")
    for change, expected in [
        ({"clinical_sledai": 1}, no), ({"pga_0_3": 0.49}, yes), ({"pga_0_3": 0.5}, no),
        ({"prednisolone_eq_mg_day": 5}, yes), ({"prednisolone_eq_mg_day": 5.1}, no),
        *(({drug: word}, verdict) for drug in ("antimalarial", "immunosuppressive", "biologic")
          for word, verdict in [("stable", yes), ("changed", no), (None, {"verdict": "unknown"})]),
    ]:  # fmt: skip
        yield Case("doris_2021", {**REMISSION, **change}, expected, f"{change}")
    yield Case("drug_free_remission", REMISSION, yes, "no drug at all")
    for change in [{"prednisolone_eq_mg_day": 0.1}, {"pga_0_3": 0.5}, {"clinical_sledai": 1}]:
        yield Case("drug_free_remission", {**REMISSION, **change}, no, f"{change}")
    for drug in ("antimalarial", "immunosuppressive", "biologic"):
        yield Case("drug_free_remission", {**REMISSION, drug: "stable"}, no, f"{drug} is a drug")
    yield Case("lldas_2016", LOW_ACTIVITY, yes, "everything holds")
    for change, expected in [
        ({"arthritis": True}, yes), ({"arthritis": True, "leukopenia": True}, no), ({"rash": True, "alopecia": True}, yes),
        ({"pga_0_3": 1}, yes), ({"pga_0_3": 1.01}, no),
        ({"prednisolone_eq_mg_day": 7.5}, yes), ({"prednisolone_eq_mg_day": 7.55}, no),
        ({"maintenance_drugs_standard_and_tolerated": False}, no),
        *(({flag: True}, no) for flag in ("haemolytic_anaemia", "gi_activity", "new_activity", "investigational_drug")),
        *(({item: True}, no) for item in MAJOR_ORGAN),
    ]:  # fmt: skip
        yield Case("lldas_2016", {**LOW_ACTIVITY, **change}, expected, f"{change}")


# Aggarwal 2017: points above 5, 15, 25 and 40 % of the range (muscle strength: 2, 10, 20 and 30 %).
TIS_POINTS = {
    "md_global": ([8.0, 10], [0, 7.5, 15, 17.5, 20]),
    "patient_global": ([8.0, 10], [0, 2.5, 5, 7.5, 10]),
    "extramuscular": ([8.0, 10], [0, 7.5, 12.5, 15, 20]),
    "haq": ([2.5, 3], [0, 5, 7.5, 7.5, 10]),
    "enzyme": ([2500, 3000], [0, 2.5, 5, 7.5, 7.5]),
    "mmt": ([40, 80], [0, 10, 20, 27.5, 32.5]),
}
UNCHANGED = {
    **{name: [start, start] for name, ((start, _), _) in TIS_POINTS.items()},
    "mmt_max": 80,
    "enzyme_range": 3000,
}


def myositis() -> Iterator[Case]:
    """Total Improvement Score: each core set measure alone, at each edge and just beyond it."""
    yield Case("tis_2016", UNCHANGED, {"value": 0, "label": "none"}, "no change")
    for name, ((start, span), points) in TIS_POINTS.items():
        edges = [2, 10, 20, 30] if name == "mmt" else [5, 15, 25, 40]
        for place, edge in enumerate(edges):
            for percent, expected in [(edge, points[place]), (edge + 0.25, points[place + 1])]:
                change = span * percent / 100 * (1 if name == "mmt" else -1)
                given = {**UNCHANGED, name: [start, start + change]}
                yield Case("tis_2016", given, {"value": expected}, f"{name} better by {percent} %")
    better = {"md_global": [8, 3.9], "extramuscular": [8, 3.9]}  # 20 each
    for extra, value, label in [
        ({"md_global": [8, 3.9]}, 20, "minimal"),
        ({"md_global": [8, 6.2], "patient_global": [8, 7.4]}, 17.5, "none"),  # 15 + 2.5
        (better, 40, "moderate"),
        ({**better, "mmt": [40, 52]}, 60, "major"),  # + 15 % of 80: 20
        ({**better, "mmt": [40, 44], "haq": [2.5, 2.0]}, 57.5, "moderate"),  # + 5 %: 10 + 16.7 %: 7.5
        (
            {"md_global": [8, 3.9], "extramuscular": [8, 5.1], "patient_global": [8, 7.4]},
            37.5,
            "minimal",
        ),  # 20 + 15 + 2.5
    ]:
        verdict = "met" if label == "major" else "not met"
        yield Case("tis_2016", {**UNCHANGED, **extra}, {"value": value, "label": label, "verdict": verdict}, label)
    muscles = [f"{m}_{side}" for m in ("middle_deltoid", "biceps", "wrist_extensors", "gluteus_maximus", "gluteus_medius",
                                       "quadriceps", "ankle_dorsiflexors") for side in "rl"]  # fmt: skip
    strength = dict.fromkeys(["neck_flexors", *muscles], 0)
    for muscle in strength:
        yield Case("mmt_8", {**strength, muscle: 7}, {"value": 7}, f"{muscle} alone")
    yield from haq()


def haq() -> Iterator[Case]:
    """HAQ-DI: the mean of 8 sections; an aid lifts a 0 or 1 to 2; 6 sections are enough."""
    sections = ["dressing", "arising", "eating", "walking", "hygiene", "reach", "grip", "activities"]
    none = dict.fromkeys(sections, 0) | {f"haq_aid_{name}": False for name in sections}
    for name in sections:
        yield Case("haq_di", {**none, name: 3}, {"value": 0.375}, f"{name} 3 of 3: 3/8")
        yield Case("haq_di", {**none, name: 1, f"haq_aid_{name}": True}, {"value": 0.25}, "an aid lifts 1 to 2: 2/8")
        yield Case("haq_di", {**none, name: 3, f"haq_aid_{name}": True}, {"value": 0.375}, "an aid does not lower 3")
    two_open = {name: value for name, value in none.items() if name not in ("reach", "grip")}
    yield Case("haq_di", {**two_open, "dressing": 3}, {"value": 0.5}, "6 sections answered: 3/6")
    three_open = {name: value for name, value in two_open.items() if name != "hygiene"}
    yield Case("haq_di", {**three_open, "dressing": 3}, {"low": 0.375, "high": 1.5}, "5 answered: 3/8 to (3+9)/8")


# Valentini 2017: weights of the revised EUSTAR index.
EUSTAR = {"delta_skin": 1.5, "digital_ulcers": 1.5, "tendon_friction_rubs": 2.25}
NO_SCLERODERMA = {**dict.fromkeys(EUSTAR, False), "mrss": 18, "crp": 10, "dlco_pct_pred": 70}
SITES = ["face", "chest", "abdomen", *(f"{part}_{side}" for part in ("upper_arm", "forearm", "hand", "fingers", "thigh", "leg", "foot") for side in "rl")]  # fmt: skip


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
    none = {"orientation": 0, "naming": 0, "following_commands": 0, "writing": 0, "attention": 0}
    for item, points in {"orientation": 4, "naming": 3, "following_commands": 1, "writing": 1, "attention": 1}.items():
        yield Case("ice", {**none, item: points}, {"value": points}, f"{item} alone")


CASES = [*lupus(), *lupus_states(), *myositis(), *scleroderma(), *toxicity()]
