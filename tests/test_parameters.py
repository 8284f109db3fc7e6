"""Parameters and typed courses: what cannot be is refused by name, the declaration is the only place of a default."""

import copy
import math
from collections.abc import Mapping
from typing import Any

import pytest

import casekit as ck
from casekit.scores.validity import parameter_fits

B_CELLS = {"samples": [[-5, 120], [7, 0], [28, 9], [90, 15]], "unit": "/uL"}
CAR_T = {"samples": [[0, 0], [7, 100], [14, 200], [28, 60]], "unit": "cells/uL"}
EARLY = {"anc_daily_day0_to_30": [2000] * 31, "unit": "cells/uL"}
LATE = {"samples": [[50, 1.4], [110, 0.4]], "unit": "10^9/L"}
TYPED: Mapping[str, dict[str, Any]] = {
    "b_cell_aplasia": B_CELLS,
    "car_t_kinetics": CAR_T,
    "icaht_early": EARLY,
    "icaht_late": LATE,
    "t_icaht_early": {"platelets_daily_day0_to_30": [200] * 31, "unit": "10^9/L"},
    "t_icaht_late": {"samples": [[50, 120], [60, 120]], "unit": "10^9/L"},
}
DECLARED = [
    (name, parameter, entry)
    for name in ck.instruments().index
    for parameter, entry in ck.catalogue.instrument(name).get("parameters", {}).items()
]
REFUSED = [
    ("b_cell_aplasia", "threshold", "ten", "a number from 0"),
    ("b_cell_aplasia", "threshold", -1, "a number from 0"),
    ("b_cell_aplasia", "threshold", math.nan, "a number from 0"),
    ("b_cell_aplasia", "threshold", math.inf, "a number from 0"),
    ("b_cell_aplasia", "threshold", True, "a number from 0"),
    ("b_cell_aplasia", "threshold", None, "a number from 0"),
    ("b_cell_aplasia", "threshold", [10], "a number from 0"),
    ("b_cell_aplasia", "confirm_samples", 1.5, "a whole number from 1"),
    ("b_cell_aplasia", "confirm_samples", "2", "a whole number from 1"),
    ("b_cell_aplasia", "confirm_samples", 0, "a whole number from 1"),
    ("b_cell_aplasia", "aplastic_if", "above", "one of below, up_to"),
    ("b_cell_aplasia", "aplastic_if", 1, "one of below, up_to"),
    ("car_t_kinetics", "until_day", "x", "a whole number from 1"),
    ("car_t_kinetics", "until_day", -5, "a whole number from 1"),
    ("car_t_kinetics", "below_limit", ["zero"], "one of zero, half, limit"),
    ("icaht_early", "interpolate_up_to", "x", "a whole number from 0"),
    ("icaht_early", "interpolate_up_to", -1, "a whole number from 0"),
    ("icaht_early", "recovery_holds_days", -3, "a whole number from 0"),
    ("icaht_early", "recovery_holds_days", 1.5, "a whole number from 0"),
    ("t_icaht_early", "interpolate_up_to", -1, "a whole number from 0"),
    ("t_icaht_early", "recovery_holds_days", 1.5, "a whole number from 0"),
    ("t_icaht_late", "interpolate_up_to", 1.5, "a whole number from 0"),
    ("t_icaht_early", "transfusion_holds_days", -1, "a whole number from 0"),
    ("icaht_late", "last", "x", "a whole number from 31"),
    ("icaht_late", "last", -4, "a whole number from 31"),
    ("icaht_late", "last", 30, "a whole number from 31"),
    ("sledai_2k", "use_upcr_for_proteinuria", "no", "true or false"),
    ("sri_4", "with_bilag", 1, "true or false"),
    ("renal_response", "egfr_fall_pct", 12, "one of 10, 15"),
    ("upcr", "mg_g_per_mg_mmol", "10", "one of 8.84, 10"),
    ("criss_revised", "threshold_pct", "20", "a number from 0"),
]


def refusal(instrument: str, inputs: Mapping[str, Any], **parameters: Any) -> str:
    with pytest.raises(ck.CaseKitError) as refused:
        ck.calculate(instrument, inputs, **parameters)
    return str(refused.value)


@pytest.mark.parametrize(("instrument", "name", "value", "expected"), REFUSED)
def test_a_parameter_that_cannot_be_is_refused(instrument: str, name: str, value: Any, expected: str) -> None:
    told = refusal(instrument, TYPED.get(instrument, {}), **{name: value})
    for part in (instrument, name, repr(value), expected):
        assert part in told
    with pytest.raises(ck.DataError, match=name):
        ck.score(ck.example(), instrument, **{name: value})


def test_every_wrong_parameter_is_named_at_once() -> None:
    told = refusal("b_cell_aplasia", B_CELLS, threshold="ten", confirm_samples=0)
    assert "threshold" in told
    assert "confirm_samples" in told


