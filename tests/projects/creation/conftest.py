import pytest

from tests.support.city import SmallCity
from tests.support.creation import Builds, build_builds


@pytest.fixture
def builds(city: SmallCity) -> Builds:
    return build_builds(city)
