from tests.support.city import SmallCity
from tests.support.leaders import Leaders, build_leaders
from tests.support.standing import standing


@standing
def leaders(city: SmallCity) -> Leaders:
    return build_leaders(city)
