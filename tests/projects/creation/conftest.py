from tests.support.city import SmallCity
from tests.support.creation import Builds, build_builds
from tests.support.standing import standing


@standing
def builds(city: SmallCity) -> Builds:
    return build_builds(city)
