"""What an explanation says: what was seen, what would flip it, and that nothing from the data becomes markup."""

import re
from html.parser import HTMLParser

import pytest
from IPython.core.formatters import DisplayFormatter

import casekit as ck
from casekit import records
from casekit.scores import exact_interval, explanation_text, leave_one_out
from casekit.scores.wording import failing, meeting
from casekit.views import explanation_card

# The earlier drug shows that a medication history was written down: its end makes "no drug" a finding.
INFUSION = (
    "patient_id,drug,category,dose,dose_unit,frequency,route,end_day,start_day\n"
    "A,cd19_car_t,car_t,1,cells/kg,once,iv,0,0\nA,belimumab,biologic,200,mg,weekly,sc,-400,-900"
)


def series(
    disease: str,
    measured: str = "",
    assessed: str = "",
    treatments: str = "",
    patient: str = "A",
    origin: str = "chart",
) -> ck.CaseSeries:
    """One patient; measured lines are day,variable,value,unit,lower,upper and assessed lines day,variable,value."""
    head = "patient_id,day,variable,value"
    measured, assessed = (
        "\n".join(f"{patient},{line},{origin}" for line in part.split()) for part in (measured, assessed)
    )
    return records.from_text(
        patients=f"patient_id,disease,sex,last_known_day\n{patient},{disease},female,400",
        treatments=INFUSION.replace("\nA,", f"\n{patient},") + treatments,
        measurements=f"{head},unit,lower,upper,origin\n{measured}",
        assessments=f"{head},origin\n{assessed}",
    )


def flips(table: ck.CaseSeries, instrument: str, day: int, **parameters: object) -> dict[str, str]:
    told = ck.explain(table, instrument, patient_id="A", day=day, **parameters)
    return dict(told[["condition", "flips"]].itertuples(index=False, name=None))


LUPUS = (
    "90,seizure,no 90,psychosis,no 90,organic_brain_syndrome,no 90,visual_disturbance,no 90,cranial_nerve_disorder,no "
    "90,lupus_headache,no 90,cva,no 90,vasculitis,no 90,arthritis,no 90,myositis,no 90,urinary_casts,no "
    "90,hematuria,no 90,proteinuria,no 90,pyuria,no 90,rash,no 90,alopecia,no 90,mucosal_ulcers,no 90,pleurisy,no "
    "90,pericarditis,no 90,low_complement,no 90,increased_dna_binding,no 90,fever,no 90,thrombocytopenia,no "
    "90,leukopenia,no 90,pga_0_3,0.2"
)
PREDNISONE = "\nA,prednisone,glucocorticoid,7.5,mg,daily,oral,,-50"


# verdicts on conditions


def test_a_condition_not_met_says_what_would_meet_it() -> None:
    told = flips(series("SLE", assessed=LUPUS, treatments=PREDNISONE), "doris_2021", 90)
    assert told["Prednisolone equivalent up to 5 mg a day"] == (
        "met with Prednisolone equivalent 5 mg/day or less; this alone changes the result"
    )
    assert told["Physician global below 0.5 (0 to 3)"] == "does not matter: another condition fails"


def test_an_unknown_beside_a_failing_condition_does_not_matter() -> None:
    table = series("SLE", assessed=LUPUS.replace("90,pga_0_3,0.2", ""), treatments=PREDNISONE)
    assert flips(table, "doris_2021", 90)["Physician global below 0.5 (0 to 3)"] == (
        "does not matter: another condition fails"
    )


def test_the_only_unknown_decides_and_says_both_ways() -> None:
    told = flips(series("SLE", assessed=LUPUS.replace("90,pga_0_3,0.2", "")), "doris_2021", 90)
    assert told["Physician global below 0.5 (0 to 3)"] == (
        "decides the verdict: met if PGA below 0.5, not met if PGA 0.5 or more"
    )


def test_of_two_unknowns_neither_decides_alone() -> None:
    assessed = LUPUS.replace("90,pga_0_3,0.2", "").replace("90,rash,no", "")
    told = flips(series("SLE", assessed=assessed), "doris_2021", 90)
    assert told["Clinical SLEDAI is 0"] == (
        "met if Clinical SLEDAI 0, not met if Clinical SLEDAI above 0; "
        "not met settles the verdict, otherwise the other open condition decides"
    )


def test_every_condition_of_a_met_verdict_says_what_would_lose_it() -> None:
    told = flips(series("SLE", assessed=LUPUS), "doris_2021", 90)
    assert told["Physician global below 0.5 (0 to 3)"] == "lost with PGA 0.5 or more; this alone changes the result"
    assert told["No antimalarial, or a stable one"] == "lost with Antimalarial: changed; this alone changes the result"


