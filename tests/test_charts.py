"""The pictures as data: what the frames hold, what the specifications say, and that Vega draws them."""

import json
import os
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import vl_convert
from small_series import bare, small

import casekit as ck
from casekit import charts
from casekit.charts import theme
from casekit.charts.lane import spread
from casekit.charts.score_frames import activity_frame, aplasia_frame, response_frames
from casekit.charts.value_frames import reference_frame, value_frame
from casekit.errors import UnknownName

SHARED = Path(os.environ.get("CASEKIT_SHARED", Path(__file__).parent.parent.parent / "shared"))
GGSWIM = SHARED / "samples/csv/ggswim_cart"


@pytest.fixture(scope="module")
def frames():
    return charts.timeline_frames(small())


@pytest.fixture(scope="module")
def shipped():
    return charts.timeline_frames(ck.example())


def rows(frame, *columns, **where):
    """The rows of a frame as tuples, those with these values only."""
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return list(frame[list(columns)].itertuples(index=False, name=None))


# ---- drugs


def test_a_bar_ends_after_its_last_day(frames):
    assert rows(frames.drugs, "start", "end", drug="mycophenolate_mofetil") == [(-400, -29)]


def test_drugs_stand_in_the_lane_of_their_time_and_kind(frames):
    assert rows(frames.drugs, "drug", "part", patient_id="A") == [
        ("azathioprine", "earlier"),
        ("mycophenolate_mofetil", "recent"),
        ("cotrimoxazole", "supportive"),
        ("fludarabine", "recent"),
        ("cd19_car_t", "recent"),
    ]


def test_doses_read_as_prescribed(frames):
    assert dict(rows(frames.drugs, "drug", "dose_text", patient_id="A")) == {
        "azathioprine": "100 mg daily",
        "mycophenolate_mofetil": "1000 mg twice daily",
        "cotrimoxazole": "960 mg daily",
        "fludarabine": "25 mg/m² daily",
        "cd19_car_t": "1 × 10⁶ cells/kg",
    }


def test_no_dose_is_written_where_none_is_known(frames):
    assert rows(frames.drugs, "dose_text", patient_id="B") == [("",)]


def test_time_without_immunosuppressant_counts_from_the_infusion(frames):
    # A: last prednisolone on day -3, observed to day 200: 200 days are 6.6 months. B still takes prednisolone.
    expected = [("A", 0, 200, "none since the infusion (7 months)")]
    assert rows(frames.drug_free, "patient_id", "start", "end", "label") == expected
    assert frames.drug_free["tip"].iloc[0] == (
        "No glucocorticoid, immunosuppressant, biologic or antimalarial since the infusion; "
        "the last was taken on day −3"
    )


def test_glucocorticoid_is_a_step_per_dose_and_goes_on_to_the_last_day(frames):
    assert rows(frames.glucocorticoid, "patient_id", "start", "end", "mg") == [
        ("A", -300, -19, 10),
        ("A", -19, -2, 5),
        ("B", -50, 101, 5),
    ]


# ---- values


def test_below_detection_is_neither_low_nor_zero(frames):
    assert rows(frames.cells, "day", "value", "state", "tip") == [
        (-5, 100, "within the reference range", "100 /µL"),
        (3, 0.1, "below detection", "<0.1 /µL"),
        (70, 0.1, "below detection", "<0.1 /µL"),
        (83, 20, "low", "20 /µL"),
    ]


def test_each_value_is_judged_by_the_range_of_its_own_laboratory(frames):
    assert rows(frames.laboratory, "patient_id", "day", "state", "range") == [
        ("A", -5, "high", "up to 30"),
        ("A", 60, "within the reference range", "up to 30"),
        ("A", 150, "below detection", "up to 20"),
        ("A", 60, "low", "0.9 to 1.8"),
        ("B", -5, "no reference range", "not given"),
    ]


def test_the_reference_band_changes_with_the_laboratory(frames):
    spans = rows(frames.reference, "start", "end", "upper", variable="anti_dsdna_iu_ml")
    assert [(start <= -10_000 or start, end >= 10_000 or end, upper) for start, end, upper in spans] == [
        (True, 150, 30),
        (150, True, 20),
    ]


