from tests.support.city import SmallCity
from tests.support.selection import Contest, make_round
from tests.support.standing import standing


@standing
def contest(city: SmallCity) -> Contest:
    """A city round in its application stage: two places for 巫溪, one for 江津, one in the pool; target two."""
    return make_round(city)
