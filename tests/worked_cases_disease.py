"""How the worked cases of the disease instruments name their inputs; the adapters rename, they never compute."""

from collections.abc import Callable
from typing import Any

import casekit as ck

Inputs = dict[str, Any]
CRISS_CHANGES = {
    "delta_mrss": "mrss_change",
    "delta_fvc_pct_pred": "fvc_pct_pred_change",
    "delta_patient_global_0_10": "patient_global_0_10_change",
    "delta_md_global_0_10": "md_global_0_10_change",
    "delta_haq_di": "haq_di_change",
    "step1_event": "criss_step_1_event",
}


def yes_or_no(got: ck.Calculation) -> bool | None:
    return {"met": True, "not met": False}.get(got.verdict)


def ends(got: ck.Calculation) -> Inputs:
    return {
        "score": got.value,
        "lower_bound": got.low,
        "upper_bound": got.high,
        "determinable": got.value is not None,
        "active": yes_or_no(got),
    }


def renamed(given: Inputs, names: dict[str, str]) -> Inputs:
    return {names.get(name, name): value for name, value in given.items()}


def pairs(given: Inputs, **names: str) -> Inputs:
    """Measure to [baseline, follow-up], taken from `<prefix>_baseline` and `<prefix>_followup`."""
    return {
        column: [given.get(f"{prefix}_baseline"), given.get(f"{prefix}_followup")] for prefix, column in names.items()
    }


def sri_4(given: Inputs) -> Inputs:
    inputs = {**pairs(given, sledai="sledai_2k"), "pga_0_3_change": given.get("pga_change_0_3")}
    inputs |= {name: given.get(name) for name in ("new_bilag_a", "new_bilag_b")}
    modified = {"with_bilag": False} if given.get("modified") or given.get("use_bilag") is False else {}
    return {"response": yes_or_no(ck.calculate("sri_4", inputs, **modified))}


def upcr(given: Inputs) -> Inputs:
    got = ck.calculate("upcr", {"value": given["value"], "unit": given["unit"]})
    return {**ends(got), **got.details}


def escsg(given: Inputs) -> Inputs:
    return ends(ck.calculate("escsg_2003", given))


def mrss_change(given: Inputs) -> Inputs:
    got = ck.calculate("mrss_change", {"mrss": [given["baseline"], given["followup"]]})
    return {**ends(got), **got.details}


def criss_2016(given: Inputs) -> Inputs:
    got = ck.calculate("criss_2016", renamed(given, CRISS_CHANGES))
    return {**ends(got), **got.details, "improved": yes_or_no(got)}


def criss_revised(given: Inputs) -> Inputs:
    given = renamed(given, CRISS_CHANGES)
    parameters = {name: given[name] for name in ("threshold_pct", "fvc_threshold_pct") if name in given}
    before, after = given["baseline"], given["followup"]
    inputs: Inputs = {name: [before.get(name), after.get(name)] for name in {**before, **after}}
    inputs["criss_step_1_event"] = given.get("criss_step_1_event")
    got = ck.calculate("criss_revised", inputs, **parameters)
    return {**ends(got), **got.details, "response": yes_or_no(got)}


def ild_progression(given: Inputs) -> Inputs:
    got = ck.calculate("ild_progression", pairs(given, fvc="fvc_pct_pred", dlco="dlco_pct_pred"))
    return {**got.details, "progression": yes_or_no(got)}


ADAPTERS: dict[str, Callable[[Inputs], Inputs]] = {
    "SRI-4": sri_4,
    "UPCR": upcr,
    "EScSG-AI-2003": escsg,
    "mRSS-change": mrss_change,
    "CRISS-2016": criss_2016,
    "CRISS-revised": criss_revised,
    "ILD-progression-OMERACT": ild_progression,
}
