"""District rounds from data: a brand, a course, a case go from the call to a title without a line of code."""

import itertools
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from districts.models import City, Role
from portal.workflow.errors import DomainError
from projects.brands.selectors import list_fares
from projects.programmes.services import load_programmes
from projects.selection.models import (
    Application,
    Assignment,
    Designation,
    DesignationKind,
    PublicNotice,
    Round,
    StageKind,
)
from projects.selection.services import applications, designations, notices, panel, results, rounds, sheets
from projects.selection.services.kinds import load_kinds
from projects.selection.services.templates import Template, read_templates, start_round
from schools.showcase.models import Brand
from schools.showcase.services.brands import change_brand, end_brand, remove_brand
from schools.showcase.services.exhibits import remove_exhibit
from tests.support.api import Api
from tests.support.city import make_office, make_user
from tests.support.selection import COMMENT, expert_of, move_to, open_now, unit_of
from tests.support.showcase import Showcase, ago, today
from tests.support.standing import standing

pytestmark = pytest.mark.usefixtures("kinds")
UNHEARD = """
[storytelling]
title = "讲好品牌故事"
designation_kind = "outstanding-brand"
programme = "dual_creation"
holder_kind = "brand"
has_recommendation = false
target = 1
panel_size = 2
trim = 0
trim_from = 1
tie_rule = ["voice"]
comment_minimum = 10
days = { application = 3, eligibility = 3, review = 3, notice = 5 }
questions = [{ code = "story", section = "一、故事", title = "讲一个故事", min_length = 5, max_length = 100 }]
criteria = [
  { code = "plot", title = "情节", maximum = 60 },
  { code = "voice", title = "讲述", maximum = 40, anchors = [[0, "平"], [30, "动人"]] },
]
"""
STORY = "年级组党员教师每周给学生讲一个红岩故事，学生自己改编成剧。"


@standing
def kinds() -> None:
    load_programmes()
    load_kinds()


@pytest.fixture
def story(tmp_path: Path) -> Template:
    """A kind of round that the portal has never heard of."""
    file = tmp_path / "templates.toml"
    file.write_text(UNHEARD, encoding="utf-8")
    return read_templates(file)["storytelling"]


def start(showcase: Showcase, template: Template, *, publish: bool = True, **given: Any) -> Round:
    by = showcase.by("district_admin")
    values = {"code": "wx-2026", "title": "首届", "official_title": "巫溪县首届评选", "starts_on": today(), **given}
    round_ = start_round(**by, unit=unit_of(showcase.city.wuxi), template=template, **values)
    if publish:
        rounds.publish_round(**by, round_id=round_.pk, lock_version=0)
        move_to(round_, StageKind.APPLICATION, StageKind.ELIGIBILITY)
    return Round.objects.select_related("unit").get(pk=round_.pk)


def enter(showcase: Showcase, round_: Round, subject: Any, *, by: str = "clerk") -> Application:
    """Begun, filled, handed in by the school of the thing."""
    who = showcase.by(by)
    case = applications.begin_application(**who, round_id=round_.pk, school=subject.school, subject_id=subject.pk)
    answers = {q.code: STORY * 10 for q in round_.questions.filter(kind="text")}
    answers = {code: text[: round_.questions.get(code=code).max_length] for code, text in answers.items()}
    applications.save_answers(**who, application_id=case.pk, seen_version=1, answers=answers)
    return applications.submit_application(**who, application_id=case.pk, lock_version=0).obj


def to_review(showcase: Showcase, round_: Round) -> None:
    """Every case accepted by the district, experts registered, the panel drawn."""
    by = showcase.by("district_admin")
    for case in Application.objects.filter(round=round_):
        applications.accept_application(**by, application_id=case.pk, lock_version=case.lock_version)
    place = unit_of(City.objects.get())
    for _n in range(3):
        office = make_office(Role.EXPERT, place, make_user())
        panel.register_expert(**showcase.by("city_admin"), office=office, expertise=[], employer=None)
    move_to(round_, StageKind.REVIEW)
    panel.draw_panel(**by, round_id=round_.pk, lock_version=1, seed="2026-1")


