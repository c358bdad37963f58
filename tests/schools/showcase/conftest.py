import pytest

from tests.support.city import SmallCity
from tests.support.showcase import Showcase, build_showcase


@pytest.fixture
def showcase(city: SmallCity) -> Showcase:
    return build_showcase(city)
