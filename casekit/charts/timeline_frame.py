"""What stands above and below the lanes of a timeline: who, which days are named, the axis, and what the marks mean."""

import altair as alt

from casekit.charts import theme
from casekit.charts.lane import IS_NARROW, LEFT, NARROW_LEFT, NARROW_RIGHT, PX, RIGHT, Lane, once, rows_of
from casekit.charts.timeline_axis import INFUSION_WORDS, axis_title, break_mark, place, time_x
from casekit.charts.timeline_frames import TimelineFrames

TOP, BOTTOM, NARROW_BOTTOM = 64, 62, 128
HEAD_HEIGHT, FOOT_HEIGHT = 18, 1
BOTH_NAMED = 190
NARROW_BELOW = 700  # pixels of the page
INFUSION = place("(0 - zero)")
KEY = (
    "▲ above, ▼ below the reference range of the laboratory (green)",
    "○ below detection",
    "grey: no longer observed",
)


def head(frames: TimelineFrames) -> Lane:
    """Return who this is, that the data are synthetic, what is counted, and the names of the days that have a rule."""
    note = "synthetic data" if frames.synthetic else ""
    people = rows_of("patients")
    who = people.mark_text(align="left", baseline="middle", fontSize=17, fontWeight="bold", color=theme.INK)
    made = people.mark_text(align="left", baseline="middle", fontSize=12, fontWeight="bold", color=theme.SYNTHETIC)
    left = alt.XValue(alt.expr("-left"))
    marks = (
        who.encode(x=left, y=alt.YValue(-46), text="patient_id:N"),
        made.encode(x=left, y=alt.YValue(-26), text=alt.TextValue(note)),
        axis_title(once(), alt.YValue(-40)),
        *break_mark(once(), -2),
        _zero(),
        _infusion(),
        _end(),
    )
    return Lane("", "", HEAD_HEIGHT, marks, {})


def foot(frames: TimelineFrames) -> Lane:
    """Return the axis once more, what it counts, and the lines that explain the marks."""
    others = f"faint lines: the other {len(frames.patients) - 1} patients with the same disease"
    joined, narrow = "  ·  ".join(KEY), "\\n".join(KEY)
    words = f"({IS_NARROW} ? '{narrow}' : '{joined}') + (others ? ({IS_NARROW} ? '\\n' : '  ·  ') + '{others}' : '')"
    mark = once().mark_text(
        align="left", baseline="top", fontSize=11, color=theme.QUIET, text={"expr": words}, lineBreak="\n"
    )
    key = mark.encode(x=alt.XValue(alt.expr("-left")), y=alt.YValue(FOOT_HEIGHT + BOTTOM - 18))
    return Lane(
        "", "", FOOT_HEIGHT, (axis_title(once(), alt.YValue(FOOT_HEIGHT + 31)), key, *break_mark(once(), 3)), {}
    )


def paddings() -> dict[str, dict[str, int]]:
    """Return the margins around the lanes, on a wide page and on a phone."""
    return {
        "wide": {"left": LEFT + 4, "right": RIGHT, "top": TOP, "bottom": BOTTOM},
        "narrow": {"left": NARROW_LEFT + 2, "right": NARROW_RIGHT, "top": TOP, "bottom": NARROW_BOTTOM},
    }


def _zero() -> alt.Chart:
    """Return the name of day 0 beside its rule, on the side where the infusion is not."""
    side = "zero < 0"
    colour = f"zero === 0 ? '{theme.RULE}' : '{theme.INK}'"
    mark = once().mark_text(
        text={"expr": "replace(zero_words, 'the ', '')"},
        align={"expr": f"{side} ? 'right' : 'left'"},
        dx={"expr": f"{side} ? -6 : 6"},
        baseline="middle",
        fontWeight="bold",
        color={"expr": colour},
        opacity={"expr": f"at_from <= 0 && at_to >= 0 && !({side} && (0 - at_from) / {PX} < 110) ? 1 : 0"},
    )
    return mark.encode(x=time_x(), y=alt.YValue(9))


def _infusion() -> alt.Chart:
    """Return the name of the infusion beside its rule, where it is not day 0 and there is room."""
    room = f"({INFUSION} - at_from) / {PX} > 110 || zero < 0"
    seen = f"zero !== 0 && {INFUSION} >= at_from && {INFUSION} <= at_to && ({room})"
    mark = (
        once()
        .transform_calculate(day_at=INFUSION)
        .mark_text(
            text=INFUSION_WORDS.removeprefix("the "),
            align={"expr": "zero < 0 ? 'left' : 'right'"},
            dx={"expr": "zero < 0 ? 6 : -6"},
            baseline="middle",
            fontWeight="bold",
            color=theme.RULE,
            opacity={"expr": f"{seen} ? 1 : 0"},
        )
    )
    return mark.encode(x=time_x(), y=alt.YValue(9))


def _end() -> alt.Chart:
    """Return why the observation ended, at the last known day; the names of the rules go first where not all fit."""
    people = rows_of("patients", "last_day").transform_calculate(words="datum.end_reason || 'last day known'")
    seen = people.transform_filter("datum.last_day_at >= at_from && datum.last_day_at <= at_to")
    last_rule = f"max(0, {INFUSION})"
    seen = seen.transform_filter(f"at_from > {last_rule} || (datum.last_day_at - {last_rule}) / {PX} > {BOTH_NAMED}")
    mark = seen.mark_text(align="right", baseline="middle", dx=-6, color=theme.QUIET, fontWeight="bold")
    return mark.encode(x=time_x("last_day_at:Q"), y=alt.YValue(9), text="words:N")
