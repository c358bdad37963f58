"""`manage.py generate_city`: cities of any size, and plain refusals of what is none."""

from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from districts.models import Office, Role
from reports.collection.models import Return
from reports.rollup.models import Cell, Fact
from reports.rollup.verify import find_differences
from schools.registry.models import School

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]


def generate(**options: int) -> str:
    said = StringIO()
    call_command("generate_city", stdout=said, **options)
    return said.getvalue()


def test_a_city_of_one_school() -> None:
    assert "Loaded(schools=1," in generate(schools=1)
    school = School.objects.get()
    assert School.objects.values("district").distinct().count() == 1
    assert Office.objects.filter(role=Role.SCHOOL_CLERK, unit=school).count() == 1
    assert Cell.objects.filter(unit__level="city", slice="all", reported=1).exists()
    assert list(find_differences()) == []


def test_schools_are_spread_evenly_over_the_first_districts_and_years_end_with_the_last() -> None:
    generate(schools=7, districts=3, periods=2)
    sizes = sorted(Counter(School.objects.values_list("district", flat=True)).values())
    assert sizes == [2, 2, 3]
    years = sorted(set(Return.objects.values_list("period__start__year", flat=True)))
    assert len(years) == 2
    assert years[1] == years[0] + 1
    assert list(find_differences()) == []


def rules_of_tables() -> set[str]:
    """Every index and constraint, in words."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL "
            "SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace"
        )
        return {row[0] for row in cursor.fetchall()}


def test_what_was_built_together_is_all_there_afterwards() -> None:
    """Indexes, uniqueness and foreign keys are away while thousands of rows come in, and no longer."""
    before = rules_of_tables()
    generate(schools=3, districts=2)
    assert rules_of_tables() == before
    fact = Fact.objects.all()[0]
    again = Fact(**{f.attname: getattr(fact, f.attname) for f in Fact._meta.concrete_fields if f.name != "pk"})
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)


def test_a_database_that_holds_schools_is_left_alone() -> None:
    generate(schools=3, districts=2)
    before = list(School.objects.order_by("code").values_list("code", "name"))
    with pytest.raises(CommandError, match="schools in this database already"):
        generate(schools=5)
    assert list(School.objects.order_by("code").values_list("code", "name")) == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"schools": 0}, "at least 1 school"),
        ({"schools": -3, "districts": 1}, "at least 1 school"),
        ({"schools": 2, "districts": 3}, "2 schools cannot fill 3 districts"),
        ({"schools": 500, "districts": 41}, "between 1 and 40 districts"),
        ({"schools": 5, "districts": 0}, "between 1 and 40 districts"),
        ({"schools": 5, "periods": 0}, "at least 1 calendar year"),
        ({"schools": 5, "periods": 60}, "years between"),
    ],
)
def test_what_is_no_city_is_refused_and_nothing_is_written(options: dict[str, int], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        generate(**options)
    assert not School.objects.exists()
    assert not Return.objects.exists()
