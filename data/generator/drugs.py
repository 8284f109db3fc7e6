"""Treatments: years of earlier lines, glucocorticoids, conditioning, the infusion and supportive drugs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .serum import ivig_days

if TYPE_CHECKING:
    from .chance import Chance
    from .people import Patient
    from .record import Record

# drug: category, dose, unit, frequency, route, days of a fixed block (0: until it failed), last day before the infusion
REGIMENS: dict[str, tuple[str, float, str, str, str, int, int]] = {
    "hydroxychloroquine": ("antimalarial", 300, "mg", "daily", "oral", 0, -20),
    "chloroquine": ("antimalarial", 250, "mg", "daily", "oral", 0, -30),
    "azathioprine": ("immunosuppressant", 150, "mg", "daily", "oral", 0, -21),
    "methotrexate": ("immunosuppressant", 15, "mg", "weekly", "sc", 0, -28),
    "leflunomide": ("immunosuppressant", 20, "mg", "daily", "oral", 0, -60),
    "ciclosporin": ("immunosuppressant", 100, "mg", "twice daily", "oral", 0, -21),
    "tacrolimus": ("immunosuppressant", 2, "mg", "twice daily", "oral", 0, -18),
    "voclosporin": ("immunosuppressant", 23.7, "mg", "twice daily", "oral", 0, -18),
    "mycophenolate_mofetil": ("immunosuppressant", 1000, "mg", "twice daily", "oral", 0, -21),
    "mycophenolic_acid": ("immunosuppressant", 720, "mg", "twice daily", "oral", 0, -21),
    "cyclophosphamide": ("immunosuppressant", 500, "mg", "every 2 weeks", "iv", 70, -60),
    "rituximab": ("biologic", 1000, "mg", "every 2 weeks", "iv", 14, -200),
    "obinutuzumab": ("biologic", 1000, "mg", "every 2 weeks", "iv", 14, -240),
    "belimumab": ("biologic", 200, "mg", "weekly", "sc", 0, -42),
    "anifrolumab": ("biologic", 300, "mg", "monthly", "iv", 0, -56),
    "abatacept": ("biologic", 125, "mg", "weekly", "sc", 0, -42),
    "tofacitinib": ("immunosuppressant", 5, "mg", "twice daily", "oral", 0, -20),
    "baricitinib": ("immunosuppressant", 4, "mg", "daily", "oral", 0, -20),
    "bortezomib": ("immunosuppressant", 2, "mg", "weekly", "sc", 63, -90),
}
Step = tuple[int, int, float]  # first day, last day, mg a day
FLARE_DOSE = 20
BRIDGING_FROM = -40
# mg prednisolone a day at leukapheresis: the steps from the wash-out of the other drugs to the last dose
TAPERS: dict[float, list[Step]] = {
    0: [],
    5: [(-40, -9, 5), (-8, -3, 2.5)],
    7.5: [(-40, -10, 7.5), (-9, -6, 5), (-5, -2, 2.5)],
    10: [(-40, -11, 10), (-10, -6, 5), (-5, -2, 2.5)],
}
FAILED = ("stopped: inadequate response", "stopped: inadequate response", "stopped: flare", "stopped: intolerance")


def _line(record: Record, drug: str, start: int, end: int, reason: str) -> None:
    category, dose, unit, frequency, route, block, latest = REGIMENS[drug]
    wash_out = latest - (record.patient.chance(f"wash-out of {drug}").integer(0, 60) if block else 0)
    last = min(end, wash_out, start + block if block else wash_out)
    record.treat(drug, category, dose=written_dose(dose), dose_unit=unit, frequency=frequency, route=route,
                 start_day=min(start, last - (block or 21)), end_day=last, reason=reason)  # fmt: skip


def written_dose(dose: float) -> str:
    """Return a dose as it is written on a prescription."""
    return f"{dose:g}" if dose < 1e5 else str(int(dose))


def _earlier_lines(record: Record, begin: int) -> None:
    """Write the failed lines one after another from the diagnosis to the wash-out, antimalarials beside them."""
    patient = record.patient
    chance = patient.chance("earlier lines")
    beside = [drug for drug in patient["lines"] if REGIMENS[drug][0] == "antimalarial"]
    main = [drug for drug in patient["lines"] if drug not in beside]
    for at, drug in enumerate(beside):
        start = begin + chance.integer(5, 30) if at == 0 else int(begin * chance.uniform(0.45, 0.6))
        end = int(begin * 0.65) if at == 0 and len(beside) > 1 else REGIMENS[drug][6] - chance.integer(0, 12)
        _line(record, drug, start, end, chance.pick(FAILED[:2]))
    start = begin + chance.integer(10, 50)
    for drug, days in zip(main, _slots(chance, main, -20 - start), strict=True):
        end, reason = start + days - chance.integer(0, 18), chance.pick(FAILED)
        if drug == _kept_beside_a_biologic(main):
            end, reason = REGIMENS[drug][6], FAILED[0]
        _line(record, drug, start, end, reason)
        start += days


def _slots(chance: Chance, main: list[str], days: int) -> list[int]:
    """Return how many days each line has: a fixed block its own length, the others a share of the rest."""
    blocks = [REGIMENS[drug][5] and REGIMENS[drug][5] + chance.integer(30, 90) for drug in main]
    shares = [0.0 if block else chance.uniform(0.7, 1.5) for block in blocks]
    rest = days - sum(blocks)
    return [block or int(rest * share / sum(shares)) for block, share in zip(blocks, shares, strict=True)]


def _kept_beside_a_biologic(main: list[str]) -> str | None:
    """Return the immunosuppressant that went on to the wash-out because the last line was a biologic added to it."""
    if REGIMENS[main[-1]][0] != "biologic":
        return None
    kept = [drug for drug in main if REGIMENS[drug][0] == "immunosuppressant" and not REGIMENS[drug][5]]
    return kept[-1] if kept else None


def _glucocorticoids(record: Record, begin: int) -> None:
    """Write prednisolone in falling steps with flares, and its end before the infusion."""
    patient = record.patient
    chance = patient.chance("glucocorticoids")
    last = patient["steroid"]
    steps = _steps(chance, begin, BRIDGING_FROM if last else -180) + TAPERS[last]
    for step in steps:
        reason = "reduced and stopped before the infusion" if step[0] >= BRIDGING_FROM else "disease activity"
        _cortisone(record, "prednisolone", "oral", step, reason)
    if patient.disease == "SLE":
        flares = [start for start, _, dose in steps if dose >= FLARE_DOSE]
        for start in dict.fromkeys([flares[0], flares[-1]]):
            _cortisone(record, "methylprednisolone", "iv", (start - 3, start - 1, chance.pick([250, 500])), "flare")


def _cortisone(record: Record, drug: str, route: str, step: Step, reason: str) -> None:
    start, end, dose = step
    record.treat(drug, "glucocorticoid", dose=written_dose(dose), dose_unit="mg", frequency="daily", route=route,
                 start_day=start, end_day=end, reason=reason)  # fmt: skip


def _steps(chance: Chance, begin: int, end: int) -> list[Step]:
    """Return doses from the first high one through flares to a low one, ending the day before `end`."""
    steps: list[Step] = []
    day = begin + 6
    while day < end - 100:
        burst = chance.pick([30, 40, 50] if not steps else [20, 25, 30])
        for dose, days in ((burst, chance.integer(21, 42)), (15, chance.integer(28, 60)),
                           (chance.pick([7.5, 10]), chance.integer(150, 420)),
                           (chance.pick([5, 7.5]), chance.integer(60, 500))):  # fmt: skip
            last = min(day + days, end) - 1
            if day < end and (not steps or steps[-1][2] != dose):
                steps.append((day, last, dose))
            elif day < end:
                steps[-1] = (steps[-1][0], last, dose)
            day += days
    start, _, dose = steps[-1]
    return [*steps[:-1], (start, end - 1, dose)]


def _conditioning(record: Record) -> None:
    patient = record.patient
    record.treat("fludarabine", "lymphodepletion", dose="25", dose_unit="mg/m2", frequency="daily", route="iv",
                 start_day=-5, end_day=-3, reason="lymphodepletion")  # fmt: skip
    record.treat("cyclophosphamide", "lymphodepletion", dose=str(patient.get("cyclophosphamide", 1000)), start_day=-3,
                 dose_unit="mg/m2", frequency="once", route="iv", end_day=-3,
                 reason="lymphodepletion, halved for renal insufficiency" if patient.get("cyclophosphamide")
                 else "lymphodepletion")  # fmt: skip
    record.treat("cd19_car_t", "car_t", dose="1000000", dose_unit="cells/kg", frequency="once", route="iv",
                 start_day=0, end_day=0, reason="refractory disease")  # fmt: skip


def _supportive(record: Record) -> None:
    patient = record.patient
    chance = patient.chance("supportive")
    end = min(patient.return_day + chance.integer(40, 90), patient["last_visit"])
    over: Any = None if end == patient["last_visit"] else end
    record.treat("cotrimoxazole", "anti_infective", dose="960", dose_unit="mg", frequency="every other day",
                 route="oral", start_day=-7, end_day=over, reason="prophylaxis")  # fmt: skip
    record.treat("aciclovir", "anti_infective", dose="400", dose_unit="mg", frequency="twice daily", route="oral",
                 start_day=-6, end_day=over, reason="prophylaxis")  # fmt: skip
    crs = patient.get("crs")
    if crs:
        first, last = crs["first_day"], crs["first_day"] + len(crs["peaks"]) - 1
        record.treat("paracetamol", "other", dose="1000", dose_unit="mg", frequency="as needed", route="iv",
                     start_day=first, end_day=last, reason="CRS")  # fmt: skip
        for day in crs.get("tocilizumab", []):
            dose = str(min(800, round(patient["weight"] * 0.4) * 20))
            record.treat("tocilizumab", "anticytokine", dose=dose, dose_unit="mg",
                         frequency="once", route="iv", start_day=day, end_day=day, reason="CRS")  # fmt: skip
    for day in ivig_days(patient):
        grams = str(round(patient["weight"] * 0.04) * 10)
        record.treat("immunoglobulin_iv", "immunoglobulin", dose=grams, dose_unit="g",
                     frequency="once", route="iv", start_day=day, end_day=day, reason="IgG replacement")  # fmt: skip
    late = patient.get("late_neutropenia")
    if late:
        record.treat("g_csf", "other", dose="300", dose_unit="ug", frequency="daily", route="sc", start_day=late,
                     end_day=late + 4, reason="neutropenia")  # fmt: skip
    for course in patient.get("drugs", []):
        record.treat(**course)


def record_drugs(record: Record) -> None:
    """Write all treatments of one patient."""
    begin = -int(record.patient["duration"] * 365.25) + record.patient.chance("begin").integer(10, 40)
    _earlier_lines(record, begin)
    _glucocorticoids(record, begin)
    _conditioning(record)
    _supportive(record)


def earlier_therapies(patient: Patient) -> int:
    """Return how many different drugs failed before, glucocorticoids not counted."""
    return len(set(patient["lines"]))
