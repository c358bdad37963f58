"""Where the records behind an indicator stand: from a number that nobody typed to the rows that it was counted from."""

from urllib.parse import urlencode

from django.urls import reverse

from districts.models import Level, Unit
from reports.indicators.models import Indicator

Page = tuple[str, dict[str, str]]
CULTIVATION = {"kind": "dc-cultivation"}
CASES: Page = ("selection:cases", {})
BUILDS: Page = ("creation:builds", {})
# Code of an indicator that is counted from records → the list, and what it is narrowed to.
PAGES: dict[str, Page] = {
    "C01": CASES,
    "C02": CASES,
    "C03": ("selection:cases", {"status": "announced"}),
    "C05": ("selection:designations", {**CULTIVATION, "level": "city", "state": "valid"}),
    "C06": ("selection:designations", {"kind": "dc-demonstration", "level": "city", "state": "valid"}),
    "C07": ("selection:designations", {"level": "district", "state": "valid"}),
    "C08D": BUILDS,
    "C08N": BUILDS,
    "C09D": ("creation:builds", {"state": "over"}),
    "C09N": ("creation:builds", {"state": "over"}),
    "C10": ("topics:topics", {"level": "city"}),
    "C11D": ("topics:topics", {"level": "city"}),
    "C11N": ("topics:topics", {"level": "city", "state": "closed"}),
    "L02": ("leaders:posts", {"state": "meets"}),
    "L04": ("selection:designations", {"kind": "dual-leader", "level": "city", "state": "valid"}),
    "L05": ("leaders:studios", {"state": "open"}),
    "L06": ("leaders:studios", {}),
    "L07": ("leaders:pairings", {"state": "open"}),
    "X13": ("showcase:brands", {"state": "active"}),
    "X14N": ("showcase:brands", {"state": "active"}),
}
# Lists that know a school by its code; the others find it by its name.
BY_CODE = frozenset(
    {"creation:builds", "leaders:posts", "leaders:studios", "leaders:pairings", "showcase:brands", "topics:topics"}
)


def find_record_page(*, indicator: Indicator, unit: Unit) -> str:
    """The list of records as it stands today, narrowed to the unit; empty where there is none.

    A ratio opens the records of its numerator.
    """
    code = indicator.numerator.code if indicator.numerator is not None else indicator.code
    if code not in PAGES:
        return ""
    name, query = PAGES[code]
    if unit.level == Level.DISTRICT:
        query = {**query, "district": unit.code}
    elif unit.level == Level.SCHOOL:
        query = {**query, "school": unit.code} if name in BY_CODE else {**query, "q": unit.name}
    return f"{reverse(name)}?{urlencode(query)}"
