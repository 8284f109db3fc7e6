"""One switch for whose series the pages show: serve, lab and export read what the notebooks call ck.series()."""

import json
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import pytest
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from nbformat.v4 import new_code_cell, new_notebook, new_output
from small_series import small

import casekit as ck
from casekit import records
from casekit.errors import CaseKitError, DataError
from casekit.publish import export, lab, offline_notebook
from casekit.publish.disclosure import cleared
from casekit.publish.published import Page, published
from casekit.publish.surroundings import inherited
from casekit.records.shown import VARIABLE

PAGES = published().pages


@pytest.fixture
def folder(tmp_path):
    records.to_folder(small(), tmp_path / "my-series")
    return tmp_path / "my-series"


def text_of(blocks):
    return " ".join(getattr(block, "html", "") or str(getattr(block, "spec", "")) for block in blocks)


def test_the_variable_names_a_folder_or_a_workbook(folder, monkeypatch):
    records.to_workbook(small(), folder.parent / "my-series.xlsx")
    for place in (folder, folder.parent / "my-series.xlsx"):
        monkeypatch.setenv(VARIABLE, str(place))
        assert [*ck.series().patients["patient_id"]] == [*small().patients["patient_id"]]
        assert inherited()[VARIABLE] == str(place)
    monkeypatch.setenv(VARIABLE, "no/such/folder")
    with pytest.raises(DataError, match="found no such folder"):
        ck.series()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_shows_the_patients_it_is_given_and_no_others(page):
    shown = text_of(offline_notebook.notebook_blocks(page.notebook, small()))
    assert shown
    assert not any(name in shown for name in ck.example().patients["patient_id"])
    if page.name == "patient":
        assert small().patients["patient_id"].iloc[0] in shown


def test_what_is_declared_gives_way_to_what_the_command_names(folder):
    given = published(series=folder)
    assert given.folder == folder.resolve()
    assert given.series["title"] == small().metadata.title
    assert given.synthetic


def test_jupyterlab_gets_the_series_or_is_not_started(folder, monkeypatch):
    started = []
    monkeypatch.setenv(VARIABLE, "")

    def start(*_, env, **__):
        started.append(env)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr("subprocess.run", start)
    assert lab(series=folder) == 0
    assert started[0][VARIABLE] == str(folder.resolve())
    with pytest.raises(DataError):
        lab(series=folder.parent / "nothing")
    assert len(started) == 1


def test_a_notebook_that_reads_other_data_is_not_exported_in_the_name_of_the_series(folder, monkeypatch):
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "id": "a"}
    cell["source"] = f"import casekit as ck\nck.load({str(folder)!r}).patients"
    notebook = folder.parent / "a.ipynb"
    notebook.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    page = Page("cohort", notebook, "A", "A.")
    with pytest.raises(CaseKitError, match="other data"):
        cleared(ck.example(), "cohort", [page])
    monkeypatch.setattr(export, "published", lambda: replace(published(), pages=(page,)))
    with pytest.raises(CaseKitError, match="other data"):
        export.export("cohort", folder.parent / "out.html", "html")
    assert not (folder.parent / "out.html").exists()


def test_lab_stores_notebooks_without_what_their_cells_show(tmp_path):
    hook = next(
        word.partition("=")[2] for word in import_module("casekit.publish.lab").SETTINGS if "pre_save_hook" in word
    )
    contents = LargeFileManager(root_dir=str(tmp_path), pre_save_hook=hook)
    shown = new_output("stream", text="Mrs Muster")
    book = new_notebook(cells=[new_code_cell("1 + 1", outputs=[shown], execution_count=1)])
    contents.save({"type": "notebook", "format": "json", "content": book}, "mine.ipynb")
    stored = (tmp_path / "mine.ipynb").read_text(encoding="utf-8")
    assert "1 + 1" in stored
    assert "Mrs Muster" not in stored