def test_a_result_equal_to_the_limit_is_within():
    edge = {"patient_id": "A", "day": 1, "variable": "igg_g_l", "comparator": None, "unit": "g/L", "origin": None}
    table = pd.DataFrame([{**edge, "value": value, "lower": 7.0, "upper": 16.0} for value in (7.0, 16.0)])
    assert set(value_frame(table)["state"]) == {"within the reference range"}
    assert len(reference_frame(value_frame(table))) == 1


# ---- scores


def scored(**columns):
    table = {"patient_id": "A", "day": [0, 30], "low": [4.0, 0.0], "high": [4.0, 16.0], "value": [4.0, np.nan]}
    return pd.DataFrame({**table, "missing": ["", "seizure,psychosis"], **columns})


def test_a_score_with_missing_items_is_an_interval_with_names():
    drawn = activity_frame({"sledai_2k": scored()})
    assert rows(drawn, "day", "state", "tip", "missing") == [
        (0, "exact", "4", "nothing"),
        (30, "interval", "0 to 16, not determinable", "Seizure, Psychosis"),
    ]


def test_long_lists_of_missing_items_are_cut_with_their_number():
    everything = "seizure,psychosis,fever,rash,alopecia,arthritis"
    drawn = activity_frame({"sledai_2k": scored(missing=["", everything])})
    assert drawn["missing"].iloc[1].endswith("and 2 more")


def test_tiles_know_why_and_how_near_the_next_visit_is():
    verdicts = pd.DataFrame(
        {
            "patient_id": "A",
            "day": [10, 14, 90],
            "verdict": ["not met", "unknown", "met"],
            "clinical_sledai_0": ["not met", "met", "met"],
            "physician_global": ["unknown", "unknown", "met"],
        }
    )
    tiles, names = response_frames({"doris_2021": verdicts})
    assert rows(tiles, "day", "verdict", "gap", "why") == [
        (10, "not met", 4, "not met: Clinical SLEDAI is 0"),
        (14, "unknown", 4, "not assessed: Physician global below 0.5 (0 to 3)"),
        (90, "met", 76, "2 of 2 conditions met"),
    ]
    assert rows(names, "patient_id", "row", "label") == [("A", 0, "DORIS remission")]


def test_aplasia_lasts_from_the_first_empty_to_the_first_full_sample(frames):
    assert rows(frames.aplasia, "start", "certain", "end", "label") == [(3, 70, 83, "B-cell aplasia, 80 days")]


def test_aplasia_without_return_is_open():
    counts = "patient_id,day,variable,value,unit\nA,5,cd19_b_cells_per_ul,0,/uL\nA,120,cd19_b_cells_per_ul,0,/uL"
    people = pd.DataFrame({"patient_id": ["A"], "last_day": [126]})
    drawn = aplasia_frame(small(measurements=counts), people)
    assert rows(drawn, "start", "certain", "end") == [(5, 120, 126)]
    assert rows(drawn, "label", "tip") == [("B-cell aplasia, 115 days and ongoing", "not back at the last sample")]


# ---- events


def test_events_keep_their_grade_and_hospital_stays_share_a_row(frames):
    assert rows(frames.events, "name", "row", "start", "end", "grade", patient_id="A") == [
        ("crs", 0, 5, 8, "1"),
        ("neutropenia", 1, 7, 21, "3"),
        ("hospital_stay_infusion", 2, -6, 13, ""),
        ("hospital_stay_infection", 2, 101, 109, ""),
    ]


def test_an_ongoing_event_reaches_the_last_known_day(frames):
    assert rows(frames.events, "start", "end", patient_id="B") == [(90, 101)]
    assert frames.events.set_index("patient_id").loc["B", "when"].endswith("ongoing")


# ---- the timeline as a specification


def spec(frames, patient_id="A", **choices):
    return charts.timeline(frames, patient_id, **choices).to_dict(validate=False)


def test_every_lane_of_every_disease_is_valid_vega_lite(shipped):
    for patient_id in ("SLE-01", "IIM-01", "SSc-01"):
        checked = charts.timeline(shipped, patient_id, lanes=charts.LANES).to_dict()
        assert len(checked["vconcat"]) >= len(charts.LANES)


