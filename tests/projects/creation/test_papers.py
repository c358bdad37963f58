"""A build from its plan to its acceptance, by services: what each check does to the title, and what is refused."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, InternalError, transaction

from portal.audit.models import Change
from portal.workflow.errors import DomainError, StaleError
from portal.workflow.models import Event
from projects.creation.models import Evidence, Milestone, Paper
from projects.creation.sections import SECTIONS
from projects.creation.selectors.builds import get_build
from projects.creation.services import papers as services
from projects.creation.services.checks import settle_paper
from projects.creation.services.evidence import add_evidence, remove_evidence
from projects.selection.models import Designation
from projects.selection.services.designations import accept_designation
from tests.support.creation import FINDING, Builds, ago, ahead, fresh, today
from tests.support.files import pdf


def check(builds: Builds, paper: Paper, result: str, *, by: str = "city_admin", until: date | None = None) -> Any:
    return settle_paper(
        **builds.by(by), paper_id=paper.pk, lock_version=paper.lock_version, result=result, finding=FINDING, until=until
    )


def test_a_build_goes_from_plan_to_demonstration(builds: Builds) -> None:
    build = builds.planned(builds.give(since=ago(720)))
    assert build.status == "cultivating"
    builds.settled(build, "passed")
    assert (fresh(build).status, fresh(build).midterm_passed_on) == ("passed_midterm", today())
    builds.settled(build, "passed")
    build = fresh(build)
    assert (build.status, build.ended_on) == ("accepted", today())
    successor = Designation.objects.get(predecessor=build)
    assert (successor.kind.code, successor.level, successor.valid_from) == ("dc-demonstration", "city", today())
    assert [p.kind for p in Paper.objects.order_by("id")] == ["plan", "midterm", "acceptance"]
    with pytest.raises(DomainError) as refused:
        builds.draft(build)
    assert refused.value.code == "nothing_due"


def test_rectification_has_a_day_and_may_be_ordered_again(builds: Builds) -> None:
    build = builds.planned(builds.give(since=ago(360)))
    builds.settled(build, "rectify", until=ahead(60))
    assert fresh(build).status == "rectifying"
    again = builds.settled(build, "rectify", until=ahead(90))
    assert (again.kind, again.until, fresh(build).status) == ("rectification", ahead(90), "rectifying")
    last = builds.draft(build)
    assert (last.kind, last.due_on) == ("rectification", ahead(90))
    builds.settled(build, "passed")
    assert fresh(build).status == "passed_midterm"


def test_acceptance_is_put_off_once_then_it_fails(builds: Builds) -> None:
    build = builds.planned(builds.give(since=ago(720)))
    builds.settled(build, "passed")
    before = fresh(build).valid_to
    builds.settled(build, "delayed", until=ahead(180))
    assert (fresh(build).status, fresh(build).valid_to) == ("delayed", ahead(180))
    assert before
    assert before < ahead(180)
    Designation.objects.filter(pk=build.pk).update(valid_to=ahead(20))
    paper = builds.submitted(build)
    with pytest.raises(DomainError):
        check(builds, paper, "delayed", until=ahead(200))
    paper.refresh_from_db()
    assert paper.status == "submitted"
    check(builds, paper, "failed")
    assert (fresh(build).status, fresh(build).ended_on) == ("failed", today())


@pytest.mark.parametrize("until", [None, 0, -1, 5000])
def test_a_day_to_rectify_lies_ahead_and_before_the_end(builds: Builds, until: int | None) -> None:
    build = builds.planned(builds.give(since=ago(360)))
    paper = builds.submitted(build)
    with pytest.raises(DomainError) as refused:
        check(builds, paper, "rectify", until=None if until is None else ahead(until))
    assert refused.value.code == "until"
    assert fresh(build).status == "cultivating"


def test_a_result_of_another_kind_of_paper_is_refused(builds: Builds) -> None:
    paper = builds.submitted(builds.give())
    for result in ("passed", "failed", "nonsense", ""):
        with pytest.raises(DomainError) as refused:
            check(builds, paper, result)
        assert refused.value.code == "result"


def test_a_second_click_finds_the_first_result(builds: Builds) -> None:
    build = builds.planned(builds.give(since=ago(360)))
    paper = builds.submitted(build)
    assert not check(builds, paper, "passed").repeated
    assert check(builds, paper, "passed").repeated
    assert fresh(build).lock_version == 1
    with pytest.raises(StaleError):
        check(builds, paper, "passed", by="city_staff")


def test_only_the_chair_accepts_but_keepers_check_the_midterm(builds: Builds) -> None:
    build = builds.planned(builds.give(since=ago(720)))
    check(builds, builds.submitted(build), "passed", by="city_staff")
    paper = builds.submitted(build)
    with pytest.raises(DomainError) as refused:
        check(builds, paper, "passed", by="city_staff")
    assert refused.value.code == "forbidden"
    paper.refresh_from_db()
    assert (paper.status, fresh(build).status) == ("submitted", "passed_midterm")


@pytest.mark.parametrize(
    ("level", "may", "may_not"),
    [("city", "city_staff", ("reviewer", "district_admin", "clerk")), ("district", "reviewer", ("city_admin", "other_reviewer", "clerk"))],
)  # fmt: skip
def test_the_level_that_gave_the_title_checks_it(
    builds: Builds, level: str, may: str, may_not: tuple[str, ...]
) -> None:
    paper = builds.submitted(builds.give(level=level))
    for name in may_not:
        with pytest.raises(DomainError) as refused:
            check(builds, paper, "agreed", by=name)
        assert refused.value.code == "forbidden"
    assert check(builds, paper, "agreed", by=may).obj.status == "settled"


def test_a_report_is_begun_not_earlier_than_ninety_days_before(builds: Builds) -> None:
    build = builds.planned(builds.give(since=ago(100)))
    with pytest.raises(DomainError) as refused:
        builds.draft(build)
    assert refused.value.code == "not_yet"
    Designation.objects.filter(pk=build.pk).update(midterm_due=ahead(90))
    assert builds.draft(build).kind == "midterm"


def test_one_draft_whoever_begins_it(builds: Builds) -> None:
    build = builds.give()
    assert builds.draft(build).pk == builds.draft(build, by="secretary").pk
    with pytest.raises(DomainError) as refused:
        builds.draft(build, by="clerk_two")
    assert refused.value.code == "forbidden"
    with pytest.raises(IntegrityError), transaction.atomic():
        Paper.objects.create(
            designation=build, kind="midterm", due_on=today(), status="draft", saved_by=builds.city.users["clerk"]
        )


def test_what_is_missing_is_named_and_nothing_is_handed_in(builds: Builds) -> None:
    paper = builds.draft(builds.give())
    with pytest.raises(DomainError) as refused:
        services.submit_paper(**builds.by("clerk"), paper_id=paper.pk, lock_version=0)
    assert refused.value.code == "incomplete"
    for word in ("党建品牌", "品牌内涵", "建设思路", "目标", "举措"):
        assert word in refused.value.message
    paper.refresh_from_db()
    assert paper.status == "draft"


def test_acceptance_asks_what_came_of_every_goal(builds: Builds) -> None:
    build = builds.planned(builds.give(since=ago(720)))
    builds.settled(build, "passed")
    paper = builds.filled(build)
    goal = services.plan_goals(paper)[0]
    services.save_paper(
        **builds.by("clerk"), paper_id=paper.pk, seen=Paper.objects.get(pk=paper.pk).saved_at.isoformat(),
        texts={f: getattr(paper, f) for f in ("report", "case_title", "case_text", "results")}, achieved={goal.pk: " "},
    )  # fmt: skip
    with pytest.raises(DomainError) as refused:
        services.submit_paper(**builds.by("clerk"), paper_id=paper.pk, lock_version=0)
    assert goal.title in refused.value.message


def test_a_stale_form_does_not_overwrite(builds: Builds) -> None:
    paper = builds.filled(builds.give())
    with pytest.raises(StaleError):
        services.save_paper(**builds.by("secretary"), paper_id=paper.pk, seen="2026-01-01", texts={"brand": "别的"})
    assert Paper.objects.get(pk=paper.pk).brand == "同心"


def test_a_submitted_paper_is_taken_back_or_sent_back(builds: Builds) -> None:
    build = builds.give()
    paper = builds.submitted(build)
    with pytest.raises(DomainError) as locked:
        services.save_paper(**builds.by("clerk"), paper_id=paper.pk, seen=paper.saved_at.isoformat(), texts={})
    assert locked.value.code == "locked"
    paper = services.recall_paper(**builds.by("secretary"), paper_id=paper.pk, lock_version=paper.lock_version).obj
    assert paper.status == "draft"
    paper = services.submit_paper(**builds.by("clerk"), paper_id=paper.pk, lock_version=paper.lock_version).obj
    back = services.return_paper(
        **builds.by("city_staff"), paper_id=paper.pk, lock_version=paper.lock_version, reason="目标没有数据。"
    ).obj
    assert back.status == "returned"
    assert builds.draft(build).pk == back.pk


def test_a_settled_paper_does_not_change_even_in_the_database(builds: Builds) -> None:
    build = builds.give()
    paper = builds.settled(build, "agreed")
    for change in (lambda: Paper.objects.filter(pk=paper.pk).update(finding="别的"), paper.delete):
        with pytest.raises(Exception, match=r"Cannot (update|delete)"), transaction.atomic():
            change()


def test_progress_is_noted_on_an_agreed_plan(builds: Builds) -> None:
    build = builds.give()
    builds.filled(build)
    row = Milestone.objects.get()
    by = builds.by("clerk")
    with pytest.raises(DomainError) as refused:
        services.finish_milestone(**by, milestone_id=row.pk, done_on=today(), note="已建成")
    assert refused.value.code == "not_agreed"
    builds.planned(build)
    row = Milestone.objects.get()
    for day, note, code in ((ahead(1), "已建成", "date"), (ago(400), "已建成", "date"), (today(), " ", "note")):
        with pytest.raises(DomainError) as refused:
            services.finish_milestone(**by, milestone_id=row.pk, done_on=day, note=note)
        assert refused.value.code == code
    services.finish_milestone(**by, milestone_id=row.pk, done_on=today(), note="建成六个")
    assert Milestone.objects.get().done_on == today()
    with pytest.raises(DomainError) as refused:
        services.finish_milestone(**builds.by("clerk_two"), milestone_id=row.pk, done_on=today(), note="x")
    assert refused.value.code == "forbidden"


def test_files_come_and_go_while_the_paper_is_written(builds: Builds) -> None:
    build = builds.give()
    paper = builds.filled(build)
    content = pdf("proof")
    row, again = (
        add_evidence(**builds.by("clerk"), paper_id=paper.pk, upload=SimpleUploadedFile("佐证.pdf", content))
        for _n in range(2)
    )
    assert again.pk == row.pk
    with pytest.raises(DomainError):
        add_evidence(**builds.by("clerk"), paper_id=paper.pk, upload=SimpleUploadedFile("x.pdf", b"MZ nothing"))
    services.submit_paper(**builds.by("clerk"), paper_id=paper.pk, lock_version=paper.lock_version)
    for act in (
        lambda: add_evidence(**builds.by("clerk"), paper_id=paper.pk, upload=SimpleUploadedFile("b.pdf", pdf("b"))),
        lambda: remove_evidence(**builds.by("clerk"), paper_id=paper.pk, evidence_id=row.pk),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert refused.value.code == "locked"
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.filter(pk=row.pk).delete()


def test_every_change_is_in_the_record(builds: Builds) -> None:
    build = builds.planned(builds.give())
    subjects = set(Change.objects.filter(unit_id=build.school_id).values_list("subject", flat=True))
    assert {"creation.paper", "creation.goal", "creation.milestone"} <= subjects


def test_the_engine_may_decide_without_a_paper(builds: Builds) -> None:
    """The register's own page stays a door: the build is over, whatever lies in a draft."""
    build = builds.planned(builds.give(since=ago(720)))
    builds.settled(build, "passed")
    builds.submitted(build)
    row = fresh(build)
    accept_designation(
        **builds.by("city_admin"), designation_id=row.pk, lock_version=row.lock_version, finding="集体研究"
    )
    with pytest.raises(DomainError):
        check(builds, Paper.objects.get(kind="acceptance"), "passed")
    assert fresh(build).status == "accepted"


