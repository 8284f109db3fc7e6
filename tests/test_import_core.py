"""What every format goes through: names, units, day 0, partial dates, privacy, and one account of every row."""

import stat

import pandas as pd
import pytest

from casekit import charts, records, scores
from casekit.errors import CaseKitError, DataError, UnknownName
from casekit.importers import ImportReport, Reported, day_zero, names, privacy
from casekit.importers.core import finish
from casekit.importers.gathered import Gathered
from casekit.importers.mapping import SourceMapping, read_mapping
from casekit.importers.work import Options
from casekit.records import Metadata


def table(file, header, *rows):
    frame = pd.DataFrame(rows, columns=header.split(","))
    return frame.assign(file=file, row=range(2, len(rows) + 2))


def gathered(**tables):
    read = {frame["file"].iloc[0]: len(frame) for frame in tables.values()}
    return Gathered("made up", read, tables, Metadata(synthetic=True, title="Made up"))


PATIENTS = table(
    "p.csv",
    "patient_id,disease,sex,site",
    ("001", "SLE", "F", "north"),
    ("002", "SSc", "m", "south"),
    ("3", "", "?", ""),
)
TREATMENTS = table(
    "t.csv",
    "patient_id,drug,start_date,end_date,dose,dose_unit",
    ("001", "CD19 CAR T cells", "2024-01-10T09:00", "", "", ""),
    ("001", "Prednisolone", "2023-05", "2024-01-01", "20", "mg"),
    ("002", "cd19_car_t", "2024-02-01", "", "", ""),
    ("3", "Vedolizumab", "2020-01-01", "", "300", "mg"),
    ("009", "Prednisolone", "2020-01-01", "", "", ""),
)
LABS = table(
    "l.csv",
    "patient_id,variable,code,code_system,value,unit,date",
    ("001", "CRP SerPl", "1988-5", "http://loinc.org", "12", "mg/L", "2024-01-12T08:30"),
    ("001", "Creatinine", "", "", "1.1", "mg/dL", "2024-01-12"),
    ("001", "Creatinine", "", "", "1.1", "mg/dL", "2024-01-12"),
    ("001", "HBsAg", "", "", "NEGATIVE", "", "2024-01-12"),
    ("001", "CRP SerPl", "1988-5", "http://loinc.org", "<5", "mg/L", "2024-03"),
    ("002", "CRP SerPl", "1988-5", "http://loinc.org", "5", "mg/L", "2024-02-02"),
    ("002", "CRP SerPl", "1988-5", "http://loinc.org", "6", "mg/L", "2024-02-02"),
    ("3", "Lipase", "", "", "50", "U/L", "2020-02-01"),
)
EVENTS = table(
    "e.csv",
    "patient_id,name,start_date,end_date,grade,grade_system",
    ("001", "Pneumonia", "2024-03-01", "2024-02-01", "2", "CTCAE 5.0"),
    ("001", "Pruritus", "2024-03-01", "", "Severe", ""),
    ("002", "CRS", "2024-02-03", "2024-02-05", "1", "ASTCT 2019"),
)


def imported(mapping=None, **options):
    return finish(
        gathered(patients=PATIENTS, treatments=TREATMENTS, measurements=LABS, events=EVENTS),
        read_mapping(mapping),
        Options(**options),
    )


@pytest.fixture(scope="module")
def both():
    return imported()


def places(report, kind):
    return [(entry.file, entry.row) for entry in report.of_kind(kind)]


def test_rows_in_are_rows_kept_and_rows_reported(both):
    report = both[1]
    # t.csv row 6 is nobody's, l.csv row 4 repeats row 3, e.csv row 2 ends before it starts
    assert report.rows_read == {"p.csv": 3, "t.csv": 5, "l.csv": 8, "e.csv": 3}
    assert report.rows_kept == {"p.csv": 3, "t.csv": 4, "l.csv": 7, "e.csv": 2}
    assert places(report, "unknown id") == [("t.csv", 6)]
    assert places(report, "duplicate") == [("l.csv", 4)]
    assert places(report, "row") == [("e.csv", 2)]


def test_a_row_that_is_neither_kept_nor_reported_is_a_fault_of_the_importer():
    with pytest.raises(ValueError, match=r"a\.csv: 4 rows read, but 2 kept and 1 reported"):
        ImportReport("x", {"a.csv": 4}, {"a.csv": 2}, (Reported("a.csv", 3, None, "odd", "Not imported."),))


