"""What all viewers of the published series see, loaded and computed before the first of them comes."""

import sys
from collections.abc import Iterator


def prepared() -> Iterator[str]:
    """Import what pages import and compute what they show, without a widget, thread, socket or JavaScript engine.

    Yields
    ------
    str
        What is ready now; whoever cannot wait for the rest need not.
    """
    sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]  # a viewer's kernel has no debugger
    import anywidget  # noqa: F401
    import ipykernel.ipkernel
    import ipykernel.kernelapp  # noqa: F401

    from casekit import records, views
    from casekit.views.criteria import explained, offered
    from casekit.views.prepared import frames_of, part_of

    series = records.shown_series()
    people = set(map(str, series.patients["patient_id"]))
    for part in views.prepare(series):
        yield part
        criteria, days = offered(frames_of(part_of(series, part)), part) if part in people else ({}, [])
        if criteria and days:
            explained(series, next(iter(criteria)), part, days[-1])
            yield f"explanation {part}"
    yield from views.prepare_groups(series)
    yield from views.prepare_counts(series)
