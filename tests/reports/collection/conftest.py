from reports.collection.models import Return
from tests.support.city import SmallCity, open_form
from tests.support.standing import standing


@standing
def draft(city: SmallCity) -> Return:
    """The quarterly form of the school `one`, open and empty."""
    return open_form("meeting", "2026Q1", city.one)
