"""The chair's pages during the review, the district's own panel before the city's, and what the round form asks."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.workflow.errors import DomainError
from projects.selection.models import Application, Assignment, Expert, StageKind
from projects.selection.services import panel, rounds, sheets
from projects.selection.services.applications import carry_chosen, carry_forward
from tests.support.selection import (
    Contest,
    accept,
    add_experts,
    expert_of,
    hand_in,
    make_round,
    move_to,
    publish,
    score,
    title_of,
    to_review,
    unit_of,
)


def late(contest: Contest, expert: Expert, **given: Any) -> tuple[int, int]:
    values = {"reason": "逾期未评。", **given}
    return sheets.replace_late(**contest.chair, round_id=contest.round.pk, expert_id=expert.pk, **values)


def test_a_late_expert_gives_up_every_open_item_and_keeps_what_is_in(contest: Contest) -> None:
    to_review(contest, experts=5)
    expert = max(contest.experts, key=lambda e: e.assignments.count())
    mine = list(expert.assignments.order_by("pk"))
    score(mine[0])
    taken, empty = late(contest, expert)
    assert (taken, empty) == (len(mine) - 1, 0)
    assert taken
    assert set(expert.assignments.values_list("status", flat=True)) <= {"submitted", "replaced"}
    for sheet in mine[1:]:
        seated = Assignment.objects.get(replaces=sheet)
        assert seated.expert != expert
    with pytest.raises(DomainError, match="没有未交的材料"):
        late(contest, expert)


def test_without_a_reason_or_without_anybody_free_the_chair_is_told(contest: Contest) -> None:
    to_review(contest, experts=3)
    expert = contest.experts[0]
    with pytest.raises(DomainError):
        late(contest, expert, reason=" ")
    assert set(expert.assignments.values_list("status", flat=True)) == {"assigned"}
    page = contest.city.client("city_admin").post(
        f"/selection/rounds/{contest.round.pk}/panel/experts/{expert.pk}/replace/", {"reason": "逾期。"}, follow=True
    ).content.decode()  # fmt: skip
    assert "3 件没有可补的专家" in page


def cells_of(page: str, code: str) -> list[str]:
    """What the table says of an item: its cells between the name and the time, without markup."""
    row = next(row for row in page.split("<tr>") if f"材料 {code}" in row)
    cells = [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
    return cells[1:3]


def test_a_sheet_is_given_back_and_handed_in_again(contest: Contest, drawn: list[Application]) -> None:
    case = drawn[0]
    sheet = score(case.assignments.first(), base=38)
    chair, path = contest.city.client("city_admin"), f"/selection/rounds/{contest.round.pk}/panel"
    page = chair.get(f"{path}/experts/{sheet.expert_id}/").content.decode()
    assert "退回给专家" in page
    assert cells_of(page, case.blind_code) == ["已评", "3/3"], "how far it is, and no points before the end"
    form = {"lock_version": sheet.lock_version, "reason": "评语与分数不符。"}
    assert "已退回给专家修改" in chair.post(f"{path}/{sheet.pk}/unlock/", form, follow=True).content.decode()
    sheet.refresh_from_db()
    assert (sheet.status, sheet.submitted_at) == ("assigned", None)
    assert sheet.marks.get(criterion__code="base").points == 38, "what was given stays and may be changed"
    again = score(sheet, base=30)
    assert (again.status, again.marks.get(criterion__code="base").points) == ("submitted", 30)


@pytest.mark.parametrize("name", ["city_staff", "inspector", "reviewer", "clerk", "expert", "other_reviewer"])
def test_only_the_chair_takes_or_gives_back_a_sheet(contest: Contest, drawn: list[Application], name: str) -> None:
    case = drawn[0]
    sheet, open_sheet = case.assignments.order_by("pk")[:2]
    sheet = score(sheet)
    client, path = contest.city.client(name), f"/selection/rounds/{contest.round.pk}/panel"
    assert client.get(f"{path}/experts/{sheet.expert_id}/").status_code == (200 if name == "city_staff" else 403)
    for address, row in ((f"{path}/{sheet.pk}/unlock/", sheet), (f"{path}/{open_sheet.pk}/replace/", open_sheet)):
        client.post(address, {"lock_version": row.lock_version, "reason": "x"})
    client.post(f"{path}/experts/{open_sheet.expert_id}/replace/", {"reason": "x"})
    sheet.refresh_from_db()
    open_sheet.refresh_from_db()
    assert (sheet.status, open_sheet.status) == ("submitted", "assigned")


def test_after_the_review_nothing_is_given_back(contest: Contest) -> None:
    from tests.support.selection import to_outcome

    sheet = to_outcome(contest)[0].assignments.first()
    with pytest.raises(DomainError, match="评审已结束"):
        sheets.unlock_sheet(**contest.chair, assignment_id=sheet.pk, lock_version=sheet.lock_version, reason="x")


def test_the_panel_costs_the_same_however_many_sheets(contest: Contest) -> None:
    client, page = contest.city.client("city_admin"), f"/selection/rounds/{contest.round.pk}/panel/"
    rows = to_review(contest)

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    paths = (page, f"{page}experts/{contest.experts[0].pk}/")
    [queries(path) for path in paths]
    full = [queries(path) for path in paths]
    for sheet in Assignment.objects.filter(application=rows[0]):
        score(sheet)
    assert [queries(path) for path in paths] == full


def own_round(contest: Contest) -> Contest:
    """巫溪's own panel over its two schools, which feeds the city's round; the better one is chosen and public."""
    city = contest.city
    own = make_round(
        city, code="wx", unit=unit_of(city.wuxi), by="district_admin", has_recommendation=False, target=1,
        feeds=contest.round,
    )  # fmt: skip
    rows = [accept(own, hand_in(own, school)) for school in (city.one, city.two)]
    add_experts(own, 3)
    move_to(own.round, StageKind.REVIEW)
    panel.draw_panel(**own.chair, round_id=own.round.pk, lock_version=own.version())
    for number, row in enumerate(rows):
        for sheet in row.assignments.all():
            score(sheet, base=30 + number)
    from projects.selection.services.results import close_review

    close_review(**own.chair, round_id=own.round.pk, lock_version=own.version())
    return own


def test_a_district_carries_those_it_chose_into_the_round_of_the_city(contest: Contest) -> None:
    own, reviewer = own_round(contest), contest.city.client("reviewer")
    path = f"/selection/rounds/{own.round.pk}/"
    assert "推送勾选的单位" not in reviewer.get(path).content.decode(), "not before it is public"
    publish(own, "WX-1")
    assert "推送勾选的单位" in reviewer.get(path).content.decode()
    assert "请勾选" in reviewer.post(f"{path}carry/", {}, follow=True).content.decode()
    chosen = Application.objects.get(round=own.round, status="public_notice")
    for _click in range(2):
        assert "已推送 1 个" in reviewer.post(f"{path}carry/", {"case": chosen.pk}, follow=True).content.decode()
    carried = Application.objects.get(round=contest.round)
    assert (carried.carried_from, carried.school, carried.status) == (chosen, contest.city.two, "draft")
    page = reviewer.get(path).content.decode()
    assert "已推送" in page
    assert 'name="case"' not in page


def test_the_title_of_the_district_is_no_bar_to_the_citys_but_the_citys_own_is(contest: Contest) -> None:
    own = own_round(contest)
    publish(own, "WX-1")
    chosen = Application.objects.get(round=own.round, status="public_notice")
    given = {**own.by("reviewer"), "round_id": own.round.pk, "application_ids": [chosen.pk]}
    title_of(contest, chosen.school, by="reviewer", level="district")
    (carried,) = carry_chosen(**given)
    carried.versions.all().delete()
    carried.delete()
    title_of(contest, chosen.school, level="city")
    with pytest.raises(DomainError, match="不重复申报"):
        carry_chosen(**given)


@pytest.mark.parametrize("name", ["clerk_two", "clerk", "other_reviewer", "expert", "inspector"])
def test_nobody_else_carries(contest: Contest, name: str) -> None:
    own = own_round(contest)
    publish(own, "WX-1")
    chosen = Application.objects.get(round=own.round, status="public_notice")
    with pytest.raises(DomainError) as refusal:
        carry_forward(**own.by(name), application_id=chosen.pk)
    assert refusal.value.code == "forbidden"
    contest.city.client(name).post(f"/selection/rounds/{own.round.pk}/carry/", {"case": chosen.pk})
    assert not Application.objects.filter(round=contest.round).exists()


def test_after_the_citys_deadline_nothing_is_carried(contest: Contest) -> None:
    own = own_round(contest)
    publish(own, "WX-1")
    chosen = Application.objects.get(round=own.round, status="public_notice")
    move_to(contest.round, StageKind.RECOMMENDATION)
    with pytest.raises(DomainError) as refusal:
        carry_forward(**own.by("reviewer"), application_id=chosen.pk)
    assert refusal.value.code == "closed"


def test_the_round_form_asks_for_fields_of_expertise_and_the_draw_keeps_to_them(contest: Contest) -> None:
    add_experts(contest, 4)
    for expert in contest.experts[:3]:
        panel.register_expert(**contest.chair, office=expert.office, expertise=["党建", "小学"], employer=None)
    draft = make_round(contest.city, code="dc-2028", publish=False)
    page = contest.city.client("city_admin").get(f"/selection/rounds/{draft.round.pk}/rules/").content.decode()
    assert "党建（3 人）" in page
    rounds.change_round(**contest.chair, round_id=draft.round.pk, expertise=["党建"])
    draft.round.refresh_from_db()
    assert draft.round.expertise == ["党建"]
    type(contest.round).objects.filter(pk=contest.round.pk).update(expertise=["党建"])
    case = accept(contest, hand_in(contest, contest.city.one))
    from tests.support.selection import recommend

    move_to(contest.round, StageKind.RECOMMENDATION)
    recommend(contest, contest.city.wuxi, [case])
    move_to(contest.round, StageKind.REVIEW)
    panel.draw_panel(**contest.chair, round_id=contest.round.pk, lock_version=contest.version())
    assert set(case.assignments.values_list("expert", flat=True)) == {e.pk for e in contest.experts[:3]}
    assert expert_of(case.assignments.first())["scope"]
