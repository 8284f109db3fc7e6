"""Any engine gives the same scores, of a frame or of a folder of Parquet; Spark where Java and pyspark are there."""

import importlib.util
from functools import partial

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_visits import made_visits
from test_rules import EXPECTED, FINDINGS, table

import casekit as ck
from casekit import cli
from casekit.errors import CaseKitError, UnknownName
from casekit.scores.engines import ENGINES, ON_THIS_MACHINE, has_java, score_folder

HAS_SPARK = importlib.util.find_spec("pyspark") is not None and has_java()
SPARK = (
    pytest.mark.skipif(
        not HAS_SPARK,
        reason="Spark is not there: pip install -r requirements-test.txt, and Java 17 or newer "
        "(Debian: apt install openjdk-17-jre-headless)",
    ),
    pytest.mark.xdist_group("spark"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
)


def engines(names):
    """The engines as parameters of a test, Spark with what it needs."""
    return [pytest.param(name, marks=SPARK if name == "pyspark" else ()) for name in names]


@pytest.fixture(scope="module")
def spark():
    """One Spark for all tests: a single thread, nothing compiled, reached from this machine only."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[1]").config("spark.sql.shuffle.partitions", "1")
    plain = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
    for setting, value in {**ON_THIS_MACHINE, **plain}.items():
        builder = builder.config(setting, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


FRAMES = {
    "pandas": lambda frame: frame,
    "pandas, masked": lambda frame: frame.convert_dtypes(),
    "polars": pl.from_pandas,
    "polars, lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "pyarrow": pa.Table.from_pandas,
    "duckdb": lambda frame: duckdb.from_arrow(pa.Table.from_pandas(frame)),
    "pyspark": None,
}


@pytest.fixture
def native(request):
    """What turns a pandas frame into one of the engine of the test."""
    return FRAMES[request.param] or partial(spark_frame, request.getfixturevalue("spark"))


def spark_frame(session, frame):
    """The frame in Spark, its missing values as null."""
    types = {"float64": "double", "str": "string"}
    schema = ", ".join(f"`{name}` {types[str(kind)]}" for name, kind in frame.dtypes.items())
    rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return session.createDataFrame(rows, schema)


def rows_of(result):
    frame = nw.from_native(result)
    frame = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    columns = [frame[name].to_list() for name in ("low", "high", "value", "missing")]
    return [
        (low, high, None if pd.isna(value) else value, missing or "")
        for low, high, value, missing in zip(*columns, strict=True)
    ]


@pytest.mark.parametrize("native", engines(FRAMES), indirect=True)
def test_every_engine_scores_alike(native):
    got = rows_of(ck.score_table(native(table()), "sledai_2k"))
    assert [(low, high) for low, high, *_ in got] == EXPECTED
    assert [value for *_, value, _ in got] == [low if low == high else None for low, high in EXPECTED]
    assert got[6][3] == "leukopenia"
    assert got[3][3] == ", ".join(FINDINGS)


# A worst grade behind a gate, a mean, a logistic sum of changes with a score inside.
KINDS = ("crs_astct_2019", "haq_di", "criss_2016")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("native", engines(FRAMES), indirect=True)
def test_every_engine_scores_every_kind_of_instrument_alike(native, name):
    """Made-up visits; pandas is held to a plain reading and to the worked cases elsewhere."""
    frame = made_visits(name, rows=12)
    assert rows_of(ck.score_table(native(frame), name)) == rows_of(ck.score_table(frame, name))


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


@pytest.mark.parametrize("engine", engines(ENGINES))
def test_every_engine_writes_the_same_scores(engine, visits, tmp_path, request):
    if engine == "pyspark":
        request.getfixturevalue("spark")
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


@pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="pip install -r requirements-test.txt")
def test_spark_without_java_says_what_to_install(visits, tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(CaseKitError, match="found no Java; expected Java 17 or newer"):
        list(score_folder(visits, "sledai_2k", "pyspark", tmp_path / "out"))


@pytest.mark.parametrize("engine", [name for name in FRAMES if not name.startswith(("pandas", "pyspark"))])
def test_what_is_no_number_is_refused(engine: str) -> None:
    """NaN is a missing value in pandas alone; a total beside the items has its range too."""
    held = pa.table({"pga_0_3": pa.array([float("nan"), 1.0], from_pandas=False)})
    native = {"polars": pl.from_arrow, "pyarrow": lambda table: table, "duckdb": duckdb.from_arrow}
    make = native.get(engine, lambda table: pl.from_arrow(table).lazy())
    with pytest.raises(ck.DataError, match=r"pga_0_3: found NaN"):
        ck.score_table(make(held), "pga")
    for wrong, words in (("nan", "NaN, and null is what was not assessed"), ("2", "2"), ("0.5", "a fraction")):
        held = pa.table({"arthritis": pa.array([0.0, None, float(wrong)], from_pandas=False)})
        with pytest.raises(ck.DataError, match=f"arthritis: found {words}; expected"):
            ck.score_table(make(held), "sledai_2k")
    with pytest.raises(ck.DataError, match=r"clinical_sledai: found 102; expected a number from 0 to 101"):
        ck.score_table(FRAMES[engine](pd.DataFrame({"clinical_sledai": [102.0]})), "doris_2021")