def test_two_failing_conditions_say_so() -> None:
    table = series("SLE", assessed=LUPUS.replace("pga_0_3,0.2", "pga_0_3,0.5"), treatments=PREDNISONE)
    assert flips(table, "doris_2021", 90)["Physician global below 0.5 (0 to 3)"] == (
        "met with PGA below 0.5; another condition fails too"
    )


@pytest.mark.parametrize(
    ("rule", "met", "failed"),
    [
        (
            {"var": "fvc_pct_pred", "change": "fall_percent", "from": 5, "below": 10},
            "FVC lower by 5 % to below 10 % of baseline",
            "FVC not lower by 5 % of baseline or more or lower by 10 % of baseline or more",
        ),
        # no change at all fails below 0 already, and a fall below 0 is a rise
        (
            {"score": "eustar_2017", "change": "difference", "below": 0},
            "EUSTAR index lower than at baseline",
            "EUSTAR index not lower than at baseline",
        ),
        (
            {"score": "eustar_2017", "change": "fall", "below": 0},
            "EUSTAR index higher than at baseline",
            "EUSTAR index not higher than at baseline",
        ),
        (
            {"score": "eustar_2017", "change": "percent", "up_to": 0},
            "EUSTAR index not higher than at baseline",
            "EUSTAR index higher than at baseline",
        ),
    ],
)
def test_a_change_that_fails_is_the_other_side_of_each_limit(rule: dict[str, object], met: str, failed: str) -> None:
    assert (meeting(rule), failing(rule)) == (met, failed)


def test_a_change_is_told_as_the_value_to_be_reached() -> None:
    """FVC 80 before infusion: 10 % is 72; with DLCO 60, 5 % is 76 and 15 % is 51."""
    table = series(
        "SSc", "-6,fvc_pct_pred,80,%,, -6,dlco_pct_pred,60,%,, 90,fvc_pct_pred,74,%,, 90,dlco_pct_pred,55,%,,"
    )
    told = flips(table, "ild_progression", 90)
    assert told["FVC lower by 10 % of baseline or more"] == "met with FVC 72 % or less; this alone changes the result"
    assert told["FVC lower by 5 % to below 10 % and DLCO lower by 15 % or more"] == (
        "met with FVC above 72 % to 76 % and DLCO 51 % or less; this alone changes the result"
    )
    seen = ck.explain(table, "ild_progression", patient_id="A", day=90)["observed"][0]
    assert seen == "FVC 74 %, before infusion 80"


def test_a_change_that_no_value_can_reach_says_so() -> None:
    sites = [item["value"] for item in ck.catalogue.instrument("mrss")["items"]]
    rows = [f"{day},{site},0" for day in (-6, 90) for site in sites]
    told = flips(series("SSc", assessed=" ".join(rows)), "mrss_improver_either", 90)
    assert told["mRSS lower by 5 points or more"] == (
        "met with no value: it was 0 at baseline; this alone changes the result"
    )


def test_of_alternatives_the_one_that_was_assessed_is_named() -> None:
    by_laboratory = LUPUS.replace("90,thrombocytopenia,no ", "")
    table = series("SLE", "90,platelets_10e9_l,99,10^9/L,150,400", by_laboratory)
    assert flips(table, "sledai_2k", 90)["Thrombocytopenia"] == "0 (no activity) with Platelets 100 × 10⁹/L or more"


# scores


SKIN = [item["value"] for item in ck.catalogue.instrument("mrss")["items"]]
SCLERODERMA = " ".join(
    [*(f"90,{site},0" for site in SKIN), "90,delta_skin,no", "90,digital_ulcers,yes", "90,tendon_friction_rubs,no"]
)


def test_an_item_that_would_cross_the_threshold_says_so() -> None:
    """Ulcers 1.5: the lung would add 1 and reach 2.5; without the ulcers nothing changes the band."""
    table = series("SSc", "90,crp_mg_l,5,mg/L,, 90,dlco_pct_pred,70,%,,", SCLERODERMA)
    told = flips(table, "eustar_2017", 90)
    assert told["DLCO below 70 % of predicted"] == "2.5 (active) with DLCO below 70 %"
    assert told["CRP above 10 mg/L"] == "3.75 (active) with CRP above 10 mg/L"
    assert told["Digital ulcers"] == ""


def test_an_item_that_carries_the_band_says_what_is_left_without_it() -> None:
    table = series("SSc", "90,crp_mg_l,5,mg/L,, 90,dlco_pct_pred,60,%,,", SCLERODERMA)
    assert flips(table, "eustar_2017", 90)["Digital ulcers"] == "1 (not active) with Digital ulcers: no"


