"""A title that lives: recorded, checked, accepted, renewed, withdrawn; it counts only while it is valid."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pypdf import PdfReader

from districts.models import Journal, Role, Unit
from portal.workflow.errors import DomainError
from projects.selection.documents import render_certificate
from projects.selection.models import HONOUR, Designation, DesignationKind
from projects.selection.process import DESIGNATION_PROCESS
from projects.selection.selectors.designations import RELATED, list_valid
from projects.selection.services import designations as titles
from projects.selection.services.kinds import load_kinds
from tests.support.city import SmallCity, make_branch, make_office, make_user
from tests.support.selection import Contest, title_of
from tests.support.standing import standing

TODAY = timezone.localdate


@standing
def unit(contest: Contest) -> Designation:
    """A city 培育创建单位 of a year ago."""
    return title_of(contest, contest.city.one)


def _step(contest: Contest, row: Designation, action: Any, by: str = "city_admin", **given: Any) -> Any:
    row.refresh_from_db()
    values = {"finding": "集体研究通过。", **given} if action is not titles.withdraw_designation else given
    return action(**contest.by(by), designation_id=row.pk, lock_version=row.lock_version, **values)


def test_it_counts_only_inside_its_dates_and_states(contest: Contest, unit: Designation) -> None:
    valid = {"kind": "dc-cultivation", "level": "city"}
    assert list_valid(on=TODAY(), **valid).get() == unit
    assert not list_valid(on=unit.valid_from - timedelta(days=1), **valid)
    assert not list_valid(on=unit.valid_to, **valid), "the first day after the term"
    assert list_valid(on=unit.valid_to - timedelta(days=1), **valid)
    _step(contest, unit, titles.withdraw_designation, reason="出现师德失范。")
    assert not list_valid(on=TODAY(), **valid)
    assert list_valid(on=TODAY() - timedelta(days=1), **valid), "what was, was"


def test_the_whole_life_from_build_to_demonstration(contest: Contest, unit: Designation) -> None:
    with pytest.raises(DomainError, match="中期检查还没有通过"):
        _step(contest, unit, titles.accept_designation)
    _step(contest, unit, titles.order_rectification, finding="品牌内涵不清，三个月内整改。")
    _step(contest, unit, titles.pass_midterm)
    _step(contest, unit, titles.delay_acceptance, until=unit.valid_to + timedelta(days=90))
    _outcome, successor = _step(contest, unit, titles.accept_designation)
    unit.refresh_from_db()
    assert (unit.status, unit.ended_on) == ("accepted", TODAY())
    assert (successor.kind.code, successor.predecessor, successor.status) == ("dc-demonstration", unit, "active")
    assert list_valid(on=TODAY(), kind="dc-demonstration").get() == successor
    assert not list_valid(on=TODAY(), kind="dc-cultivation")
    renewed = _step(contest, successor, titles.renew_designation, until=successor.valid_to + timedelta(days=365))
    assert renewed.obj.valid_to > successor.valid_to


def test_a_failed_build_ends(contest: Contest, unit: Designation) -> None:
    _step(contest, unit, titles.pass_midterm)
    assert _step(contest, unit, titles.fail_acceptance, finding="未达到验收标准。").obj.status == "failed"
    assert not list_valid(on=TODAY(), kind="dc-cultivation")


def test_every_change_leaves_a_note_for_the_roll_up(contest: Contest, unit: Designation) -> None:
    Journal.objects.all().delete()
    _step(contest, unit, titles.pass_midterm)
    assert list(Journal.objects.values_list("topic", "unit_id")) == [("school.designation", contest.city.one.pk)]


@pytest.mark.parametrize("name", ["reviewer", "district_admin", "secretary", "expert", "inspector", "nobody"])
def test_a_title_of_the_city_is_kept_by_the_city(contest: Contest, unit: Designation, name: str) -> None:
    for attempt in (
        lambda: title_of(contest, contest.city.two, by=name),
        lambda: _step(contest, unit, titles.withdraw_designation, by=name, reason="x"),
    ):
        with pytest.raises(DomainError) as refusal, transaction.atomic():
            attempt()
        assert refusal.value.code == "forbidden"


def test_a_district_keeps_its_own_titles(contest: Contest) -> None:
    row = title_of(contest, contest.city.one, by="district_admin", level="district")
    assert _step(contest, row, titles.pass_midterm, by="reviewer").obj.midterm_passed_on == TODAY()
    with pytest.raises(DomainError):
        title_of(contest, contest.city.other, by="district_admin", level="district")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"source": " "}, "source"),
        ({"valid_from": date(2999, 1, 1)}, "date"),
        ({"valid_to": date(1999, 1, 1)}, "date"),
    ],
)
def test_what_is_recorded_by_hand_has_a_source_and_sane_dates(contest: Contest, given: Any, code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        title_of(contest, contest.city.two, **given)
    assert refusal.value.code == code


def test_the_same_title_twice_is_refused(contest: Contest, unit: Designation) -> None:
    with pytest.raises(DomainError) as refusal:
        title_of(contest, contest.city.one)
    assert refusal.value.code == "already"


def test_honours_may_come_several_on_a_day_but_none_twice(contest: Contest) -> None:
    load_kinds()
    given = {"kind": DesignationKind.objects.get(code=HONOUR), "level": "national", "batch": ""}
    names = ("全国优秀少先队集体", "全国中小学德育典型案例")
    rows = [title_of(contest, contest.city.one, **given, official_title=name) for name in names]
    assert {row.status for row in rows} == {"active"}
    with pytest.raises(DomainError) as refusal:
        title_of(contest, contest.city.one, **given, official_title=names[0])
    assert refusal.value.code == "already"
    title_of(contest, contest.city.two)
    with pytest.raises(DomainError) as refusal:
        title_of(contest, contest.city.two, official_title="第二批培育创建单位（更正）")
    assert refusal.value.code == "already", "any other title is one, however its document is called"


def test_an_honour_is_called_by_its_document_wherever_it_is_read(contest: Contest) -> None:
    load_kinds()
    kind, name = DesignationKind.objects.get(code=HONOUR), "全国优秀少先队集体"
    row = title_of(contest, contest.city.one, kind=kind, level="national", batch="", official_title=name)
    client = contest.city.client("city_admin")
    for path in (
        "/selection/designations/", f"/selection/designations/?q={name[:6]}", f"/selection/designations/{row.pk}/",
        f"/schools/{contest.city.one.code}/", f"/notices/verify/?code={row.check_code}",
    ):  # fmt: skip
        assert name in client.get(path).content.decode(), path
    assert name in _certificate(row)
    csv = b"".join(client.get("/selection/designations/?export=csv")).decode("utf-8-sig")  # type: ignore[arg-type]
    assert f",{name}," in csv


def test_the_register_is_narrowed_by_district_school_and_batch(contest: Contest, unit: Designation) -> None:
    other = title_of(contest, contest.city.other, batch="2024年")
    client = contest.city.client("city_admin")

    def shown(query: str) -> set[int]:
        page = client.get(f"/selection/designations/?{query}").content.decode()
        return {row.pk for row in (unit, other) if f'href="/selection/designations/{row.pk}/"' in page}

    assert shown("") == {unit.pk, other.pk}
    assert shown("district=500116") == {other.pk}
    assert shown(f"school={contest.city.one.code}") == {unit.pk}
    assert shown("q=2024") == {other.pk}
    assert 'name="district"' not in contest.city.client("reviewer").get("/selection/designations/").content.decode()


def test_the_school_s_page_lists_its_titles_for_those_who_see_them(contest: Contest, unit: Designation) -> None:
    path = f"/schools/{contest.city.one.code}/"
    link = f'href="/selection/designations/{unit.pk}/"'
    for name in ("secretary", "reviewer", "city_staff"):
        assert link in contest.city.client(name).get(path).content.decode(), name
    assert contest.city.client("other_reviewer").get(path).status_code == 404


def _record(contest: Contest, by: str = "city_admin", **given: Any) -> Any:
    load_kinds()
    values = {
        "school_code": contest.city.one.code, "holder_kind": "post", "holder_code": "", "subject_title": "",
        "kind": DesignationKind.objects.get(code="dual-leader").pk, "level": "city", "batch": "2024年",
        "official_title": "书记“双带头人”（2024年）", "source": "市委教育工委文件",
        "valid_from": TODAY() - timedelta(days=30), "valid_to": "", **given,
    }  # fmt: skip
    return contest.city.client(by).post("/selection/designations/record/", values)


def test_a_title_of_a_secretary_is_recorded_for_who_was_in_office_that_day(contest: Contest) -> None:
    """Row 90 of the article: a person's title by year, kept as a post."""
    school = contest.city.one
    now = contest.city.users["secretary"].offices.get()
    before = make_office(
        Role.SCHOOL_SECRETARY, Unit.objects.get(pk=school.pk), make_user(), since=date(2015, 1, 1),
        until=date(2016, 1, 1),
    )  # fmt: skip
    assert _record(contest).status_code == 302
    assert Designation.objects.get().office == now
    assert _record(contest, valid_from=date(2015, 6, 1)).status_code == 302
    assert Designation.objects.filter(office=before).exists()
    nobody = _record(contest, valid_from=date(1999, 6, 1))
    assert nobody.status_code == 422
    assert "没有在任的书记" in nobody.content.decode()


