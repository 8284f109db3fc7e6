"""Real files of other people, beside the repository; without them their tests skip and say so."""

import os
from pathlib import Path

import pytest

SAMPLES = Path(os.environ.get("CASEKIT_SAMPLES", Path(__file__).parents[2] / "shared" / "samples"))


def sample(*parts):
    found = SAMPLES.joinpath(*parts)
    if not found.exists():
        pytest.skip(f"the sample {'/'.join(parts)} is not there")
    return found


def every_row_has_an_answer(report):
    kept, reported = report.rows_kept, report.rows_reported
    return all(read == kept[file] + reported[file] for file, read in report.rows_read.items())


def problems(report, kind):
    return [(entry.row, entry.problem) for entry in report.of_kind(kind)]
