from tests.support.city import SmallCity
from tests.support.standing import standing
from tests.support.topics import Topics, build_topics


@standing
def topics(city: SmallCity) -> Topics:
    return build_topics(city)
