"""Scores, verdicts, explanations and published claims, computed from items; nothing here draws."""

from casekit.scores.calculator import Calculation, calculate
from casekit.scores.claims import claims, summary
from casekit.scores.explanation import explain
from casekit.scores.explanation_text import explanation_text
from casekit.scores.frames import score_table
from casekit.scores.landmarks import b_cell_return, first_response
from casekit.scores.scoring import daily_glucocorticoid, judge, score
from casekit.scores.uncertainty import exact_interval, leave_one_out

__all__ = [
    "Calculation",
    "b_cell_return",
    "calculate",
    "claims",
    "daily_glucocorticoid",
    "exact_interval",
    "explain",
    "explanation_text",
    "first_response",
    "judge",
    "leave_one_out",
    "score",
    "score_table",
    "summary",
]
