"""The tables of the shipped series, read in plain pandas: nothing of casekit is used."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "data" / "cd19-car-t"
SLE = [f"SLE-0{number}" for number in range(1, 9)]
IIM = [f"IIM-0{number}" for number in range(1, 4)]
SSC = [f"SSc-0{number}" for number in range(1, 5)]

patients = pd.read_csv(FOLDER / "patients.csv").set_index("patient_id")
treatments = pd.read_csv(FOLDER / "treatments.csv")
measurements = pd.read_csv(FOLDER / "measurements.csv")
assessments = pd.read_csv(FOLDER / "assessments.csv", dtype={"value": "str"})
events = pd.read_csv(FOLDER / "events.csv")