@pytest.mark.django_db(transaction=True)
def test_two_checkers_at_the_same_moment_settle_a_paper_once() -> None:
    """A finding each, in real transactions: one stands, with its step of the title; the other is told that it was late."""
    from tests.support.city import build_small_city
    from tests.support.concurrency import at_once, refusals
    from tests.support.creation import build_builds

    builds = build_builds(build_small_city())
    paper = builds.submitted(builds.planned(builds.give(since=ago(360))))
    given = {"paper_id": paper.pk, "lock_version": paper.lock_version, "finding": FINDING}
    answers = at_once(
        lambda: settle_paper(**builds.by("city_admin"), **given, result="passed"),
        lambda: settle_paper(**builds.by("city_staff"), **given, result="rectify", until=ahead(60)),
        lambda: settle_paper(**builds.by("city_admin"), **given, result="passed"),
    )
    assert set(refusals(answers)) <= {"stale"}
    assert refusals(answers)
    paper.refresh_from_db()
    title = Designation.objects.get()
    assert (paper.status, paper.result, title.status) in (
        ("settled", "passed", "passed_midterm"), ("settled", "rectify", "rectifying"),
    )  # fmt: skip
    steps = Event.objects.filter(process="selection.designation", object_id=title.pk)
    assert [step.action for step in steps] == ["pass_midterm" if paper.result == "passed" else "rectify"]


