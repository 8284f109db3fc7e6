"""One look for every picture: type, colours by meaning, and the marks that go with them.

Colours are safe for the common forms of colour blindness, and no meaning rests on colour alone.
The fonts share the widths of Arial, so a label that fits on one machine fits on all.
"""

from typing import Any

FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"
TEXT = 12
HEADING = 13

INK = "#1b2733"
QUIET = "#52606d"
GRID = "#e6eaee"
RULE = "#c2185b"
CHOSEN = "#0a58ca"  # what was clicked and is explained
SYNTHETIC = "#9a4d00"

REFERENCE = "#dcebdc"
OUTSIDE_RANGE = "#b3400a"
INSIDE_RANGE = "#3d5a73"
BELOW_DETECTION = "#e3e6e9"
UNOBSERVED = "#eceef0"

B_CELLS = "#35459c"
CAR_T = "#c2185b"
APLASIA = "#cfd6ee"
APLASIA_UNCERTAIN = "#e7ebf7"

DRUGS = {
    "glucocorticoid": "#8c510a",
    "immunosuppressant": "#3f4f8f",
    "biologic": "#2f7d86",
    "antimalarial": "#8f7a2a",
    "antifibrotic": "#6d4c7d",
    "lymphodepletion": "#a33b4f",
    "car_t": "#c2185b",
    "anticytokine": "#7b3294",
    "immunoglobulin": "#5d8a3a",
    "anti_infective": "#7d8894",
    "other": "#98a2ac",
}

GRADES = {"1": "#f2c14e", "2": "#e58a1f", "3": "#cc4c1b", "4": "#9b1c1c", "5": "#3d0c11", "": "#8794a1"}

VERDICTS = {"met": "#1b7a72", "not met": "#ffffff", "unknown": "#e3e6e9"}
VERDICT_LINE = {"met": "#1b7a72", "not met": "#b3400a", "unknown": "#7d8894"}
VERDICT_INK = {"met": "#ffffff", "not met": "#b3400a", "unknown": "#3c4650"}
VERDICT_WORDS = {"met": "met", "not met": "not met", "unknown": "not known"}
VERDICT_MARK = {"met": "✓", "not met": "✕", "unknown": "?"}

# over a bar whose end is not known
FADE = {
    "gradient": "linear",
    "stops": [{"offset": 0, "color": "rgba(255,255,255,0)"}, {"offset": 1, "color": "rgba(255,255,255,0.9)"}],
}

BANDS = ("#f4f7fa", "#e9eff5", "#dde6ef", "#d1ddea", "#c5d4e5")


def config() -> dict[str, Any]:
    """Return the Vega-Lite configuration shared by all pictures."""
    label = {"labelFont": FONT, "labelFontSize": TEXT, "labelColor": INK, "titleFont": FONT, "titleFontSize": TEXT}
    axis = {"gridColor": GRID, "domainColor": "#b4bec8", "tickColor": "#b4bec8", "titleColor": INK}
    return {
        "font": FONT,
        "background": "#ffffff",
        "view": {"stroke": None},
        "mark": {"aria": False},  # marks worth hearing say so themselves, see lane.heard
        "axis": {**label, **axis, "titleFontWeight": "normal"},
        "title": {"font": FONT, "fontSize": HEADING, "color": INK, "anchor": "start"},
        "text": {"font": FONT, "fontSize": TEXT, "color": INK},
        "legend": {**label, "titleFontWeight": "normal"},
    }
