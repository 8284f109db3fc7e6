"""All pictures by name: what menus, pages and exports can ask for."""

from functools import cache

from casekit.charts.b_cell_aplasia import PICTURE as B_CELL_APLASIA
from casekit.charts.b_cell_return import PICTURE as B_CELL_RETURN
from casekit.charts.cells import PICTURE as CELLS
from casekit.charts.crs_window import PICTURE as CRS_WINDOW
from casekit.charts.muscle import PICTURE as MUSCLE
from casekit.charts.picture import Picture
from casekit.charts.proteinuria import PICTURE as PROTEINURIA
from casekit.charts.scleroderma import PICTURE as SCLERODERMA
from casekit.charts.serology import PICTURE as SEROLOGY
from casekit.charts.spider import spider_of
from casekit.charts.subsets import PICTURE as SUBSETS
from casekit.errors import UnknownName

SPIDERS = ("sledai_2k", "clinical_sledai", "tis_2016", "eustar_2017", "mrss")
OTHERS = (B_CELL_APLASIA, B_CELL_RETURN, CELLS, CRS_WINDOW, MUSCLE, PROTEINURIA, SCLERODERMA, SEROLOGY, SUBSETS)


@cache
def pictures() -> dict[str, Picture]:
    """Return every picture by its name.

    Examples
    --------
    >>> pictures()["spider_mrss"].title
    'mRSS of every patient over time'
    """
    return {one.name: one for one in (*[spider_of(instrument) for instrument in SPIDERS], *OTHERS)}


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
