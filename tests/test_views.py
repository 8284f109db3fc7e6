"""The pages without a browser: choices are checked, the picture gets parameters instead of data, nothing leaks."""

import json
import logging
from functools import cache
from urllib.parse import urlencode

import ipywidgets as widgets
import pytest
import small_series
from ipywidgets.widgets.widget import _instances

import casekit as ck
from casekit import charts, views
from casekit.errors import UnknownName
from casekit.views import address, bundle, html
from casekit.views.patient import PatientPage
from casekit.views.patient_address import CHOICES
from casekit.views.patient_rows import patient_rows
from casekit.views.prepared import frames_of, timeline_spec, told
from casekit.views.safe import SORRY, guarded
from casekit.views.state import State
from casekit.views.story import identity, story
from casekit.views.timeline_words import in_short, in_words
from casekit.views.vega_engine import VegaEngine
from casekit.views.vega_view import VegaView

small, bare = cache(small_series.small), cache(small_series.bare)  # the same series is drawn once


@pytest.fixture(scope="module")
def shipped():
    return ck.example()


@pytest.fixture(scope="module")
def frames(shipped):
    return charts.timeline_frames(shipped)


@pytest.fixture
def state(shipped):
    return State(shipped)


@pytest.fixture
def page():
    return PatientPage(small())


# ---- choices


@pytest.mark.parametrize(
    ("trait", "value"),
    [("patient_id", "SLE-99"), ("disease", "RA"), ("unit", "years"), ("lanes", ("drugs", "moods"))],
)
def test_what_does_not_exist_cannot_be_chosen(state, trait, value):
    before = getattr(state, trait)
    with pytest.raises(UnknownName):
        setattr(state, trait, value)
    assert getattr(state, trait) == before


def test_an_unknown_window_is_refused(state):
    with pytest.raises(UnknownName, match="window"):
        state.show_window("decade")


def test_patients_follow_each_other_in_a_circle(state):
    state.step(-1)
    assert state.patient_id == "SSc-04"
    state.step(1)
    assert state.patient_id == "SLE-01"


def test_the_disease_narrows_the_list_and_moves_to_its_first_patient(state):
    state.disease = "IIM"
    assert state.patients == ["IIM-01", "IIM-02", "IIM-03"]
    assert state.patient_id == "IIM-01"
    state.step(-1)
    assert state.patient_id == "IIM-03"


def test_the_whole_course_fits_each_patient_and_a_zoom_is_kept(state):
    state.patient_id = "SSc-04"
    short = state.day_to
    state.patient_id = "SLE-01"
    assert state.day_to > short + 365
    state.zoom(-3, 20)
    assert state.window == "free"
    state.patient_id = "SSc-04"
    assert (state.day_from, state.day_to) == (-3, 20)


def test_years_before_reach_to_the_first_drug(state, shipped):
    state.show_window("history")
    drugs = shipped.treatments[shipped.treatments["patient_id"] == "SLE-01"]
    assert state.day_from < drugs.loc[drugs["category"] != "glucocorticoid", "start_day"].min()


def test_a_short_window_counts_days_until_another_unit_is_chosen(state):
    state.show_window("month")
    assert state.unit == "days"
    state.show_window("year")
    assert state.unit == "months"
    state.show_window("month")
    state.unit = "weeks"
    state.show_window("quarter")
    assert state.unit == "weeks"


def test_lanes_keep_their_order(state):
    state.lanes = ("laboratory", "drugs")
    assert state.lanes == ("drugs", "laboratory")


# ---- the address


def restored(state, text):
    """What is wrong with an address after the state took from it what it could."""
    return address.restore(state, CHOICES, text)


def test_the_address_sets_patient_unit_and_window(state):
    assert restored(state, "patient=IIM-02&unit=weeks&window=month") == ""
    assert (state.patient_id, state.unit, state.day_from) == ("IIM-02", "weeks", -16)