def test_only_patients_of_the_disease_travel(frames):
    sent = spec(frames)["datasets"]
    people = {row["patient_id"] for table in sent.values() for row in table if "patient_id" in row}
    assert people == {"A", "B"}


def test_the_picture_differs_between_patients_only_in_parameters_and_heights(shipped):
    one, other = spec(shipped, "SLE-01"), spec(shipped, "SLE-04")
    assert one["datasets"] == other["datasets"]
    assert one["usermeta"] == other["usermeta"]
    for lane, same in zip(one["vconcat"], other["vconcat"], strict=True):
        assert lane["layer"] == same["layer"]


def test_all_lanes_share_time(frames):
    picture = spec(frames, days=(-10, 30), unit="days")
    assert picture["resolve"]["scale"]["x"] == "shared"
    values = {param["name"]: param.get("value") for param in picture["params"]}
    wanted = {"patient": "A", "unit": "days", "day_from": -10, "day_to": 30}
    assert {name: values[name] for name in wanted} == wanted


def test_the_whole_course_reaches_from_before_the_infusion_beyond_the_last_day(frames):
    first, last = charts.course(frames, "A")
    assert first < -90
    assert 200 < last < 220


def test_synthetic_data_say_so_in_the_picture():
    for synthetic in (True, False):
        series = small(synthetic=synthetic)
        timeline = spec(charts.timeline_frames(series))
        swimmer = charts.swimmer(charts.swimmer_frames(series)).to_dict()
        for picture in (timeline, swimmer):
            assert ("synthetic data" in json.dumps(picture)) is synthetic
            assert ("Synthetic data" in picture["description"]) is synthetic


def test_unknown_names_are_refused(frames):
    with pytest.raises(UnknownName, match='patient "Z"'):
        charts.timeline(frames, "Z")
    with pytest.raises(UnknownName, match=r'lane "drug".*near names: drugs'):
        charts.timeline(frames, "A", lanes=["drug"])


def test_no_lane_is_refused(frames):
    with pytest.raises(ck.CaseKitError, match="expected at least one"):
        charts.timeline(frames, "A", lanes=[])


@pytest.mark.parametrize("patient_id", ["A", "B", "C"])
def test_a_series_with_nothing_but_the_infusion_is_drawn(patient_id):
    svg = drawn(spec(charts.timeline_frames(bare()), patient_id, lanes=charts.LANES))
    assert "CAR T infusion" in svg


# ---- what Vega makes of it


def drawn(picture):
    return vl_convert.vegalite_to_svg(picture, vl_version="6.4")


def test_the_story_of_a_patient_is_written_in_the_picture(frames):
    svg = drawn(spec(frames, "A", width=1000))
    for words in (
        "CAR T infusion",
        "data cut",
        "none since the infusion (7 months)",
        "B-cell aplasia, 80 days",
        "undetected &lt;0.1",
        "1 × 10⁶ cells/kg",
        "months since the CAR T infusion",
    ):
        assert f">{words}<" in svg


def test_each_kind_of_cell_is_drawn_below_its_own_limit_of_detection(shipped):
    svg = drawn(spec(shipped, "SLE-03", width=1000))
    # B cells were reported as <1, CAR T cells as <0.1: the limits are a factor of ten apart, and so are the points
    assert all(f">undetected &lt;{limit}<" in svg for limit in ("1", "0.1"))
    assert place(svg, "cd19_b_cells_per_ul, &lt;1 /") < place(svg, "car_t_cells_per_ul, &lt;0.1 /") - 10


def place(svg, words):
    """The height in pixels at which all points that are called so are drawn."""
    [height] = set(re.findall(f'aria-label="{words}[^>]*translate\\([^,]+,([^)]+)\\)', svg))
    return float(height)


def test_another_patient_is_one_parameter_away(frames):
    svg = drawn(spec(frames, "B"))
    assert ">B<" in svg
    assert "none since" not in svg
    assert ">not measured in this patient<" in svg  # C3, which only A has