def test_a_note_on_a_kept_row_does_not_count_as_a_lost_row():
    note = Reported("a.csv", 2, None, "only the month is known", "Kept.", "partial date")
    assert ImportReport("x", {"a.csv": 1}, {"a.csv": 1}, (note,)).rows_reported == {"a.csv": 0}


def test_dates_become_days_since_the_infusion(both):
    series = both[0]
    # 2024-01-10 is day 0 of 001: 12 January is day 2 at half past eight
    crp = series.patient("001").measurements.query("variable == 'crp_mg_l'")
    assert crp[["day", "hour", "value", "unit"]].to_numpy().tolist() == [[2, 8.5, 12, "mg/L"]]
    # 2024-02-01 is day 0 of 002: CRS on 3 to 5 February is day 2 to 4
    assert series.patient("002").events[["name", "start_day", "end_day"]].to_numpy().tolist() == [["crs", 2, 4]]
    assert not [name for frame in series.tables.values() for name in frame if "date" in name]


def test_a_partial_date_is_a_range_and_never_a_day(both):
    series, report = both
    # March 2024 since 10 January: 1 March is day 51 (21 + 29 + 1), 31 March is day 81
    waiting = series.unplaced["measurements"].query("variable == 'crp_mg_l'")
    assert waiting[["value", "comparator", "day_range"]].to_numpy().tolist() == [[5, "<", "51 to 81"]]
    # May 2023 before 10 January 2024: 31 + 28...: 1 May is 254 days before, 31 May 224
    course = series.unplaced["treatments"].query("drug == 'prednisolone'")
    assert course["day_range"].tolist() == ["-254 to -224"]
    assert places(report, "partial date") == [("t.csv", 3), ("l.csv", 6)]
    assert "2023" not in str(report)  # the date itself is not told


def test_patients_without_day_0_are_kept_named_and_reported(both):
    series, report = both
    assert series.unaligned == ("3",)
    assert pd.isna(series.patients.set_index("patient_id")["last_known_day"]["3"])
    assert places(report, "day 0") == [("p.csv", 4)]
    assert series.unplaced["measurements"].query("patient_id == '3'")["day_range"].tolist() == ["unknown"]
    assert report.day_zero.startswith("infusion: the first infusion of CAR T cells; nobody chose it; 2 of 3 patients")


def test_words_in_place_of_a_number_are_kept_in_words(both):
    series, report = both
    assert series.unplaced["measurements"].query("value_text == 'NEGATIVE'")["day"].tolist() == [2]
    assert places(report, "text result") == [("l.csv", 5)]


def test_values_that_contradict_each_other_reach_no_score(both):
    series, report = both
    assert series.patient("002").measurements["variable"].tolist() == ["other: C-reactive protein"] * 2
    assert places(report, "conflict") == [("l.csv", 7), ("l.csv", 8)]


def test_a_grade_in_words_is_kept_as_written_and_no_grade(both):
    event = both[0].events.query("name == 'other: Pruritus'").iloc[0]
    assert pd.isna(event["grade"])
    assert event["grade_as_written"] == "Severe"


def test_a_further_column_stays_under_its_own_name(both):
    assert both[0].patients["site"].tolist()[:2] == ["north", "south"]
    assert "patients.site" in both[0].metadata.extra_columns


def test_words_for_sex_are_known_and_others_become_unknown(both):
    assert both[0].patients["sex"].tolist() == ["female", "male", "unknown"]
    assert ("p.csv", 4) in places(both[1], "value")


def test_pictures_and_scores_take_names_of_the_source(both):
    series = both[0]
    frames = charts.timeline_frames(series)
    assert set(frames.events["label"]) == {"Pruritus", "CRS"}
    assert charts.timeline(frames, "3").to_dict()  # who has no day 0 has an empty picture, not an error
    assert scores.score(series, "sledai_2k").empty
    assert "other: Creatinine" in set(series.measurements["variable"])


def test_an_imported_series_is_written_and_read_back_without_loss(both, tmp_path):
    series = both[0]
    both[1].save(records.to_folder(series, tmp_path / "folder"))
    for again in (records.load(tmp_path / "folder"), records.load(records.to_workbook(series, tmp_path / "book.xlsx"))):
        for name, frame in series.tables.items():
            pd.testing.assert_frame_equal(again.tables[name], frame)
            pd.testing.assert_frame_equal(again.unplaced[name], series.unplaced[name])
        assert again.metadata == series.metadata
        assert again.unaligned == series.unaligned
    saved = pd.read_csv(tmp_path / "folder" / "import-report.csv")
    assert len(saved) == len(both[1].reported)