def score_all(round_: Round, points: dict[int, dict[str, int]]) -> None:
    """`points`: case → criterion → points, the same from every expert."""
    for sheet in Assignment.objects.filter(round=round_).select_related("expert__office__user"):
        who = expert_of(sheet)
        sheets.declare_free(**who, assignment_id=sheet.pk)
        for code, value in points[sheet.application_id].items():
            sheets.save_mark(
                **who, assignment_id=sheet.pk, criterion=code, points=f"{value}", explanation="有具体的证据和数据。"
            )
        sheets.save_comment(**who, assignment_id=sheet.pk, comment=COMMENT)
        sheets.submit_sheet(**who, assignment_id=sheet.pk, lock_version=0)


def to_end(showcase: Showcase, round_: Round) -> None:
    """Published, on public notice, announced."""
    by = showcase.by("district_admin")
    results.close_review(**by, round_id=round_.pk, lock_version=2)
    open_now(round_, StageKind.NOTICE, StageKind.ANNOUNCEMENT)
    results.publish_decisions(
        **by, round_id=round_.pk, lock_version=3, number="WX-1", issuer="巫溪县委教育工委（演示）", starts_on=today(),
    )  # fmt: skip
    PublicNotice.objects.update(starts_on=ago(20), ends_on=ago(9))
    notices.announce_round(**by, round_id=round_.pk, lock_version=4)


def test_a_round_that_nobody_programmed_runs_from_the_call_to_the_title(showcase: Showcase, story: Template) -> None:
    round_ = start(showcase, story)
    first = showcase.brand()
    second = showcase.brand("同行", by="clerk_two", school=showcase.city.two)
    cases = {enter(showcase, round_, first).pk: 50, enter(showcase, round_, second, by="clerk_two").pk: 20}
    to_review(showcase, round_)
    score_all(round_, {pk: {"plot": plot, "voice": 30} for pk, plot in cases.items()})
    to_end(showcase, round_)
    title = Designation.objects.get()
    assert (title.holder_kind, title.subject_id, title.level) == ("brand", first.pk, "district")
    assert (title.kind.code, title.holder_name, title.batch) == ("outstanding-brand", "圆善红烛（云台小学）", "首届")
    # Announced: the school sees its own score and its criteria, and who scored nobody sees.
    (fare,) = list_fares(scope=showcase.city.scope("clerk"), kind="brand", subject_id=first.pk)
    assert (fare.score, fare.rank, fare.among) == (Decimal(80), 1, 2)
    assert [(part.title, part.mean, part.maximum) for part in fare.parts] == [("情节", 50, 60), ("讲述", 30, 40)]
    page = showcase.city.client("clerk").get(reverse("showcase:brand", args=[first.pk])).content.decode()
    for text in ("优秀党建品牌", "80.0", "1/2", "情节 50.0/60"):
        assert text in page, text
    told = Api(showcase.city, "clerk").get(f"/api/v1/brands/{first.pk}/").json()
    assert [(row["round"], row["score"], row["rank"], row["among"]) for row in told["rounds"]] == [
        ("wx-2026", 80, 1, 2)
    ]
    assert [row["title"] for row in told["rounds"][0]["criteria"]] == ["情节", "讲述"]
    assert [row["id"] for row in told["titles"]] == [title.pk]
    # The same brand does not apply twice for the title that it holds, whatever it is called by now.
    change_brand(
        **showcase.by("clerk"), brand_id=first.pk, seen=Brand.objects.get(pk=first.pk).saved_at.isoformat(),
        owner_kind="school", name="圆善红烛 立人先锋", concept="理念", started_on=ago(400),
    )  # fmt: skip
    again = start(showcase, story, code="wx-2027")
    with pytest.raises(DomainError) as error:
        enter(showcase, again, first)
    assert error.value.code == "not_eligible"
    assert enter(showcase, again, second, by="clerk_two").status == "submitted"


