"""Cases of myositis typed from the publications; nothing is read from a declaration."""

from collections.abc import Iterator

from hand_case import MET, NOT_MET, OPEN, Case, only_open, variations

# Aggarwal 2017: points above 5, 15, 25 and 40 % of the range (muscle strength: 2, 10, 20 and 30 %).
TIS_POINTS = {
    "md_global": ([8.0, 10], [0, 7.5, 15, 17.5, 20]),
    "patient_global": ([8.0, 10], [0, 2.5, 5, 7.5, 10]),
    "extramuscular": ([8.0, 10], [0, 7.5, 12.5, 15, 20]),
    "haq": ([2.5, 3], [0, 5, 7.5, 7.5, 10]),
    "enzyme": ([2500, 3000], [0, 2.5, 5, 7.5, 7.5]),
    "mmt": ([40, 80], [0, 10, 20, 27.5, 32.5]),
}
UNCHANGED = {
    **{name: [start, start] for name, ((start, _), _) in TIS_POINTS.items()},
    "mmt_max": 80,
    "enzyme_range": 3000,
}


MUSCLES = ("middle_deltoid", "biceps", "wrist_extensors", "gluteus_maximus", "gluteus_medius", "quadriceps",
           "ankle_dorsiflexors")  # fmt: skip


def myositis() -> Iterator[Case]:
    """Total Improvement Score: each core set measure alone, at each edge and just beyond it."""
    yield Case("tis_2016", UNCHANGED, {"value": 0, "label": "none"}, "no change")
    for name, ((start, span), points) in TIS_POINTS.items():
        edges = [2, 10, 20, 30] if name == "mmt" else [5, 15, 25, 40]
        for place, edge in enumerate(edges):
            for percent, expected in [(edge, points[place]), (edge + 0.25, points[place + 1])]:
                change = span * percent / 100 * (1 if name == "mmt" else -1)
                given = {**UNCHANGED, name: [start, start + change]}
                yield Case("tis_2016", given, {"value": expected}, f"{name} better by {percent} %")
    better = {"md_global": [8, 3.9], "extramuscular": [8, 3.9]}  # 20 each
    for extra, value, label in [
        ({"md_global": [8, 3.9]}, 20, "minimal"),
        ({"md_global": [8, 6.2], "patient_global": [8, 7.4]}, 17.5, "none"),  # 15 + 2.5
        (better, 40, "moderate"),
        ({**better, "mmt": [40, 52]}, 60, "major"),  # + 15 % of 80: 20
        ({**better, "mmt": [40, 44], "haq": [2.5, 2.0]}, 57.5, "moderate"),  # + 5 %: 10 + 16.7 %: 7.5
        (
            {"md_global": [8, 3.9], "extramuscular": [8, 5.1], "patient_global": [8, 7.4]},
            37.5,
            "minimal",
        ),  # 20 + 15 + 2.5
    ]:
        verdict = "met" if label == "major" else "not met"
        yield Case("tis_2016", {**UNCHANGED, **extra}, {"value": value, "label": label, "verdict": verdict}, label)
    strength = dict.fromkeys(["neck_flexors", *(f"{muscle}_{side}" for muscle in MUSCLES for side in "rl")], 0)
    for muscle in strength:
        yield Case("mmt_8", {**strength, muscle: 7}, {"value": 7}, f"{muscle} alone")
    yield from haq()


def haq() -> Iterator[Case]:
    """HAQ-DI: the mean of 8 sections; an aid lifts a 0 or 1 to 2; 6 sections are enough."""
    sections = ["dressing", "arising", "eating", "walking", "hygiene", "reach", "grip", "activities"]
    none = dict.fromkeys(sections, 0) | {f"haq_aid_{name}": False for name in sections}
    for name in sections:
        yield Case("haq_di", {**none, name: 3}, {"value": 0.375}, f"{name} 3 of 3: 3/8")
        yield Case("haq_di", {**none, name: 1, f"haq_aid_{name}": True}, {"value": 0.25}, "an aid lifts 1 to 2: 2/8")
        yield Case("haq_di", {**none, name: 3, f"haq_aid_{name}": True}, {"value": 0.375}, "an aid does not lower 3")
    two_open = {name: value for name, value in none.items() if name not in ("reach", "grip")}
    yield Case("haq_di", {**two_open, "dressing": 3}, {"value": 0.5}, "6 sections answered: 3/6")
    three_open = {name: value for name, value in two_open.items() if name != "hygiene"}
    yield Case("haq_di", {**three_open, "dressing": 3}, {"low": 0.375, "high": 1.5}, "5 answered: 3/8 to (3+9)/8")


# Points of some improvements from the table above, to reach a sum.
MD_20, MD_17, EXTRA_20, EXTRA_15 = ({name: [8, end]} for name, end in [
    ("md_global", 3.9), ("md_global", 5.1), ("extramuscular", 3.9), ("extramuscular", 5.1)])  # fmt: skip
