"""Pictures of adverse events and infections, proportions and tables: by hand and by the publication."""

import pandas as pd
import pytest
from pictures import COUNTS, EVENT_COLUMNS, frames_of, rows, spec_of, texts
from small_series import small

import casekit as ck
from casekit.charts import adverse_events, infection_rate, infections, intervals, table_one, toxicity_grades
from casekit.charts.dot_grid import placed

# ---- events


def test_adverse_events_count_from_lymphodepletion_and_keep_the_highest_grade():
    events = (
        f"{EVENT_COLUMNS}A,adverse_event,nausea,-90,-80,3,CTCAE 5.0\nA,adverse_event,nausea,-5,-4,1,CTCAE 5.0\n"
        "A,adverse_event,nausea,3,4,2,CTCAE 5.0\nB,adverse_event,nausea,-2,-1,3,CTCAE 5.0\n"
        "B,infection,pneumonia,9,12,,\n"
    )
    frames = adverse_events.adverse_events_frames(small(events=events))
    # A had lymphodepletion from day -5; B had none, so B counts from the infusion.
    assert rows(frames.rows, "patient_id", "event", "day", "grade") == [
        ("A", "nausea", -5, "1"),
        ("A", "nausea", 3, "2"),
        ("B", "pneumonia", 9, "?"),
    ]
    dots = adverse_events.adverse_events(frames).to_dict(validate=False)["datasets"]["dots"]
    assert sorted((row["patient_id"], row["column"]) for row in dots) == [("A", 1), ("B", 5)]


def test_dots_of_one_cell_stand_five_in_a_line_around_its_middle():
    grid = placed(pd.DataFrame({"row": ["a"] * 7, "column": ["1"] * 7}), {"a": ("A", ""), "b": ("B", "")}, ["1", "2"])
    assert grid.dots["many"].tolist() == [5] * 5 + [2] * 2
    assert sorted(set(grid.dots["y"])) == [12, 22]  # 2 lines of 10 and 14 of air are 34: its middle is 17
    assert grid.height == 34 + 32


def test_toxicities_none_is_not_unknown():
    table = toxicity_grades.toxicity_grades_frames(small()).rows
    assert rows(table, "patient_id", "grade", event="crs") == [("A", "1"), ("B", "?"), ("C", "?")]
    assert set(table.loc[table["event"] == "licats", "grade"]) == {"?"}  # nobody's is recorded: not known, not none


@pytest.mark.parametrize(("day", "band"), [(14, "early"), (15, "intermediate"), (30, "intermediate"), (31, "late")])
def test_onset_of_licats_has_the_classes_of_hagen_2025(day, band):
    events = f"{EVENT_COLUMNS}A,adverse_event,licats,{day},40,1,Hagen 2025\n"
    frames = toxicity_grades.toxicity_grades_frames(small(events=events))
    assert rows(frames.rows, "grade", "onset", patient_id="A", event="licats") == [("1", band)]
    assert f"LICATS, {band}" in texts(toxicity_grades.toxicity_grades(frames).to_dict(validate=False))


def test_proportions_of_toxicities_carry_the_printed_intervals():
    # facts of the publication, A10: 11/15 is 44.9 to 92.2 %, 1/15 is 0.2 to 31.9 %
    assert "CRS in 11 of 15 (45–92 %); ICANS in 1 of 15 (0–32 %)" in spec_of("toxicity_grades")["description"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [(1, "with B cells"), (3, "during aplasia"), (70, "during aplasia"), (75, "around"), (83, "with B cells")],
)
def test_an_infection_is_placed_by_what_the_samples_say(day, expected):
    events = f"{EVENT_COLUMNS}A,infection,pneumonia,{day},{day},3,CTCAE 5.0\n"
    table = infections.infections_frames(small(measurements=COUNTS, events=events)).rows
    assert table["b_cells"].iloc[0].startswith(expected)


def test_an_infection_after_the_last_sample_without_b_cells_is_not_known():
    events = f"{EVENT_COLUMNS}B,infection,pneumonia,97,98,3,CTCAE 5.0\n"
    assert infections.infections_frames(small(measurements=COUNTS, events=events)).rows["b_cells"].tolist() == [
        "not known"
    ]


