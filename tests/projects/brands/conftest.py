from tests.support.city import SmallCity
from tests.support.showcase import Showcase, build_showcase
from tests.support.standing import standing


@standing
def showcase(city: SmallCity) -> Showcase:
    return build_showcase(city)
