"""The school enters both proofs, somebody else in the district confirms, and it stands for its term."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from districts.models import Journal, Unit
from portal.workflow.errors import DomainError, StaleError
from portal.workflow.models import Event
from projects.leaders.models import Assessment, GapPlan, Standard
from projects.leaders.selectors.standing import describe_posts, get_post, list_posts, list_tallies
from projects.leaders.services import assessments as services
from projects.leaders.services.plans import close_plan, plan_gap
from projects.leaders.services.standards import load_standard, revise_standard
from projects.selection.calendar import add_months
from tests.support.city import make_office
from tests.support.leaders import NOTHING, PARTY, WORK, Leaders, ago, today


def state(leaders: Leaders, *, days_ago: int = 0) -> str:
    return get_post(leaders.one, on=ago(days_ago)).state


def test_both_proofs_confirmed_meet_the_standard_for_the_term(leaders: Leaders) -> None:
    row = leaders.confirmed(on=ago(30))
    assert row.meets
    assert row.valid_to == add_months(row.assessed_on, 36)
    assert (state(leaders, days_ago=31), state(leaders, days_ago=30), state(leaders)) == ("missing", "meets", "meets")
    assert get_post(leaders.one, on=row.valid_to - timedelta(days=1)).state == "meets"
    assert get_post(leaders.one, on=row.valid_to).state == "expired"


@pytest.mark.parametrize(("party", "work"), [(NOTHING, WORK), (PARTY, NOTHING), (NOTHING, NOTHING)])
def test_one_side_alone_does_not_meet_it(leaders: Leaders, party: tuple[str, str], work: tuple[str, str]) -> None:
    assert not leaders.confirmed(party=party, work=work).meets
    assert state(leaders) == "short"


def test_what_is_not_confirmed_does_not_count(leaders: Leaders) -> None:
    leaders.draft()
    assert state(leaders) == "missing"
    row = Assessment.objects.get()
    services.submit_assessment(**leaders.by("clerk"), assessment_id=row.pk, lock_version=0)
    assert state(leaders) == "missing"
    assert not Journal.objects.filter(topic="school.leaders").exists()


@pytest.mark.parametrize(
    ("party", "work", "field"),
    [
        (("述职评议为“好”", ""), WORK, "party_proof"),
        (("", "文件"), WORK, "party_kind"),
        (PARTY, ("自己说的", "没有"), "work_kind"),
        (PARTY, ("高级职称", "  "), "work_proof"),
    ],
)
def test_a_proof_is_a_known_kind_with_its_document(
    leaders: Leaders, party: tuple[str, str], work: tuple[str, str], field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        leaders.draft(party=party, work=work)
    assert refused.value.extra["field"] == field
    assert not Assessment.objects.exists()


def test_an_assessment_is_not_of_tomorrow(leaders: Leaders) -> None:
    with pytest.raises(DomainError) as refused:
        leaders.draft(on=ago(-1))
    assert refused.value.code == "date"


def test_only_the_school_itself_enters(leaders: Leaders) -> None:
    for name in ("clerk_two", "reviewer", "district_admin", "city_admin", "other_clerk", "expert"):
        with pytest.raises(DomainError) as refused:
            leaders.draft(by=name)
        assert refused.value.status == 403


def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(leaders: Leaders) -> None:
    first = leaders.draft()
    seen = first.saved_at.isoformat()
    leaders.draft(by="secretary", work=NOTHING, seen=seen)
    with pytest.raises(StaleError):
        leaders.draft(seen=seen)
    assert Assessment.objects.get().work_kind == ""


def test_a_waiting_one_is_first_taken_back(leaders: Leaders) -> None:
    row = leaders.submitted()
    with pytest.raises(DomainError) as refused:
        leaders.draft(seen=row.saved_at.isoformat())
    assert refused.value.code == "waiting"
    services.recall_assessment(**leaders.by("clerk"), assessment_id=row.pk, lock_version=row.lock_version)
    row.refresh_from_db()
    assert leaders.draft(work=NOTHING, seen=row.saved_at.isoformat()).pk == row.pk


def test_who_does_not_meet_it_needs_a_plan_before_it_is_handed_in(leaders: Leaders) -> None:
    row = leaders.draft(work=NOTHING)
    with pytest.raises(DomainError) as refused:
        services.submit_assessment(**leaders.by("clerk"), assessment_id=row.pk, lock_version=0)
    assert refused.value.code == "plan_missing"
    leaders.plan(leaders.one)
    done = services.submit_assessment(**leaders.by("clerk"), assessment_id=row.pk, lock_version=0)
    assert done.obj.status == "submitted"


def test_nobody_confirms_what_the_same_person_submitted(leaders: Leaders) -> None:
    make_office("district_reviewer", Unit.objects.get(pk=leaders.city.wuxi.pk), leaders.city.users["clerk"])
    row = leaders.submitted()
    with pytest.raises(DomainError) as refused:
        services.confirm_assessments(**leaders.by("clerk"), versions={row.pk: row.lock_version})
    assert refused.value.code == "four_eyes"
    with pytest.raises(DomainError) as refused:
        services.return_assessment(**leaders.by("clerk"), assessment_id=row.pk, lock_version=1, reason="改")
    assert refused.value.code == "four_eyes"
    assert len(services.confirm_assessments(**leaders.by("reviewer2"), versions={row.pk: row.lock_version})) == 1


def test_all_that_is_ticked_is_confirmed_or_nothing(leaders: Leaders) -> None:
    one, two = leaders.submitted(), leaders.submitted(leaders.two, by="clerk_two")
    with pytest.raises(StaleError):
        services.confirm_assessments(
            **leaders.by("reviewer"), versions={one.pk: one.lock_version, two.pk: two.lock_version + 1}
        )
    assert set(Assessment.objects.values_list("status", flat=True)) == {"submitted"}
    other = leaders.submitted(leaders.other, by="other_clerk")
    with pytest.raises(DomainError) as refused:
        services.confirm_assessments(
            **leaders.by("reviewer"), versions={one.pk: one.lock_version, other.pk: other.lock_version}
        )
    assert refused.value.code == "forbidden"
    assert set(Assessment.objects.values_list("status", flat=True)) == {"submitted"}
    versions = {one.pk: one.lock_version, two.pk: two.lock_version}
    assert len(services.confirm_assessments(**leaders.by("reviewer"), versions=versions)) == 2
    assert set(Journal.objects.filter(topic="school.leaders").values_list("unit_id", flat=True)) == {
        leaders.city.one.pk, leaders.city.two.pk,
    }  # fmt: skip


def test_a_second_click_on_confirm_changes_nothing(leaders: Leaders) -> None:
    row = leaders.submitted()
    versions = {row.pk: row.lock_version}
    services.confirm_assessments(**leaders.by("reviewer"), versions=versions)
    assert services.confirm_assessments(**leaders.by("reviewer"), versions=versions) == []
    assert Event.objects.filter(process="leaders.assessment", action="confirm").count() == 1
    # The same tick of somebody else is stale.
    with pytest.raises(StaleError):
        services.confirm_assessments(**leaders.by("reviewer2"), versions=versions)


def test_bulk_confirmation_asks_as_often_for_three_as_for_one(
    leaders: Leaders, django_assert_num_queries: object
) -> None:
    rows = [leaders.submitted(), leaders.submitted(leaders.two, by="clerk_two")]
    for chosen in (rows[:1], rows[1:]):
        with django_assert_num_queries(10):  # type: ignore[operator]
            services.confirm_assessments(
                **leaders.by("reviewer"), versions={row.pk: row.lock_version for row in chosen}
            )


def test_the_newest_confirmed_one_speaks(leaders: Leaders) -> None:
    leaders.confirmed(on=ago(400))
    leaders.confirmed(work=NOTHING, on=ago(100))
    assert (state(leaders, days_ago=200), state(leaders)) == ("meets", "short")


def test_an_ended_one_counted_until_then(leaders: Leaders) -> None:
    row = leaders.confirmed(on=ago(100))
    services.end_assessment(
        **leaders.by("reviewer"), assessment_id=row.pk, lock_version=row.lock_version, reason="书记换任"
    )
    assert (state(leaders, days_ago=1), state(leaders)) == ("meets", "missing")
    with pytest.raises(DomainError):
        services.end_assessment(**leaders.by("clerk"), assessment_id=row.pk, lock_version=3, reason="不该")


def test_the_database_keeps_one_open_and_two_proofs(leaders: Leaders) -> None:
    row = leaders.draft()
    for change in (
        {"party_proof": ""}, {"status": "confirmed"}, {"status": "nonsense"}, {"status": "ended", "valid_to": today()},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Assessment.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.create(
            organisation=leaders.one, school=leaders.city.one, status="draft", standard=row.standard,
            assessed_on=today(), saved_by=leaders.city.users["clerk"],
        )  # fmt: skip


def test_plans_are_dated_and_closed_with_a_result(leaders: Leaders) -> None:
    with pytest.raises(DomainError) as refused:
        plan_gap(**leaders.by("clerk"), organisation=leaders.one, measures="跟岗学习一学期，申报骨干。", due_on=today())
    assert refused.value.extra["field"] == "due_on"
    with pytest.raises(DomainError) as refused:
        plan_gap(**leaders.by("clerk"), organisation=leaders.one, measures="学习", due_on=ago(-9))
    assert refused.value.extra["field"] == "measures"
    leaders.plan(leaders.one)
    leaders.plan(leaders.one, by="reviewer")
    plan = GapPlan.objects.get()
    with pytest.raises(DomainError):
        close_plan(**leaders.by("clerk"), plan_id=plan.pk, outcome=" ")
    with pytest.raises(DomainError):
        close_plan(**leaders.by("clerk_two"), plan_id=plan.pk, outcome="已评为骨干教师")
    close_plan(**leaders.by("clerk"), plan_id=plan.pk, outcome="已评为骨干教师")
    close_plan(**leaders.by("clerk"), plan_id=plan.pk, outcome="又写一次")
    plan.refresh_from_db()
    assert plan.outcome == "已评为骨干教师"


def test_tallies_add_up_and_lists_follow_their_filters(leaders: Leaders) -> None:
    leaders.confirmed()
    leaders.confirmed(leaders.two, by="clerk_two", work=NOTHING)
    total, parts = list_tallies(scope=leaders.city.scope("city_staff"), on=today())
    assert [(p.unit.code, p.counts["meets"], p.counts["short"], p.counts["missing"], p.plans) for p in parts] == [
        ("500116", 0, 0, 1, 0), ("500238", 1, 1, 0, 1),
    ]  # fmt: skip
    assert (total.posts, total.counts["meets"], round(total.coverage or 0, 1)) == (3, 1, 33.3)
    _total, schools = list_tallies(scope=leaders.city.scope("reviewer"), on=today(), district="500238")
    assert [(p.unit.name, p.coverage) for p in schools] == [("云台小学", 100.0), ("城厢中学", 0.0)]
    seen = leaders.city.scope("city_staff")

    def names(**filters: str) -> list[str]:
        keys = list_posts(scope=seen, on=today(), filters=filters)
        return [post.organisation.school.name for post in describe_posts(keys)]

    assert names() == ["聚奎中学", "云台小学", "城厢中学"]
    assert names(state="short") == names(plan="open") == ["城厢中学"]
    assert names(plan="none", district="500238") == ["云台小学"]
    assert names(plan="overdue") == names(q="没有") == []
    assert names(school="5001160001") == ["聚奎中学"]
    outside = list_posts(scope=leaders.city.scope("other_clerk"), on=today(), filters={"district": "500238"})
    assert outside == []


def test_the_city_revises_the_standard_from_a_day_on(leaders: Leaders) -> None:
    given = {
        "party_text": "甲", "work_text": "乙", "party_kinds": ["述职评议为“好”"], "work_kinds": ["正高级职称"],
        "term_months": 24, "source": "文件",
    }  # fmt: skip
    with pytest.raises(DomainError) as refused:
        revise_standard(**leaders.by("district_admin"), valid_from=today(), **given)
    assert refused.value.status == 403
    with pytest.raises(DomainError) as refused:
        revise_standard(**leaders.by("city_admin"), valid_from=today(), **{**given, "work_kinds": []})
    assert refused.value.extra["field"] == "work_kinds"
    revise_standard(**leaders.by("city_admin"), valid_from=ago(10), **given)
    with pytest.raises(DomainError) as refused:
        revise_standard(**leaders.by("city_admin"), valid_from=ago(10), **given)
    assert refused.value.code == "date"
    # What was assessed before stands under the older standard; what comes after does not know its kinds.
    assert leaders.confirmed(on=ago(20)).standard.term_months == 36
    with pytest.raises(DomainError) as refused:
        leaders.draft(on=ago(5))
    assert refused.value.extra["field"] == "work_kind"
    assert not load_standard()
    assert Standard.objects.count() == 2
