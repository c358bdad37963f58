"""The case: who may apply, versions, deadlines to the second, and the full grid of who takes which step from where."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import InternalError, connection, transaction
from django.db.utils import IntegrityError
from django.utils import timezone

from portal.workflow.errors import DomainError
from projects.selection import known_figures
from projects.selection.known_figures import KnownFigure
from projects.selection.models import Application, ApplicationStatus, Recommendation, Round, StageKind, Version, Veto
from projects.selection.services import applications as cases
from projects.selection.services.attachments import add_attachment, remove_attachment
from schools.registry.models import SchoolKind
from tests.support.city import SmallCity, make_office
from tests.support.files import docx, pdf
from tests.support.selection import (
    PLAN,
    Contest,
    accept,
    begin,
    hand_in,
    make_round,
    move_to,
    secretary_of,
    unit_of,
    upload,
)


def _own(application: Application) -> dict[str, Any]:
    user, scope = secretary_of(application.school)
    return {"actor": user, "scope": scope, "application_id": application.pk}


def _stored(contest: Contest, application: Application, **answers: Any) -> Version:
    return cases.save_answers(**_own(application), seen_version=1, answers=answers)


def test_a_second_click_finds_the_first_case(contest: Contest) -> None:
    assert begin(contest, contest.city.one) == begin(contest, contest.city.one)


def test_known_figures_are_pulled_in_and_cannot_be_typed(contest: Contest, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"L03": KnownFigure("96.4%", "截至2026年9月30日", date(2026, 9, 30))}
    monkeypatch.setattr(known_figures, "providers", [lambda school, codes, on: known])
    application = begin(contest, contest.city.one)
    version = _stored(contest, application, ratio="100%", plan=PLAN)
    assert version.figures["ratio"] == {"value": "96.4%", "label": "截至2026年9月30日", "as_of": "2026-09-30"}
    assert "ratio" not in version.answers


def test_figures_that_changed_are_pulled_in_anew_from_the_form(
    contest: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also into a case that came back: what was approved since stands beside what was typed."""
    known = {"L03": KnownFigure("96.4%", "截至2026年9月30日", date(2026, 9, 30))}
    monkeypatch.setattr(known_figures, "providers", [lambda school, codes, on: known])
    application = begin(contest, contest.city.one)
    client, path = contest.city.client("secretary"), f"/selection/cases/{application.pk}/"
    assert f'action="{path}figures/"' in client.get(path).content.decode()
    known["L03"] = KnownFigure("100%", "截至2026年12月31日", date(2026, 12, 31))
    page = client.post(f"{path}figures/", follow=True).content.decode()
    assert "已取最新的已审数据" in page
    assert "100%" in page
    assert "96.4%" not in page


def test_what_is_missing_is_listed_and_blocks(contest: Contest) -> None:
    application = begin(contest, contest.city.one)
    _stored(contest, application, plan="太短", brand="一" * 21)
    with pytest.raises(DomainError) as refusal:
        cases.submit_application(**_own(application), lock_version=0)
    gaps = {gap.code: gap.reason for gap in refusal.value.extra["gaps"]}
    assert gaps == {"plan": "现有 2 字，至少 10 字。", "brand": "现有 21 字，最多 20 字，请删减 1 字。"}


def test_a_return_keeps_the_old_version_and_opens_a_new_one(contest: Contest) -> None:
    application = hand_in(contest, contest.city.one)
    cases.send_back_application(
        **contest.by("reviewer"), application_id=application.pk, lock_version=1, reason="请补充数据。"
    )
    version = cases.save_answers(**_own(application), seen_version=2, answers={"plan": PLAN + "补充数据。"})
    assert version.number == 2
    cases.submit_application(**_own(application), lock_version=2)
    old, new = application.versions.order_by("number")
    assert (old.answers["plan"], new.answers["plan"]) == (PLAN, PLAN + "补充数据。")
    assert old.frozen_at
    assert new.frozen_at


def test_a_form_of_an_older_version_writes_nothing(contest: Contest) -> None:
    application = hand_in(contest, contest.city.one)
    cases.recall_application(**_own(application), lock_version=1)
    with pytest.raises(DomainError) as refusal:
        cases.save_answers(**_own(application), seen_version=1, answers={"plan": "旧窗口"})
    assert refusal.value.code == "stale"


