"""REST: the same brands, courses and cases as on the pages, inside the same bounds."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from schools.showcase.services.brands import end_brand
from tests.support.api import Api
from tests.support.scoping import INSIDE_SCHOOL, ask_anonymous, ask_everybody
from tests.support.showcase import Showcase, ago

BRANDS, EXHIBITS = "/api/v1/brands/", "/api/v1/exhibits/"


def results(showcase: Showcase, name: str, url: str, api: Api | None = None) -> list[dict[str, Any]]:
    response = (api or Api(showcase.city, name)).get(url)
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def keys(showcase: Showcase, name: str, url: str) -> set[int]:
    return {row["id"] for row in results(showcase, name, url)}


def test_a_brand_is_read_with_its_owner_and_what_it_shows(showcase: Showcase) -> None:
    whole = showcase.brand(elements="红烛\n匠心")
    part = showcase.branch_brand(parent=whole)
    course = showcase.exhibit(brand=whole)
    rows = {row["id"]: row for row in results(showcase, "clerk", BRANDS)}
    row = rows[whole.pk]
    assert (row["owner"], row["owner_name"], row["school"]) == ("school", "云台小学", showcase.city.one.code)
    assert (row["elements"], row["exhibits"], row["organisation"]) == (["红烛", "匠心"], 1, None)
    assert (rows[part.pk]["parent"], rows[part.pk]["organisation"]) == (whole.pk, showcase.branch.code)
    one = Api(showcase.city, "clerk").get(f"{BRANDS}{whole.pk}/").json()
    assert (one["name"], one["exhibits"], one["titles"], one["rounds"]) == ("圆善红烛", 1, [], [])
    (shown,) = results(showcase, "clerk", EXHIBITS)
    assert (shown["id"], shown["kind"], shown["brand"]) == (course.pk, "course", whole.pk)


def test_brands_and_exhibits_are_read_inside_the_scope(showcase: Showcase) -> None:
    one, two = showcase.brand(), showcase.brand("同行", by="clerk_two", school=showcase.city.two)
    other = showcase.brand("远航", by="other_clerk", school=showcase.city.other)
    everything = {one.pk, two.pk, other.pk}
    expected = {
        "clerk": {one.pk}, "secretary": {one.pk}, "branch": {one.pk}, "clerk_two": {two.pk},
        "reviewer": {one.pk, two.pk}, "other_reviewer": {other.pk}, "other_clerk": {other.pk},
        "city_staff": everything, "inspector": everything, "api_client": everything, "expert": set(),
    }  # fmt: skip
    for name, found in expected.items():
        assert keys(showcase, name, BRANDS) == found, name
    for answer in ask_everybody(showcase.city, f"{BRANDS}{one.pk}/"):
        inside = answer.relation in INSIDE_SCHOOL
        assert answer.status == (200 if inside else 403 if "office" in answer.relation else 404), answer
    course = showcase.exhibit()
    for name in ("clerk", "reviewer", "city_staff"):
        assert keys(showcase, name, EXHIBITS) == {course.pk}, name
    for name in ("clerk_two", "other_reviewer", "expert"):
        assert keys(showcase, name, EXHIBITS) == set(), name


def test_the_brand_of_a_group_belongs_to_all_its_schools_once(showcase: Showcase) -> None:
    city = showcase.city
    group = showcase.group(city.one, city.two)
    brand = showcase.brand(owner_kind="group")
    for name in ("clerk", "clerk_two", "reviewer"):
        assert [row["id"] for row in results(showcase, name, BRANDS)] == [brand.pk], name
    assert keys(showcase, "city_staff", f"{BRANDS}?school={city.two.code}") == {brand.pk}
    assert keys(showcase, "city_staff", f"{BRANDS}?group={group.code}") == {brand.pk}
    assert keys(showcase, "city_staff", f"{BRANDS}?school={city.other.code}") == set()


def test_filters_narrow(showcase: Showcase) -> None:
    city, api = showcase.city, Api(showcase.city, "city_staff")
    one, part = showcase.brand(), showcase.branch_brand()
    over = showcase.brand("旧名")
    end_brand(**showcase.by("clerk"), brand_id=over.pk, on=ago(5), reason="改名")
    other = showcase.brand("远航", by="other_clerk", school=city.other)
    for query, found in {
        "": {one.pk, part.pk, other.pk}, "?state=ended": {over.pk}, "?state=all": {one.pk, part.pk, over.pk, other.pk},
        "?owner=branch": {part.pk}, "?owner=branch,group": {part.pk}, "?district=500116": {other.pk},
        f"?school={city.one.code},{city.other.code}": {one.pk, part.pk, other.pk}, "?district=500238,500116&owner=school": {one.pk, other.pk},
    }.items():  # fmt: skip
        assert {row["id"] for row in results(showcase, "city_staff", f"{BRANDS}{query}", api)} == found, query
    course = showcase.exhibit(brand=one)
    case = showcase.exhibit("case", "三年三步", publication="巫溪教育", reach="district", published_on=ago(9))
    for query, found in {
        "": {course.pk, case.pk}, "?kind=case": {case.pk}, "?published=yes": {case.pk}, "?published=no": {course.pk},
        "?reach=district": {case.pk}, f"?brand={one.pk}": {course.pk}, "?state=ended": set(), "?district=500116": set(),
        f"?school={city.one.code}": {course.pk, case.pk},
    }.items():  # fmt: skip
        assert {row["id"] for row in results(showcase, "city_staff", f"{EXHIBITS}{query}", api)} == found, query


@pytest.mark.parametrize(
    ("url", "status", "parameter"),
    [
        (f"{BRANDS}?state=never", 400, "state"), (f"{BRANDS}?owner=person", 400, "owner"),
        (f"{BRANDS}?name=x", 400, "name"), (f"{BRANDS}999999/", 404, None), (f"{EXHIBITS}?kind=film", 400, "kind"),
        (f"{EXHIBITS}?published=maybe", 400, "published"), (f"{EXHIBITS}?brand=1x", 400, "brand"),
        (f"{EXHIBITS}?brand=99999999999999999999", 400, "brand"),
    ],
)  # fmt: skip
def test_a_refusal_is_a_problem_document(showcase: Showcase, url: str, status: int, parameter: str | None) -> None:
    response = Api(showcase.city, "city_staff").get(url)
    assert response.status_code == status
    assert response["Content-Type"].startswith("application/problem+json")
    assert response.json().get("parameter") == parameter


def test_it_is_read_only_and_with_a_token(showcase: Showcase) -> None:
    brand = showcase.brand()
    api = Api(showcase.city, "city_admin")
    for path in (BRANDS, f"{BRANDS}{brand.pk}/", EXHIBITS):
        assert ask_anonymous(path).status_code == 401
        for method in ("post", "put", "patch", "delete"):
            assert api.send(method, path, {}).status_code == 405, method


def test_the_lists_cost_the_same_at_one_and_at_three(showcase: Showcase) -> None:
    api = Api(showcase.city, "city_staff")

    def queries() -> list[int]:
        found = []
        for url in (BRANDS, EXHIBITS):
            with CaptureQueriesContext(connection) as seen:
                assert api.get(url).json()["results"]
            found.append(len(seen))
        return found

    first = showcase.branch_brand()
    showcase.exhibit()
    once = queries()
    showcase.brand()
    showcase.brand("同行", by="clerk_two", school=showcase.city.two)
    showcase.exhibit("case", "三年三步", brand=first)
    showcase.exhibit("course", "再上一课")
    assert queries() == once
