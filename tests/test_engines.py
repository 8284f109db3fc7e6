"""A folder of visits scored with any engine gives the same Parquet; Spark where Java and pyspark are there."""

import importlib.util
import shutil

import pandas as pd
import pyarrow.parquet as pq
import pytest
from test_rules import EXPECTED, table

from casekit import cli
from casekit.errors import CaseKitError, UnknownName
from casekit.scores.engines import ENGINES, score_folder

HAS_SPARK = importlib.util.find_spec("pyspark") is not None and shutil.which("java") is not None
NEEDS_SPARK = pytest.mark.skipif(not HAS_SPARK, reason="pyspark or Java is not installed")
ALL = [pytest.param(name, marks=NEEDS_SPARK if name == "pyspark" else ()) for name in ENGINES]


@pytest.fixture
def visits(tmp_path):
    """A folder with the seven visits in one file and again, turned round, in another."""
    folder = tmp_path / "visits"
    folder.mkdir()
    table().to_parquet(folder / "a.parquet", index=False)
    table().iloc[::-1].to_parquet(folder / "b.parquet", index=False)
    return folder


def bounds(file):
    frame = pq.read_table(file).to_pandas()
    return list(frame[["low", "high"]].itertuples(index=False, name=None))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("engine", ALL)
def test_every_engine_writes_the_same_scores(engine, visits, tmp_path):
    lines = [str(step) for step in score_folder(visits, "sledai_2k", engine, tmp_path / "out")]
    assert lines == ["1 of 2: a.parquet", "2 of 2: b.parquet"]
    assert bounds(tmp_path / "out" / "a.parquet") == EXPECTED
    assert bounds(tmp_path / "out" / "b.parquet") == EXPECTED[::-1]


def test_the_command_line_scores_a_folder(visits, tmp_path, capsys):
    assert cli.main(["score", str(visits), "sledai_2k", "--engine", "duckdb", "--out", str(tmp_path / "out")]) == 0
    assert "2 of 2: b.parquet" in capsys.readouterr().out
    assert bounds(tmp_path / "out" / "a.parquet") == EXPECTED


@pytest.mark.parametrize(
    ("engine", "out", "error", "words"),
    [
        ("excel", "out", UnknownName, "excel"),
        ("polars", "visits", CaseKitError, "Name another folder"),
    ],
)
def test_a_wrong_call_is_refused(engine, out, error, words, visits, tmp_path):
    with pytest.raises(error, match=words):
        list(score_folder(visits, "sledai_2k", engine, tmp_path / out))


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(CaseKitError, match="no Parquet file"):
        list(score_folder(tmp_path, "sledai_2k", "polars", tmp_path / "out"))


def test_a_file_with_an_impossible_value_is_refused(tmp_path):
    folder = tmp_path / "visits"
    folder.mkdir()
    pd.DataFrame({"mrss_face": [1.0, 4.0]}).to_parquet(folder / "a.parquet")
    with pytest.raises(CaseKitError, match="mrss_face"):
        list(score_folder(folder, "mrss", "polars", tmp_path / "out"))