def test_the_database_refuses_to_touch_a_frozen_version(contest: Contest) -> None:
    application = hand_in(contest, contest.city.one)
    for attack in (
        lambda: Version.objects.filter(application=application).update(answers={}),
        lambda: Version.objects.filter(application=application).delete(),
    ):
        with pytest.raises(InternalError), transaction.atomic():
            attack()


def test_the_deadline_is_a_second(contest: Contest) -> None:
    application = begin(contest, contest.city.one)
    _stored(contest, application, plan=PLAN, brand="同心")
    closes = contest.round.stages.get(kind=StageKind.APPLICATION).closes_at
    with time_machine.travel(closes, tick=False), pytest.raises(DomainError) as refusal:
        cases.submit_application(**_own(application), lock_version=0)
    assert refusal.value.code == "closed"
    with time_machine.travel(closes - timedelta(seconds=1), tick=False):
        assert cases.submit_application(**_own(application), lock_version=0).obj.status == "submitted"


def test_a_returned_case_may_be_mended_while_the_districts_recommend(contest: Contest) -> None:
    application = accept(contest, hand_in(contest, contest.city.one))
    move_to(contest.round, StageKind.RECOMMENDATION)
    cases.send_back_application(**contest.by("reviewer"), application_id=application.pk, lock_version=2, reason="补。")
    cases.save_answers(**_own(application), seen_version=2, answers={"brand": "同行"})
    assert cases.submit_application(**_own(application), lock_version=3).obj.status == "submitted"
    with pytest.raises(DomainError):
        begin(contest, contest.city.two)


@pytest.mark.parametrize(
    ("details", "word"),
    [
        ({"school_kinds": [SchoolKind.SENIOR]}, "面向高级中学"),
        ({"needs": True}, "须已是"),
        ({"veto": True}, "一票否决"),
    ],
)
def test_who_is_not_eligible_hears_why(city: SmallCity, details: dict[str, Any], word: str) -> None:
    from tests.support.selection import make_kinds

    rules = {"school_kinds": details.get("school_kinds", [])}
    if details.get("needs"):
        rules["needs_designation"] = make_kinds().becomes
    contest = make_round(city, **rules)
    if details.get("veto"):
        today = timezone.localdate()
        Veto.objects.create(school=city.one, reason="师德事件", valid_from=today, recorded_by=city.users["city_admin"])
        Veto.objects.create(
            school=city.two, reason="已满", valid_from=today - timedelta(days=9), valid_to=today,
            recorded_by=city.users["city_admin"],
        )  # fmt: skip
        assert begin(contest, city.two), "the veto is over"
    with pytest.raises(DomainError, match=word):
        begin(contest, city.one)


def test_withdrawing_frees_the_place_and_the_school_may_apply_anew(contest: Contest) -> None:
    application = accept(contest, hand_in(contest, contest.city.one))
    move_to(contest.round, StageKind.RECOMMENDATION)
    from tests.support.selection import recommend

    recommend(contest, contest.city.wuxi, [application])
    application.refresh_from_db()
    cases.withdraw_application(**_own(application), lock_version=application.lock_version, reason="条件未备。")
    assert not Recommendation.objects.exists()
    move_to(contest.round, StageKind.APPLICATION)
    assert begin(contest, contest.city.one) != application


def test_one_living_case_for_a_holder_in_the_database(contest: Contest) -> None:
    application = begin(contest, contest.city.one)
    application.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        application.save()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.exe", b"MZ", "file_kind"),
        ("a.pdf", b"", "file_empty"),
        ("a.pdf", docx("字"), "file_kind"),
        ("a.docx", b"PK nothing", "file_kind"),
        ("a.png", pdf("x"), "file_kind"),
    ],
)
def test_a_file_is_what_it_says(contest: Contest, name: str, content: bytes, code: str) -> None:
    application = begin(contest, contest.city.one)
    with pytest.raises(DomainError) as refusal:
        add_attachment(**_own(application), question="proof", upload=upload(name, content))
    assert refusal.value.code == code