def test_a_title_of_a_branch_and_of_its_secretary_is_recorded_by_its_code(contest: Contest) -> None:
    branch = make_branch(contest.city.one)
    office = make_office(Role.BRANCH_SECRETARY, Unit.objects.get(pk=branch.pk), make_user(), since=date(2019, 1, 1))
    assert _record(contest, holder_code=branch.code).status_code == 302
    assert Designation.objects.get().office == office
    kind = DesignationKind.objects.get(code="honour").pk
    given = {"holder_kind": "organisation", "kind": kind, "official_title": "先进基层党组织"}
    assert "请填党组织代码" in _record(contest, **given).content.decode()
    foreign = make_branch(contest.city.two)
    assert "没有这个代码的党组织" in _record(contest, **given, holder_code=foreign.code).content.decode()
    assert _record(contest, **given, holder_code=branch.code).status_code == 302
    assert Designation.objects.get(kind=kind).organisation == branch


def _certificate(row: Designation) -> str:
    row = Designation.objects.select_related(*RELATED).get(pk=row.pk)
    content = render_certificate(designation=row, verify_url="https://example.invalid/verify")
    return "".join(PdfReader(io.BytesIO(content)).pages[0].extract_text().replace("\x00", "").split())


def test_a_certificate_that_counts_no_more_says_so(contest: Contest, unit: Designation) -> None:
    assert "不再有效" not in _certificate(unit).replace("撤销或到期后不再有效", "")
    expired = title_of(contest, contest.city.two, valid_from=date(2020, 1, 1), valid_to=date(2021, 1, 1))
    assert "有效期已满，不再有效" in _certificate(expired)
    _step(contest, unit, titles.withdraw_designation, reason="出现师德失范。")
    assert "已撤销，不再有效" in _certificate(unit)


