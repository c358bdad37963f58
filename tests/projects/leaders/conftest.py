import pytest

from tests.support.city import SmallCity
from tests.support.leaders import Leaders, build_leaders


@pytest.fixture
def leaders(city: SmallCity) -> Leaders:
    return build_leaders(city)