@pytest.mark.parametrize(
    "text",
    [
        "patient=SLE-03",
        "disease=SSc&patient=SSc-02&days=-3,21&unit=days",
        "patient=SLE-01&unit=weeks&lanes=drugs,cells",
        "patient=SLE-01&with=IIM-02&day0=crs&axis=broken&others=yes",
        "patient=SLE-02&day0=b_cell_return&window=month",
    ],
)
def test_what_is_on_screen_is_the_address_that_opens_it(state, text):
    assert restored(state, text) == ""
    assert address.written(state, CHOICES) == text


@pytest.mark.parametrize(
    "name", ["SLE-99", "<script>alert(1)</script>", "../../etc/passwd", "x" * 5000, "", "SLE-01' OR 1=1"]
)
def test_a_wrong_address_says_so_and_changes_nothing(state, name):
    sentence = restored(state, urlencode({"patient": name}))
    assert sentence.startswith("The link asks for the patient")
    assert sentence.endswith("SLE-01 is shown instead.")
    assert len(sentence) < 200
    assert state.patient_id == "SLE-01"


@pytest.mark.parametrize(
    "asked", ["window=decade", "window=free", "days=5,", "days=9,3", "days=nan,inf", "days=-1e9,1e9", "days=1,2,3"]
)
def test_days_that_cannot_be_are_named(state, asked):
    before = (state.day_from, state.day_to)
    value = asked.partition("=")[2]
    assert f"“{value}”, which does not exist here; the usual is shown instead" in restored(state, asked)
    assert (state.day_from, state.day_to) == before


def test_a_misspelled_choice_is_not_passed_over(state):
    assert "“patinet”; this page knows disease, patient, with, day0" in restored(state, "patinet=SLE-03&unit=weeks")
    assert state.unit == "weeks"


def test_an_endless_address_is_not_read(state):
    assert "too much" in restored(state, "&".join(f"a{i}=1" for i in range(1000)))


def test_the_address_of_an_earlier_viewer_is_never_read(monkeypatch):
    monkeypatch.setenv("VOILA_REQUEST_URL", "http://127.0.0.1/patient?patient=SLE-05")
    monkeypatch.setenv("QUERY_STRING", "patient=SLE-02")
    assert address.query() == "patient=SLE-02"


def test_a_page_that_was_prepared_computes_no_timeline_again():
    series = small()
    list(views.prepare(series))
    known = [frames_of.cache_info().misses, timeline_spec.cache_info().misses, told.cache_info().misses]
    views.patient_page(series)
    assert [frames_of.cache_info().misses, timeline_spec.cache_info().misses, told.cache_info().misses] == known


def test_the_address_follows_the_viewer(page):
    page.state.patient_id = "B"
    assert page.address.query == "patient=B"
    page.state.zoom(-4, 9)
    assert page.address.query == "patient=B&days=-4,9"


# ---- the page


def parts(widget, kind):
    """The widgets of that kind within a widget."""
    inner = [part for child in getattr(widget, "children", ()) for part in parts(child, kind)]
    return [widget, *inner] if isinstance(widget, kind) else inner


def choosers(page):
    """The lists of the page by their description."""
    return {chooser.description: chooser for chooser in parts(page.widget(), widgets.Dropdown)}


def test_choosing_a_patient_changes_parameters_and_sends_no_data(page):
    before, chooser = page.picture.spec, choosers(page)["Patient"]
    assert page.picture.params["patient"] == "A"
    chooser.value = "B"
    assert page.picture.params["patient"] == "B"
    assert page.picture.spec is before
    assert "man, 41 years" in page._cards[0].value


def test_the_data_of_a_disease_travel_once(page):
    sent = []
    page.picture.observe(lambda change: sent.append(change["new"]["usermeta"]["key"]), "spec")
    for who in ("C", "A", "C", "B"):
        page.state.patient_id = who
    assert sent == ["SSc"]
    assert page.picture.key == "SLE"