def test_an_explanation_refuses_a_wrong_parameter_too() -> None:
    with pytest.raises(ck.DataError, match="use_upcr_for_proteinuria"):
        ck.explain(ck.example(), "sledai_2k", patient_id="SLE-01", day=0, use_upcr_for_proteinuria="no")


@pytest.mark.parametrize(("instrument", "name", "entry"), DECLARED)
def test_every_parameter_declares_what_it_can_be(instrument: str, name: str, entry: dict[str, Any]) -> None:
    assert parameter_fits(entry, entry["default"])
    assert ("allowed" in entry) != ("minimum" in entry), f"{instrument}, {name}"


def test_a_whole_number_may_be_written_with_a_point() -> None:
    """Two samples in a row from day 90 on do not come: 90 - 7 days so far."""
    assert ck.calculate("b_cell_aplasia", B_CELLS, confirm_samples=2.0).low == 83


@pytest.mark.parametrize(
    ("instrument", "inputs", "parts"),
    [
        ("b_cell_aplasia", {**B_CELLS, "samples": [["x", 30]]}, ("samples", "['x', 30]", "[day, value]")),
        ("b_cell_aplasia", {**B_CELLS, "samples": [[7]]}, ("samples", "[7]", "[day, value]")),
        ("b_cell_aplasia", {**B_CELLS, "samples": [[7, 0, 9], [math.nan, 1]]}, ("[7, 0, 9]", "[nan, 1]")),
        ("b_cell_aplasia", {**B_CELLS, "samples": 7}, ("samples", "7", "a list")),
        ("b_cell_aplasia", {"samples": [[7, 101]], "unit": "%", "threshold": 1}, ("samples", "101", "from 0 to 100")),
        ("b_cell_aplasia", {**B_CELLS, "threshold": "ten"}, ("threshold", "'ten'", "a number from 0")),
        ("car_t_kinetics", {**CAR_T, "samples": [["x", 30]]}, ("samples", "['x', 30]", "[day, value]")),
        ("car_t_kinetics", {**CAR_T, "samples": "many"}, ("samples", "'many'", "a list")),
        ("car_t_kinetics", {**CAR_T, "lloq": "low"}, ("lloq", "'low'", "a number from 0")),
        ("car_t_kinetics", {**CAR_T, "lloq": -1}, ("lloq", "-1", "a number from 0")),
        ("icaht_late", {**LATE, "samples": [[50.5, 1.4]]}, ("samples", "[50.5, 1.4]", "a whole number")),
        ("icaht_late", {**LATE, "last_known_day": "x"}, ("last_known_day", "'x'", "a whole number")),
        ("icaht_early", {**EARLY, "last_known_day": -4}, ("last_known_day", "-4", "a whole number from 0")),
        ("t_icaht_late", {**LATE, "platelet_transfusion_days": [50.5]}, ("platelet_transfusion_days", "50.5", "whole")),
        ("t_icaht_late", {**LATE, "platelet_transfusion_days": 50}, ("platelet_transfusion_days", "50", "a list")),
        ("icaht_late", {**LATE, "platelet_transfusion_days": [50]}, ("platelet_transfusion_days",)),
        ("icaht_early", {"anc_daily_day0_to_30": 900, "unit": "/uL"}, ("anc_daily_day0_to_30", "900", "a list")),
        ("prednisone_equivalent", {"mg_per_day": 5}, ("drug", "no drug", "such as prednisolone")),
        ("prednisone_equivalent", {"drug": 7, "mg_per_day": 5}, ("drug", "7", "such as prednisolone")),
        ("prednisone_equivalent", {"drug": "prednisone", "mg_per_day": -5}, ("mg_per_day", "-5", "from 0")),
        ("prednisone_equivalent", {"drug": "budesonide_inhaled", "mg_per_day": -5}, ("mg_per_day", "-5", "from 0")),
        ("prednisone_equivalent", {"mg_per_day": "x"}, ("drug", "mg_per_day", "'x'")),
        ("eustar_2017", {"crp": {"value": 3}}, ("crp_mg_l", "{'value': 3}", "a number")),
    ],
)
def test_an_input_that_cannot_be_is_refused(instrument: str, inputs: dict[str, Any], parts: tuple[str, ...]) -> None:
    told = refusal(instrument, inputs)
    for part in (instrument, *parts):
        assert part in told


def test_a_drug_that_is_not_known_is_refused() -> None:
    told = refusal("prednisone_equivalent", {"drug": "prednisolon", "mg_per_day": 5})
    assert 'drug "prednisolon" is not known; near names: prednisolone' in told