def test_a_reported_score_that_its_items_contradict_is_shown():
    items = table(
        "s.csv",
        "patient_id,variable,value,day",
        ("A", "ice_orientation", "4", "5"), ("A", "ice_naming", "3", "5"), ("A", "ice_commands", "1", "5"),
        ("A", "ice_writing", "1", "5"), ("A", "ice_attention", "1", "5"), ("A", "ICE", "9", "5"),
        ("B", "ice_orientation", "4", "5"), ("B", "ICE", "9", "5"),
    )  # fmt: skip
    source = gathered(patients=table("p.csv", "patient_id,disease", ("A", "SLE"), ("B", "SLE")), assessments=items)
    series, report = finish(source, read_mapping(None), Options())
    # A: 4 + 3 + 1 + 1 + 1 = 10, not 9; B: with four items not assessed anything from 4 to 10 fits
    conflict = [(entry.row, entry.problem) for entry in report.of_kind("conflict")]
    assert conflict == [(7, "ice of A on day 5 is reported as 9, its items give 10")]
    assert "other: ICE" in set(series.assessments["variable"])


# names and units


def test_a_code_is_applied_unasked_and_a_name_only_when_confirmed():
    assert names.propose("variables", "anything", "1988-5", "loinc", "mg/L") == names.Proposal(
        "crp_mg_l", "LOINC 1988-5", sure=True
    )
    assert names.propose("variables", "anything", "1988-5", "loinc", "furlongs").sure is False
    assert names.propose("variables", "Creatinine", unit="mg/dL") == names.Proposal(
        "creatinine_mg_dl", "name", sure=False
    )
    assert names.propose("variables", "HBsAg") is None
    assert names.propose("drugs", "Vedolizumab") is None
    assert names.propose("drugs", "Prednisolone").sure is True


def test_every_source_name_points_to_an_id_and_to_one_alone():
    for among in names.LISTS:
        known = names._source_names()[among]
        assert set(known) <= set(names.ids(among))
        for key in ("loinc", "names"):
            told = {(names.plain(code), name) for name, entry in known.items() for code in entry.get(key, ())}
            assert len(told) == len({code for code, _ in told}), (among, key)


def test_a_confirmed_name_is_applied_and_kept_beside_its_unit():
    series, report = imported({"variables": {"Creatinine": "creatinine_mg_dl"}})
    assert "creatinine_mg_dl" in set(series.measurements["variable"])
    assert any(
        line.startswith("Creatinine in mg/dL, 1 row: creatinine_mg_dl, as confirmed") for line in report.mappings
    )


def test_a_unit_is_converted_only_by_a_declared_factor_and_both_values_stay():
    labs = table("l.csv", "patient_id,variable,value,unit,lower,day", ("A", "Ferritin", "100", "pmol/L", "50", "1"))
    confirmed = {"variables": {"Ferritin": {"id": "ferritin_ug_l", "unit": "ug/L", "factor": 0.445}}}
    source = gathered(patients=table("p.csv", "patient_id", ("A",)), measurements=labs)
    row = finish(source, read_mapping(confirmed), Options())[0].measurements.iloc[0]
    # 100 x 0.445 = 44.5; 50 x 0.445 = 22.25
    assert row[["value", "unit", "lower", "value_original", "unit_original"]].tolist() == [
        44.5,
        "ug/L",
        22.25,
        "100",
        "pmol/L",
    ]
    source = gathered(patients=table("p.csv", "patient_id", ("A",)), measurements=labs)
    series, report = finish(source, read_mapping({"variables": {"Ferritin": "ferritin_ug_l"}}), Options())
    assert series.measurements[["variable", "value", "unit"]].to_numpy().tolist() == [
        ["other: Ferritin (pmol/L)", 100, "pmol/L"]
    ]
    assert "give unit and factor" in str(report.of_kind("unit")[0])


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"variables": {"CRP": "crp"}}, ["variables CRP", '"crp"', "crp_mg_l"]),
        ({"variables": {"CRP": {"id": "crp_mg_l", "factor": 0}}}, ["the factor 0", "above 0"]),
        ({"variable": {}}, ["the entry variable", "Rename it to variables"]),
        ({"drugs": {"x": ["prednisone"]}}, ["an id, or id, unit and factor"]),
        (
            {"series": {"synthetic": "false"}},
            ["mapping, column synthetic", "'false'", "true or false, without quotation"],
        ),
        ({"series": {"synthetic": 0}}, ["synthetic", "found 0", "true or false"]),
        ({"series": {"title": 5, "sources": "x"}}, ["title", "a text", "sources", "a list of texts"]),
        ({"series": "synthetic"}, ["the entry series", "a part of its own"]),
        (SourceMapping(series={"synthetic": "no"}), ["synthetic", "'no'", "true or false"]),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(mapping, words):
    with pytest.raises(DataError) as refusal:
        read_mapping(mapping)
    assert [word for word in words if word not in str(refusal.value)] == []