@pytest.mark.django_db(transaction=True)
def test_a_paper_that_is_taken_back_while_it_is_checked_is_one_or_the_other() -> None:
    from tests.support.city import build_small_city
    from tests.support.concurrency import at_once, refusals
    from tests.support.creation import build_builds

    builds = build_builds(build_small_city())
    paper = builds.submitted(builds.give())
    given = {"paper_id": paper.pk, "lock_version": paper.lock_version}
    answers = at_once(
        lambda: services.recall_paper(**builds.by("clerk"), **given),
        lambda: settle_paper(**builds.by("city_admin"), **given, result="agreed", finding=FINDING),
    )
    assert refusals(answers) == ["stale"]
    paper.refresh_from_db()
    assert (paper.status, paper.result) in (("draft", ""), ("settled", "agreed"))


def reopen(builds: Builds, plan: Paper, *, by: str = "city_admin", reason: str = "目标要随课程调整") -> Paper:
    return services.reopen_plan(**builds.by(by), paper_id=plan.pk, lock_version=plan.lock_version, reason=reason).obj


def test_an_agreed_plan_is_opened_again_with_a_reason_and_agreed_anew(builds: Builds) -> None:
    build = builds.planned(builds.give(since=ago(100)))
    plan = Paper.objects.get()
    milestone = Milestone.objects.get()
    services.finish_milestone(**builds.by("clerk"), milestone_id=milestone.pk, done_on=ago(5), note="建成六个")
    with pytest.raises(DomainError) as refused:
        reopen(builds, plan, reason=" ")
    assert refused.value.code == "comment_required"
    plan = reopen(builds, plan)
    assert (plan.status, plan.result, plan.finding, plan.settled_on) == ("returned", "", "", None)
    assert plan.due_on == ahead(30)
    step = Event.objects.filter(action="reopen").get()
    assert (step.comment, step.payload["finding"]) == ("目标要随课程调整", FINDING)
    duty = get_build(scope=builds.city.scope("clerk"), pk=build.pk)
    assert (duty.next_kind, duty.next_due, duty.paper_status) == ("plan", ahead(30), "returned")
    with pytest.raises(DomainError) as refused:
        services.finish_milestone(**builds.by("clerk"), milestone_id=milestone.pk, done_on=ago(1), note="又建一个")
    assert refused.value.code == "not_agreed"
    services.save_paper(
        **builds.by("clerk"), paper_id=plan.pk, seen=plan.saved_at.isoformat(),
        texts={section.field: getattr(plan, section.field) for section in SECTIONS["plan"]}, goals=[services.GoalLine("支部标准化达标率", "75%", "98%")],
        milestones=[
            services.MilestoneLine("编一本案例集", ahead(200)), services.MilestoneLine(milestone.measure, ahead(100)),
        ],
    )  # fmt: skip
    kept = {row.measure: (row.done_on, row.note) for row in Milestone.objects.all()}
    assert kept == {"编一本案例集": (None, ""), milestone.measure: (ago(5), "建成六个")}
    plan.refresh_from_db()
    plan = services.submit_paper(**builds.by("clerk"), paper_id=plan.pk, lock_version=plan.lock_version).obj
    assert check(builds, plan, "agreed").obj.status == "settled"
    assert fresh(build).status == "cultivating"