def test_picture_and_patient_always_belong_together(page):
    seen = []
    page.picture.observe(lambda _: seen.append((page.picture.key, page.picture.params["patient"])), "params")
    for who in ("C", "A"):
        page.state.patient_id = who
    assert set(seen) == {("SSc", "C"), ("SLE", "A")}


def test_a_zoom_in_the_picture_reaches_the_state_and_the_list(page):
    lists = choosers(page)
    page.picture.params = {**page.picture.params, "day_from": -4.0, "day_to": 9.0}
    assert (page.state.day_from, page.state.day_to, lists["Time"].value) == (-4, 9, "free")
    lists["Time"].value = "course"
    assert page.picture.params["day_to"] > 200


def test_the_last_lane_cannot_be_taken_away(page):
    lanes = {label for label, _ in charts.LANES.values()}
    boxes = [box for box in parts(page.widget(), widgets.Checkbox) if box.description in lanes]
    assert len(boxes) == len(lanes)
    for box in boxes:
        box.value = False
    assert len(page.state.lanes) == 1
    assert sum(box.value for box in boxes) == 1


def test_a_click_on_a_tile_shows_its_conditions(shipped):
    page = PatientPage(shipped)
    lists = choosers(page)
    page.picture.picked = {"patient_id": "SLE-01", "instrument": "lldas_2016", "day": -6}
    assert (lists["Criterion"].value, lists["Visit"].value) == ("lldas_2016", -6)


def test_a_score_is_explained_by_points_and_their_total(shipped):
    page = PatientPage(shipped)
    page.state.patient_id = "IIM-01"
    page.picture.picked = {"patient_id": "IIM-01", "instrument": "tis_2016", "day": 27}
    card = page._criteria._card.card
    assert "Points" in card
    # 15 + 5 + 10 + 5 + 7.5 + 12.5 points; moderate is 40 to below 60
    assert "55" in card
    assert "moderate" in card


@pytest.mark.parametrize(
    "picked",
    [{"patient_id": "SLE-02", "instrument": "x", "day": 1}, {"patient_id": "A", "instrument": "<x>", "day": "y"}, {}],
)
def test_a_forged_click_does_no_harm(page, picked):
    page.picture.picked = picked
    assert "Traceback" not in page._note.value


def test_the_picture_that_a_browser_lacks_is_sent_again(page):
    page.picture.spec = None
    page.picture._answer(page.picture, {"need": page.picture.key}, [])
    assert page.picture.spec["usermeta"]["key"] == page.picture.key


@pytest.mark.parametrize("content", ["x", None, {"need": "nothing"}, {"need": ["a"]}, {"reset": "yes"}])
def test_hostile_messages_are_ignored(page, content):
    before = page.picture.key
    page.picture._answer(page.picture, content, [])
    assert page.picture.key == before


def test_pages_of_a_bare_series_open():
    assert views.patient_page(bare()).children
    assert views.group_page(bare()).filters().children


def test_texts_of_the_data_cannot_become_markup(page):
    assert "<b>nephritis" not in page._cards[0].value
    assert "&lt;b&gt;nephritis" in page._cards[0].value


def test_no_table_of_the_series_hides_in_a_widget(page):
    whole = json.dumps(
        [w.get_state() for w in page.widget().children if not isinstance(w, VegaView)], default=lambda _: ""
    )
    assert "azathioprine" not in whole


# ---- words


def test_the_story_tells_what_the_tables_say():
    told = " ".join(story(charts.timeline_frames(small()), "A"))
    assert told == (
        "No immunosuppressant or glucocorticoid since the infusion (7 months). CRS grade 1 from day 5 to day 7. "
        # from day 3 to day 83 are 80 days, as the published duration is counted
        "B-cell aplasia (<10/µL) for 80 days, from day 3 to the first sample with B cells on day 83; last sample "
        "without: day 70."
    )


def test_a_story_without_events_or_stopped_drugs_says_so():
    told = story(charts.timeline_frames(small()), "B")
    assert told[:2] == [
        "Immunosuppressants were taken until the end of observation.",
        "No CRS and no ICANS is recorded.",
    ]


