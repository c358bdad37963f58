"""The kinds of titles: kept by the city, sane, on record, and without a hand on what is held already."""

from typing import Any

import pytest

from portal.audit.models import Change
from portal.workflow.errors import DomainError
from projects.programmes.models import Programme
from projects.selection.models import Designation, DesignationKind
from projects.selection.services.kinds import save_kind
from tests.support.selection import Contest, title_of

PATH = "/selection/designations/kinds/"


def _form(**given: Any) -> dict[str, Any]:
    return {
        "title": "书香校园", "programme": "", "term_months": "36", "midterm_months": "", "becomes": "",
        "yearly_cap": "", **given,
    }  # fmt: skip


def test_the_city_adds_a_kind_and_records_a_title_of_it(contest: Contest) -> None:
    client = contest.city.client("city_admin")
    programme = Programme.objects.get(code="dual_reinforcement").pk
    assert client.post(f"{PATH}new/", _form(code="reading", programme=programme)).status_code == 302
    kind = DesignationKind.objects.get(code="reading")
    assert (kind.term_months, kind.is_built, kind.programme_id) == (36, False, programme)
    row = title_of(contest, contest.city.one, kind=kind)
    page = client.get(PATH).content.decode()
    assert "书香校园" in page
    assert '<td class="w-num" data-label="现有">1</td>' in page
    assert client.post(f"{PATH}reading/", _form(title="书香学校", term_months="12")).status_code == 302
    changed = Designation.objects.get(pk=row.pk)
    assert (changed.kind.title, changed.valid_to) == ("书香学校", row.valid_to), "what is held keeps its days"
    assert Change.objects.filter(subject="selection.designationkind").count() >= 2


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"midterm_months": "36"}, "中期检查须在期满以前"),
        ({"term_months": "", "midterm_months": "12"}, "中期检查须在期满以前"),
        ({"term_months": "", "has_acceptance": "on"}, "须有期限"),
        ({"code": "dc-cultivation"}, "已存在"),
        ({"title": ""}, "必填项"),
    ],
)
def test_what_cannot_be_is_said_and_the_typed_stays(contest: Contest, given: dict[str, str], word: str) -> None:
    answer = contest.city.client("city_admin").post(f"{PATH}new/", _form(**{"code": "reading", **given}))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert word in text
    assert not DesignationKind.objects.filter(code="reading").exists()


def test_no_title_becomes_itself_by_a_detour(contest: Contest) -> None:
    build = DesignationKind.objects.get(code="dc-cultivation")
    demonstration = DesignationKind.objects.get(code="dc-demonstration")
    given = {"title": "示范学校", "term_months": 36, "has_acceptance": True, "becomes": build}
    with pytest.raises(DomainError) as refusal:
        save_kind(**contest.chair, kind=demonstration, **given)
    assert refusal.value.code == "becomes"
    with pytest.raises(DomainError) as refusal:
        save_kind(**contest.chair, kind=None, code="x", title="x", becomes=build)
    assert refusal.value.code == "becomes", "only what is accepted becomes something"


@pytest.mark.parametrize("name", ["city_staff", "district_admin", "secretary", "inspector"])
def test_others_read_the_kinds_and_change_none(contest: Contest, name: str) -> None:
    client = contest.city.client(name)
    page = client.get(PATH)
    assert page.status_code == 200
    assert "新增类别" not in page.content.decode()
    for path in (f"{PATH}new/", f"{PATH}dc-cultivation/"):
        assert client.get(path).status_code == 403
        assert client.post(path, _form(code="reading")).status_code == 403
    with pytest.raises(DomainError) as refusal:
        save_kind(**contest.by(name), kind=None, code="reading", title="书香校园")
    assert refusal.value.status == 403
