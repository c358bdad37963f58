import pytest

from tests.support.city import SmallCity
from tests.support.topics import Topics, build_topics


@pytest.fixture
def topics(city: SmallCity) -> Topics:
    return build_topics(city)