def test_files_are_kept_under_names_that_tell_nothing_and_frozen_with_their_version(contest: Contest) -> None:
    application = begin(contest, contest.city.one)
    proof = docx("字")
    file = add_attachment(**_own(application), question="proof", upload=upload("../云台小学 总结.docx", proof))
    assert file.name == "云台小学 总结.docx"
    assert "云台" not in file.file.name
    twice = add_attachment(**_own(application), question="proof", upload=upload("again.docx", proof))
    assert twice == file, "the same bytes twice are one file"
    _stored(contest, application, plan=PLAN, brand="同心")
    cases.submit_application(**_own(application), lock_version=0)
    with pytest.raises(DomainError):
        remove_attachment(**_own(application), attachment_id=file.pk)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM selection_attachment")
    cases.recall_application(**_own(application), lock_version=1)
    copy = application.versions.get(number=2).attachments.get()
    assert (copy.file.name, copy.pk != file.pk) == (file.file.name, True)
    remove_attachment(**_own(application), attachment_id=copy.pk)
    assert application.versions.get(number=1).attachments.count() == 1


# --- the grid ---------------------------------------------------------------------------------------------------

S = ApplicationStatus
OWN, DISTRICT, CITY = {"secretary", "clerk"}, {"reviewer", "district_admin"}, {"city_admin", "city_staff"}
CHECK = DISTRICT | CITY
# (state, action) → who may. Everything else is refused.
ALLOWED: dict[tuple[str, str], set[str]] = {
    (S.DRAFT, "submit"): OWN,
    (S.RETURNED, "submit"): OWN,
    (S.SUBMITTED, "recall"): OWN,
    (S.SUBMITTED, "accept"): CHECK,
    (S.SUBMITTED, "send_back"): CHECK,
    (S.DISTRICT_REVIEW, "send_back"): CHECK,
    (S.SUBMITTED, "refuse"): CHECK,
    (S.DISTRICT_REVIEW, "refuse"): CHECK,
    **{
        (state, "withdraw"): OWN
        for state in (
            S.DRAFT, S.SUBMITTED, S.RETURNED, S.DISTRICT_REVIEW, S.RECOMMENDED, S.EXPERT_REVIEW, S.SHORTLISTED, S.PUBLIC_NOTICE,
        )
    },
}  # fmt: skip
ACTIONS: dict[str, Callable[..., Any]] = {
    "submit": cases.submit_application,
    "recall": cases.recall_application,
    "accept": cases.accept_application,
    "send_back": lambda **given: cases.send_back_application(**given, reason="理由"),
    "refuse": lambda **given: cases.refuse_application(**given, reason="理由"),
    "withdraw": lambda **given: cases.withdraw_application(**given, reason="理由"),
}
PEOPLE = (
    "secretary", "clerk", "clerk_two", "reviewer", "district_admin", "other_reviewer", "other_clerk", "city_admin",
    "city_staff", "expert", "inspector", "api_client", "expired", "nobody",
)  # fmt: skip


@pytest.mark.parametrize("state", S.values)
def test_every_state_action_and_person(contest: Contest, state: str) -> None:
    application = begin(contest, contest.city.one)
    _stored(contest, application, plan=PLAN, brand="同心")
    if state != S.DRAFT:
        Version.objects.filter(application=application).update(frozen_at=timezone.now())
        if state == S.RETURNED:
            Version.objects.create(application=application, number=2, answers={"plan": PLAN, "brand": "同心"})
        # No district has given it a place, so none is asked for.
        Round.objects.filter(pk=contest.round.pk).update(has_recommendation=False)
        Application.objects.filter(pk=application.pk).update(status=state)
    for action, act in ACTIONS.items():
        for name in PEOPLE:
            expected = name in ALLOWED.get((state, action), ())
            savepoint = transaction.savepoint()
            try:
                act(**contest.by(name), application_id=application.pk, lock_version=0)
                result = "done"
            except DomainError as refusal:
                result = refusal.code
            transaction.savepoint_rollback(savepoint)
            known = (state, action) in ALLOWED
            assert result == ("done" if expected else "forbidden" if known else "no_transition"), (action, name, result)


def test_who_handed_in_does_not_check(contest: Contest) -> None:
    """Somebody with two hats: secretary of the school and reviewer of the district."""
    user, _scope = secretary_of(contest.city.one)
    make_office("district_reviewer", unit_of(contest.city.wuxi), user)
    application = hand_in(contest, contest.city.one)
    from districts.access import scope_of

    with pytest.raises(DomainError) as refusal:
        cases.accept_application(actor=user, scope=scope_of(user), application_id=application.pk, lock_version=1)
    assert refusal.value.code == "four_eyes"
