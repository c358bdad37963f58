"""A topic from its contract to its closing, by services: what each finding does to it, and what is refused."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from portal.audit.models import Change
from portal.workflow.errors import DomainError, StaleError
from portal.workflow.models import Event
from projects.selection.calendar import add_months
from projects.selection.models import Designation
from projects.topics.models import BudgetLine, Evidence, Output, Paper, Regulation, Topic
from projects.topics.services import papers as services
from projects.topics.services.checks import settle_paper
from projects.topics.services.evidence import add_evidence, remove_evidence
from projects.topics.services.regulations import load_regulation, revise_regulation
from tests.support.api import Api
from tests.support.files import pdf
from tests.support.topics import FINDING, Topics, ago, ahead, fresh, today


def refused(act: Any, *args: Any, **given: Any) -> DomainError:
    with pytest.raises(DomainError) as found:
        act(*args, **given)
    return found.value


def test_a_topic_goes_from_its_contract_to_its_closing(topics: Topics) -> None:
    topic = topics.funded(since=ago(720))
    rules = topic.regulation
    assert rules is not None
    assert (topic.status, topic.code, topic.amount) == ("funded", f"{ago(720).year}-01", rules.amount)
    assert topic.next_due == ago(720) + timedelta(days=rules.contract_days)
    assert topic.due_on == add_months(ago(720), rules.term_months)
    topics.settled(topic, "contract", "agreed")
    topic = fresh(topic)
    assert (topic.status, topic.contract_number) == ("contracted", "RW-01")
    assert topic.next_due == today() + timedelta(days=rules.opening_days)
    topics.settled(topic, "opening", "passed", by="city_staff")
    assert (fresh(topic).status, fresh(topic).next_due) == ("opened", topic.midterm_due)
    topics.settled(topic, "midterm", "passed", by="city_staff")
    assert (fresh(topic).status, fresh(topic).next_due) == ("midterm", topic.due_on)
    topics.settled(topic, "closing", "passed")
    topic = fresh(topic)
    assert (topic.status, topic.closed_on, topic.next_due) == ("closed", today(), None)
    successor = Designation.objects.get(predecessor=topic.designation)
    assert (successor.kind.code, successor.subject_id, successor.valid_from) == ("closed-topic", topic.pk, today())
    assert [p.kind for p in Paper.objects.order_by("id")] == ["contract", "opening", "midterm", "closing"]
    steps = Event.objects.filter(process="topics.topic", object_id=topic.pk).order_by("id")
    assert list(steps.values_list("action", flat=True)) == ["award", "contract", "open", "pass_midterm", "close"]
    assert refused(topics.draft, topic, "closing").code == "not_now"


def test_what_does_not_pass_is_due_again_on_the_day_of_the_finding(topics: Topics) -> None:
    topic = topics.at("contracted")
    paper = topics.submitted(topic, "opening")
    for until in (None, today(), ago(1)):
        assert refused(topics.settle, paper, "rectify", until=until).code == "until"
    topics.settle(paper, "rectify", until=ahead(20))
    assert (fresh(topic).status, fresh(topic).next_due) == ("contracted", ahead(20))
    again = topics.draft(topic, "opening")
    assert (again.due_on, again.pk != paper.pk) == (ahead(20), True)


def test_a_closing_may_be_refused_for_good_and_the_title_goes(topics: Topics) -> None:
    topic = topics.at("midterm")
    topics.settled(topic, "closing", "failed")
    topic = fresh(topic)
    assert topic.designation is not None
    assert (topic.status, topic.ended_on, topic.designation.status) == ("failed", today(), "withdrawn")


def test_results_of_another_kind_of_paper_are_refused(topics: Topics) -> None:
    topic = topics.at("opened")
    paper = topics.submitted(topic, "midterm")
    for result in ("agreed", "failed", "refused", "nonsense", ""):
        assert refused(topics.settle, paper, result).code == "result"
    assert fresh(topic).status == "opened"


def test_a_contract_has_a_number_and_its_budget_is_the_funding(topics: Topics) -> None:
    topic = topics.funded()
    paper = topics.draft(topic, "contract")
    by = topics.by("clerk")
    texts = {"report": "研究任务" * 20, "plan": "三月开题，九月中期。" * 5, "results": "研究报告一份，案例两个。"}
    saved = services.save_paper(
        **by, paper_id=paper.pk, seen=paper.saved_at.isoformat(), texts=texts,
        budget=[services.Spending("资料费", 3000)],
    )  # fmt: skip
    error = refused(services.submit_paper, **by, paper_id=paper.pk, lock_version=saved.lock_version)
    assert (error.code, "预算合计 3,000 元，须等于资助金额 10,000 元" in error.message) == ("incomplete", True)
    whole = [services.Spending("资料费", 3000), services.Spending("调研费", 7000)]
    saved = services.save_paper(
        **by, paper_id=paper.pk, seen=saved.saved_at.isoformat(), texts=texts, budget=whole
    )  # fmt: skip
    paper = services.submit_paper(**by, paper_id=paper.pk, lock_version=saved.lock_version).obj
    without: dict[str, Any] = {"paper_id": paper.pk, "lock_version": paper.lock_version, "result": "agreed"}
    error = refused(settle_paper, **topics.by("city_admin"), **without, finding=FINDING)
    assert (error.code, error.extra["field"]) == ("number", "contract_number")
    topics.settle(paper, "agreed")
    assert fresh(topic).status == "contracted"


@pytest.mark.parametrize("kind", ["contract", "closing", "extension", "termination"])
def test_money_term_and_end_are_the_chair_s(topics: Topics, kind: str) -> None:
    topic = topics.funded() if kind == "contract" else topics.at("midterm")
    paper = topics.submitted(topic, kind)
    result = "passed" if kind == "closing" else "agreed"
    assert refused(topics.settle, paper, result, by="city_staff").code == "forbidden"
    assert topics.settle(paper, result).status == "settled"


@pytest.mark.parametrize(
    ("level", "may", "may_not"),
    [
        ("city", "city_staff", ("reviewer", "district_admin", "clerk", "inspector")),
        ("district", "reviewer", ("city_admin", "other_reviewer", "clerk")),
    ],
)
def test_whoever_funds_decides(topics: Topics, level: str, may: str, may_not: tuple[str, ...]) -> None:
    topic = topics.at("contracted", level=level)
    paper = topics.submitted(topic, "opening")
    for name in may_not:
        assert refused(topics.settle, paper, "passed", by=name).code == "forbidden"
    assert topics.settle(paper, "passed", by=may).status == "settled"


def test_a_second_click_finds_the_first_result_and_a_stale_one_is_told(topics: Topics) -> None:
    topic = topics.at("contracted")
    paper = topics.submitted(topic, "opening")
    topics.settle(paper, "passed")
    version = fresh(topic).lock_version
    topics.settle(paper, "passed")
    assert fresh(topic).lock_version == version
    with pytest.raises(StaleError):
        topics.settle(paper, "passed", by="city_staff")


def test_reports_are_begun_not_earlier_than_ninety_days_before(topics: Topics) -> None:
    topic = topics.at("opened", since=ago(100))
    assert refused(topics.draft, topic, "midterm").code == "not_yet"
    Topic.objects.filter(pk=topic.pk).update(next_due=ahead(90))
    assert topics.draft(topic, "midterm").due_on == ahead(90)


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        ("funded", {"contract", "termination"}),
        ("contracted", {"opening", "change", "extension", "termination"}),
        ("opened", {"midterm", "change", "extension", "termination"}),
        ("midterm", {"closing", "change", "extension", "termination"}),
        ("closed", set()),
    ],
)
def test_what_may_be_begun_in_each_state(topics: Topics, status: str, kinds: set[str]) -> None:
    topic = topics.at(status)
    for kind in ("contract", "opening", "midterm", "closing", "change", "extension", "termination", "nonsense"):
        if kind in kinds:
            assert topics.draft(topic, kind).kind == kind
        else:
            assert refused(topics.draft, topic, kind).code == "not_now", kind


def test_one_draft_of_a_kind_and_only_by_the_own_school(topics: Topics) -> None:
    topic = topics.funded()
    paper = topics.draft(topic, "contract")
    assert topics.draft(topic, "contract").pk == paper.pk
    for name in ("clerk_two", "reviewer", "city_admin", "other_clerk"):
        error = refused(services.begin_paper, **topics.by(name), topic_id=topic.pk, kind="contract")
        assert error.code == "forbidden"
    with pytest.raises(IntegrityError), transaction.atomic():
        Paper.objects.create(topic=topic, kind="contract", status="draft", saved_by=topics.city.users["clerk"])


def test_a_change_is_written_into_the_topic_and_its_history(topics: Topics) -> None:
    topic = topics.at("opened")
    topics.settled(topic, "change", "agreed", part="leader", value="教师 0012", by="city_staff")
    assert fresh(topic).leader == "教师 0012"
    event = Event.objects.filter(process="topics.topic", action="change").get()
    assert (event.payload["from"], event.payload["to"]) == ("党总支书记", "教师 0012")
    topics.settled(topic, "change", "refused", part="title", value="另一个完全不同的题目")
    assert fresh(topic).title == "支部建在年级组的实践研究"
    topics.settled(topic, "change", "agreed", part="members", value="8")
    assert (fresh(topic).members, fresh(topic).status) == (8, "opened")


def test_a_changed_title_is_shown_everywhere_and_the_old_one_in_the_history(topics: Topics) -> None:
    topic = topics.at("opened")
    old, new = topic.title, "支部建在学科组的实践研究"
    title = topic.designation
    assert title is not None
    before = title.official_title
    topics.settled(topic, "change", "agreed", part="title", value=new, by="city_staff")
    title.refresh_from_db()
    assert (fresh(topic).title, title.subject_title, title.official_title) == (new, new, before)
    client = topics.city.client("clerk")
    page = client.get(reverse("topics:topic", args=[topic.pk])).content.decode()
    assert f"原名“{old}”" in page
    assert f"变更课题名称：{new}" in page
    for address in (reverse("topics:topics"), reverse("selection:designations")):
        text = client.get(address).content.decode()
        assert new in text, address
        assert old not in text, address
    verified = Client().get(reverse("notices:verify"), {"code": title.check_code}).content.decode()
    assert new in verified
    told = Api(topics.city, "clerk").get(f"/api/v1/topics/{topic.pk}/").json()
    assert (told["title"], told["former_titles"]) == (new, [old])


@pytest.mark.parametrize(
    ("part", "value", "code"), [("members", "许多", "value"), ("members", "0", "value"), ("title", "题" * 101, "value")]
)
def test_a_change_that_cannot_be_written_is_refused_at_once(topics: Topics, part: str, value: str, code: str) -> None:
    topic = topics.at("opened")
    error = refused(topics.filled, topic, "change", part=part, value=value)
    assert (error.code, error.extra["field"]) == (code, "value")


def test_an_extension_moves_the_closing_by_rule_and_only_so_often(topics: Topics) -> None:
    topic = topics.at("midterm")
    due = topic.due_on
    assert due is not None
    last = add_months(due, 12)
    for day in (due, due - timedelta(days=1), last + timedelta(days=1)):
        assert refused(topics.filled, topic, "extension", wanted=day).code == "wanted"
    paper = topics.submitted(topic, "extension", wanted=last)
    assert refused(topics.settle, paper, "agreed", until=last + timedelta(days=1)).code == "wanted"
    granted = topics.settle(paper, "agreed", until=due + timedelta(days=100))
    assert granted.until == due + timedelta(days=100)
    assert (fresh(topic).due_on, fresh(topic).next_due) == (granted.until, granted.until)
    error = refused(topics.draft, topic, "extension")
    assert (error.code, "最多延期 1 次，已延期 1 次" in error.message) == ("extended", True)


def test_a_refused_extension_takes_no_turn_and_before_the_midterm_only_the_closing_moves(topics: Topics) -> None:
    topic = topics.at("contracted")
    topics.settled(topic, "extension", "refused")
    assert fresh(topic).due_on == topic.due_on
    topics.settled(topic, "extension", "agreed")
    moved = fresh(topic)
    assert moved.due_on is not None
    assert topic.due_on is not None
    assert (moved.due_on > topic.due_on, moved.next_due, moved.status) == (True, topic.next_due, "contracted")


@pytest.mark.parametrize("change", [{"extension_times": 0}, {"extension_months": 1}])
def test_the_database_refuses_extensions_beyond_the_rules(topics: Topics, change: dict[str, int]) -> None:
    topic = topics.at("midterm")
    Regulation.objects.update(**change)
    with pytest.raises(IntegrityError, match=r"extended 0 times|more than 1 months"), transaction.atomic():
        Paper.objects.create(
            topic=topic, kind="extension", status="settled", result="agreed", until=topic.due_on + timedelta(days=90),  # type: ignore[operator]
            wanted=topic.due_on, settled_on=today(), saved_by=topics.city.users["clerk"],
        )  # fmt: skip


def test_an_agreed_termination_ends_the_topic_and_its_title(topics: Topics) -> None:
    topic = topics.at("opened")
    draft = topics.draft(topic, "midterm")
    topics.settled(topic, "termination", "refused")
    assert fresh(topic).status == "opened"
    topics.settled(topic, "termination", "agreed")
    topic = fresh(topic)
    assert topic.designation is not None
    assert (topic.status, topic.ended_on, topic.next_due) == ("terminated", today(), None)
    assert topic.designation.status == "withdrawn"
    # What was being written is not handed in any more.
    error = refused(services.submit_paper, **topics.by("clerk"), paper_id=draft.pk, lock_version=0)
    assert error.code == "over"


def test_settled_papers_and_what_belongs_to_them_stay(topics: Topics) -> None:
    topic = topics.at("closed")
    closing, contract = Paper.objects.get(kind="closing"), Paper.objects.get(kind="contract")
    for act in (
        lambda: Paper.objects.filter(pk=closing.pk).update(finding="改写"),
        lambda: Output.objects.filter(paper=closing).update(title="改写"),
        lambda: BudgetLine.objects.filter(paper=contract).delete(),
        lambda: BudgetLine.objects.create(paper=contract, order=9, item="餐费", amount=1),
    ):
        with pytest.raises(Exception, match=r"Cannot update|does not change"), transaction.atomic():
            act()
    assert fresh(topic).status == "closed"
    assert Change.objects.filter(subject="topics.paper", about__kind="closing").exists()


def test_files_are_kept_while_the_paper_is_written(topics: Topics) -> None:
    topic = topics.at("contracted")
    paper = topics.filled(topic, "opening")
    by = topics.by("clerk")
    row = add_evidence(**by, paper_id=paper.pk, upload=SimpleUploadedFile("a.pdf", pdf("a")))
    assert add_evidence(**by, paper_id=paper.pk, upload=SimpleUploadedFile("b.pdf", pdf("a"))).pk == row.pk
    for name in ("clerk_two", "city_admin"):
        error = refused(
            add_evidence, **topics.by(name), paper_id=paper.pk, upload=SimpleUploadedFile("c.pdf", pdf("c"))
        )
        assert error.code == "forbidden"
    paper.refresh_from_db()
    services.submit_paper(**by, paper_id=paper.pk, lock_version=paper.lock_version)
    assert refused(remove_evidence, **by, paper_id=paper.pk, evidence_id=row.pk).code == "locked"
    with pytest.raises(IntegrityError, match="does not change"), transaction.atomic():
        Evidence.objects.filter(pk=row.pk).delete()


def test_somebody_else_s_later_words_are_not_overwritten(topics: Topics) -> None:
    topic = topics.at("contracted")
    paper = topics.draft(topic, "opening")
    with pytest.raises(StaleError):
        services.save_paper(**topics.by("clerk"), paper_id=paper.pk, seen="2026-01-01T00:00:00", texts={})
    error = refused(
        services.save_paper, **topics.by("clerk"), paper_id=paper.pk, seen=paper.saved_at.isoformat(),
        texts={"report": "字" * 3001},
    )  # fmt: skip
    assert (error.code, error.extra["field"]) == ("too_long", "report")


def revised(topics: Topics, day: date, **given: Any) -> Regulation:
    values: dict[str, Any] = {
        "amount": 20000, "contract_days": 20, "opening_days": 40, "midterm_months": 6, "term_months": 12,
        "extension_times": 2, "extension_months": 6, "source": "市委教育工委〔2026〕9号", **given,
    }  # fmt: skip
    return revise_regulation(**topics.by("city_admin"), valid_from=day, **values)


def test_a_topic_keeps_the_rules_under_which_it_was_funded(topics: Topics) -> None:
    assert not load_regulation()
    old = topics.at("midterm")
    revised(topics, ago(10))
    new = topics.funded(topics.city.two, since=ago(5))
    assert (old.amount, new.amount) == (10000, 20000)
    assert new.due_on == add_months(ago(5), 12)
    topics.settled(old, "extension", "agreed")
    assert refused(topics.draft, fresh(old), "extension").code == "extended"


def test_rules_are_revised_by_the_city_forwards_only(topics: Topics) -> None:
    revised(topics, ago(10))
    assert refused(revised, topics, ago(10)).code == "date"
    assert refused(revised, topics, ahead(10), midterm_months=12).code == "midterm"
    by = topics.by("district_admin")
    error = refused(
        revise_regulation, **by, valid_from=ahead(5), amount=1, contract_days=1, opening_days=1, midterm_months=1,
        term_months=2, extension_times=0, extension_months=1, source="x",
    )  # fmt: skip
    assert error.code == "forbidden"