def test_patient_days_of_each_period_by_hand():
    # A is observed to day 200, B to day 100, C to day 40. Day 0 to 30: 3 × 31 = 93.
    # Day 31 to 90: 60 + 60 + 10 = 130. After day 90: 110 + 10 + 0 = 120. One infection, of B on day 90.
    table = infection_rate.rates(infection_rate.infection_rate_frames(small()))
    assert rows(table, "infections", "patient_days", "patients") == [(0, 93, 3), (1, 130, 3), (0, 120, 2)]
    # 1 in 130 / 365.25 years is 281 per 100; the printed limits of one event, 0.0253 and 5.572, times 280.96
    assert rows(table, "rate", "low", "high")[1] == (281.0, 7.1, 1565.4)


# ---- proportions and tables


@pytest.mark.parametrize(
    ("endpoint", "count", "patients", "low", "high"),
    [
        ("untreated", 15, 15, 78.2, 100),
        ("doris_2021", 8, 8, 63.1, 100),
        ("eustar_decrease", 4, 4, 39.8, 100),
        ("tis_2016", 3, 3, 29.2, 100),
        ("crs", 11, 15, 44.9, 92.2),
        ("icans", 1, 15, 0.2, 31.9),
    ],
)
def test_intervals_are_those_printed_beside_the_publication(endpoint, count, patients, low, high):
    table = intervals.proportions(frames_of("intervals"))
    own = table[(table["endpoint"] == endpoint) & (table["who"] == "this series")]
    assert rows(own, "count", "patients", "low", "high") == [(count, patients, low, high)]


def test_other_series_are_named_with_their_source_and_how_sure_it_is():
    table = intervals.proportions(frames_of("intervals"))
    others = table[table["who"] != "this series"]
    assert others["source"].str.len().min() > 20
    assert "Hagen 2025, SLE, SSc and IIM" in others["label"].tolist()
    castle = others[others["label"].str.startswith("CASTLE")]
    assert castle["label"].str.endswith(", uncertain").all()


def test_unknown_answers_are_left_out_and_counted():
    table = intervals.proportions(intervals.intervals_frames(small())).set_index("endpoint")
    # A stopped prednisolone, B still takes it, of C no drug beside the cells is recorded.
    assert table.loc["untreated", ["count", "patients", "unknown"]].tolist() == [1, 2, 1]


def test_synthetic_counts_without_a_published_one_say_so():
    own = frames_of("intervals").rows.drop_duplicates("endpoint").set_index("endpoint")["label"]
    # the abstract prints CRS 10 + 1 of 15 and ICANS 1 of 15, and no count of LICATS
    assert own["licats"] == "LICATS, invented: no published count"
    assert own["crs"] == "CRS of any grade"


def test_glucocorticoids_from_month_6_on_count_those_observed():
    own = intervals.proportions(frames_of("intervals")).set_index("endpoint").loc["steroid_free"]
    # SSc-04 was observed for four months; 14 of 14: 0.025 ** (1 / 14) = 0.768
    assert own[["count", "patients", "unknown", "low", "high"]].tolist() == [14, 14, 1, 76.8, 100.0]


def test_table_one_of_three_patients_by_hand():
    frames = table_one.table_one_frames(small())
    table = frames.rows.set_index("characteristic")
    # A: woman of 30, B: man of 41, C: sex and age not known. Median of 30 and 41 is 35.5.
    assert table.loc["Patients"].tolist() == ["3", "2", "1"]
    assert table.loc["Women"].tolist() == ["1 (50 %), n = 2", "1 (50 %)", "not known"]
    assert table.loc["Age, years", "all"] == "35.5 (30 to 41), n = 2"
    assert frames.columns["SSc"] == "SSc"
    assert frames.of(["A"]).rows.set_index("characteristic").loc["Age, years", "all"] == "30"


def test_table_one_with_quartiles_only_of_five_or_more():
    table = table_one.table_one_frames(ck.example(), spread="iqr").rows.set_index("characteristic")
    assert "[" in table.loc["Age, years", "SLE"]
    assert "(" in table.loc["Age, years", "IIM"]


def test_claim_check_shows_published_computed_tolerance_and_verdict():
    table = frames_of("claim_check").rows.set_index("statement")
    row = table.loc["SLE patients with DORIS remission"]
    assert row[["published", "computed", "tolerance", "interval", "verdict"]].tolist() == [
        "8",
        "8",
        "exact",
        "63.1 to 100 %",
        "agrees",
    ]
    assert table.loc["CAR T cells expanded up to this day (mean)", "tolerance"] == "± 0.05"  # printed as 8.6
    assert (table["verdict"] == "conflict").tolist() == [True] + [False] * 38  # what does not agree stands first
