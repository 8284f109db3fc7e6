"""Every worked case of the folder named by CASEKIT_CASES, as its sheet writes it, through the public calculator."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import casekit as ck

FOLDER = Path(os.environ.get("CASEKIT_CASES") or Path(__file__).parents[2] / "shared" / "clinical")
CASES = [case for path in sorted(FOLDER.glob("*.json")) for case in json.loads(path.read_text(encoding="utf-8"))]
FINDINGS = ("present", "labs", "not_assessed", "attribution")
Inputs = dict[str, Any]


def answers(got: ck.Calculation) -> Inputs:
    """The result under every name the sheets give to it."""
    known = got.value is not None
    names = ("score", "grade", "haq_di", "tis", "prednisone_eq_mg_day")
    verdicts = ("active", "remission", "lldas", "response", "improved", "progression", "high")
    return {
        **dict.fromkeys(names, got.value),
        **dict.fromkeys(verdicts, {"met": True, "not met": False}.get(got.verdict)),
        "lower_bound": got.low,
        "upper_bound": got.high,
        "determinable": known,
        "category": got.label,
        "class": got.label if known else None,
        "points": got.points,
        **got.details,
    }


def by(instrument: str) -> Callable[[Inputs], Inputs]:
    return lambda given: answers(ck.calculate(instrument, given))


def doris(given: Inputs) -> Inputs:
    drug_free = ck.calculate("drug_free_remission", given)
    doses = [ck.calculate("prednisone_equivalent", {"drug": s["drug"], "mg_per_day": s["mg_day"]}).value
             for s in given.get("steroids") or ()]  # fmt: skip
    dose = given["prednisolone_eq_mg_day"] if "prednisolone_eq_mg_day" in given else sum(map(float, doses))
    answer = {"met": True, "not met": False}.get(drug_free.verdict)
    return {**by("doris_2021")(given), "drug_free": answer, "prednisolone_eq_mg_day": dose}


def lldas(given: Inputs) -> Inputs:
    findings = {name: given[name] for name in FINDINGS if name in given}
    return {**by("lldas_2016")(given), "sledai_2k": ck.calculate("sledai_2k", findings).value}


def sri_4(given: Inputs) -> Inputs:
    rest = {name: value for name, value in given.items() if name not in ("modified", "use_bilag")}
    without = given.get("modified") or given.get("use_bilag") is False
    return answers(ck.calculate("sri_4", rest, with_bilag=not without))


def mrss(given: Inputs) -> Inputs:
    return {**by("mrss")(given), "n_sites": sum(value is not None for value in given["sites"].values())}


def aplasia_summary(given: Inputs) -> Inputs:
    found = ck.scores.summary(given["durations_days"])
    return {**found, "sd_sample": found["sd"], "range": [found["min"], found["max"]]}


ADAPTERS: dict[str, Callable[[Inputs], Inputs]] = {
    "SLEDAI-2K": by("sledai_2k"),
    "cSLEDAI": by("clinical_sledai"),
    "DORIS": doris,
    "LLDAS": lldas,
    "SRI-4": sri_4,
    "UPCR": by("upcr"),
    "TIS": by("tis_2016"),
    "HAQ-DI": by("haq_di"),
    "EUSTAR-AI-2017": by("eustar_2017"),
    "EScSG-AI-2003": by("escsg_2003"),
    "mRSS": mrss,
    "mRSS-change": by("mrss_change"),
    "CRISS-2016": by("criss_2016"),
    "CRISS-revised": by("criss_revised"),
    "ILD-progression-OMERACT": by("ild_progression"),
    "CRS-ASTCT": by("crs_astct_2019"),
    "ICANS-ASTCT": by("icans_astct_2019"),
    "ICE": by("ice"),
    "ICAHT-early": by("icaht_early"),
    "ICAHT-early-from-durations": by("icaht_early"),
    "ICAHT-late": by("icaht_late"),
    "T-ICAHT-early": by("t_icaht_early"),
    "T-ICAHT-late": by("t_icaht_late"),
    "CAR-HEMATOTOX": by("car_hematotox"),
    "LICATS": by("licats_2025"),
    "LICATS-onset": by("licats_onset"),
    "CTCAE5-neutrophils": by("ctcae5_neutrophils"),
    "CTCAE5-platelets": by("ctcae5_platelets"),
    "CTCAE5-anemia": by("ctcae5_anemia"),
    "CTCAE5-lymphocytes": by("ctcae5_lymphocytes"),
    "CTCAE5-WBC": by("ctcae5_wbc"),
    "CART-kinetics": by("car_t_kinetics"),
    "B-cell-aplasia": by("b_cell_aplasia"),
    "B-cell-aplasia-summary": aplasia_summary,
    "prednisone-equivalent": by("prednisone_equivalent"),
}


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