def test_samples_not_taken_leave_everything_open() -> None:
    assert ck.calculate("b_cell_aplasia", {"samples": None, "unit": "/uL"}).value is None
    assert ck.calculate("car_t_kinetics", {"samples": None, "unit": "/uL"}).missing == ("samples",)
    got = ck.calculate("icaht_early", {"anc_daily_day0_to_30": None, "unit": "/uL"})
    assert (got.low, got.high) == (0, 4)


def test_a_part_of_a_day_counts_as_such() -> None:
    """To 100 on day 0.5, to 0 on day 28.5: 25 + 100 * 28 / 2 - the last half day (100 / 28 * 0.5) * 0.5 / 2."""
    got = ck.calculate("car_t_kinetics", {"samples": [[0, 0], [0.5, 100], [28.5, 0]], "unit": "/uL"})
    assert got.value == pytest.approx(25 + 1400 - 100 / 28 * 0.125)
    assert got.details["tmax_day"] == 0.5


def test_the_last_known_day_ends_a_later_course_too() -> None:
    """0.4 on day 110 is grade 3; not looked at when nothing is known after day 105; 1.4 alone is grade 1."""
    assert ck.calculate("icaht_late", LATE, last=120).value == 3
    assert ck.calculate("icaht_late", {**LATE, "last_known_day": 105}, last=120).value == 1
    assert ck.calculate("icaht_late", {**LATE, "last_known_day": 300}, last=120).value == 3
    got = ck.calculate("icaht_late", {**LATE, "last_known_day": 0})
    assert (got.low, got.high) == (0, 4)


@pytest.mark.parametrize(
    ("assay", "unit", "expected"),
    [("qpcr", "cells/uL", "copies/ug"), ("flow", "copies/ug", "/uL"), ("qpcr", "%", "copies/ug")],
)
def test_an_assay_that_does_not_give_the_unit_is_refused(assay: str, unit: str, expected: str) -> None:
    told = refusal("car_t_kinetics", {**CAR_T, "samples": [[0, 0], [28, 9]], "unit": unit}, assay=assay)
    for part in ("car_t_kinetics, assay", repr(assay), repr(unit), expected):
        assert part in told


def test_the_assay_that_gives_the_unit_changes_nothing() -> None:
    """350 + 1050 + 1820."""
    assert ck.calculate("car_t_kinetics", CAR_T, assay="flow").value == 3220
    assert ck.calculate("car_t_kinetics", {**CAR_T, "unit": "copies/ug", "assay": "qpcr"}).value == 3220


def test_a_parameter_given_twice_must_be_the_same() -> None:
    told = refusal("car_t_kinetics", {**CAR_T, "until_day": 14}, until_day=28)
    for part in ("until_day", "14", "28"):
        assert part in told
    assert ck.calculate("car_t_kinetics", {**CAR_T, "until_day": 14}, until_day=14).value == 350 + 1050


def test_an_open_end_is_infinite() -> None:
    lasting = ck.calculate("b_cell_aplasia", {"samples": [[7, 0], [90, 0]], "unit": "/uL"})
    assert (lasting.low, lasting.high, lasting.value) == (83, math.inf, None)
    short = ck.calculate("car_t_kinetics", {"samples": [[0, 0], [7, 100]], "unit": "/uL"})
    assert (short.low, short.high, short.value) == (350, math.inf, None)


DEFAULTS = [
    # 9 on day 28 is a return at 5; B cells for two samples in a row never come.
    ("b_cell_aplasia", "threshold", 5, 21),
    ("b_cell_aplasia", "confirm_samples", 2, None),
    ("car_t_kinetics", "until_day", 14, 1400),
    ("car_t_kinetics", "until_day", 84, None),
]


@pytest.mark.parametrize(("instrument", "name", "value", "expected"), DEFAULTS)
def test_the_declaration_is_the_only_place_of_a_default(
    instrument: str, name: str, value: Any, expected: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = dict(ck.catalogue._instruments())
    changed = copy.deepcopy(known[instrument])
    changed["parameters"][name]["default"] = value
    series = ck.example()
    given = ck.score(series, instrument, **{name: value})
    monkeypatch.setattr(ck.catalogue, "_instruments", lambda: {**known, instrument: changed})
    assert ck.calculate(instrument, TYPED[instrument]).value == expected
    assert ck.score(series, instrument).equals(given)


def test_one_day_of_recovery_joins_31_days_to_one_run() -> None:
    counts = [400] * 15 + [2000] + [400] * 15
    assert ck.calculate("icaht_early", {"anc_daily_day0_to_30": counts, "unit": "/uL"}).value == 4
    assert any("joined run" in text for text in ck.catalogue.instrument("icaht_early")["ambiguity"])


def test_a_ratio_that_was_low_at_baseline_is_a_complete_response() -> None:
    given = {"upcr_mg_g": [400, 400], "egfr_ml_min": [90, 90]}
    assert ck.calculate("renal_response", given).value == 2
    assert any("at baseline already" in text for text in ck.catalogue.instrument("renal_response")["ambiguity"])
