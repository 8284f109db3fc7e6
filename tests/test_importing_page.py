"""The commands of docs/importing.md run as they stand there."""

import re
import shlex
from pathlib import Path

from casekit import cli, records

PAGE = Path(__file__).parents[1] / "docs" / "importing.md"
COURSE = """patient_id,sex,infusion_date,date,CRP (mg/L)
001,female,2024-01-13,2024-01-08,12.5
001,female,2024-01-13,2024-02-13,0.6
002,male,2024-02-20,2024-02-15,7.0
"""


def test_every_command_of_the_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("course.csv").write_text(COURSE, encoding="utf-8")
    Path("autumn").mkdir()
    Path("autumn/course.csv").write_text(COURSE + "002,male,2024-02-20,2024-09-15,8.0\n", encoding="utf-8")
    blocks = re.findall(r"```\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert len(lines) == 7
    answers = {line: cli.main(shlex.split(line)[1:]) for line in lines}
    assert set(answers.values()) == {0}, answers
    # 20 February to 15 September 2024: 9 + 31 + 30 + 31 + 30 + 31 + 31 + 15 = 208 days
    assert re.search(r"new .*002.* 208\b", capsys.readouterr().out)
    series = records.load("my-series")
    # 13 January to 13 February 2024 are 31 days; 8 January is 5 days before
    assert sorted(series.measurements["day"]) == [-5, -5, 31]
    assert Path("my-series/import-report.csv").is_file()
