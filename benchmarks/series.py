"""How long it takes to read the shipped series, and to compute every score of every patient."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import casekit as ck
from casekit import catalogue, charts
from casekit.errors import CaseKitError

TIMES = 5


def main() -> None:
    """Measure and print one line for each figure."""
    series = ck.example()
    frames = charts.timeline_frames(series)
    names = [name for name in catalogue.instruments().index if computable(series, name)]
    line("ck.example(), warm", ck.example)
    fresh = iter([replace(series) for _ in range(TIMES)])  # a series that was scored before answers from memory
    line(f"all {len(names)} scores of all {len(series.patients)} patients", lambda: all_scores(next(fresh), names))
    line("charts.timeline_frames(series)", lambda: charts.timeline_frames(series))
    line("charts.timeline(...) to a specification", lambda: charts.timeline(frames, "SLE-01").to_dict(validate=False))


def all_scores(series: ck.CaseSeries, names: list[str]) -> None:
    """Compute every score of a series."""
    for name in names:
        ck.score(series, name)


def computable(series: ck.CaseSeries, name: str) -> bool:
    """Return whether the instrument is one that is computed from a series."""
    try:
        ck.score(series, name)
    except CaseKitError:
        return False
    return True


def line(what: str, work: Callable[[], object]) -> None:
    """Print the median time of the work."""
    print(f"{what}: median {statistics.median(timed(work) for _ in range(TIMES)):.2f} s (n = {TIMES})")


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
