"""City batches are rounds of the engine; what they ask beyond it: a secretary, and both proofs in the form."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from districts.models import District, Journal, Role, Unit
from portal.workflow.errors import DomainError
from projects.leaders.requirements import no_secretary
from projects.leaders.selectors.standing import get_post
from projects.selection.models import Application, Designation, DesignationKind, Round, Veto
from projects.selection.selectors.cases import list_candidates
from projects.selection.services import applications, designations, rounds
from projects.selection.services.kinds import load_kinds
from tests.support.city import make_office, make_school
from tests.support.leaders import Leaders, ago, secretary_office, today
from tests.support.selection import Contest, make_round
from tests.support.standing import standing

PROOFS = (
    {"code": "party_proof", "section": "一、党建带头", "title": "党建带头证明"},
    {"code": "work_proof", "section": "二、业务带头", "title": "业务带头证明"},
)


@standing
def kind(leaders: Leaders) -> DesignationKind:
    contest = make_round(leaders.city, code="programmes-first", publish=False)
    load_kinds()
    contest.round.delete()
    return DesignationKind.objects.get(code="dual-leader")


def batch(leaders: Leaders, kind: DesignationKind, **given: object) -> Contest:
    return make_round(
        leaders.city, code="dl-2026", designation_kind=kind, publish=False, **{"holder_kind": "post", **given}
    )  # fmt: skip


def test_a_batch_without_both_proofs_is_not_published(leaders: Leaders, kind: DesignationKind) -> None:
    contest = batch(leaders, kind)
    assert len(rounds.missing_parts(contest.round)) == 2
    with pytest.raises(DomainError) as refused:
        rounds.publish_round(**contest.chair, round_id=contest.round.pk, lock_version=0)
    assert refused.value.status == 422
    optional = [PROOFS[0], {**PROOFS[1], "required": False}]
    rounds.set_questions(**contest.chair, round_id=contest.round.pk, rows=optional)
    (gap,) = rounds.missing_parts(contest.round)
    assert "业务带头证明" in gap
    rounds.set_questions(**contest.chair, round_id=contest.round.pk, rows=PROOFS)
    assert rounds.missing_parts(contest.round) == []


def test_the_holder_of_a_batch_is_a_post(leaders: Leaders, kind: DesignationKind) -> None:
    contest = batch(leaders, kind, holder_kind="school")
    rounds.set_questions(**contest.chair, round_id=contest.round.pk, rows=PROOFS)
    (gap,) = rounds.missing_parts(contest.round)
    assert "职务" in gap


def published(leaders: Leaders, kind: DesignationKind) -> Round:
    contest = batch(leaders, kind)
    rounds.set_questions(**contest.chair, round_id=contest.round.pk, rows=PROOFS)
    rounds.publish_round(**contest.chair, round_id=contest.round.pk, lock_version=0)
    return contest.fresh()


def test_a_secretary_of_a_party_organisation_applies(leaders: Leaders, kind: DesignationKind) -> None:
    round_ = published(leaders, kind)
    office = leaders.city.users["secretary"].offices.get()
    by = leaders.by("secretary")
    (candidate,) = list_candidates(scope=by["scope"], round_=round_)
    assert candidate.label == "云台小学 学校党组织书记"
    case = applications.begin_application(**by, round_id=round_.pk, school=leaders.city.one, office=office)
    assert case.holder_kind == "post"


def test_other_posts_schools_without_organisation_and_vetoes_do_not(leaders: Leaders, kind: DesignationKind) -> None:
    round_ = published(leaders, kind)
    by = leaders.by("secretary")
    office = leaders.city.users["secretary"].offices.get()
    clerk = Unit.objects.get(pk=leaders.city.one.pk).offices.get(role=Role.SCHOOL_CLERK, valid_to=None)

    def refusal(holder: object) -> str:
        with pytest.raises(DomainError) as refused:
            applications.begin_application(**by, round_id=round_.pk, school=leaders.city.one, office=holder)
        assert refused.value.code == "not_eligible"
        return refused.value.message

    assert "党组织书记" in refusal(clerk)
    veto = Veto.objects.create(
        school=leaders.city.one, reason="师德师风问题", valid_from=ago(5), recorded_by=leaders.city.users["city_admin"]
    )  # fmt: skip
    assert "一票否决" in refusal(office)
    veto.delete()
    Unit.objects.filter(pk=leaders.one.pk).update(valid_to=today())
    assert "没有对应的党组织" in refusal(office)


def entitled(leaders: Leaders, kind: DesignationKind, since: date) -> Designation:
    row = Designation(holder_kind="post", school=leaders.city.one, office=secretary_office(leaders.city.one))
    return designations.record_designation(
        **leaders.by("city_admin"), holder=row, kind=kind, level="city", batch="首批", official_title="首批双带头人",
        source="文件", valid_from=since,
    )  # fmt: skip


def test_a_title_meets_the_standard_while_it_is_valid_and_its_holder_in_office(
    leaders: Leaders, kind: DesignationKind
) -> None:
    row = entitled(leaders, kind, ago(100))

    def state(days: int) -> str:
        return get_post(leaders.one, on=ago(days)).state

    assert (state(101), state(100), state(0)) == ("missing", "meets", "meets")
    assert District.objects.get(pk=row.district_id) == leaders.city.wuxi
    assert Journal.objects.filter(topic="school.designation", unit_id=leaders.city.one.pk).exists()
    office = row.office
    assert office is not None
    office.valid_to = ago(10)
    office.save()
    assert (state(11), state(10)) == ("meets", "missing")
    office.valid_to = None
    office.save()
    designations.withdraw_designation(
        **leaders.by("city_admin"), designation_id=row.pk, lock_version=0, reason="不再担任"
    )
    assert (state(1), state(0)) == ("meets", "missing")


def test_another_title_says_nothing_about_the_standard(leaders: Leaders, kind: DesignationKind) -> None:
    entitled(leaders, DesignationKind.objects.get(code="case-study"), ago(100))
    assert get_post(leaders.one, on=today()).state == "missing"


def test_many_cases_of_a_batch_are_looked_at_as_one_is(leaders: Leaders, kind: DesignationKind) -> None:
    """Secretaries pass, another post and a school without organisation do not; one query for any number."""
    round_ = published(leaders, kind)
    assert round_.designation_kind == kind
    office = secretary_office(leaders.city.one)
    clerk = Unit.objects.get(pk=leaders.city.one.pk).offices.get(role=Role.SCHOOL_CLERK, valid_to=None)
    bare = make_school("5002389001", "白塔小学", leaders.city.wuxi)
    elsewhere = make_office(Role.SCHOOL_SECRETARY, Unit.objects.get(pk=bare.pk))
    cases = [
        Application(round=round_, holder_kind="post", school=school, office=post)
        for school, post in (
            (leaders.city.one, office), (leaders.city.one, clerk), (leaders.city.one, None), (bare, elsewhere),
        )
    ]  # fmt: skip
    seen = []
    for some in (cases[:1], cases):
        with CaptureQueriesContext(connection) as queries:
            answers = no_secretary(round_, some)
        seen.append(len(queries))
    assert answers[0] == ""
    assert all("党组织书记" in answer for answer in answers[1:3])
    assert "没有对应的党组织" in answers[3]
    assert seen == [1, 1]
