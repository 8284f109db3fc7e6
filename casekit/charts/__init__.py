"""Pictures of case series: pure functions from tidy frames to Altair charts."""

import sys

# Altair checks IRI formats with an optional grammar that takes a second to compile; no specification needs the check.
sys.modules.setdefault("rfc3987_syntax", None)

from casekit.charts.swimmer import swimmer
from casekit.charts.swimmer_frames import swimmer_frames
from casekit.charts.timeline import DEFAULT_LANES, LANES, course, limits, timeline
from casekit.charts.timeline_frames import TimelineFrames, timeline_frames

__all__ = [
    "DEFAULT_LANES",
    "LANES",
    "TimelineFrames",
    "course",
    "limits",
    "swimmer",
    "swimmer_frames",
    "timeline",
    "timeline_frames",
]
