"""The Python of README.md runs as it stands there."""

import re
from pathlib import Path

import altair as alt
import pytest

import casekit as ck
from casekit import charts

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture(scope="module")
def series():
    return ck.example()


def test_a_picture_is_changed_with_plain_altair(series, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    block = next(each for each in blocks if "gallery" in each)
    known = {"series": series}
    exec(block, known)  # noqa: S102  (the text of our own page)
    assert isinstance(known["chart"], alt.TopLevelMixin)
    assert set(known["frames"].of(["SLE-01", "SLE-02"]).rows["patient_id"]) == {"SLE-01", "SLE-02"}
    drawn = Path("b-cells.svg").read_text("utf-8")
    assert "Return of B cells" in drawn
    assert "synthetic" in drawn.casefold()


def test_the_course_of_one_patient_is_a_chart(series):
    assert "charts.timeline(charts.timeline_frames(series)" in README.read_text("utf-8")
    assert isinstance(charts.timeline(charts.timeline_frames(series), "SLE-01"), alt.TopLevelMixin)
