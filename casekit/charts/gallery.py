"""All pictures by name: what menus, pages and exports can ask for."""

from functools import cache

from casekit.charts.adverse_events import PICTURE as ADVERSE_EVENTS
from casekit.charts.autoantibodies import PICTURE as AUTOANTIBODIES
from casekit.charts.b_cell_aplasia import PICTURE as B_CELL_APLASIA
from casekit.charts.b_cell_return import PICTURE as B_CELL_RETURN
from casekit.charts.cells import PICTURE as CELLS
from casekit.charts.claim_check import PICTURE as CLAIM_CHECK
from casekit.charts.crs_window import PICTURE as CRS_WINDOW
from casekit.charts.cytopenia import PICTURE as CYTOPENIA
from casekit.charts.drug_timeline import PICTURE as DRUG_TIMELINE
from casekit.charts.immunoglobulins import PICTURE as IMMUNOGLOBULINS
from casekit.charts.infection_rate import PICTURE as INFECTION_RATE
from casekit.charts.infections import PICTURE as INFECTIONS
from casekit.charts.intervals import PICTURE as INTERVALS
from casekit.charts.missing_basis import PICTURE as MISSING_BASIS
from casekit.charts.muscle import PICTURE as MUSCLE
from casekit.charts.organs import PICTURE as ORGANS
from casekit.charts.picture import Picture
from casekit.charts.proteinuria import PICTURE as PROTEINURIA
from casekit.charts.responders import PICTURE as RESPONDERS
from casekit.charts.responders import responders_of
from casekit.charts.scleroderma import PICTURE as SCLERODERMA
from casekit.charts.serology import PICTURE as SEROLOGY
from casekit.charts.sledai_items import PICTURE as SLEDAI_ITEMS
from casekit.charts.slope import PICTURE as SLOPE
from casekit.charts.spider import spider_of
from casekit.charts.subsets import PICTURE as SUBSETS
from casekit.charts.swimmer import PICTURE as SWIMMER
from casekit.charts.table_one import PICTURE as TABLE_ONE
from casekit.charts.toxicity_grades import PICTURE as TOXICITY_GRADES
from casekit.charts.toxicity_treatment import PICTURE as TOXICITY_TREATMENT
from casekit.charts.vaccine_igg import PICTURE as VACCINE_IGG
from casekit.charts.waterfall import PICTURE as WATERFALL
from casekit.charts.waterfall import waterfall_of
from casekit.errors import UnknownName

SPIDERS = ("sledai_2k", "clinical_sledai", "tis_2016", "eustar_2017", "mrss")
RESPONSES = ("doris_2021", "lldas_2016", "drug_free_remission")
# Those that stand first on a page come first: they are prepared first.
ALONE = (
    SWIMMER,
    CRS_WINDOW,
    CELLS,
    MUSCLE,
    SCLERODERMA,
    ADVERSE_EVENTS,
    AUTOANTIBODIES,
    B_CELL_APLASIA,
    B_CELL_RETURN,
    CLAIM_CHECK,
    CYTOPENIA,
    DRUG_TIMELINE,
    IMMUNOGLOBULINS,
    INFECTIONS,
    INFECTION_RATE,
    INTERVALS,
    MISSING_BASIS,
    ORGANS,
    PROTEINURIA,
    RESPONDERS,
    SEROLOGY,
    SLEDAI_ITEMS,
    SLOPE,
    SUBSETS,
    TABLE_ONE,
    TOXICITY_GRADES,
    TOXICITY_TREATMENT,
    VACCINE_IGG,
    WATERFALL,
)


@cache
def pictures() -> dict[str, Picture]:
    """Return every picture by its name.

    Examples
    --------
    >>> pictures()["spider_mrss"].title
    'mRSS of every patient over time'
    """
    of_instruments = [
        *[spider_of(name) for name in SPIDERS],
        *[responders_of(name) for name in RESPONSES],
        waterfall_of("mrss"),
    ]
    return {one.name: one for one in (*of_instruments, *ALONE)}


def picture(name: str) -> Picture:
    """Return the picture of that name.

    Raises
    ------
    UnknownName
        When there is no such picture.

    Examples
    --------
    >>> picture("serology").name
    'serology'
    """
    known = pictures()
    if name not in known:
        raise UnknownName("picture", name, known, "casekit.charts.gallery.pictures()")
    return known[name]
