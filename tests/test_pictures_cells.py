"""Pictures of cells, weeks after the infusion and antibodies: what is drawn, by hand and by the publication."""

from functools import cache

from pictures import COUNTS, frames_of, rows, spec_of, texts
from small_series import TREATMENTS, small

from casekit.charts import b_cell_aplasia, b_cell_return, cells, crs_window, immunoglobulins, subsets, vaccine_igg

# ---- cells


@cache
def two_patients():
    """A: gone on day 3, last seen gone on day 70, back on day 83. B: gone on day 5, still gone on day 95."""
    return small(measurements=COUNTS)


def test_undetected_cells_are_hollow_and_a_little_below_their_limit():
    spec = cells.cells(cells.cells_frames(two_patients())).to_dict(validate=False)
    drawn = {
        (row["patient_id"], day): (shown, hollow)
        for row in spec["datasets"]["values"]
        for day, shown, hollow in zip(row["day"], row["shown"], row["hollow"], strict=True)
    }
    assert drawn["A", -5] == (100, False)
    assert drawn["A", 3] == (0.625, True)  # 1 ÷ 1.6
    assert "grey: below detection (<1)" in texts(spec)


def test_aplasia_is_sure_to_the_last_sample_without_and_may_last_to_the_first_with_b_cells():
    frames = b_cell_aplasia.b_cell_aplasia_frames(two_patients())
    # A: 70 - 3 = 67 days sure, 83 - 3 = 80 at most. B: 95 - 5 = 90 and going on.
    assert rows(frames.rows, "patient_id", "sure", "days", "state") == [
        ("A", 67, 80, "B cells back"),
        ("B", 90, 90, "not back at the last sample"),
    ]
    assert frames.rows["tip"].tolist() == ["67 to 80 days", "at least 90 days"]


def test_no_mean_is_computed_of_few_patients_or_while_somebody_is_aplastic():
    spec = b_cell_aplasia.b_cell_aplasia(b_cell_aplasia.b_cell_aplasia_frames(two_patients())).to_dict(validate=False)
    assert spec["datasets"]["means"] == []
    assert "1 still aplastic" in texts(spec)


def test_published_mean_stands_beside_the_computed_one():
    means = {row["who"]: row["label"] for row in spec_of("b_cell_aplasia")["datasets"]["means"]}
    assert means["published"] == "112 ± 47"  # Müller 2024, abstract
    assert set(means) == {"published", "computed", "at least"}
    few = b_cell_aplasia.b_cell_aplasia(frames_of("b_cell_aplasia").of(["IIM-01", "IIM-02"])).to_dict(validate=False)
    assert [row["who"] for row in few["datasets"]["means"]] == ["published"]


def test_return_is_a_step_with_a_band_and_a_cross_for_who_is_still_waiting():
    spec = b_cell_return.b_cell_return(b_cell_return.b_cell_return_frames(two_patients())).to_dict(validate=False)
    steps = [(row["day"], row["sure"], row["maybe"]) for row in spec["datasets"]["steps"]]
    # Two at risk; the return of A lies between day 70 and 83: from 0 to 50 % before day 83, 50 % after it.
    assert steps == [(0, 0, 0), (70, 0, 50), (83, 50, 50)]
    people = {row["patient_id"]: (row["day"], row["height"], row["waits"]) for row in spec["datasets"]["people"]}
    assert people == {"A": (83, 50, False), "B": (95, 50, True)}
    assert "1 * (datum.day <= 83) + 1 * (datum.day <= 95)" in texts(spec)  # who is still waiting, under the axis


def test_subsets_fill_the_bar_and_say_what_was_not_measured():
    counts = COUNTS + (
        "A,-5,b_naive_pct,60,,%,,,flow\nA,-5,b_memory_pct,25,,%,,,flow\n"
        "A,83,b_naive_pct,70,,%,,,flow\nA,83,b_transitional_pct,20,,%,,,flow\nA,83,b_memory_pct,4,,%,,,flow\n"
        "A,83,plasmablast_pct,1,,%,,,flow\nA,70,b_naive_pct,50,,%,,,flow\n"
    )
    frame = subsets.subsets_frames(small(measurements=counts)).rows
    assert rows(frame, "subset", "start", "end", time="before") == [
        ("naive", 0, 60),
        ("memory", 60, 85),
        ("other or not measured", 85, 100),
    ]
    assert set(frame.loc[frame["time"] == "before", "missing"]) == {"transitional, plasmablasts"}
    assert rows(frame, "day", "subset", "value", time="return")[-1] == (83, "other or not measured", 5)


# ---- the weeks after the infusion


def test_crs_as_recorded_fills_its_days_where_no_items_are():
    graded = crs_window.crs_window_frames(small()).parts["grades"]
    assert rows(graded, "patient_id", "day", "grade") == [("A", 5, "1"), ("A", 6, "1"), ("A", 7, "1")]


def test_crs_by_items_is_the_published_ten_and_one():
    worst = frames_of("crs_window").parts["grades"].groupby("patient_id")["worst"].max()
    assert worst.value_counts().to_dict() == {"1": 10, "2": 1}  # Müller 2024, abstract
    assert "no CRS" in {row["said"] for row in spec_of("crs_window")["datasets"]["people"]}


