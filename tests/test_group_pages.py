"""Pages of a group without a browser: one state, filters that lose nobody, rows that leave as harmless files."""

import csv
from io import BytesIO, StringIO

import pandas as pd
import pytest
from openpyxl import load_workbook
from small_series import bare, small

import casekit as ck
from casekit import views
from casekit.charts.gallery import picture, pictures
from casekit.charts.picture import About
from casekit.errors import UnknownName
from casekit.views import rows_file
from casekit.views.address import restore, written
from casekit.views.blocks import Drawn, Shown, Table, Words
from casekit.views.day_zero import day_zero_choices
from casekit.views.group_page import GroupPage
from casekit.views.group_state import CHOICES, GroupState
from casekit.views.patient_dock import chosen_card
from casekit.views.rows_table import Listed, RowsTable


@pytest.fixture(scope="module")
def series():
    return ck.example()


@pytest.fixture
def page(series):
    return views.group_page(series, disease="SLE")


def click(panel, **picked):
    """Click a mark of the picture, as the browser reports it."""
    panel._view.picked = picked


# filters: the days are those of the shipped cells, gone on the first day and back on the second
# SLE-03 75, 85; SLE-06 55, 66; SLE-07 85, 98; the other five are still gone on day 90


def test_a_filter_counts_and_names_those_of_whom_it_cannot_say(page):
    page.state.conditions = ("B cells back before day 90",)
    left = page.state.remaining()
    assert left.shown == ("SLE-03", "SLE-06")
    assert left.unknown == {"SLE-07": "B cells back between day 85 and day 98"}
    (said,) = page.filters().blocks()
    assert "2 of 8 patients" in said.html
    assert "SLE-07" in said.html


def test_a_filter_changes_every_picture_every_table_and_every_sentence(page):
    parts = [page.picture("spider_sledai_2k"), page.picture("serology"), page.table("serology")]
    sentence = page.who("infection during aplasia", "caught an infection")
    assert "3 of 8 patients" in sentence.value  # SLE-02 day 37, SLE-05 day 100, SLE-06 day 8
    # Clopper-Pearson of 3 of 8 as tabulated: 8.5 to 75.5 %
    assert "exact 95 % interval 8.5–75.5 %" in sentence.value
    page.state.conditions = ("B cells back before day 90",)
    for part in parts:
        (block,) = part.blocks()
        assert set(block.rows["patient_id"]) == {"SLE-03", "SLE-06"}
    assert "1 of 2 patients" in sentence.value
    assert parts[0]._view.key.endswith("SLE-03,SLE-06")


def test_a_sentence_counts_those_of_whom_it_is_known():
    everybody = views.group_page(ck.example())
    sentence = everybody.who("steroid-free by month 6", "took no glucocorticoid").value
    # 14 of 14: the lower end is 0.025 ** (1 / 14) = 0.7684; SSc-04 was observed for 4 months only
    assert "<strong>14 of 14 patients</strong> of whom it is known (exact 95 % interval 76.8–100 %)" in sentence
    assert "SSc-04" in sentence.split("Not known:")[1]


def test_conditions_are_all_asked_for(page):
    page.state.conditions = ("B cells back before day 90", "infection during aplasia")
    assert page.state.remaining().shown == ("SLE-06",)
    page.state.conditions = ("B cells back before day 90", "not infection during aplasia")
    assert page.state.remaining().shown == ("SLE-03",)


def test_patients_without_day_zero_are_named(series):
    page = GroupPage(series, view="day0=icans")
    left = page.state.remaining()
    assert left.shown == ("SLE-02",)  # the one patient with ICANS
    assert len(left.without_day_zero) == 14
    assert "SSc-04" in page.filters().blocks()[0].html


def test_every_day_zero_on_offer_can_be_chosen(series):
    state = GroupState(series)
    for _, event in day_zero_choices(series):
        state.day_zero = event
        left = state.remaining()
        assert len(left.shown) + len(left.without_day_zero) == 15
        assert left.shown


def test_days_of_the_pictures_are_counted_from_day_zero(page):
    panel = page.picture("serology")
    before = panel.blocks()[0].rows.query("patient_id == 'SLE-03'")["day"].min()
    page.state.day_zero = "b_cell_return"
    after = panel.blocks()[0].rows.query("patient_id == 'SLE-03'")["day"].min()
    assert before - after == 85  # SLE-03: B cells back on day 85


# one state


