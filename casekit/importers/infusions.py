"""Infusions of CAR T cells that a source records as procedures: by the same names as drugs."""

from functools import cache

from casekit.importers.names import propose
from casekit.records.links import drug_categories


@cache
def is_car_t(name: str) -> bool:
    """Whether a procedure of that name is an infusion of CAR T cells, by the list of names of drugs.

    >>> is_car_t("CAR T cell infusion"), is_car_t("Appendectomy")
    (True, False)
    """
    found = propose("drugs", name)
    return found is not None and found.why != "similar name" and "car_t" in drug_categories().get(found.id, ())
