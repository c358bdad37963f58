from projects.selection.models import Application
from tests.support.city import SmallCity
from tests.support.selection import Contest, make_round, to_outcome, to_review
from tests.support.standing import standing


@standing
def contest(city: SmallCity) -> Contest:
    """A city round in its application stage: two places for 巫溪, one for 江津, one in the pool; target two."""
    return make_round(city)


@standing
def drawn(contest: Contest) -> list[Application]:
    """Three schools applied and were recommended, and the panel is drawn."""
    return to_review(contest)


@standing
def decided(contest: Contest) -> list[Application]:
    """Drawn, scored and closed; the decisions are held."""
    return to_outcome(contest)
