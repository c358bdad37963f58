import pytest

from reports.collection.models import Return
from tests.support.city import SmallCity, open_form


@pytest.fixture
def draft(city: SmallCity) -> Return:
    """The quarterly form of the school `one`, open and empty."""
    return open_form("meeting", "2026Q1", city.one)
