"""Conversion of a value into the unit in which a variable is declared; never guesses a unit."""

import re

from casekit.errors import UnitError

# how laboratories, UCUM and CDISC write the units of variables.toml; upper and lower case count, but for litres
SPELLINGS = {
    "°C": "degC",
    "Cel": "degC",
    "C": "degC",
    "×10^9/L": "10^9/L",
    "x10^9/L": "10^9/L",
    "10*9/L": "10^9/L",
    "10**9/L": "10^9/L",
    "x10E9/L": "10^9/L",
    "10E9/L": "10^9/L",
    "10e9/L": "10^9/L",
    "G/L": "10^9/L",
    "GI/L": "10^9/L",
    "10^3/uL": "10^9/L",
    "10*3/uL": "10^9/L",
    "x10^3/uL": "10^9/L",
    "K/uL": "10^9/L",
    "cells/uL": "/uL",
    "{cells}/uL": "/uL",
    "{#}/uL": "/uL",
    "cells/mm3": "/uL",
    "/mm3": "/uL",
    "mm/hr": "mm/h",
    "IU/L": "U/L",
    "[IU]/L": "U/L",
    "[IU]/mL": "IU/mL",
    "m[IU]/mL": "mIU/mL",
    "mcg/L": "ug/L",
    "/[HPF]": "/hpf",
    "/HPF": "/hpf",
    "mg/g{creat}": "mg/g",
    "mg/g Cr": "mg/g",
    "g/(24.h)": "g/24h",
    "g/d": "g/24h",
    "mL/min/{1.73_m2}": "mL/min/1.73m2",
}
LITRE = re.compile(r"(?<=/)([dmun]?)l\b")


def spelled(unit: str) -> str:
    """One spelling for the ways in which the same unit is written.

    >>> spelled("cells/µL"), spelled("mg/dl"), spelled("10*9/L")
    ('/uL', 'mg/dL', '10^9/L')
    """
    plain = unit.strip().replace("µ", "u").replace("μ", "u")
    plain = LITRE.sub(r"\1L", plain)
    return SPELLINGS.get(plain, plain)


def factor(unit: str, variable: str) -> float:
    """The number by which a value in `unit` is multiplied to reach the declared unit of `variable`.

    A variable of the series' own has no declared unit: its values stay as they are.

    Raises
    ------
    UnitError
        When no conversion is declared for that variable.

    Examples
    --------
    >>> factor("mg/dL", "crp_mg_l")
    10.0
    """
    from casekit import catalogue

    if catalogue.is_other(variable):
        return 1.0
    declared = catalogue.variable(variable)
    asked = spelled(unit)
    if asked == spelled(declared.unit):
        return 1.0
    known = {spelled(name): number for name, number in declared.other_units.items()}
    if asked in known:
        return float(known[asked])
    accepted = ", ".join([declared.unit or "no unit", *declared.other_units])
    raise UnitError(
        f"{variable}: found the unit {unit!r}; expected one of: {accepted}. "
        "Write the unit as in the list, or declare the conversion in definitions/variables.toml."
    )


def convert(value: float, unit: str, variable: str) -> float:
    """`value` in the declared unit of `variable`.

    >>> convert(1.0, "mg/dL", "crp_mg_l")
    10.0
    """
    return value * factor(unit, variable)


def shown(unit: str) -> str:
    """The unit as it is printed for readers (µ, ⁹, °).

    >>> shown("10^9/L"), shown("/uL")
    ('10⁹/L', '/µL')
    """
    pretty = unit.replace("10^9", "10⁹").replace("degC", "°C").replace("m2", "m²")
    return pretty.replace("/ug", "/µg").replace("ug/", "µg/").replace("uL", "µL")
