"""The demo city: its shape, its named schools, its move of 2025, and the figures of the article out of the roll-up."""

import json
import re
import stat
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.test import Client

from districts.models import Affiliation, District, Office, OfficeToken, Role
from portal.accounts.models import User
from portal.workflow.models import Event
from reports.collection.models import Form, Return, ReturnStatus, Value
from reports.demo.plan import read_city
from reports.indicators.models import Qualifier
from reports.rollup.models import Boundaries, Cell, Fact, StaleMark
from schools.party.models import PartyOrganisation
from schools.registry.models import School

from .conftest import TODAY, DemoCity

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(900), pytest.mark.usefixtures("demo")]
WUXI, JIANGJIN, LIANGJIANG, WANSHENG, BEIBEI = "500238", "500116", "500157", "L-WSJKQ", "500109"
JIANGBEI, YUBEI, OF_THE_CITY = "500105", "500112", "L-ZS"
MOVED_ON = date(2025, 11, 6)


def cell(unit: str, code: str, period: str = "2024", boundaries: int = Boundaries.PERIOD) -> Cell | None:
    return Cell.objects.filter(
        unit__code=unit, indicator__code=code, period__code=period, slice="all", boundaries=boundaries
    ).first()


def schools_of(code: str) -> int:
    return School.objects.filter(district__code=code).count()


def test_forty_units_and_about_four_hundred_schools_unevenly() -> None:
    sizes = Counter(School.objects.values_list("district__code", flat=True))
    assert set(sizes) == set(District.objects.filter(valid_to=None).values_list("code", flat=True))
    assert len(sizes) == 40
    assert 380 <= sum(sizes.values()) <= 450
    assert (sizes[WUXI], sizes[JIANGJIN], sizes[WANSHENG]) == (88, 150, 2)
    # Next to these two, 两江新区 is the largest, and most districts are small.
    assert sorted(sizes, key=lambda code: -sizes[code])[:3] == [JIANGJIN, WUXI, LIANGJIANG]
    assert sizes[LIANGJIANG] >= 25
    assert sorted(sizes.values())[20] <= 6


def test_every_kind_place_and_ownership_occurs() -> None:
    kinds = Counter(School.objects.values_list("kind", flat=True))
    assert kinds.keys() >= {"primary", "junior", "senior", "complete", "nine_year", "vocational", "special"}
    assert set(School.objects.values_list("area_type", flat=True)) == {"urban", "town", "rural"}
    assert set(School.objects.values_list("ownership", flat=True)) == {"public", "private"}


@pytest.mark.parametrize(
    ("name", "district", "stands_in", "kind", "group"),
    [
        ("重庆市第一中学校", OF_THE_CITY, "500106", "complete", "重庆一中教育集团"),
        ("重庆市第九十五初级中学校", "500107", "500107", "junior", None),
        ("重庆市黔江中学校", "500114", "500114", "complete", None),
        ("重庆市南岸区南坪实验小学校", "500108", "500108", "primary", "南坪实验小学教育集团"),
        ("重庆市万州区电报路小学", "500101", "500101", "primary", None),
        ("重庆市江津聚奎中学校", JIANGJIN, JIANGJIN, "complete", None),
    ],
)
def test_the_schools_of_the_article(name: str, district: str, stands_in: str, kind: str, group: str | None) -> None:
    school = School.objects.select_related("district", "location_district", "group").get(name=name)
    assert (school.district.code, school.location_district.code, school.kind) == (district, stands_in, kind)
    assert (school.group.name if school.group else None) == group


def test_a_group_is_more_than_its_first_school_and_may_cross_districts() -> None:
    members = School.objects.filter(group__isnull=False).values_list("group__name", "district__code")
    places: dict[str, list[str]] = {}
    for group, district in members:
        places.setdefault(group, []).append(district)
    assert {group: len(districts) for group, districts in places.items()} == {
        "重庆一中教育集团": 3, "南坪实验小学教育集团": 4,
    }  # fmt: skip
    assert len(set(places["重庆一中教育集团"])) == 3
    cells = Cell.objects.filter(unit__name="重庆一中教育集团", indicator__code="L08", period__code="2024", slice="all")
    assert cells.get(boundaries=0).expected == 3


def test_the_group_school_has_a_committee_over_eight_branches() -> None:
    tree = PartyOrganisation.objects.filter(school__name="重庆市南岸区南坪实验小学校")
    top = tree.get(parent=None)
    assert top.kind == "committee"
    assert tree.filter(parent=top, kind="branch").count() == 8


def test_every_school_has_an_organisation_and_a_secretary_eighty_eight_in_wuxi() -> None:
    assert not School.objects.exclude(party_organisations__isnull=False).exists()
    holders = Office.objects.filter(role=Role.SCHOOL_SECRETARY).values("unit").annotate(n=Count("pk"))
    assert {row["n"] for row in holders} == {1}
    assert len(holders) == School.objects.count()
    wuxi = School.objects.filter(district__code=WUXI)
    assert PartyOrganisation.objects.filter(school__in=wuxi).count() == 88
    assert Office.objects.filter(role=Role.SCHOOL_SECRETARY, unit__in=wuxi.values("pk")).count() == 88