def test_immunoglobulin_after_the_infusion_is_told_and_so_is_an_anticytokine():
    told = story(charts.timeline_frames(ck.example().select(disease="IIM")), "IIM-03")
    # 30 g on days -70, -40, -10 and then every 30 days from 20 to 350: (350 - 20) / 30 + 1 = 12
    assert " ".join(told[:2]) == (
        "No immunosuppressant or glucocorticoid since the infusion (12 months), besides tocilizumab for CRS. "
        "Immunoglobulin 30 g (intravenous) continued after the infusion: 12 courses, the last on day 350; "
        "recorded indication: IgG replacement."
    )


def test_unknown_facts_are_left_out_of_the_card():
    person = dict.fromkeys(
        ("subtype", "age_years", "disease_duration_years", "prior_therapies", "organs", "autoantibodies")
    )
    known = identity({**person, "sex": "unknown", "last_known_day": 40, "end_reason": None}, "Systemic sclerosis")
    assert known == [("Diagnosis", "Systemic sclerosis"), ("Followed for", "40 days")]


def test_cells_of_a_table_are_escaped():
    assert "&lt;script&gt;" in html.table("x", ["<i>"], [["<script>"]])
    assert "<script>" not in html.table("<script>", ["<i>"], [["<script>"]])


# ---- faults


def test_a_fault_in_a_callback_is_one_sentence_and_a_line_in_the_log(caplog):
    said = []
    with caplog.at_level(logging.ERROR, logger="casekit"):
        guarded(said.append)(lambda: 1 / 0)()
    assert said == [SORRY]
    assert "ZeroDivisionError" in caplog.text


def test_a_refusal_in_a_callback_is_told_in_its_own_words(state):
    said = []
    guarded(said.append)(lambda: setattr(state, "unit", "years"))()
    assert said == ['unit "years" is not known; known: days, months, weeks.']


# ---- the script


def test_the_script_is_built_once_and_kept_where_it_can_be_written(tmp_path, monkeypatch):
    blocked, cache = tmp_path / "file", tmp_path / "cache"
    blocked.write_text("not a folder", encoding="utf-8")
    monkeypatch.setattr(bundle, "_folders", lambda: (blocked / "in", cache))
    first = bundle.bundle.__wrapped__()
    assert len([path for path in cache.iterdir() if path.suffix == ".js"]) == 1
    monkeypatch.setattr(bundle, "_build", lambda: pytest.fail("built again"))
    assert bundle.bundle.__wrapped__() == first


def test_the_script_asks_no_other_host():
    script = bundle.bundle()
    assert "esm.sh" not in script
    assert "import(" not in bundle.SOURCE.read_text(encoding="utf-8")
    assert len(script) > 500_000


def test_the_script_travels_once_for_all_pictures_of_a_page():
    pictures = [VegaView(lambda _name: {}) for _ in range(3)]
    assert max(len(picture._esm) for picture in pictures) < 1000
    engines = [widget for widget in _instances.values() if isinstance(widget, VegaEngine)]
    assert [engine.place for engine in engines] == [pictures[0].engine]


# ---- day 0, two patients, explanations, words


def test_a_patient_without_the_event_is_named_and_shown_from_the_infusion(shipped):
    page = PatientPage(shipped)
    page.state.day_zero = "crs"
    assert page.state.without_zero == ["SLE-03", "SLE-06", "SLE-08", "SSc-03"]
    assert "SLE-03, SLE-06, SLE-08, SSc-03 did not have it" in page._about.value
    page.state.patient_id = "SLE-03"
    assert "days are counted from the infusion" in page._cards[0].value
    assert "SLE-03" not in page.picture.params["zeros"]


def test_another_day_0_moves_window_story_and_visits(shipped):
    page = PatientPage(shipped)
    before = page.state.day_to
    page.state.day_zero = "leukapheresis"  # on day −13 in all patients
    assert page.picture.params["zeros"]["SLE-01"] == -13
    assert page.state.day_to == before + 13
    assert "the infusion was on day 13" in page._cards[0].value
    assert page._criteria._visit.options[0][0].endswith("after the infusion)")