def test_only_a_plan_is_opened_again_and_only_before_the_midterm_check(builds: Builds) -> None:
    build = builds.planned(builds.give(since=ago(360)))
    plan = Paper.objects.get()
    draft = builds.draft(build)
    with pytest.raises(DomainError) as refused:
        reopen(builds, plan)
    assert refused.value.code == "open_paper"
    Paper.objects.filter(pk=draft.pk).delete()
    report = builds.settled(build, "passed")
    for paper, code in ((report, "not_plan"), (plan, "too_late")):
        with pytest.raises(DomainError) as refused:
            reopen(builds, Paper.objects.get(pk=paper.pk))
        assert refused.value.code == code
        assert Paper.objects.get(pk=paper.pk).status == "settled"


def test_a_plan_is_opened_again_once_and_by_its_level(builds: Builds) -> None:
    builds.planned(builds.give())
    plan = Paper.objects.get()
    for name in ("district_admin", "clerk", "secretary", "inspector"):
        with pytest.raises(DomainError) as refused:
            reopen(builds, plan, by=name)
        assert refused.value.code == "forbidden", name
    reopen(builds, plan)
    reopen(builds, plan)
    assert Event.objects.filter(action="reopen").count() == 1


def test_the_database_lets_a_settled_plan_only_be_opened_again(builds: Builds) -> None:
    builds.planned(builds.give())
    with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
        Paper.objects.update(brand="别的")
    with pytest.raises(InternalError, match="Cannot delete"), transaction.atomic():
        Paper.objects.all().delete()