def test_a_missing_item_says_whether_it_could_move_the_band() -> None:
    without_lung = series("SSc", "90,crp_mg_l,5,mg/L,,", SCLERODERMA)
    assert flips(without_lung, "eustar_2017", 90)["DLCO below 70 % of predicted"] == (
        "1.5 (not active) without it, 2.5 (active) with it"
    )
    inflamed = series("SSc", "90,crp_mg_l,15,mg/L,,", SCLERODERMA)
    assert flips(inflamed, "eustar_2017", 90)["DLCO below 70 % of predicted"] == "does not matter: active either way"
    neither = flips(series("SSc", assessed=SCLERODERMA), "eustar_2017", 90)
    assert neither["DLCO below 70 % of predicted"] == (
        "1.5–3.75 (not active to active) without it, 2.5–4.75 (active) with it"
    )


CRISS = (
    " ".join(f"{day},{site},1" for day in (-6, 90) for site in SKIN)
    + " -6,md_global_0_10,5 90,md_global_0_10,5 -6,patient_global_0_10,5 90,patient_global_0_10,5 "
    + " ".join(
        f"{day},{item['value']},1 {day},{item['raised']['when']['flag']},no"
        for day in (-6, 90)
        for item in ck.catalogue.instrument("haq_di")["items"]
    )
)
LUNG = "-6,fvc_pct_pred,80,%,, 90,fvc_pct_pred,80,%,,"


def test_a_probability_says_which_change_would_cross_its_threshold() -> None:
    """Nothing has changed, so x is -5.54 and 0.405 is needed: 5.945 / 0.81 = 7.34, / 0.21 = 28.31, / 3.41 = 1.74."""
    told = flips(series("SSc", LUNG, CRISS + " 90,criss_step_1_event,no"), "criss_2016", 90)
    assert told["mRSS, change in points"] == "improved with a change of -7.35 or less"
    assert told["FVC, change in percentage points of predicted"] == "improved with a change of 28.32 or more"
    assert told["HAQ-DI, change (0 to 3)"] == "improved with a change of -1.75 or less"


def test_the_gate_comes_first_and_says_that_everything_hangs_on_it() -> None:
    closed = ck.explain(series("SSc", LUNG, CRISS + " 90,criss_step_1_event,yes"), "criss_2016", patient_id="A", day=90)
    assert closed.loc[0, ["verdict", "flips"]].tolist() == [
        "not met",
        "the items count with CRISS step 1 event: no",
    ]
    assert set(closed["flips"][1:]) == {"does not matter: nothing counts while the condition above is not met"}
    open_gate = ck.explain(series("SSc", LUNG, CRISS), "criss_2016", patient_id="A", day=90)
    assert open_gate.loc[0, ["verdict", "flips"]].tolist() == [
        "unknown",
        "decides: the items count only with CRISS step 1 event: no",
    ]


@pytest.mark.parametrize("instrument", ["criss_2016", "criss_revised"])
def test_the_gate_asks_for_no_event_of_step_1(instrument: str) -> None:
    needed = ck.explain(series("SSc", LUNG, CRISS), instrument, patient_id="A", day=90).loc[0, "needed"]
    assert needed.startswith("no event of CRISS step 1, attributed to SSc, or where not recorded: ")


def test_a_parameter_changes_what_is_asked_for() -> None:
    table = series("SSc", LUNG, CRISS)
    at_20, at_50 = (flips(table, "criss_revised", 90, threshold_pct=percent) for percent in (20, 50))
    assert (at_20["mRSS improved"], at_50["mRSS improved"]) == ("", "")
    asked = ck.explain(table, "criss_revised", patient_id="A", day=90, threshold_pct=50).set_index("condition")
    assert asked.loc["mRSS improved", "needed"] == ("mRSS lower by 50 % of baseline or more (1 point)")


@pytest.mark.parametrize("instrument", ["mrss", "haq_di", "mrss_change", "criss_2016", "criss_revised", "escsg_2003"])
def test_every_score_of_the_visit_can_be_explained(instrument: str) -> None:
    told = ck.explain(series("SSc", LUNG, CRISS), instrument, patient_id="A", day=90)
    assert set(told["verdict"]) <= {"met", "not met", "unknown"}
    assert told["flips"].map(type).eq(str).all()


# cards


HOSTILE = "<script>alert(1)</script>&\"'"


