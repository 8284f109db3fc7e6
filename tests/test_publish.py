"""What is published, and how: only the declared pages, on this machine only, nothing loaded from elsewhere."""

import re
import socket
from pathlib import Path

import httpx
import pytest
from published_pages import served

from casekit.errors import CaseKitError, DefinitionError
from casekit.publish import serving
from casekit.publish.published import DASHBOARDS, copy_notebooks, published
from casekit.publish.serving import headers, landing, serve

ROOT = Path(__file__).parent.parent
ELSEWHERE = re.compile(r"""(?:src|href|url)\s*[=(]\s*["']?\s*(?:https?:)?//""")


@pytest.fixture(scope="module")
def address():
    """Where the pages are served, for as long as the tests of this file run."""
    with served() as where:
        yield where


def test_every_page_has_a_notebook_a_title_and_a_sentence():
    pages = published().pages
    assert [page.name for page in pages] == ["patient", "cohort", "instruments"]
    assert all(page.title and page.sentence.endswith(".") for page in pages)


def test_only_declared_notebooks_are_copied(tmp_path):
    copy_notebooks(published().pages, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cohort.ipynb", "instruments.ipynb", "patient.ipynb"]


def test_a_declared_notebook_that_is_missing_is_named(tmp_path):
    (tmp_path / "published.toml").write_text(
        'series = "."\n[page.x]\nnotebook = "gone.ipynb"\ntitle = "X"\nsentence = "X."\n', encoding="utf-8"
    )
    with pytest.raises(DefinitionError, match=r"gone\.ipynb"):
        published(tmp_path)


def test_a_folder_without_declaration_is_refused(tmp_path):
    with pytest.raises(DefinitionError, match=r"published\.toml: found no such file"):
        published(tmp_path)


def test_the_landing_page_lists_the_pages_and_says_synthetic():
    html = landing(published())
    for page in published().pages:
        assert f'href="{page.name}"' in html
        assert page.sentence in html
    assert "Synthetic data." in html
    assert "Read-only" in html


@pytest.mark.parametrize("file", sorted(DASHBOARDS.rglob("*.j2")), ids=lambda file: file.name)
def test_templates_load_nothing_from_elsewhere(file):
    assert ELSEWHERE.findall(file.read_text(encoding="utf-8")) == []


def test_the_policy_names_no_other_host():
    policy = headers()["Content-Security-Policy"]
    assert "http" not in policy
    assert "*" not in policy
    assert "default-src 'self'" in policy


def test_a_taken_port_is_said():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(CaseKitError, match="in use"):
            serve(other.getsockname()[1])


def test_it_listens_on_this_machine_only(monkeypatch):
    seen = {}
    monkeypatch.setattr(serving, "_run", lambda port, *_others: seen.update(port=port))
    assert serve(0) == 0
    config = serving._config(seen["port"], ROOT, 1)
    assert config.Voila.ip == "127.0.0.1"
    assert config.VoilaConfiguration.allow_template_override == "NO"
    assert config.VoilaConfiguration.strip_sources is True


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "voila/render/nothing.ipynb",
        "voila/render/../../README.md",
        "voila/files/patient.ipynb",
        "voila/tree",
        "voila/api/contents",
        "api/contents",
        "api/kernels",
        "api/sessions",
        "api/terminals",
    ],
)
def test_nothing_else_can_be_opened(address, path):
    assert httpx.get(address + path).status_code in {403, 404}


def test_every_answer_carries_the_headers(address):
    sent = httpx.get(address).headers
    assert {name: sent.get(name) for name in headers()} == headers()