def test_returns_of_four_years_in_every_state() -> None:
    found = Counter(Return.objects.values_list("period__start__year", "status"))
    assert {year for year, _status in found} == {2023, 2024, 2025, 2026}
    assert all(found[2026, status] > 20 for status in ReturnStatus.values)
    for year in (2023, 2024):
        approved = found[year, ReturnStatus.APPROVED]
        assert approved > 0.95 * sum(number for (when, _s), number in found.items() if when == year)
    assert Return.objects.values("form").distinct().count() == Form.objects.count() == 5


def test_what_the_portal_counts_itself_stands_in_every_return_and_agrees_with_its_facts() -> None:
    counted = Value.objects.filter(indicator__code="X06")
    assert counted.count() == Return.objects.filter(form__code="base").count()
    assert set(counted.values_list("source", "known_label")) == {("computed", "党组织台账")}
    approved = counted.filter(return_record__status="approved", return_record__period__code="2025-12-31")
    facts = dict(
        Fact.objects.filter(period__code="2025-12-31", indicator__code="X06").values_list("school_id", "value")
    )
    rows = list(approved.values_list("return_record__school_id", "number"))
    assert rows
    assert [row for row in rows if facts[row[0]] != row[1]] == []


def test_every_step_of_a_return_is_in_its_log() -> None:
    steps = {"draft": 0, "submitted": 1, "returned": 2, "approved": 2}
    logged = dict(Event.objects.filter(process="collection.return").values_list("object_id").annotate(n=Count("pk")))
    states = dict(Return.objects.values_list("pk", "status"))
    assert all(logged.get(pk, 0) == steps[status] for pk, status in states.items())


def test_the_districts_of_2025_give_their_schools_to_their_successors() -> None:
    towns = read_city()["move"]["towns"]["names"]
    moved = Affiliation.objects.filter(valid_from=MOVED_ON).select_related("unit", "district")
    before = dict(
        Affiliation.objects.filter(valid_to=MOVED_ON, unit__level="school").values_list("unit_id", "district__code")
    )
    assert len(moved) == len(before) == 33
    town_of = dict(School.objects.values_list("pk", "town"))
    for row in moved:
        to_beibei = before[row.unit_id] == YUBEI and town_of[row.unit_id] in towns
        assert row.district.code == (BEIBEI if to_beibei else LIANGJIANG)
        assert row.valid_to is None
    assert sorted(town_of[row.unit_id] for row in moved if row.district.code == BEIBEI) == sorted(towns)
    assert (schools_of(JIANGBEI), schools_of(YUBEI)) == (0, 0)


def test_cells_of_2024_show_the_old_districts_and_today_s_on_request() -> None:
    then = {code: cell(code, "L01") for code in (JIANGBEI, YUBEI, LIANGJIANG, BEIBEI)}
    now = {code: cell(code, "L01", boundaries=Boundaries.CURRENT) for code in then}
    assert then[LIANGJIANG] is None
    assert (then[JIANGBEI].expected, then[YUBEI].expected) == (9, 24)  # type: ignore[union-attr]
    assert (now[JIANGBEI], now[YUBEI]) == (None, None)
    assert now[LIANGJIANG].expected == 28  # type: ignore[union-attr]
    assert now[BEIBEI].expected == then[BEIBEI].expected + 5  # type: ignore[union-attr]
    # Nothing is lost on the way, and the year of the move counts in the new districts.
    assert sum(c.value for c in then.values() if c) == sum(c.value for c in now.values() if c)  # type: ignore[misc]
    assert cell(LIANGJIANG, "L01", "2025") is not None
    assert cell(YUBEI, "L01", "2025") is None


@pytest.mark.parametrize(
    ("unit", "code", "value", "qualifier"),
    [
        (WUXI, "L01", 88, Qualifier.EXACT),
        (WUXI, "L08", 1500, Qualifier.AT_LEAST),
        (WUXI, "P08", 5000, Qualifier.AT_LEAST),
        (WUXI, "P09", 40000, Qualifier.AT_LEAST),
        (WUXI, "G11", 20, Qualifier.EXACT),
        (WUXI, "G12", 100, Qualifier.EXACT),
        (JIANGJIN, "C05", 7, Qualifier.EXACT),
        (JIANGJIN, "L04", 2, Qualifier.EXACT),
    ],
)
def test_the_figures_of_the_article_come_out_of_the_roll_up(unit: str, code: str, value: int, qualifier: int) -> None:
    found = cell(unit, code)
    assert found is not None
    assert (found.value, found.qualifier) == (Decimal(value), qualifier)
    assert found.reported == found.expected == schools_of(unit)


