"""How long a series of 1,000 patients with 1,000,000 measurements takes to load: `python benchmarks/loading.py`.

Prints the median of several runs, each in a process of its own, from CSV and from Parquet: seconds on the clock, and of
the processor, which other work on the machine leaves alone.
"""

import argparse
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

PATIENTS, DAYS = 1000, 200
VARIABLES = {
    "crp_mg_l": ("mg/L", 0, 5),
    "ferritin_ug_l": ("ug/L", 30, 300),
    "wbc_10e9_l": ("10^9/L", 4, 10),
    "neutrophils_10e9_l": ("10^9/L", 1.8, 7.5),
    "platelets_10e9_l": ("10^9/L", 150, 400),
}
LOAD = """
import json, resource, sys, time
from casekit import records
clock, processor = time.perf_counter(), time.process_time()
series = records.load(sys.argv[1])
told = {"clock": time.perf_counter() - clock, "processor": time.process_time() - processor}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({**told, "rows": len(series.measurements), "peak_mb": peak}))
"""


def main() -> None:
    """Make the series, load it several times and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as place:
        for kind in ("csv", "parquet"):
            folder = write(Path(place) / kind, kind)
            told = [load(folder) for _ in range(runs)]
            middle = {key: statistics.median(run[key] for run in told) for key in told[0]}
            times = f"{middle['clock']:.1f} s, processor {middle['processor']:.1f} s"
            print(f"{kind}: {middle['rows']:,.0f} measurements, {times}, {middle['peak_mb']:,.0f} MB")


def load(folder: Path) -> dict[str, float]:
    """The figures of one run."""
    answer = subprocess.run([sys.executable, "-c", LOAD, str(folder)], capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(answer.stdout)
    return figures


def write(folder: Path, kind: str) -> Path:
    """The series as files; the measurements as CSV or Parquet."""
    folder.mkdir()
    ids = [f"P{number:04}" for number in range(PATIENTS)]
    tables = {
        "patients": {"patient_id": ids, "disease": "SLE", "sex": "female", "last_known_day": DAYS},
        "treatments": {"patient_id": ids, "drug": "cd19_car_t", "category": "car_t", "start_day": 0, "end_day": 0},
        "assessments": {name: [] for name in ("patient_id", "day", "variable", "value")},
        "events": {name: [] for name in ("patient_id", "kind", "name", "start_day")},
    }
    for name, columns in tables.items():
        pd.DataFrame(columns).to_csv(folder / f"{name}.csv", index=False)
    (folder / "series.toml").write_text('title = "Large"\nsynthetic = true\n')
    rows = pd.DataFrame(itertools.product(ids, range(DAYS), VARIABLES), columns=["patient_id", "day", "variable"])
    for at, name in enumerate(("unit", "lower", "upper")):
        rows[name] = rows["variable"].map({variable: told[at] for variable, told in VARIABLES.items()})
    rows = rows.assign(value=np.random.default_rng(1).lognormal(1.5, 0.5, len(rows)).round(2), origin="made up")
    rows.to_csv(folder / "measurements.csv", index=False) if kind == "csv" else rows.to_parquet(
        folder / "measurements.parquet"
    )
    return folder


if __name__ == "__main__":
    main()