def test_not_assessed_is_not_no_crs():
    spec = crs_window.crs_window(crs_window.crs_window_frames(small())).to_dict(validate=False)
    assert {row["patient_id"]: row["said"] for row in spec["datasets"]["people"]} == {
        "A": "",
        "B": "CRS not known",
        "C": "CRS not known",
    }


def test_fever_begins_at_38():
    rules = [layer for layer in spec_of("crs_window")["vconcat"][1]["layer"] if layer["mark"].get("strokeDash")]
    assert [rule["encoding"]["y"]["datum"] for rule in rules] == [38.0]


def test_the_hour_is_a_part_of_the_day():
    table = "patient_id,day,hour,variable,value,unit\nA,5,18,temp_c,38.6,degC\n"
    row = crs_window.crs_window_frames(small(measurements=table)).rows.iloc[0]
    assert (row["day"], row["when"]) == (5.75, "day 5, 18:00")


def test_icaht_grades_stand_over_their_days_and_open_ones_have_no_colour():
    icaht = frames_of("cytopenia").parts["icaht"]
    assert {(row.instrument, row.start, row.end) for row in icaht.itertuples()} == {
        ("icaht_early", 0, 31),
        ("icaht_late", 31, 101),
    }
    open_ones = icaht[icaht["grade"].str.contains(" to ")]
    assert set(open_ones["worst"]) == {""}
    assert (open_ones["missing"] != "nothing").all()


def test_lines_of_blood_counts_are_those_clinicians_expect():
    lines = {
        panel["layer"][-1]["encoding"] and name: [
            layer["encoding"]["y"]["datum"] for layer in panel["layer"] if layer["mark"].get("strokeDash")
        ]
        for name, panel in zip(["neutrophils", "platelets"], spec_of("cytopenia")["vconcat"][1:3], strict=True)
    }
    assert lines == {"neutrophils": [0.5, 1.0, 1.5], "platelets": [50, 100, 150]}


# ---- antibodies


def given_immunoglobulin():
    table = (
        "patient_id,day,variable,value,unit,lower,upper\nA,-5,igg_g_l,8,g/L,7,16\nA,30,igg_g_l,3.5,g/L,7,16\n"
        "A,60,igg_g_l,9,g/L,7,16\nA,60,iga_g_l,1,g/L,0.7,4\nB,60,igg_g_l,6,g/L,7,16\n"
    )
    drugs = TREATMENTS + "A,immunoglobulin_iv,immunoglobulin,30,g,once,iv,50,50\n"
    return small(measurements=table, treatments=drugs)


def test_igg_after_infused_immunoglobulin_is_not_the_patients_own():
    frames = immunoglobulins.immunoglobulins_frames(given_immunoglobulin())
    assert rows(frames.rows, "patient_id", "variable", "day", "hollow") == [
        ("A", "iga_g_l", 60, False),
        ("A", "igg_g_l", -5, False),
        ("A", "igg_g_l", 30, False),
        ("A", "igg_g_l", 60, True),
        ("B", "igg_g_l", 60, False),
    ]
    chart = immunoglobulins.immunoglobulins(frames)
    assert "lowest own IgG 3.5 g/L, 1 at or below 4 g/L; 1 given immunoglobulin" in chart.description
    assert [row["day"] for row in chart.to_dict(validate=False)["datasets"]["ivig"]] == [50]


def test_a_vaccination_after_the_infusion_is_left_out_of_what_was_kept():
    name = "pneumococcus_igg_mg_l"
    table = f"patient_id,day,variable,value,unit\nA,-6,{name},40,mg/L\nA,90,{name},30,mg/L\nA,190,{name},90,mg/L\n"
    table += f"B,-6,{name},50,mg/L\nB,100,{name},45,mg/L\nB,99,{name},44,mg/L\n"
    events = "patient_id,kind,name,start_day,end_day\nA,vaccination,pneumococcal_vaccination,150,150\n"
    frames = vaccine_igg.vaccine_igg_frames(small(measurements=table, events=events))
    assert rows(frames.rows, "patient_id", "time", "day", "change") == [
        ("A", "before", -6, "the value before"),
        ("A", "month 3", 90, "× 0.75"),  # 30 ÷ 40
        ("A", "last", 190, "× 2.25, vaccinated since"),  # 90 ÷ 40
        ("B", "before", -6, "the value before"),
        ("B", "month 3", 99, "× 0.88"),  # day 99 is nearer to day 91 than day 100; 44 ÷ 50
    ]
    assert "1 vaccinated since are left out" in vaccine_igg.vaccine_igg(frames).description


def test_only_the_sourced_threshold_is_called_protective():
    notes = {
        layer["encoding"]["text"]["value"]: next(
            mark["encoding"]["y"]["datum"] for mark in panel["layer"] if mark["mark"].get("strokeDash")
        )
        for panel in spec_of("vaccine_igg")["vconcat"]
        for layer in panel["layer"]
        if "dashed" in str(layer["encoding"].get("text", {}).get("value"))
    }
    assert notes["log scale; dashed: protective threshold"] == 0.1  # IU/mL of tetanus IgG
    assert set(notes) == {"log scale; dashed: protective threshold", "log scale; dashed: laboratory's limit, uncertain"}
