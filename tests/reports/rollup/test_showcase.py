"""X13 and X14 come from the register of brands: a change reaches the cell; a group's brand is counted once above."""

from datetime import date
from decimal import Decimal

from districts.models import Unit
from reports.rollup.models import Cell, Fact
from reports.rollup.services.facts import rewrite_all_facts
from reports.rollup.services.marks import process_marks
from reports.rollup.verify import find_differences
from schools.party.services import dissolve_organisation
from schools.registry.models import School
from schools.showcase.models import Brand
from schools.showcase.selectors.brands import list_active
from schools.showcase.services.brands import end_brand, resume_brand
from tests.support.city import SmallCity, open_form
from tests.support.showcase import Showcase, build_showcase
from tests.support.standing import standing

BEFORE, A, AFTER = "2025-12-31", "2026-03-31", "2026-06-30"
DAYS = (BEFORE, A, AFTER)


@standing
def showcase(city: SmallCity) -> Showcase:
    """The base forms of three quarters opened, and no brand yet."""
    found = build_showcase(city)
    for period in DAYS:
        open_form("base", period, city.one)
    process_marks()
    return found


def value(unit: Unit | School, code: str = "X13", period: str = A) -> Decimal | None:
    return Cell.objects.get(unit_id=unit.pk, indicator__code=code, period__code=period, slice="all", boundaries=0).value


def fact(school: School, code: str = "X13", period: str = A) -> Decimal:
    return Fact.objects.get(school_id=school.pk, indicator__code=code, period__code=period).value


def city_unit() -> Unit:
    return Unit.objects.get(level="city")


def over_time(code: str = "X13") -> list[Decimal | None]:
    return [value(city_unit(), code, period) for period in DAYS]


def test_no_brand_is_nought_of_all_schools_without_a_return(showcase: Showcase) -> None:
    cells = Cell.objects.filter(unit_id=city_unit().pk, period__code=A, slice="all", boundaries=0)
    x13, x14 = cells.get(indicator__code="X13"), cells.get(indicator__code="X14")
    assert (x13.value, x13.reported, x13.expected) == (0, 3, 3)
    assert (x14.value, x14.numerator, x14.denominator) == (0, 0, 3)


def test_a_brand_reaches_the_cell_through_the_journal(showcase: Showcase) -> None:
    showcase.brand(started_on=date(2026, 3, 31))
    assert value(city_unit()) == 0
    process_marks()
    assert over_time() == [0, 1, 1]
    assert [value(unit) for unit in (showcase.city.wuxi, showcase.city.jiangjin)] == [1, 0]
    assert [value(unit, "X14") for unit in (showcase.city.wuxi, showcase.city.jiangjin)] == [50, 0]
    assert list(find_differences()) == []


def test_several_brands_of_a_school_are_one_school_with_brands(showcase: Showcase) -> None:
    showcase.brand(started_on=date(2025, 1, 1))
    showcase.brand("同行", started_on=date(2025, 1, 1))
    showcase.branch_brand(started_on=date(2025, 1, 1))
    process_marks()
    assert (value(city_unit()), fact(showcase.city.one, "X14N"), fact(showcase.city.two, "X14N")) == (3, 1, 0)
    assert value(showcase.city.wuxi, "X14") == 50


def test_an_ended_brand_counts_before_its_day_and_not_from_it_on(showcase: Showcase) -> None:
    brand = showcase.brand(started_on=date(2025, 1, 1))
    end_brand(**showcase.by("clerk"), brand_id=brand.pk, on=date(2026, 3, 31), reason="并入")
    process_marks()
    assert over_time() == [1, 0, 0]
    assert [value(showcase.city.wuxi, "X14", period) for period in DAYS] == [50, 0, 0]
    resume_brand(**showcase.by("clerk"), brand_id=brand.pk)
    process_marks()
    assert over_time() == [1, 1, 1]


def test_a_branch_s_brand_counts_as_long_as_there_is_the_branch(showcase: Showcase) -> None:
    showcase.branch_brand(started_on=date(2025, 1, 1))
    dissolve_organisation(**showcase.by("city_admin"), organisation_id=showcase.branch.pk, on=date(2026, 4, 1))
    process_marks()
    assert over_time() == [1, 1, 0]
    assert over_time("X14N") == [1, 1, 0]


def test_a_group_s_brand_is_one_of_each_school_and_one_above(showcase: Showcase) -> None:
    city = showcase.city
    showcase.group(city.one, city.two, city.other)
    showcase.brand("责任·担当", owner_kind="group", started_on=date(2025, 1, 1))
    showcase.brand(started_on=date(2025, 1, 1))
    process_marks()
    assert [fact(school) for school in (city.one, city.two, city.other)] == [2, 1, 1]
    # Counted once in each district, and once in the city: 2 + 1 is 2.
    assert [value(unit) for unit in (city.wuxi, city.jiangjin, city_unit())] == [2, 1, 2]
    assert value(city_unit(), "X14") == 100
    assert list(find_differences()) == []


def test_the_sql_and_the_register_agree_on_what_counts(showcase: Showcase) -> None:
    """One definition in two languages: every combination of start, end and the end of the branch."""
    days = (date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 1))
    brand = showcase.branch_brand(started_on=date(2025, 1, 1))
    for started in days:
        for ended in (None, *(day for day in days if day > started)):
            for dissolved in (None, *days):
                reason = "停用" if ended else ""
                Brand.objects.filter(pk=brand.pk).update(started_on=started, ended_on=ended, end_reason=reason)
                Unit.objects.filter(pk=showcase.branch.pk).update(valid_to=dissolved)
                rewrite_all_facts()
                wanted = list_active(on=date(2026, 3, 31)).count()
                assert fact(showcase.city.one) == wanted, (started, ended, dissolved)


def test_a_number_opens_the_list_with_the_same_number(showcase: Showcase) -> None:
    from reports.dashboards.record_pages import find_record_page
    from reports.indicators.models import Indicator

    showcase.group(showcase.city.one, showcase.city.other)
    showcase.brand("责任·担当", owner_kind="group", started_on=date(2025, 1, 1))
    showcase.branch_brand(started_on=date(2025, 1, 1))
    process_marks()
    client = showcase.city.client("city_staff")
    for place, shown in (
        (showcase.city.wuxi, 2),
        (showcase.city.jiangjin, 1),
        (showcase.city.one, 2),
        (showcase.city.two, 0),
    ):
        for code in ("X13", "X14"):
            url = find_record_page(indicator=Indicator.objects.get(code=code), unit=Unit.objects.get(pk=place.pk))
            assert f"共 {shown} 个" in client.get(url).content.decode(), url