def test_a_score_is_known_to_its_keepers_first_and_to_the_school_when_it_is_announced(
    showcase: Showcase, story: Template
) -> None:
    round_ = start(showcase, story)
    brand = showcase.brand()
    case = enter(showcase, round_, brand)

    def known() -> dict[str, Decimal | None]:
        found = {}
        for name in ("clerk", "district_admin", "reviewer", "city_admin", "other_reviewer", "clerk_two", "expert"):
            fares = list_fares(scope=showcase.city.scope(name), kind="brand", subject_id=brand.pk)
            found[name] = fares[0].score if fares else Decimal(-1)
        return found

    outside = dict.fromkeys(("other_reviewer", "clerk_two", "expert"), Decimal(-1))
    before: dict[str, Decimal | None] = {"clerk": None, "district_admin": None, "reviewer": None, "city_admin": None}
    assert known() == before | outside
    to_review(showcase, round_)
    score_all(round_, {case.pk: {"plot": 50, "voice": 30}})
    assert known() == before | outside
    results.close_review(**showcase.by("district_admin"), round_id=round_.pk, lock_version=2)
    held = Decimal(80)
    assert known() == before | outside | {"district_admin": held, "reviewer": held}
    open_now(round_, StageKind.NOTICE, StageKind.ANNOUNCEMENT)
    results.publish_decisions(
        **showcase.by("district_admin"),
        round_id=round_.pk,
        lock_version=3,
        number="WX-1",
        issuer="演示",
        starts_on=today(),
    )
    assert known()["clerk"] is None
    told = Api(showcase.city, "clerk").get(f"/api/v1/brands/{brand.pk}/").json()["rounds"]
    assert [(row["application"], row["score"], row["rank"], row["criteria"]) for row in told] == [
        (case.pk, None, None, [])
    ]
    PublicNotice.objects.update(starts_on=ago(20), ends_on=ago(9))
    notices.announce_round(**showcase.by("district_admin"), round_id=round_.pk, lock_version=4)
    assert known() == dict.fromkeys(before, held) | outside


@pytest.mark.parametrize("code", list(read_templates()))
def test_every_template_is_a_round_that_can_be_published(showcase: Showcase, code: str) -> None:
    template = read_templates()[code]
    round_ = start(showcase, template, publish=False, target=7)
    assert rounds.missing_parts(round_) == []
    assert (round_.target, round_.unit_id, round_.status) == (7, showcase.city.wuxi.pk, "draft")
    assert round_.criteria.count() == len(template.criteria)
    assert sum(row.maximum for row in round_.criteria.all()) == 100
    stages = list(round_.stages.order_by("opens_at"))
    assert timezone.localdate(stages[0].opens_at) == today()
    assert all(a.closes_at == b.opens_at for a, b in itertools.pairwise(stages))
    by = showcase.by("district_admin")
    assert rounds.publish_round(**by, round_id=round_.pk, lock_version=0).obj.status == "open"


@pytest.mark.parametrize(("code", "kind"), [("gold-course", "course"), ("published-case", "case")])
def test_courses_and_cases_are_entered_like_brands(showcase: Showcase, code: str, kind: str) -> None:
    round_ = start(showcase, read_templates()[code])
    row, wrong = showcase.exhibit(kind), showcase.exhibit("case" if kind == "course" else "course", "另一类")
    assert enter(showcase, round_, row).holder_name == "红岩大课堂（云台小学）"
    with pytest.raises(DomainError) as error:
        enter(showcase, round_, wrong)
    assert error.value.code == "subject"


def test_only_what_the_school_registered_and_uses_can_be_entered(showcase: Showcase, story: Template) -> None:
    round_ = start(showcase, story)
    brand = showcase.brand()
    for subject_id in (0, 999_999, showcase.brand("聚奎", by="other_clerk", school=showcase.city.other).pk):
        with pytest.raises(DomainError) as error:
            applications.begin_application(
                **showcase.by("clerk"), round_id=round_.pk, school=showcase.city.one, subject_id=subject_id,
                subject_title="随便写的名称",
            )  # fmt: skip
        assert error.value.code == "subject"
    client = showcase.city.client("clerk")
    page = client.get(reverse("selection:round", args=[round_.pk])).content.decode()
    assert "圆善红烛（云台小学）" in page
    assert 'name="subject_title"' not in page
    end_brand(**showcase.by("clerk"), brand_id=brand.pk, on=today(), reason="停用")
    page = client.get(reverse("selection:round", args=[round_.pk])).content.decode()
    assert "本校还没有可以申报的" in page
    assert reverse("showcase:brand-add") in page
    # Whoever enters nothing is sent nowhere.
    assert reverse("showcase:brand-add") not in (
        showcase.city.client("reviewer").get(reverse("selection:round", args=[round_.pk])).content.decode()
    )