def test_a_mapping_reads_back_what_it_writes(tmp_path):
    content = {
        "format": "spreadsheet",
        "day_zero": "drug: rituximab",
        "series": {"title": 'a "b"', "synthetic": True},
        "files": {"a.csv": {"missing": ["NA"], "columns": {"x y": "value", "crp_d0": {"role": "result", "day": 0}}}},
        "variables": {"CRP": {"id": "crp_mg_l", "unit": "mg/dL", "factor": 10.0}, "Lipase": ""},
    }
    mapping = read_mapping(content)
    file = tmp_path / "mapping.toml"
    file.write_text(mapping.to_toml({("variables", "CRP"): "two\nlines"}), encoding="utf-8")
    assert read_mapping(file) == mapping


# day 0


@pytest.mark.parametrize(
    ("options", "event", "days"),
    [
        # prednisolone of 001 is known to the month only; 3 started vedolizumab on 2020-01-01, lipase a month later
        ({"day_zero": "drug: vedolizumab"}, "first vedolizumab", {"3": 31}),
        # CRS of 002 began on 2024-02-03 and ended two days later
        ({"day_zero": "event: CRS"}, "first CRS", {"002": 2}),
        # the first dated start of 001 is the infusion of 10 January; 1 March is day 51
        ({"day_zero": "first record"}, "first record", {"001": 51, "002": 4, "3": 31}),
        ({"listed": pd.DataFrame({"patient_id": ["002"], "date": ["2024-01-01"]})}, "listed day", {"002": 35}),
    ],
)
def test_day_0_by_rule(options, event, days):
    series, _ = imported(**options)
    assert series.metadata.index_event == event
    assert series.patients.set_index("patient_id")["last_known_day"].dropna().to_dict() == days


@pytest.mark.parametrize(
    ("rule", "error"), [("birthday", UnknownName), ("column: x", CaseKitError), ("drug: x", CaseKitError)]
)
def test_a_rule_that_finds_nothing_is_refused(rule, error):
    with pytest.raises(error):
        imported(day_zero=rule)


def test_every_rule_is_explained():
    assert all(rule.split(":")[0] in day_zero.__doc__ for rule in day_zero.RULES)


# privacy


def test_ids_are_hashed_with_the_secret_and_nothing_of_them_is_left():
    series, report = imported(key=b"k" * 32)
    assert len(set(series.patients["patient_id"])) == 3
    assert not {"001", "002", "3"} & set(series.patients["patient_id"])
    assert set(series.measurements["patient_id"]) <= set(series.patients["patient_id"])
    assert imported(key=b"k" * 32)[0].patients["patient_id"].tolist() == series.patients["patient_id"].tolist()
    assert imported(key=b"l" * 32)[0].patients["patient_id"].tolist() != series.patients["patient_id"].tolist()
    assert "hashed" in str(report)


def test_the_secret_is_for_its_owner_alone(tmp_path):
    place = tmp_path / "home" / "secret"
    first = privacy.secret(place)
    assert len(first) == 32
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert privacy.secret(place) == first
    place.chmod(0o644)
    with pytest.raises(CaseKitError, match="others can read"):
        privacy.secret(place)


def test_what_names_a_person_and_free_text_are_left_out_and_counted():
    people = table(
        "p.csv", "patient_id,first_name,email,note,born", ("A", "Ann", "a@b.c", "sleeps badly", "1980-01-01")
    )
    source = gathered(
        patients=people,
        measurements=table("l.csv", "patient_id,variable,value,unit,day", ("A", "Lipase", "5", "U/L", "1")),
    )
    source.free_text = {"patients": ("note",)}
    series, report = finish(source, read_mapping(None), Options())
    assert not {"first_name", "email", "note", "born"} & set(series.patients)
    assert [entry.field for entry in report.of_kind("identifier")] == ["first_name", "email"]
    assert [entry.field for entry in report.of_kind("free text")] == ["note"]
    assert [entry.field for entry in report.of_kind("column")] == ["born"]
    assert not [word for word in ("Ann", "a@b.c", "badly", "1980") if word in str(report)]


def test_dates_are_kept_when_asked():
    assert "2024-01-12" in set(imported(keep_dates=True)[0].measurements["date"])