def with_params(picture, **values):
    """The picture with other values of its parameters."""
    for param in picture["params"]:
        param["value"] = values.get(param["name"], param.get("value")) if "expr" not in param else None
    return {**picture, "params": [{k: v for k, v in p.items() if v is not None} for p in picture["params"]]}


def test_every_picture_says_which_day_is_day_0(frames):
    zero = {"zeros": {"A": -30}, "zero_event": "the end of mycophenolate"}
    svg = drawn(with_params(spec(frames, "A", width=1000), **zero))
    assert ">months since the end of mycophenolate<" in svg
    assert ">end of mycophenolate<" in svg
    assert ">CAR T infusion<" in svg
    assert "day 35 to day 37" in re.sub(r" \(week[^)]*\)", "", svg)  # CRS on days 5 to 7 after the infusion


def test_a_patient_without_the_event_is_drawn_from_the_infusion(frames):
    svg = drawn(with_params(spec(frames, "B"), zeros={"A": -30}, zero_event="the end of mycophenolate"))
    assert ">months since the CAR T infusion<" in svg


def test_an_aligned_series_is_drawn_from_its_own_day_0():
    aligned = charts.timeline_frames(small().align("crs"))
    assert charts.course(aligned, "A")[0] == -105  # three months before the infusion, which was 5 days before CRS
    assert ">months since the cytokine release syndrome<" in drawn(spec(aligned, "A", width=1000))


def test_a_broken_axis_counts_days_then_months(frames):
    broken = with_params(spec(frames, "A", width=1000), axis="broken", day_from=-30, day_to=206)
    svg = drawn(broken)
    assert ">days since the CAR T infusion, after day 30 months<" in svg
    assert {">14<", ">28<", ">6 mo<"} <= set(re.findall(r">[^<>]+<", svg))


def test_the_other_patients_are_faint_lines_only_when_asked(frames):
    plain, others = (
        drawn(with_params(spec(frames, "A", lanes=["laboratory"]), others=on, zeros={"A": 0, "B": 0}))
        for on in (False, True)
    )
    assert "faint lines: the other 1 patients" not in plain
    assert "faint lines: the other 1 patients" in others


def luminance(colour):
    """Relative luminance of WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Contrast ratio of WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_the_one_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the known near miss


# every colour that words are written in, with the grounds they stand on
WORDS_ON = [
    *[(theme.INK, ground) for ground in ("#ffffff", *theme.BANDS, theme.GRADES["1"], theme.GRADES["2"])],
    *[(theme.QUIET, ground) for ground in ("#ffffff", theme.UNOBSERVED, theme.BANDS[0])],
    *[(colour, "#ffffff") for colour in (theme.RULE, theme.SYNTHETIC, theme.CAR_T, theme.B_CELLS)],
    (theme.B_CELLS, theme.APLASIA),
    *[(theme.VERDICT_INK[name], theme.VERDICTS[name]) for name in theme.VERDICTS],
    (theme.VERDICTS["met"], "#ffffff"),
    *[("#ffffff", theme.GRADES[grade]) for grade in "345"],
    *[("#ffffff", theme.DRUGS[drug]) for drug in ("glucocorticoid", "immunosuppressant", "biologic", "antifibrotic")],
]


@pytest.mark.parametrize(("words", "ground"), WORDS_ON)
def test_words_can_be_read_on_their_ground(words, ground):
    assert contrast(words, ground) >= 4.5  # WCAG 2.2 AA


def test_verdicts_differ_in_mark_and_colour():
    assert len(set(theme.VERDICT_MARK.values())) == 3
    assert len(set(theme.VERDICT_LINE.values())) == 3


def test_labels_are_moved_apart_and_keep_their_order():
    placed = spread([10, 11, 12, 60], 12)
    assert placed == sorted(placed)
    assert min(after - before for before, after in pairwise(placed)) > 11.5
    assert placed[-1] == 60


def test_a_response_is_not_judged_before_the_infusion(shipped):
    tiles = shipped.responses
    first = tiles.groupby("instrument")["day"].min()
    assert min(first["tis_2016"], first["eustar_decrease"]) >= 0
    assert first["doris_2021"] < 0