def test_a_brand_is_entered_once_though_it_was_renamed_between(showcase: Showcase, story: Template) -> None:
    round_ = start(showcase, story)
    brand = showcase.brand()
    case = enter(showcase, round_, brand)
    Brand.objects.filter(pk=brand.pk).update(name="圆善红烛 立人先锋")
    again = applications.begin_application(
        **showcase.by("clerk"), round_id=round_.pk, school=showcase.city.one, subject_id=brand.pk
    )
    assert again.pk == case.pk


def test_a_title_from_elsewhere_finds_the_brand_by_its_name(showcase: Showcase) -> None:
    brand = showcase.brand()
    given: dict[str, Any] = {
        "kind": DesignationKind.objects.get(code="brand-point"), "level": "district", "batch": "“一品”首批",
        "official_title": "党建品牌示范点", "source": "区县教育工委文件", "valid_from": ago(9),
    }  # fmt: skip
    for name, found in (("圆善红烛", brand.pk), ("没有登记的品牌", 0)):
        holder = Designation(holder_kind="brand", school=showcase.city.one, subject_title=name)
        row = designations.record_designation(**showcase.by("district_admin"), holder=holder, **given)
        assert row.subject_id == found
    page = showcase.city.client("reviewer").get(reverse("showcase:brand", args=[brand.pk])).content.decode()
    assert "“一品”首批" in page


def test_a_district_starts_a_round_from_a_template_in_the_pages(showcase: Showcase) -> None:
    url = reverse("selection:round-template")
    for name, status in (("clerk", 403), ("inspector", 403), ("other_reviewer", 200), ("district_admin", 200)):
        assert showcase.city.client(name).get(url).status_code == status, name
    client = showcase.city.client("district_admin")
    given = {
        "unit": f"{showcase.city.wuxi.pk}", "template": "brand-standards", "title": "2026年品牌评审",
        "official_title": "巫溪县2026年党建品牌创建评审", "code": "wx-brand-2026", "starts_on": f"{today()}", "target": "",
    }  # fmt: skip
    assert client.post(url, {**given, "template": "no-such"}).status_code == 422
    assert client.post(url, {**given, "unit": f"{showcase.city.jiangjin.pk}"}).status_code == 422
    page = client.get(client.post(url, given).headers["Location"]).content.decode()
    for text in ("规范建设", "特色提炼", "深度融合", "创新培育", "优秀党建品牌"):
        assert text in page, text
    taken = client.post(url, given)
    assert (taken.status_code, "这个编号已被使用" in taken.content.decode()) == (422, True)
    assert (
        showcase.city.client("other_reviewer")
        .get(reverse("selection:round", args=[Round.objects.get().pk]))
        .status_code
        == 404
    )


def test_without_the_kind_of_title_a_template_says_so(showcase: Showcase) -> None:
    DesignationKind.objects.filter(code="gold-course").delete()
    with pytest.raises(DomainError) as error:
        start(showcase, read_templates()["gold-course"])
    assert error.value.code == "kind"
    assert not Round.objects.exists()


def test_what_was_entered_or_holds_a_title_is_never_removed(showcase: Showcase, story: Template) -> None:
    round_ = start(showcase, story)
    brand, course = showcase.brand(), showcase.exhibit()
    enter(showcase, round_, brand)
    with pytest.raises(DomainError) as error:
        remove_brand(**showcase.by("clerk"), brand_id=brand.pk)
    assert error.value.code == "used"
    client = showcase.city.client("clerk")
    assert "删除登记" not in client.get(reverse("showcase:brand", args=[brand.pk])).content.decode()
    refused = client.post(reverse("showcase:brand-remove", args=[brand.pk]), follow=True).content.decode()
    assert "不能删除，请停用" in refused
    holder = Designation(holder_kind="course", school=showcase.city.one, subject_title=course.name)
    designations.record_designation(
        **showcase.by("district_admin"), holder=holder, kind=DesignationKind.objects.get(code="gold-course"),
        level="district", batch="首批", official_title="思政金课", source="区县文件", valid_from=ago(9),
    )  # fmt: skip
    with pytest.raises(DomainError) as error:
        remove_exhibit(**showcase.by("clerk"), exhibit_id=course.pk)
    assert error.value.code == "used"
