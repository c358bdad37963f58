"""Brands of schools, branches and groups: whose they are, from when to when, and who may write."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from districts.duties import list_duties
from districts.models import Journal
from portal.audit.models import Change
from portal.workflow.errors import DomainError
from schools.party.services import dissolve_organisation
from schools.registry.models import School
from schools.showcase.models import Brand
from schools.showcase.selectors.brands import count_coverage, list_active, list_brands, list_parts, list_usable
from schools.showcase.selectors.history import list_history
from schools.showcase.selectors.sums import list_sums
from schools.showcase.services.brands import change_brand, end_brand, remove_brand, resume_brand
from tests.support.city import city_scope, make_branch
from tests.support.showcase import CONCEPT, Showcase, ago, today


def refused(call: Callable[..., object], *args: object, **given: object) -> DomainError:
    with pytest.raises(DomainError) as error, transaction.atomic():
        call(*args, **given)
    return error.value


def rewrite(showcase: Showcase, brand: Brand, *, by: str = "clerk", seen: str = "", **given: object) -> Brand:
    columns = ("owner_kind", "name", "concept", "started_on", "elements", "organisation", "parent")
    values = {name: getattr(brand, name) for name in columns} | given
    return change_brand(**showcase.by(by), brand_id=brand.pk, seen=seen or brand.saved_at.isoformat(), **values)


def test_a_brand_is_registered_by_its_school_and_by_nobody_else(showcase: Showcase) -> None:
    for name in ("clerk_two", "reviewer", "district_admin", "city_admin", "inspector", "expert", "branch", "nobody"):
        assert refused(showcase.brand, by=name).status == 403, name
    brand = showcase.brand(elements="红岩精神\n\n 立己立人 \n红岩精神", by="secretary")
    assert (brand.owner_name, brand.pinyin, brand.initials) == ("云台小学", "yuanshanhongzhu", "yshz")
    assert brand.element_list == ["红岩精神", "立己立人"]
    assert Journal.objects.filter(topic="school.brand").values_list("unit_id", flat=True).get() == showcase.city.one.pk


def test_a_branch_brand_needs_its_branch(showcase: Showcase) -> None:
    missing = refused(showcase.brand, owner_kind="branch")
    assert (missing.code, missing.extra["field"]) == ("owner", "organisation")
    foreign = make_branch(showcase.city.two)
    assert refused(showcase.brand, owner_kind="branch", organisation=foreign).code == "owner"
    brand = showcase.branch_brand()
    assert brand.owner_name == showcase.branch.name
    # A school's brand carries no branch, whatever the form sent along.
    assert showcase.brand("同行", organisation=showcase.branch).organisation is None
    for change in (
        {"organisation": None},
        {"owner_kind": "school"},
        {"owner_kind": "group"},
        {"organisation": foreign},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Brand.objects.filter(pk=brand.pk).update(**change)


def test_a_branch_secretary_keeps_the_brands_of_the_branch_only(showcase: Showcase) -> None:
    brand = showcase.branch_brand(by="branch")
    assert rewrite(showcase, brand, by="branch", name="初心匠心").name == "初心匠心"
    brand.refresh_from_db()
    assert refused(rewrite, showcase, brand, by="branch", owner_kind="school").status == 403
    schools_own = showcase.brand()
    assert refused(rewrite, showcase, schools_own, by="branch").status == 403
    # The school keeps all of its brands.
    assert end_brand(**showcase.by("clerk"), brand_id=brand.pk, on=today(), reason="并入“同行”").ended_on == today()


def test_a_group_s_brand_is_registered_by_the_school_that_leads_it(showcase: Showcase) -> None:
    assert refused(showcase.brand, owner_kind="group").code == "owner"
    group = showcase.group(showcase.city.one, showcase.city.other)
    brand = showcase.brand("责任·担当", owner_kind="group")
    assert (brand.group, brand.owner_name) == (group, "云台教育集团")
    noted = set(Journal.objects.filter(topic="school.brand").values_list("unit_id", flat=True))
    assert noted == {showcase.city.one.pk, showcase.city.other.pk}
    assert refused(rewrite, showcase, brand, by="other_clerk").status == 403
    with pytest.raises(IntegrityError), transaction.atomic():
        Brand.objects.filter(pk=brand.pk).update(school=showcase.city.two)


def test_brands_have_two_levels(showcase: Showcase) -> None:
    top = showcase.brand()
    part = showcase.branch_brand(parent=top)
    assert list(list_parts(scope=city_scope(), brand=top)) == [part]
    assert refused(showcase.brand, "丙", parent=part).code == "parent"
    assert refused(rewrite, showcase, top, parent=showcase.brand("丁")).code == "parent"
    assert refused(rewrite, showcase, top, parent=top).code == "parent"
    assert refused(rewrite, showcase, top, owner_kind="branch", organisation=showcase.branch).code == "parent"
    other = showcase.brand("聚奎", by="other_clerk", school=showcase.city.other)
    assert refused(showcase.brand, "戊", parent=other).code == "parent"
    for parent in (other, part):
        with pytest.raises(IntegrityError), transaction.atomic():
            Brand.objects.filter(pk=part.pk).update(parent=parent)


def test_a_name_is_used_once_at_a_time(showcase: Showcase) -> None:
    brand = showcase.brand()
    assert refused(showcase.brand, " 圆善红烛 ").code == "taken"
    assert showcase.brand(by="clerk_two", school=showcase.city.two).pk
    end_brand(**showcase.by("clerk"), brand_id=brand.pk, on=today(), reason="改用新品牌")
    again = showcase.brand()
    assert again.pk != brand.pk
    assert refused(resume_brand, **showcase.by("clerk"), brand_id=brand.pk).code == "taken"


def test_days_and_elements_are_checked(showcase: Showcase) -> None:
    assert refused(showcase.brand, started_on=ago(-1)).extra["field"] == "started_on"
    assert refused(showcase.brand, elements="\n".join(f"要素{n}" for n in range(13))).code == "elements"
    assert refused(showcase.brand, elements="长" * 61).code == "elements"
    brand = showcase.brand(started_on=ago(10), elements="\n".join(f"要素{n}" for n in range(12)))
    by = showcase.by("clerk")
    assert refused(end_brand, **by, brand_id=brand.pk, on=today(), reason=" ").code == "reason"
    assert refused(end_brand, **by, brand_id=brand.pk, on=ago(10), reason="停").code == "date"
    assert refused(end_brand, **by, brand_id=brand.pk, on=ago(-1), reason="停").code == "date"
    end_brand(**by, brand_id=brand.pk, on=ago(2), reason="并入“同行”")
    end_brand(**by, brand_id=brand.pk, on=ago(1), reason="又点一次")
    brand.refresh_from_db()
    assert (brand.ended_on, brand.end_reason) == (ago(2), "并入“同行”")
    assert refused(rewrite, showcase, brand, started_on=ago(1)).code == "date"


def test_ended_by_mistake_is_in_use_again_without_a_gap(showcase: Showcase) -> None:
    brand = showcase.brand()
    end_brand(**showcase.by("clerk"), brand_id=brand.pk, on=ago(30), reason="误操作")
    assert not list_active(on=today()).exists()
    assert list_active(on=ago(31)).exists()
    for _click in range(2):
        resume_brand(**showcase.by("clerk"), brand_id=brand.pk)
    assert list_active(on=today()).get() == brand
    assert list_active(on=ago(20)).get() == brand
    assert refused(resume_brand, **showcase.by("reviewer"), brand_id=brand.pk).status == 403


def test_somebody_else_s_words_are_not_overwritten(showcase: Showcase) -> None:
    brand = showcase.brand()
    opened = brand.saved_at.isoformat()
    rewrite(showcase, brand, concept="书记写的理念，先保存。", by="secretary")
    assert refused(rewrite, showcase, brand, seen=opened, concept="填报员后保存。").status == 409
    brand.refresh_from_db()
    assert brand.concept == "书记写的理念，先保存。"


def test_without_its_branch_a_brand_no_longer_counts(showcase: Showcase) -> None:
    brand = showcase.branch_brand()
    other = make_branch(showcase.city.one, since=ago(900))
    dissolve_organisation(**showcase.by("city_admin"), organisation_id=showcase.branch.pk, on=today())
    brand.refresh_from_db()
    assert brand.has_lost_owner
    assert not list_active(on=today()).exists()
    assert list_active(on=ago(1)).exists()
    assert not list_usable(school_id=showcase.city.one.pk).exists()
    assert refused(rewrite, showcase, brand).code == "owner"
    moved = rewrite(showcase, brand, organisation=other)
    assert not moved.has_lost_owner
    assert list_active(on=today()).get() == brand


def test_every_change_is_kept_and_told_without_persons(showcase: Showcase) -> None:
    brand = showcase.brand()
    rewrite(showcase, brand, name="圆善红烛 立人先锋")
    first, last = reversed(list_history(brand))
    assert first.is_first
    assert [(line.column, line.before, line.after) for line in last.lines] == [
        ("名称", "圆善红烛", "圆善红烛 立人先锋")
    ]
    assert {change.unit_id for change in Change.objects.filter(subject="showcase.brand")} == {showcase.city.one.pk}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, {"圆善红烛", "初心·匠心", "责任·担当", "旧品牌"}),
        ({"state": "active"}, {"圆善红烛", "初心·匠心", "责任·担当"}),
        ({"state": "ended"}, {"旧品牌"}),
        ({"owner": "branch"}, {"初心·匠心"}),
        ({"q": "yshz"}, {"圆善红烛"}),
        ({"q": "HongZhu"}, {"圆善红烛"}),
        ({"q": "红烛"}, {"圆善红烛"}),
        ({"q": "ytxx"}, {"圆善红烛", "初心·匠心", "旧品牌", "责任·担当"}),
        ({"q": "党支部"}, {"初心·匠心"}),
        ({"q": "没有这个\x00"}, set()),
        ({"district": "500116"}, {"责任·担当"}),
        ({"school": "5001160001"}, {"责任·担当"}),
        ({"district": "500238", "owner": "group"}, {"责任·担当"}),
        ({"owner": "nonsense", "state": "nonsense", "group": "G0001"}, {"责任·担当"}),
    ],
)
def test_a_list_is_narrowed(showcase: Showcase, filters: dict[str, str], found: set[str]) -> None:
    showcase.group(showcase.city.one, showcase.city.other)
    showcase.brand()
    showcase.branch_brand()
    showcase.brand("责任·担当", owner_kind="group")
    old = showcase.brand("旧品牌")
    end_brand(**showcase.by("clerk"), brand_id=old.pk, on=ago(5), reason="并入")
    assert {b.name for b in list_brands(scope=city_scope(), filters=filters)} == found


def test_coverage_counts_schools_and_not_brands(showcase: Showcase) -> None:
    def of(name: str, district: str = "") -> tuple[int, int]:
        found = count_coverage(scope=showcase.city.scope(name), district=district)
        return found.having, found.schools

    assert of("city_staff") == (0, 3)
    showcase.brand()
    showcase.branch_brand()
    assert [of("city_staff"), of("reviewer"), of("other_reviewer")] == [(1, 3), (1, 2), (0, 1)]
    # A group's brand is one of each of its schools.
    showcase.group(showcase.city.one, showcase.city.other)
    showcase.brand("责任·担当", owner_kind="group")
    assert [of("city_staff"), of("city_staff", "500116"), of("nobody")] == [(2, 3), (1, 1), (0, 0)]


def test_sums_by_district_say_what_the_list_says(showcase: Showcase) -> None:
    city = showcase.city
    showcase.group(city.one, city.two, city.other)
    showcase.brand()
    showcase.branch_brand()
    showcase.brand("责任·担当", owner_kind="group")
    showcase.brand("聚奎", by="other_clerk", school=city.other)
    ended = showcase.brand("旧品牌")
    end_brand(**showcase.by("clerk"), brand_id=ended.pk, on=today(), reason="并入")
    rows = {row.district.code: row for row in list_sums(scope=city.scope("city_staff"))}
    wuxi, jiangjin = rows["500238"], rows["500116"]
    assert [wuxi.of_schools, wuxi.of_branches, wuxi.of_groups, wuxi.having, wuxi.schools] == [1, 1, 1, 2, 2]
    assert [jiangjin.of_schools, jiangjin.of_branches, jiangjin.of_groups, jiangjin.coverage] == [1, 0, 1, 100]
    for code, row in rows.items():
        filters = {"district": code, "state": "active"}
        assert row.brands == list_brands(scope=city.scope("city_staff"), filters=filters).count()
    # A group's brand is still there when the school that leads it has left the group.
    School.objects.filter(pk=city.one.pk).update(group=None)
    assert {r.district.code: r.of_groups for r in list_sums(scope=city_scope())} == {"500238": 1, "500116": 1}
    assert [row.district.code for row in list_sums(scope=city.scope("other_reviewer"))] == ["500116"]
    assert list_sums(scope=city.scope("expert")) == list_sums(scope=city.scope("nobody")) == []


def test_a_brand_without_its_branch_waits_on_the_start_page_of_its_keepers(showcase: Showcase) -> None:
    brand = showcase.branch_brand()
    assert list_duties(scope=showcase.city.scope("clerk")) == []
    dissolve_organisation(**showcase.by("city_admin"), organisation_id=showcase.branch.pk, on=today())
    for name, waits in (("clerk", True), ("secretary", True), ("clerk_two", False), ("reviewer", False)):
        found = [duty for duty in list_duties(scope=showcase.city.scope(name)) if "初心·匠心" in duty.title]
        assert bool(found) == waits, name
    end_brand(**showcase.by("clerk"), brand_id=brand.pk, on=today(), reason="支部撤销")
    assert list_duties(scope=showcase.city.scope("clerk")) == []


def test_what_the_database_refuses_whoever_writes(showcase: Showcase) -> None:
    brand = showcase.brand()
    for change in (
        {"ended_on": today()},
        {"end_reason": "停"},
        {"ended_on": ago(400), "end_reason": "停"},
        {"name": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Brand.objects.filter(pk=brand.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Brand.objects.create(
            school=showcase.city.one, name=brand.name, concept=CONCEPT, started_on=ago(3), made_by=brand.made_by
        )


def test_registered_by_mistake_is_removed_as_long_as_nothing_stands_on_it(showcase: Showcase) -> None:
    brand = showcase.brand()
    for name in ("clerk_two", "reviewer", "city_admin", "branch"):
        assert refused(remove_brand, **showcase.by(name), brand_id=brand.pk).status == 403
    part, course = showcase.branch_brand(parent=brand), showcase.exhibit(brand=brand)
    assert refused(remove_brand, **showcase.by("clerk"), brand_id=brand.pk).code == "used"
    course.delete()
    assert refused(remove_brand, **showcase.by("clerk"), brand_id=brand.pk).code == "used"
    remove_brand(**showcase.by("branch"), brand_id=part.pk)
    Journal.objects.all().delete()
    for _click in range(2):
        remove_brand(**showcase.by("clerk"), brand_id=brand.pk)
    assert not Brand.objects.exists()
    assert Journal.objects.get(topic="school.brand").unit_id == showcase.city.one.pk
    assert Change.objects.filter(subject="showcase.brand", kind="d").count() == 2
