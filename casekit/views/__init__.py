"""Pages with controls, for JupyterLab and Voilà alike: the only place that knows widgets."""

from casekit.views.cohort import cohort_page
from casekit.views.patient import patient_page
from casekit.views.state import State

__all__ = ["State", "cohort_page", "patient_page"]