def test_an_aligned_series_opens_with_its_own_day_0(shipped):
    assert State(shipped.align("b_cell_return")).day_zero == "b_cell_return"


def test_days_are_counted_alike_in_picture_and_table(shipped):
    page = PatientPage(shipped)
    page.state.day_zero = "leukapheresis"
    rows = page._rows(0).rows
    assert rows.loc[rows["what"] == "Leukapheresis", "day"].tolist() == [0]
    assert rows.loc[rows["what"] == "CD19 CAR T cells", "day"].tolist() == [13]


def test_a_broken_axis_leaves_the_first_month_room(state):
    state.axis = "broken"
    assert state.day_from == -30
    state.axis = "linear"
    assert state.day_from == -100


def test_two_patients_share_window_and_lanes(shipped, frames):
    page = PatientPage(shipped)
    page.state.compared = "IIM-01"
    shared = ("day_from", "day_to", "unit", "lanes", "axis")
    assert [page.picture.params[name] for name in shared] == [page.second.params[name] for name in shared]
    assert (page.second.params["patient"], page.second.key) == ("IIM-01", "IIM")
    assert page.state.day_to >= max(charts.course(frames, who)[1] for who in ("SLE-01", "IIM-01"))
    page.state.compared = ""
    assert page.second.layout.display == "none"


def test_what_one_picture_has_received_is_not_sent_for_the_other(shipped):
    page = PatientPage(shipped)
    page.state.compared = "SLE-02"
    assert page.second.key == "SLE"
    assert page.second.spec is None


def test_what_is_explained_is_marked_in_the_picture_of_its_patient(shipped):
    page = PatientPage(shipped)
    page.state.compared = "SLE-02"
    page.second.picked = {"patient_id": "SLE-02", "instrument": "sledai_2k", "day": 88}
    assert page.second.params["picked_instrument"] == "sledai_2k"
    assert page.picture.params["picked_instrument"] == ""
    assert "SLE-02" in page._criteria._card.card


def test_the_course_in_one_line():
    frames = charts.timeline_frames(small())
    assert in_short(frames, "A") == "CD19+ B cells undetectable day 3 to 70; no immunosuppressant since day 0"
    assert in_short(frames, "B") == ""


def test_every_lane_is_told_in_words():
    told = dict(in_words(charts.timeline_frames(small()), "A"))
    assert told["B cells (CD19+)"] == (
        "first 100 /µL (within the reference range, day −5), lowest <0.1 /µL (below detection, day 3), "
        "last 20 /µL (low, day 83); 4 values"
    )
    assert told["Glucocorticoid"] == "10 mg/day, day −300 to −20; 5 mg/day, day −19 to −3 (prednisolone equivalent)"
    assert told["Drugs"].endswith("years before: Azathioprine")
    assert "grade 1 ASTCT 2019, resolved, day 5 to 7" in told["Events"]


def test_rows_in_are_rows_listed():
    frames = charts.timeline_frames(small())
    own, listed = frames.patient("A"), patient_rows(small(), frames, "A").rows
    parts = (own.cells, own.laboratory, own.activity, own.responses, own.drugs, own.glucocorticoid, own.events)
    assert len(listed) == sum(map(len, parts))
    assert listed["day"].is_monotonic_increasing


@pytest.mark.parametrize("content", [{"step": 2}, {"step": "1"}, "step", None, {"step": [1]}])
def test_only_a_step_to_a_neighbour_is_taken(page, content):
    page._keys._pressed(page._keys, content, [])
    assert page.state.patient_id == "A"


def test_an_arrow_leads_to_the_next_patient(page):
    page._keys._pressed(page._keys, {"step": 1}, [])
    assert (page.state.patient_id, page._keys.said) == ("B", "B is shown")
