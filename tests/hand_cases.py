"""Cases typed from the publications: every item alone, every edge from both sides; nothing is read from a declaration.

A case is an instrument, the inputs, and the expected value (or verdict, or label). The tables hold the published
weights and limits; the loops only spell out one case per weight and two per limit. One file per field.
"""

import hand_cases_courses
import hand_cases_iim
import hand_cases_mg
import hand_cases_safety
import hand_cases_sle
import hand_cases_ssc
from hand_case import Case

CASES: list[Case] = [
    *hand_cases_sle.CASES,
    *hand_cases_iim.CASES,
    *hand_cases_mg.CASES,
    *hand_cases_ssc.CASES,
    *hand_cases_safety.CASES,
    *hand_cases_courses.CASES,
]
