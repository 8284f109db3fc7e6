"""The cards and calculators: every instrument has them, from its declaration alone."""

from html import escape

import pytest

import casekit as ck
from casekit import views
from casekit.views.fields import fields_of, typed_inputs

NAMES = list(ck.instruments().index)


@pytest.mark.parametrize("name", NAMES)
def test_every_instrument_has_a_card_that_names_its_source(name: str) -> None:
    card = views.instrument_card(name)
    declared = ck.catalogue.instrument(name)
    assert declared["name"] in card
    assert declared["source"].get("doi", "") in card
    assert all(escape(sentence) in card for sentence in declared.get("ambiguity", []))


@pytest.mark.parametrize("name", NAMES)
def test_every_instrument_has_a_calculator_that_answers(name: str) -> None:
    answer = views.calculator(name).children[2].value
    assert ck.catalogue.instrument(name)["name"] in answer
    assert "ck-note" not in answer


WITH_EXAMPLES = [name for name in NAMES if "examples" in ck.catalogue.instrument(name)]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_every_declared_example_is_computed_on_the_card_and_stores_no_result(name: str) -> None:
    card = views.instrument_card(name)
    for example in ck.catalogue.instrument(name)["examples"]:
        assert set(example) == {"why", "inputs"}
        assert escape(example["why"]) in card


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("sledai_2k", "0–16 (no activity to high)"),  # four urine items of 4 points were not examined
        ("doris_2021", "not known (not determinable)"),  # no physician global
        ("tis_2016", "60 (major)"),  # 20 + 10 + 10 + 20, muscle and enzyme normal before: nothing to gain
        ("tis_2016_juvenile", "40 (minimal)"),  # physician 50 %: 20; muscle 12 of 80, 15 %: 20; adults: moderate
        ("criss_2016", "0.532454 (not improved)"),  # -5.54 + 0.81 x 7 = 0.13; 1 / (1 + exp(-0.13)) = 0.5325
        ("b_cell_aplasia", "at least 173 days"),  # day 180 minus day 7
        ("prednisone_equivalent", "<td>5 mg/day</td>"),  # 4 mg of methylprednisolone stand for 5 mg of prednisone
    ],
)
def test_examples_show_what_they_promise(name: str, result: str) -> None:
    assert result in views.instrument_card(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("complement_normalisation", "C3 at or above the lower limit of normal and C4"),
        ("ild_progression", "FVC lower by 5 % to below 10 % of baseline and DLCO lower by 15 % of baseline or more."),
        ("car_hematotox", "Platelets: below 75 × 10⁹/L (2 points), 75 to 175 × 10⁹/L (1 point)."),
        ("icans_astct_2019", "ICE score: 2 or less (grade 3), 3 to 6 (grade 2), 7 to 9 (grade 1)."),
        ("icaht_early", "14 days or more (grade 3), 7 to 13 days (grade 2), 1 to 6 days (grade 1)."),
        ("renal_response", "UPCR below 500 mg/g and eGFR not lower by more than 15 % of baseline."),
        ("criss_revised", "<td>mRSS lower by 20 % of baseline or more.</td>"),
        ("criss_revised", "<td>FVC higher by 5 % of baseline or more.</td>"),
        ("sledai_2k", "<td>1 to 4</td><td>mild</td>"),
        ("sledai_2k", "<td>11 or more</td><td>high</td>"),
        ("tis_2016", "<td>20 to below 40</td><td>minimal</td>"),
        ("crs_astct_2019", "<td>2</td><td>grade 2</td>"),
        ("sledai_2k", "Leukocytes (10⁹/L) 0.9, Platelets (10⁹/L) 45; attribution: Leukopenia: lymphodepletion"),
        ("sledai_2k", "present: Low complement, Increased DNA binding"),
        ("sledai_2k", "Not yet reviewed by a second clinician."),
    ],
)
def test_a_card_reads_as_a_clinician_writes(name: str, words: str) -> None:
    assert words in views.instrument_card(name)


