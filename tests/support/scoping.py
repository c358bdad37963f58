"""The reusable scope case: who may open what, for pages and API routes alike.

A case names a route of the school `one` (or of its district); every other person must get 404, an anonymous one the
way to the sign-in page (pages) or 401 (API).
"""

from dataclasses import dataclass

from django.http import HttpResponse
from django.test import Client

from tests.support.city import SmallCity

# Seen from the school `one` in 巫溪县: relation → user of the small city.
RELATIONS = {
    "own": "clerk",
    "own secretary": "secretary",
    "sibling": "clerk_two",
    "parent": "reviewer",
    "parent administrator": "district_admin",
    "city": "city_staff",
    "other district": "other_reviewer",
    "child of another district": "other_clerk",
    "expired office": "expired",
    "no office": "nobody",
    "expert": "expert",
}
INSIDE_SCHOOL = frozenset({"own", "own secretary", "parent", "parent administrator", "city"})
INSIDE_DISTRICT = frozenset({"parent", "parent administrator", "city"})


@dataclass(frozen=True, slots=True)
class Answer:
    relation: str
    status: int


def ask_everybody(
    city: SmallCity, url: str, *, method: str = "get", data: dict[str, str] | None = None
) -> list[Answer]:
    """The status that every relation gets for the address."""
    answers = []
    for relation, name in RELATIONS.items():
        client = Client()
        client.force_login(city.users[name])
        answers.append(Answer(relation, _call(client, method, url, data).status_code))
    return answers


def ask_anonymous(url: str, *, method: str = "get", data: dict[str, str] | None = None) -> HttpResponse:
    return _call(Client(), method, url, data)


def _call(client: Client, method: str, url: str, data: dict[str, str] | None) -> HttpResponse:
    kind = {"content_type": "application/json"} if url.startswith("/api/") and method != "get" else {}
    return getattr(client, method)(url, data or {}, **kind)  # type: ignore[no-any-return]