def test_certificate_page_and_verification_name_the_same_last_day(contest: Contest) -> None:
    row = title_of(contest, contest.city.two, valid_from=date(2026, 1, 10), valid_to=date(2099, 3, 1))
    assert "至2099年2月28日" in _certificate(row)
    client = contest.city.client("city_staff")
    for path in (f"/selection/designations/{row.pk}/", f"/notices/verify/?code={row.check_code}"):
        page = client.get(path).content.decode()
        assert "<dt>有效期至</dt><dd>2099年2月28日</dd>" in page, path


CHECK, CHAIR = {"city_admin", "city_staff"}, {"city_admin"}
GRID: dict[tuple[str, str], tuple[str, set[str]]] = {
    ("cultivating", "pass_midterm"): ("passed_midterm", CHECK),
    ("cultivating", "rectify"): ("rectifying", CHECK),
    ("rectifying", "pass_midterm"): ("passed_midterm", CHECK),
    ("cultivating", "accept"): ("accepted", CHAIR),
    ("passed_midterm", "accept"): ("accepted", CHAIR),
    ("delayed", "accept"): ("accepted", CHAIR),
    ("cultivating", "delay"): ("delayed", CHAIR),
    ("passed_midterm", "delay"): ("delayed", CHAIR),
    ("cultivating", "fail"): ("failed", CHAIR),
    ("passed_midterm", "fail"): ("failed", CHAIR),
    ("delayed", "fail"): ("failed", CHAIR),
    ("active", "renew"): ("active", CHAIR),
    **{
        (s, "withdraw"): ("withdrawn", CHAIR)
        for s in ("cultivating", "rectifying", "passed_midterm", "delayed", "active")
    },
}


def test_every_state_action_and_person(city: SmallCity, contest: Contest, unit: Designation) -> None:
    from portal.workflow.services import perform
    from projects.selection.rules.access import roles_on_designation

    for state in DESIGNATION_PROCESS.states:
        Designation.objects.filter(pk=unit.pk).update(status=state)
        for action in DESIGNATION_PROCESS.actions:
            for name in ("city_admin", "city_staff", "district_admin", "reviewer", "secretary", "expert", "nobody"):
                scope = city.scope(name)
                target, who = GRID.get((state, action), ("no_transition", set()))
                savepoint = transaction.savepoint()
                try:
                    result = perform(
                        actor=city.users[name], process=DESIGNATION_PROCESS, model=Designation, pk=unit.pk,
                        action=action, lock_version=unit.lock_version, comment="x",
                        roles=lambda row, scope=scope: roles_on_designation(scope, row),
                    ).obj.status  # fmt: skip
                except DomainError as refusal:
                    result = refusal.code
                transaction.savepoint_rollback(savepoint)
                expected = target if name in who or target == "no_transition" else "forbidden"
                assert result == expected, (state, action, name)