class Tags(HTMLParser):
    """The tags of a piece of HTML, and what they ask for from outside."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.outside += [name for name, _ in attrs if name in ("src", "href", "style") or name.startswith("on")]


def card(table: ck.CaseSeries, patient: str = "A") -> tuple[str, Tags]:
    html = explanation_card(table, "doris_2021", patient, 90)
    tags = Tags()
    tags.feed(html)
    return html, tags


def test_a_card_holds_result_rows_source_and_the_word_synthetic() -> None:
    html, tags = card(series("SLE", assessed=LUPUS))
    assert "DORIS remission (2021) · A, day 90" in html
    assert '<p class="result">met: remission</p>' in html
    assert tags.names.count("tr") == 1 + 6
    assert "Source: van Vollenhoven RF" in html
    shipped = explanation_card(ck.example(), "doris_2021", "SLE-01", 180)
    assert "Synthetic data" in shipped


def test_a_notebook_shows_a_card_as_html() -> None:
    shown = explanation_card(series("SLE", assessed=LUPUS), "doris_2021", "A", 90)
    assert DisplayFormatter().format(shown)[0]["text/html"] == shown


def test_items_without_points_are_folded_those_with_another_cause_are_not() -> None:
    seen = records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,400",
        treatments=INFUSION,
        assessments="patient_id,day,variable,value,attributed_to\nA,90,rash,yes,\nA,90,alopecia,yes,drug\nA,90,seizure,no,",
    )
    html = explanation_card(seen, "sledai_2k", "A", 90)
    in_view, folded = html.split("without points</summary>")
    assert "Rash" in in_view
    assert "Alopecia yes, attributed to drug: does not count" in in_view
    assert "Seizure" in folded
    assert "Seizure" not in in_view


def test_text_from_the_data_never_becomes_markup() -> None:
    quoted = HOSTILE.replace('"', '""')
    table = series("SLE", assessed=LUPUS, origin=f'"{quoted}"')
    html, tags = card(table)
    assert "script" not in tags.names
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#x27;" in html
    assert HOSTILE in explanation_text(table, "doris_2021", patient_id="A", day=90)


def test_a_card_asks_for_nothing_from_outside() -> None:
    html, tags = card(series("SLE", assessed=LUPUS))
    assert tags.outside == []
    assert not re.search(r"https?://|@import|url\(|@font-face", html)


def test_a_verdict_has_a_mark_beside_its_colour() -> None:
    table = series("SLE", assessed=LUPUS.replace("90,pga_0_3,0.2", ""), treatments=PREDNISONE)
    html, _ = card(table)
    marks = re.findall(r'<td class="(met|not|open)">(.)', html)
    assert set(marks) == {("met", "✓"), ("not", "✕"), ("open", "?")}


def test_the_text_form_says_the_same() -> None:
    text = explanation_text(series("SLE", assessed=LUPUS, treatments=PREDNISONE), "doris_2021", patient_id="A", day=90)
    assert text.startswith("DORIS remission (2021) · A, day 90\nnot met: no remission\n")
    assert "✕ not met · Prednisolone equivalent up to 5 mg a day" in text
    assert "What would change it: met with Prednisolone equivalent 5 mg/day or less" in text
    assert "<" not in text


def test_parameters_and_what_is_uncertain_stand_below() -> None:
    text = explanation_text(series("SLE", assessed=LUPUS), "sri_4", patient_id="A", day=90, with_bilag=False)
    assert "Parameter with_bilag: False" in text
    assert "Uncertain: The DOI is recalled" in text
    assert "BILAG A" not in text.split("Source:")[0]


# figures of a small series


@pytest.mark.parametrize(
    ("count", "patients", "low", "high"),
    [
        (15, 15, 78.2, 100), (8, 8, 63.1, 100), (4, 4, 39.8, 100), (3, 3, 29.2, 100),
        (0, 15, 0, 21.8), (11, 15, 44.9, 92.2), (1, 15, 0.2, 31.9),
    ],
)  # fmt: skip
def test_exact_interval(count: int, patients: int, low: float, high: float) -> None:
    assert [round(100 * end, 1) for end in exact_interval(count, patients)] == [low, high]


@pytest.mark.parametrize(("count", "patients"), [(2, 1), (-1, 3), (0, 0)])
def test_an_impossible_proportion_is_refused(count: int, patients: int) -> None:
    with pytest.raises(ck.CaseKitError, match="proportion"):
        exact_interval(count, patients)


def test_leave_one_out_shows_how_much_hangs_on_one_patient() -> None:
    assert leave_one_out([1, 2, 3, 10], "mean") == (2, 5)
    assert leave_one_out([1, 2, 3, 10], "median") == (2, 3)
    assert leave_one_out([1, 2, float("nan"), 6], "mean") == (1.5, 4)
    assert leave_one_out([], "mean") is None


def test_every_count_claim_has_its_interval_and_every_mean_its_leave_one_out() -> None:
    table = ck.claims(ck.example()).set_index("claim")
    ends = ["exact_low_pct", "exact_high_pct"]
    assert table.loc["sle_doris_n", ends].tolist() == [63.1, 100]
    assert table.loc["crs_any_n", ends].tolist() == [44.9, 92.2]
    counts = table["unit"].eq("patients") & ~table.index.str.fullmatch(r"n_\w+")
    assert table.loc[counts, ends].notna().all(axis=None)
    assert table.loc[["fu_median", "aplasia_mean"], ["leave_one_out_low", "leave_one_out_high"]].notna().all(axis=None)
    assert table.loc["n_total", ends].isna().all()