def test_a_click_emphasises_the_patient_in_all_pictures(page):
    first, second = page.picture("spider_sledai_2k"), page.picture("serology")
    second.draw()
    click(first, patient_id="SLE-03")
    assert page.state.patient == "SLE-03"
    assert second._view.params["patient"] == "SLE-03"
    assert second._rows.patient == "SLE-03"
    page.state.conditions = ("not B cells back before day 90",)
    assert second._view.params["patient"] == ""  # filtered out: nobody is emphasised, so nobody is faint


def test_a_drag_in_one_picture_moves_all_and_a_reset_gives_each_its_own_days_back(page):
    first, second = page.picture("spider_sledai_2k"), page.picture("serology")
    second.draw()
    own = second._view.params["day_to"]
    first._view.params = {**first._view.params, "day_from": -10.0, "day_to": 60.0}
    assert page.state.window == (-10.0, 60.0)
    assert (second._view.params["day_from"], second._view.params["day_to"]) == (-10.0, 60.0)
    first._view._answer(None, {"reset": 1}, [])
    assert page.state.window == ()
    assert second._view.params["day_to"] == own


def test_only_the_first_picture_is_drawn_before_the_viewer_comes_near(page):
    first, second = page.picture("spider_sledai_2k"), page.picture("serology")
    assert first._view.spec
    assert second._view.spec is None
    second._rows._answer(None, {"near": True}, [])
    assert second._view.spec["usermeta"]["key"].startswith("serology|infusion|")


def test_a_click_on_a_score_explains_it(page):
    panel = page.picture("spider_sledai_2k")
    click(panel, patient_id="SLE-01", instrument="sledai_2k", day=-22)
    assert "SLE-01" in panel._why.card
    assert "Arthritis" in panel._why.card


def test_a_click_on_a_score_explains_it_also_when_days_are_counted_otherwise(page):
    page.state.day_zero = "leukapheresis"  # day -13 of every patient
    panel = page.picture("spider_sledai_2k")
    click(panel, patient_id="SLE-01", instrument="sledai_2k", day=-9)
    assert "Arthritis" in panel._why.card


def test_a_click_on_a_measured_value_picks_the_patient_and_takes_the_explanation_away(series):
    panel = GroupPage(series, "IIM").picture("muscle")
    click(panel, patient_id="IIM-01", instrument="mmt_8", day=27)
    assert "Neck flexors" in panel._why.card
    click(panel, patient_id="IIM-02", day=27)
    assert (panel._state.patient, panel._why.card) == ("IIM-02", "")


def test_a_forged_click_is_told_and_changes_nothing(page):
    panel = page.picture("spider_sledai_2k")
    click(panel, patient_id="<b>nobody</b>")
    assert page.state.patient == ""
    assert "&lt;b&gt;nobody" in page._note.value


# the address


def test_a_view_is_a_link(series):
    state = GroupState(series)
    state.disease, state.conditions, state.day_zero = "SLE", ("CRS >= 1", "not LICATS"), "b_cell_return"
    state.patient, state.window, state.unit = "SLE-03", (-7.0, 28.5), "days"
    other = GroupState(series)
    assert restore(other, CHOICES, written(state, CHOICES)) == ""
    assert other.trait_values() == state.trait_values()


def test_the_usual_view_has_no_query_string(series):
    assert written(GroupState(series), CHOICES) == ""


@pytest.mark.parametrize(
    "query",
    ["disease=XYZ", "what=cured+by+magic", "day0=birth", "patient=%3Cscript%3E", "days=a,b", "days=9,1", "unit=years"],
)
def test_a_wrong_link_says_so_and_opens_the_default(series, query):
    page = GroupPage(series, view=query)
    assert "which does not exist here" in page._note.value
    assert "<script>" not in page._note.value
    assert written(page.state, CHOICES) == ""


def test_filters_show_the_condition_of_the_link_even_if_no_menu_offers_it(series):
    page = GroupPage(series, view="what=pneumonia+before+day+200")
    filters = page.filters()._filters
    assert filters._asked[0].words == "pneumonia before day 200"
    assert page.state.remaining().shown == ("SLE-05",)  # pneumonia on day 100


def test_the_menu_asks_what_it_says(page):
    asked = page.filters()._filters._asked[0]
    asked._what.value = next(place for label, place in asked._what.options if label == "CRS, grade at least")
    assert page.state.conditions == ("CRS >= 1",)
    asked._limit.value = "2"
    assert page.state.conditions == ("CRS >= 2",)
    assert page.state.remaining().shown == ()
    asked._sign.value = "no"
    assert page.state.conditions == ("not CRS >= 2",)
    assert len(page.state.remaining().shown) == 8


# rows as files

