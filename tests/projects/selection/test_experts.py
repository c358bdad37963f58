"""The register of experts: fields and employers are kept by the city, and what is drawn already stays."""

import pytest

from projects.selection.models import Assignment, Expert
from tests.support.selection import Contest, add_experts, to_review


def test_a_field_and_an_employer_are_changed_where_they_are_read(contest: Contest) -> None:
    (expert,) = add_experts(contest, 1)
    client, path = contest.city.client("city_staff"), f"/selection/experts/{expert.pk}/"
    assert path in client.get("/selection/experts/").content.decode()
    given = {"office": expert.office_id, "expertise": "党建，小学", "employer_code": contest.city.one.code}
    assert client.post(path, given).status_code == 302
    changed = Expert.objects.get(pk=expert.pk)
    assert (changed.expertise, changed.employer_id) == (["党建", "小学"], contest.city.one.pk)
    form = client.get(path).content.decode()
    assert 'value="党建,小学"' in form
    assert f'value="{contest.city.one.code}"' in form
    wrong = client.post(path, {**given, "employer_code": "nowhere"})
    assert wrong.status_code == 422
    assert "没有找到这个代码的单位" in wrong.content.decode()


def test_an_employer_that_comes_after_the_draw_moves_nobody(contest: Contest) -> None:
    to_review(contest)
    expert = contest.experts[0]
    before = set(Assignment.objects.values_list("application", "expert"))
    given = {"office": expert.office_id, "expertise": "", "employer_code": contest.city.one.code}
    assert contest.city.client("city_admin").post(f"/selection/experts/{expert.pk}/", given).status_code == 302
    assert set(Assignment.objects.values_list("application", "expert")) == before


@pytest.mark.parametrize("name", ["district_admin", "reviewer", "secretary", "inspector", "expert"])
def test_nobody_else_opens_the_register(contest: Contest, name: str) -> None:
    (expert,) = add_experts(contest, 1)
    client = contest.city.client(name)
    for path in ("/selection/experts/", f"/selection/experts/{expert.pk}/"):
        assert client.get(path).status_code == 403
    assert client.post(f"/selection/experts/{expert.pk}/", {"office": expert.office_id}).status_code == 403
    assert contest.city.client("city_admin").get("/selection/experts/999999/").status_code == 404
