"""Every worked case of the folder named by CASEKIT_CASES, through the public calculator, one test per case.

The cases name their inputs as published sheets do; the adapters below only rename, never compute.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import worked_cases_disease
import worked_cases_safety

import casekit as ck

FOLDER = Path(os.environ.get("CASEKIT_CASES") or Path(__file__).parents[2] / "shared" / "clinical")
CASES = [case for path in sorted(FOLDER.glob("*.json")) for case in json.loads(path.read_text(encoding="utf-8"))]
SLEDAI_KEYS = [item["id"] for item in ck.catalogue.instrument("sledai_2k")["items"]]
# Which laboratory value answers which item: an item with its laboratory value is not answered by hand.
LABS = {
    "platelets_10e9_l": "thrombocytopenia",
    "wbc_10e9_l": "leukopenia",
    "temp_c": "fever",
    "urine_protein_g_24h": "proteinuria",
    "upcr_mg_mmol": "proteinuria",
    "upcr_mg_g": "proteinuria",
    "urine_rbc_hpf": "hematuria",
    "urine_wbc_hpf": "pyuria",
    "c3_g_l": "low_complement",
    "c4_g_l": "low_complement",
    "anti_dsdna_iu_ml": "increased_dna_binding",
}
OXYGEN = {
    "high_flow": "high_flow_nasal",
    "face_mask": "facemask",
    "nonrebreather": "non_rebreather",
    "mechanical_ventilation": "ventilation",
    "intubation": "ventilation",
}
CONSCIOUSNESS = {"touch": "tactile", "to_voice": "voice", "stupor": "unarousable", "coma": "unarousable"}
Inputs = dict[str, Any]


def sledai_inputs(given: Inputs) -> Inputs:
    """Findings listed as present are yes, all others no, unless not assessed or answered by a laboratory value."""
    labs = given.get("labs", {})
    answered = {LABS[name] for name in labs if name in LABS and labs[name] is not None}
    open_items = set(given.get("not_assessed", [])) | answered
    found = {key: key in given["present"] for key in SLEDAI_KEYS if key not in open_items or key in given["present"]}
    return {**found, **labs, "attribution": given.get("attribution", {})}


def sledai_parameters(given: Inputs) -> Inputs:
    return {key: given[key] for key in ("use_upcr_for_proteinuria",) if key in given}


def sum_of(instrument: str) -> Callable[[Inputs], Inputs]:
    def result(given: Inputs) -> Inputs:
        got = ck.calculate(instrument, sledai_inputs(given), **sledai_parameters(given))
        return as_score(got)

    return result


def as_score(got: ck.Calculation) -> Inputs:
    return {
        "score": got.value,
        "lower_bound": got.low,
        "upper_bound": got.high,
        "determinable": got.value is not None,
        "active": {"met": True, "not met": False}.get(got.verdict),
    }


def verdict(got: ck.Calculation) -> bool | None:
    return {"met": True, "not met": False}.get(got.verdict)


def doris(given: Inputs) -> Inputs:
    given = dict(given)
    given.pop("serology_active", None)
    steroids = given.pop("steroids", None)
    if steroids is not None:
        doses = [
            ck.calculate("prednisone_equivalent", {"drug": s["drug"], "mg_per_day": s["mg_day"]}) for s in steroids
        ]
        given["prednisolone_eq_mg_day"] = sum(dose.value or 0.0 for dose in doses)
    remission, drug_free = ck.calculate("doris_2021", drugs(given)), ck.calculate("drug_free_remission", drugs(given))
    dose = given.get("prednisolone_eq_mg_day")
    return {"remission": verdict(remission), "drug_free": verdict(drug_free), "prednisolone_eq_mg_day": dose}


def drugs(given: Inputs) -> Inputs:
    """Words for a drug that is neither absent nor stable all mean that it changed."""
    changed = {
        name: given[name] if given[name] in ("none", "stable", None) else "changed"
        for name in ("antimalarial", "immunosuppressive", "biologic")
        if name in given
    }
    return {**given, **changed}


def lldas(given: Inputs) -> Inputs:
    others = {
        key: value for key, value in given.items() if key not in ("present", "labs", "not_assessed", "attribution")
    }
    findings = sledai_inputs(given)
    state = ck.calculate("lldas_2016", {**findings, **others})
    return {"sledai_2k": ck.calculate("sledai_2k", findings).value, "lldas": verdict(state)}


def tis(given: Inputs) -> Inputs:
    given = dict(given)
    scales, enzyme = given.pop("scales", {}), given.pop("enzyme", None)
    for name in ("md_global", "patient_global", "extramuscular"):
        if "mm" in scales.get("globals", "") and given.get(name) is not None:
            given[name] = {"value": given[name], "unit": "mm"}
    given = {name: value for name, value in given.items() if value is not None}
    if enzyme:
        times = ck.scores.derive.ENZYME_MULTIPLES[f"{enzyme['name'].lower()}_u_l"]
        given |= {"enzyme": [enzyme["baseline"], enzyme["followup"]], "enzyme_range": times * enzyme["uln"]}
    got = ck.calculate("tis_2016", given)
    return {**as_score(got), "tis": got.value, "points": got.points, "category": got.label}


def eustar(given: Inputs) -> Inputs:
    got = ck.calculate("eustar_2017", given)
    return as_score(got)


def mrss(given: Inputs) -> Inputs:
    sites = given["sites"]
    got = ck.calculate("mrss", sites)
    return {**as_score(got), "n_sites": sum(value is not None for value in sites.values())}


def crs(given: Inputs) -> Inputs:
    given = dict(given)
    pressors = given.pop("vasopressors")
    if pressors is not None:
        given["vasopressor_count"] = len([name for name in pressors if name != "vasopressin"])
        given["vasopressin"] = "vasopressin" in pressors
    given["oxygen"] = OXYGEN.get(given["oxygen"], given["oxygen"])
    return as_grade(ck.calculate("crs_astct_2019", given))


def icans(given: Inputs) -> Inputs:
    renamed = {
        "seizure_type": given["seizure"],
        "consciousness": CONSCIOUSNESS.get(given["consciousness"], given["consciousness"]),
    }
    rest = {
        key: value
        for key, value in given.items()
        if key not in ("seizure", "intracranial_haemorrhage_only", "consciousness")
    }
    return as_grade(ck.calculate("icans_astct_2019", {**rest, **renamed}))


def as_grade(got: ck.Calculation) -> Inputs:
    return {**as_score(got), "grade": got.value}


def aplasia(given: Inputs) -> Inputs:
    return dict(ck.calculate("b_cell_aplasia", given).details)


def aplasia_summary(given: Inputs) -> Inputs:
    found = ck.scores.summary(given["durations_days"])
    return {**found, "sd_sample": found["sd"], "range": [found["min"], found["max"]]}


def haq(given: Inputs) -> Inputs:
    sections = given["section_worst"]
    aids = {f"haq_aid_{name}": name in given.get("aids_or_help", []) for name in sections}
    got = ck.calculate("haq_di", {**sections, **aids})
    return {**as_score(got), "haq_di": got.value}


def prednisone(given: Inputs) -> Inputs:
    got = ck.calculate("prednisone_equivalent", given)
    return {**got.details, "prednisone_eq_mg_day": got.value}


def total_of(instrument: str) -> Callable[[Inputs], Inputs]:
    return lambda given: as_score(ck.calculate(instrument, given))


ADAPTERS: dict[str, Callable[[Inputs], Inputs]] = {
    "SLEDAI-2K": sum_of("sledai_2k"),
    "cSLEDAI": sum_of("clinical_sledai"),
    "DORIS": doris,
    "LLDAS": lldas,
    "TIS": tis,
    "EUSTAR-AI-2017": eustar,
    "mRSS": mrss,
    "CRS-ASTCT": crs,
    "ICANS-ASTCT": icans,
    "ICE": total_of("ice"),
    "B-cell-aplasia": aplasia,
    "B-cell-aplasia-summary": aplasia_summary,
    "HAQ-DI": haq,
    "prednisone-equivalent": prednisone,
}

ADAPTERS |= worked_cases_disease.ADAPTERS | worked_cases_safety.ADAPTERS


def close(expected: Any, got: Any) -> bool:
    """Equal at the precision printed in the case: half a unit of its last digit."""
    if isinstance(expected, dict):
        return all(close(value, got[key]) for key, value in expected.items())
    if isinstance(expected, bool) or expected is None or isinstance(expected, str):
        return expected == got
    if isinstance(expected, list):
        return len(expected) == len(got) and all(map(close, expected, got))
    decimals = len(str(expected).partition(".")[2])
    return got is not None and abs(expected - got) <= 0.5 * 10.0**-decimals + 1e-9


@pytest.mark.skipif(not CASES, reason=f"no worked cases in {FOLDER.name}")
def test_there_are_worked_cases() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_worked_case(case: Inputs) -> None:
    adapter = ADAPTERS.get(case["instrument"])
    if adapter is None:
        pytest.skip(f"{case['instrument']} is not declared yet")
    if "error" in case["expected"]:
        with pytest.raises(ck.CaseKitError):
            adapter(case["inputs"])
        return
    got = adapter(case["inputs"])
    assert set(case["expected"]) <= set(got), f"the adapter returns {sorted(got)}"
    wrong = {key: (value, got[key]) for key, value in case["expected"].items() if not close(value, got[key])}
    assert not wrong, f"{case['why']}: (expected, computed) {wrong}"