PATIENT_10, PATIENT_5, PATIENT_2 = ({"patient_global": [8, end]} for end in (3.9, 6.4, 7.4))
MMT_32, MMT_27 = ({"mmt": [40, end]} for end in (66, 60))


def juvenile() -> Iterator[Case]:
    """The thresholds of children: minimal 30, moderate 45, major 70; the points are those of adults."""
    for parts, value, label in [
        ([], 0, "none"), ([MMT_27], 27.5, "none"), ([MD_20, PATIENT_10], 30, "minimal"),
        ([MD_20, EXTRA_20, PATIENT_2], 42.5, "minimal"), ([MD_20, EXTRA_20, PATIENT_5], 45, "moderate"),
        ([MMT_32, MD_20, EXTRA_15], 67.5, "moderate"), ([MMT_32, MD_17, EXTRA_20], 70, "major"),
        ([MMT_32, MD_20, EXTRA_20, PATIENT_10], 82.5, "major"),
    ]:  # fmt: skip
        given = {**UNCHANGED, **{name: pair for part in parts for name, pair in part.items()}}
        verdict = MET if label == "major" else NOT_MET
        yield Case("tis_2016_juvenile", given, {"value": value, "label": label, **verdict}, f"{value}: {label}")
    yield Case("tis_2016_juvenile", {**UNCHANGED, **MMT_32, **MD_17, "extramuscular": None}, only_open(50, 70), "open")


def open_measures() -> Iterator[Case]:
    """A core set measure that is missing may give nothing or all its points; so may a muscle."""
    most = {"md_global": 20, "patient_global": 10, "mmt": 32.5, "haq": 10, "enzyme": 7.5, "extramuscular": 20}
    for name, points in most.items():
        yield Case("tis_2016", {**UNCHANGED, name: None}, only_open(0, points), f"{name} is missing")
    worse = {"md_global": [5, 10], "haq": [1, 3], "mmt": [80, 40], "enzyme": [200, 3000]}
    yield Case("tis_2016", {**UNCHANGED, **worse}, {"value": 0, "label": "none"}, "worsening is 0, never negative")
    given = {**UNCHANGED, **MMT_32, **MD_17, "extramuscular": None}
    yield Case("tis_2016", given, {**only_open(50, 70), **OPEN, "label": "moderate to major"}, "50 to 70")
    for largest, points in [(150, 0), (149, 10)]:  # 3 of 150 is 2 %, 3 of 149 is more
        given = {**UNCHANGED, "mmt_max": largest, "mmt": [40, 43]}
        yield Case("tis_2016", given, {"value": points}, f"3 points of {largest}")


# Range of each enzyme as a multiple of its upper limit of normal, here 100: one step of 5 % of the range is the edge.
ENZYME_RANGES = {"CK": 15, "aldolase": 6, "LDH": 3, "AST": 3, "ALT": 3}


def enzymes() -> Iterator[Case]:
    """Exactly 5 % of the range gives no points, a little more 2.5; a chosen multiple moves both."""
    for name, times in ENZYME_RANGES.items():
        for multiple, parameters in [(times, {}), (2 * times, {f"{name.lower()}_times_uln": 2 * times})]:
            for fall, points in [(5 * multiple, 0), (5 * multiple + 0.1, 2.5)]:  # 5 % of multiple * 100
                typed = {"name": name, "baseline": 1000, "followup": 1000 - fall, "uln": 100}
                rest = {key: value for key, value in UNCHANGED.items() if key != "enzyme_range"}
                given = {**rest, "enzyme": typed}
                yield Case(
                    "tis_2016", given, {"value": points}, f"{name} lower by {fall} of {multiple} * 100", parameters
                )


RIGHT = ["neck_flexors", *(f"{muscle}_r" for muscle in MUSCLES)]


def muscles_of_one_side() -> Iterator[Case]:
    """MMT-8 of 80: neck flexors and seven muscles of the right side, 0 to 10 each."""
    weak = dict.fromkeys(RIGHT, 0)
    yield Case("mmt_8_unilateral", dict.fromkeys(RIGHT, 10), {"value": 80}, "full strength")
    for muscle in RIGHT:
        yield Case("mmt_8_unilateral", {**weak, muscle: 7}, {"value": 7}, f"{muscle} alone")
        yield Case("mmt_8_unilateral", {**weak, muscle: None}, only_open(0, 10), f"{muscle} not tested")
    for muscle in MUSCLES:
        yield Case("mmt_8_unilateral", {**weak, f"{muscle}_l": 9}, {"value": 0}, f"{muscle} of the other side")
    both = dict.fromkeys([*RIGHT, *(f"{muscle}_l" for muscle in MUSCLES)], 10)
    yield Case("mmt_8", both, {"value": 150}, "full strength, both sides")
    yield from variations("mmt_8", both, [({"quadriceps_l": None}, only_open(140, 150))])


CASES = [*myositis(), *open_measures(), *juvenile(), *enzymes(), *muscles_of_one_side()]
