"""Errors say where, what was found, what is expected and what to do; unknown names say what is near."""

import functools
import pickle
import shutil

import pytest

import casekit
from casekit import catalogue
from casekit.errors import (
    CaseKitError,
    DataError,
    DefinitionError,
    Problem,
    UnitError,
    UnknownName,
    near,
    problem_list,
)


def problem(row=2, column="grade"):
    return Problem("events.csv", row, column, '"mild"', "a whole number from 1 to 5", "Leave it empty.")


@pytest.mark.parametrize("kind", [DataError, DefinitionError, UnitError, UnknownName])
def test_a_page_can_catch_them_all(kind):
    assert issubclass(kind, CaseKitError)


@pytest.mark.parametrize(
    ("row", "column", "where"),
    [
        (7, "grade", "events.csv row 7, column grade"),
        (7, None, "events.csv row 7"),
        (None, "grade", "events.csv, column grade"),
        (None, None, "events.csv"),
    ],
)
def test_the_place_in_words(row, column, where):
    assert problem(row, column).where == where
    assert str(problem(row, column)).startswith(f'{where}: found "mild"; expected')


def test_a_data_error_keeps_every_problem_and_shows_the_first():
    error = DataError(problem(row) for row in range(2, 302))
    assert [each.row for each in error.problems] == list(range(2, 302))
    lines = str(error).splitlines()
    assert lines[0] == "300 problems in the data:"
    assert lines[1].startswith("events.csv row 2,")
    assert lines[50].startswith("events.csv row 51,")
    assert lines[51:] == ["… and 250 more; all of them are in .problems."]


def test_a_short_list_is_shown_whole():
    assert problem_list([problem(2), problem(3)], shown=2).splitlines()[1:] == [str(problem(2)), str(problem(3))]


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("sledai2k", ["sledai_2k", "mrss", "clinical_sledai"], ["sledai_2k"]),
        ("SLEDAI_2K", ["sledai_2k", "mrss"], ["sledai_2k"]),
        ("crp", ["crp_mg_l", "ferritin_ug_l"], ["crp_mg_l"]),
        (" sle ", ["SLE", "SSc"], ["SLE"]),
        ("xyzzy", ["sledai_2k", "mrss"], []),
        ("", ["SLE"], []),
    ],
)
def test_near_names(name, known, found):
    assert near(name, known) == found


@pytest.mark.parametrize(
    ("name", "known", "words"),
    [
        ("mrs", ["mrss", "pga"], '"mrs" is not known; near names: mrss. List all with ck.instruments().'),
        ("xyzzy", ["mrss", "pga"], "known: mrss, pga. List all with"),
        ("xyzzy", [f"item_{number}" for number in range(99)], "no name is near. List all with"),
        ("xyzzy", [], "no name is near."),
    ],
)
def test_an_unknown_name_says_what_is_known(name, known, words):
    error = UnknownName("instrument", name, known, "ck.instruments()")
    assert words in str(error)
    assert error.known == known


@pytest.mark.parametrize("error", [DataError([problem()]), UnknownName("drug", "x", ["y"], "ck.drugs()")])
def test_errors_survive_the_way_between_processes(error):
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 our own bytes
    assert str(again) == str(error)


@pytest.mark.parametrize("kind", ["variable", "disease", "instrument", "drug", "event", "publication", "frequency"])
def test_the_listing_a_hint_names_exists_and_lists_what_can_be_looked_up(kind):
    look_up = getattr(catalogue, kind)
    with pytest.raises(UnknownName) as refusal:
        look_up("xyzzy")
    _, *parts = refusal.value.listing.removesuffix("()").split(".")
    listed = functools.reduce(getattr, parts, casekit)()
    names = listed if isinstance(listed, list) else list(listed.index)
    assert len(names) > 0
    assert sorted(names) == sorted(refusal.value.known)


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ('label = "X"\ncategory = "biologic"\ncategroy = "x"', ["categroy"]),
        ('label = "X"\ncategory = "steroid"', ["category steroid", "glucocorticoid"]),
        ('label = "X"', ["category None"]),
        ('label = "X"\ncategory = "biologic"\nother_categories = ["antibody"]', ["category antibody"]),
    ],
)
def test_a_drug_that_is_declared_wrongly_is_refused(tmp_path, monkeypatch, entry, found):
    shutil.copy(catalogue.FOLDER / "tables.toml", tmp_path)
    (tmp_path / "drugs.toml").write_text(f"[new_drug]\n{entry}\n", encoding="utf-8")
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    for read in (catalogue.drugs, lambda: catalogue.drug("new_drug")):
        with pytest.raises(DefinitionError) as refusal:
            read()
        assert [word for word in ["drugs.toml", "new_drug", *found] if word not in str(refusal.value)] == []