@pytest.mark.parametrize("line", read_city()["article"], ids=lambda line: line["district"])
def test_behind_every_figure_of_the_article_stands_its_source(line: dict[str, Any]) -> None:
    for code, total in line["totals"].items():
        behind = Value.objects.filter(
            return_record__school__district__code=line["district"], return_record__period__start__year=line["year"],
            indicator__code=code,
        ).select_related("return_record__period")  # fmt: skip
        totals: Counter[str] = Counter()
        for value in behind:
            totals[value.return_record.period.code] += value.number
        assert totals
        assert set(totals.values()) == {total}
        behind = [value for value in behind if value.number]
        assert {value.remark for value in behind} == {line["source"]}
        assert line["source"].startswith("公开报道：")
        at_least = Qualifier.AT_LEAST if code in line["at_least"] else Qualifier.EXACT
        assert {value.qualifier for value in behind} == {at_least}


def test_figures_of_another_year_carry_neither_source_nor_qualifier() -> None:
    others = Value.objects.exclude(return_record__period__start__year=2024)
    assert not others.exclude(remark="").exists()
    # What the portal carries into a later draft is as exact as it was.
    assert not others.exclude(qualifier=Qualifier.EXACT).exclude(source="carried").exists()
    assert cell(WUXI, "L08", "2025").qualifier == Qualifier.EXACT  # type: ignore[union-attr]


def test_the_api_says_at_least_too(demo: DemoCity) -> None:
    (token,) = [account.token for account in demo.accounts if account.role == "api_client"]
    answer = Client().get(
        f"/api/v1/statistics/cells/?indicator=L08&unit={WUXI}&period=2024", headers={"Authorization": f"Token {token}"}
    )
    (row,) = answer.json()["results"]
    assert (row["value"], row["qualifier"]) == (1500, "at_least")


def test_nobody_has_a_name_and_everything_is_marked(demo: DemoCity) -> None:
    numbered = re.compile(r"^\D+ \d{4}$")
    assert all(numbered.match(name) for name in User.objects.values_list("display_name", flat=True))
    assert set(OfficeToken.objects.values_list("name", flat=True)) == {"演示数据"}
    browser = Client()
    browser.force_login(User.objects.get(username="city_staff"))
    assert "演示数据" in browser.get("/", follow=True).content.decode()


def test_one_login_and_token_a_role_for_the_owner_of_the_file_only(demo: DemoCity) -> None:
    written = json.loads(demo.file.read_text(encoding="utf-8"))
    assert stat.S_IMODE(demo.file.stat().st_mode) == 0o600
    assert [account["role"] for account in written["accounts"]] == [role.value for role in Role]
    for account in written["accounts"]:
        user = User.objects.get(username=account["username"])
        assert user.check_password(account["password"])
        office = Office.objects.get(user=user)
        assert (office.role, office.unit.code) == (account["role"], account["unit"])
        assert len(account["token"]) > 40


def test_all_marks_are_worked_off(demo: DemoCity) -> None:
    assert demo.loaded.schools == School.objects.count()
    assert not StaleMark.objects.exists()


def test_few_organisations_are_past_their_term() -> None:
    rows = PartyOrganisation.objects.filter(valid_to=None)
    late = rows.filter(term_end__lt=TODAY)
    assert 0.05 <= late.count() / rows.count() <= 0.08
    assert not rows.filter(term_start__gt=TODAY).exists()
    assert late.order_by("term_end")[0].term_end > date(2026, 2, 1), "nobody waits for years"


# Every stock with what was approved last before it: the greatest pair of day and number among all earlier days.
STOCKS = """
SELECT source, number, known_number, confirmed, updated_by_id, age, before[2] FROM (
    SELECT v.source, v.number, v.known_number, v.confirmed, v.updated_by_id, p."end" - v.known_on AS age,
        max(ARRAY[p."end" - date '2000-01-01', v.number])
            FILTER (WHERE r.status = 'approved' AND v.number IS NOT NULL) OVER earlier AS before
    FROM collection_value v
    JOIN collection_return r ON r.id = v.return_record_id JOIN indicators_period p ON p.id = r.period_id
    JOIN indicators_indicator i ON i.id = v.indicator_id AND i.aggregation IN ('stock', 'distinct')
    WHERE r.school_id % 7 = 0
    WINDOW earlier AS (PARTITION BY r.school_id, v.indicator_id ORDER BY p."end"
        GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
) stocks WHERE source <> 'computed'"""


def test_stocks_say_what_a_real_year_would_have_prefilled() -> None:
    """Except what the portal counts itself: that is known from its records, and from no earlier return."""
    with connection.cursor() as cursor:
        cursor.execute(STOCKS)
        rows = cursor.fetchall()
    assert len(rows) > 5_000
    for source, number, known, confirmed, actor, age, before in rows:
        assert known == before
        assert (source == "carried") <= (number == known)
        if source == "carried":
            old = age > settings.PREFILL_STALE_DAYS
            # What is older than the form allows was confirmed by somebody; only drafts may still wait for it.
            assert confirmed == (actor is not None)
            assert old or actor is None
    carried = sum(row[0] == "carried" for row in rows)
    assert 0.4 < carried / len(rows) < 0.95


def test_flows_are_never_carried_over() -> None:
    assert not Value.objects.filter(source="carried", indicator__aggregation="sum").exists()
