"""Grades of events as people write them: G2, Grad 1, grade 3, III; never from words such as mild."""

import re

WRITTEN = re.compile(r"(?:ctcae\s*)?(?:grade|grad|gr\.?|g)?\s*(?:([1-5])|(v|iv|i{1,3}))\s*°?", re.IGNORECASE)
ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}


def grade_of(text: str) -> str:
    """The grade from 1 to 5 that a cell says; empty when it says none, more than one, or anything besides.

    >>> [grade_of(text) for text in ("G1", "Grad 1", "grade 2", "III", "4", "2-3", "severe", "G6")]
    ['1', '1', '2', '3', '4', '', '', '']
    """
    found = WRITTEN.fullmatch(text.strip())
    return (found[1] or ROMAN[found[2].casefold()]) if found else ""
