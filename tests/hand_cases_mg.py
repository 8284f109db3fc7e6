"""Cases of myasthenia gravis typed from the publications; nothing is read from a declaration."""

from collections.abc import Iterator

from hand_case import MET, NOT_MET, OPEN, Case, only_open

# Wolfe 1999: eight functions, 0 (normal) to 3 each; Barohn 1998: thirteen tests, 0 to 3 each.
FUNCTIONS = ["talking", "chewing", "swallowing", "breathing", "brushing", "arising", "double_vision", "eyelid_droop"]
TESTS = ["double_vision", "ptosis", "facial_muscles", "swallowing", "speech", "arm_r", "arm_l", "vital_capacity",
         "grip_r", "grip_l", "head_lift", "leg_r", "leg_l"]  # fmt: skip


def sums() -> Iterator[Case]:
    """Each item alone, all at their highest, and one not assessed."""
    for instrument, items, highest in [("mg_adl", FUNCTIONS, 24), ("qmg", TESTS, 39)]:
        normal = dict.fromkeys(items, 0)
        yield Case(instrument, normal, {"value": 0}, "nothing found")
        yield Case(instrument, dict.fromkeys(items, 3), {"value": highest}, "all at their highest")  # 8 x 3, 13 x 3
        for item in items:
            yield Case(instrument, {**normal, item: 2}, {"value": 2}, f"{item} alone")
            yield Case(instrument, {**normal, item: None}, only_open(0, 3), f"{item} not assessed")


def verdicts() -> Iterator[Case]:
    """Minimal symptom expression is 0 or 1; a response is a fall of 2 or more."""
    for total, expected in [(0, MET), (1, MET), (2, NOT_MET), (24, NOT_MET), (None, OPEN)]:
        yield Case("minimal_symptom_expression", {"mg_adl": total}, expected, f"MG-ADL of {total}")
    for fall, expected in [(2, MET), (3, MET), (1, NOT_MET), (-2, NOT_MET), (None, OPEN)]:
        given = {"mg_adl_change": None if fall is None else -fall}
        yield Case("mg_adl_response", given, expected, f"MG-ADL lower by {fall}")


CASES = [*sums(), *verdicts()]