# What the publications leave open or only secondary sources say: the card says so beside the item or parameter.
UNCERTAIN = [
    ("sledai_2k", "arthritis"),
    ("lldas_2016", "no_investigational_drug"),
    ("drug_free_remission", "no_glucocorticoid"),
    ("off_treatment_remission", "no_glucocorticoid"),
    ("pga", "pga_0_3"),
    ("tis_2016", "enzyme"),
    ("tis_2016", "ck_times_uln"),
    ("mrss_improver_both", "points"),
    ("mrss_improver_either", "points"),
    ("criss_revised", "step_1_must_be_known"),
    ("crs_astct_2019", "vasopressor"),
    ("crs_astct_2019", "hypoxia"),
    ("crs_astct_2019", "vasopressin_alone_is_grade_3"),
    ("icaht_early", "duration"),
    ("t_icaht_early", "transfusion_holds_days"),
    ("car_hematotox", "neutrophils"),
    ("car_hematotox", "crp"),
    ("licats_onset", "onset_day"),
    ("b_cell_aplasia", "threshold"),
    ("b_cell_aplasia", "confirm_samples"),
    ("car_t_kinetics", "below_limit"),
    ("car_t_kinetics", "until_day"),
    ("prednisone_equivalent", "where_tables_differ"),
    ("upcr", "mg_g_per_mg_mmol"),
]


@pytest.mark.parametrize(("name", "part"), UNCERTAIN)
def test_what_is_uncertain_is_called_so_beside_it(name: str, part: str) -> None:
    declared = ck.catalogue.instrument(name)
    entry = declared.get("parameters", {}).get(part) or next(item for item in declared["items"] if item["id"] == part)
    assert "Uncertain" in entry["note"]
    assert escape(entry["note"]) in views.instrument_card(name)


def test_a_gate_stands_above_the_items() -> None:
    assert "Counts only when:</b> Attributed to CRS" in views.instrument_card("crs_astct_2019")


def fill(page: object, field: str, value: str) -> None:
    """Type into the field with that label."""
    rows = page.children[1].children
    row = next(row for row in rows if f"<span>{field}" in row.children[0].value)
    row.children[1].value = value


def test_a_case_typed_in_shows_interval_points_and_what_is_missing() -> None:
    page = views.calculator("sledai_2k")
    fill(page, "Arthritis", "yes")
    page.children[0].children[1].click()  # all other findings: no
    fill(page, "Fever", "not assessed")
    answer = page.children[2].value
    # 4 for arthritis; fever, 1 point, is open
    assert "SLEDAI-2K: 4–5" in answer
    assert "Counted: Arthritis 4." in answer
    assert "Not assessed: Fever." in answer


def test_a_wrong_entry_is_named_and_gives_no_number() -> None:
    page = views.calculator("mrss")
    fill(page, "Skin thickness: Face", "4")
    answer = page.children[2].value
    assert "mrss_face" in answer
    assert "0 to 3" in answer
    assert "Modified Rodnan skin score:" not in answer


def test_markup_typed_in_is_shown_as_text() -> None:
    page = views.calculator("mrss")
    fill(page, "Skin thickness: Face", "<img src=x onerror=alert(1)>")
    assert "<img" not in page.children[2].value


def test_samples_are_read_line_by_line() -> None:
    fields = fields_of("b_cell_aplasia")
    assert typed_inputs(fields, {"samples": "-5, 120\n7, 0\n\n98; 15"})["samples"] == [[-5, 120], [7, 0], [98, 15]]
    with pytest.raises(ck.CaseKitError, match="day and a value"):
        typed_inputs(fields, {"samples": "day 7"})


def test_a_pair_needs_no_values_and_takes_both() -> None:
    fields = fields_of("tis_2016")
    assert "md_global_0_10" not in typed_inputs(fields, {})
    assert typed_inputs(fields, {"md_global_0_10": ("8", "3.9")})["md_global_0_10"] == [8, 3.9]
