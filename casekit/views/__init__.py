"""Pages with controls, for JupyterLab and Voilà alike: the only place that knows widgets."""

from casekit.views.counts import prepare_counts
from casekit.views.counts_page import counts_page
from casekit.views.explanation_card import explanation_card
from casekit.views.group_page import group_page
from casekit.views.group_pictures import prepare_groups
from casekit.views.import_page import import_page
from casekit.views.instrument_card import instrument_card
from casekit.views.instruments import calculator, instruments_page
from casekit.views.patient import patient_page
from casekit.views.prepared import prepare
from casekit.views.state import State

__all__ = [
    "State",
    "calculator",
    "counts_page",
    "explanation_card",
    "group_page",
    "import_page",
    "instrument_card",
    "instruments_page",
    "patient_page",
    "prepare",
    "prepare_counts",
    "prepare_groups",
]