ABOUT = About("A series", "2026-01-01", synthetic=True, index_event="infusion")
HOSTILE = pd.DataFrame({"patient_id": ["=1+1", "@x", "a"], "value": [-5.0, 2.0, None], "note": ["-2+3", "\ty", "\rz"]})
COLUMNS = {"patient_id": "Patient", "value": "Value, mg", "note": "=Note"}


def test_a_csv_file_runs_no_formula_and_says_where_it_comes_from():
    table = rows_file.cells(HOSTILE, COLUMNS)
    text = rows_file.csv_file(rows_file.origin_lines("T", ABOUT, "1.0"), table).decode("utf-8-sig")
    lines = [line for line in text.splitlines() if line.startswith("# ")]
    assert lines == ["# T", "# A series", "# data cut: 2026-01-01", "# day 0: infusion", "# casekit 1.0", lines[-1]]
    assert "synthetic data" in lines[-1]
    rows = list(csv.reader(StringIO(text.split("no real patient\r\n")[1], newline="")))
    assert rows[0] == ["Patient", "Value, mg", "'=Note"]
    assert rows[1] == ["'=1+1", "-5.0", "'-2+3"]
    assert rows[3] == ["a", "", "'\rz"]


def test_a_workbook_runs_no_formula_and_keeps_numbers():
    content = rows_file.xlsx_file(rows_file.origin_lines("=T", ABOUT, "1.0"), rows_file.cells(HOSTILE, COLUMNS))
    book = load_workbook(BytesIO(content))
    kinds = {cell.data_type for sheet in book for row in sheet for cell in row if cell.value is not None}
    assert kinds == {"s", "n"}  # no "f"
    assert book["Rows"]["B2"].value == -5
    assert book["Rows"]["B4"].value is None
    assert "synthetic data: no real patient" in [row[0].value for row in book["About"]]


def test_rows_travel_only_when_the_table_is_open_and_missing_sorts_last():
    table = RowsTable(lambda: Listed("t", "T", HOSTILE, COLUMNS, ABOUT))
    table.refresh()
    assert (table.rows, table.count) == ([], 3)
    table._answer(None, {"open": True}, [])
    assert [row[1] for row in table.rows] == [["−5", -5.0], ["2", 2.0], ["", None]]


def test_a_file_is_handed_over_as_bytes(monkeypatch):
    table, sent = RowsTable(lambda: Listed("t", "T", HOSTILE, COLUMNS, ABOUT)), []
    monkeypatch.setattr(table, "send", lambda content, buffers: sent.append((content, buffers)))
    table._answer(None, {"file": "xlsx"}, [])
    table._answer(None, {"file": "../../etc"}, [])
    [(content, [data])] = sent
    assert content == {"file": "xlsx", "name": "casekit-t"}
    assert data[:2] == b"PK"


# texts of the data, blocks, foreign series, names


def test_texts_of_the_data_cannot_become_markup():
    page = GroupPage(small())
    page.filters()
    page.state.patient = "A"
    card = chosen_card(page.state.series, "A", "<i>")
    assert "&lt;b&gt;nephritis" in card
    assert "<b>nephritis" not in card
    assert "<i>" not in card


def test_what_cells_return_can_say_what_it_shows(page):
    page.state.patient = "SLE-03"
    shown = [page.filters(), page.picture("spider_sledai_2k"), page.table("serology"), page.who("CRS", "had CRS")]
    assert all(isinstance(part, Shown) for part in shown)
    kinds = [type(block) for part in shown for block in part.blocks()]
    assert kinds == [Words, Drawn, Table, Words]
    (drawn,) = shown[1].blocks()
    values = {param["name"]: param.get("value") for param in drawn.spec["params"]}
    assert values["patient"] == "SLE-03"
    assert "synthetic data" in drawn.caption


@pytest.mark.parametrize("name", pictures())
@pytest.mark.parametrize("foreign", [small, bare], ids=["small", "bare"])
def test_every_picture_of_a_foreign_series_draws_or_says_what_is_missing(name, foreign):
    (drawn,) = GroupPage(foreign()).picture(name).blocks()
    assert drawn.spec["description"]
    assert drawn.spec["usermeta"]["key"].startswith(name)


@pytest.mark.parametrize("name", pictures())
def test_every_picture_has_rows_for_its_columns_and_a_name_of_its_own(series, name):
    (drawn,) = GroupPage(series).picture(name).blocks()
    assert set(drawn.columns) <= set(drawn.rows.columns)
    assert picture(name).name == name


def test_an_unknown_picture_is_refused(page):
    with pytest.raises(UnknownName, match="near names"):
        page.picture("spidr_mrss")
