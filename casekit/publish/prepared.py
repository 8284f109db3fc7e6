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
    from casekit.views.prepared import frames_of, timeline_spec

    series = records.shown_series()
    for disease, people in series.patients.groupby("disease", sort=False):
        timeline_spec(series, str(disease), None)
        for who in people["patient_id"]:
            criteria, days = offered(frames_of(series), str(who))
            if criteria and days:
                explained(series, next(iter(criteria)), str(who), days[-1])
        yield f"timelines {disease}"
    views.prepare(series)
    yield "patients"
    yield from views.prepare_groups(series)
