"""Two at once, with real transactions: one wins, the other is told, nothing is written twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest
from django.db import connection, transaction
from django.test import Client

from portal.workflow.errors import DomainError, StaleError
from portal.workflow.models import Event
from reports.collection.models import ImportBatch, Return, ReturnStatus, Value
from reports.collection.services.progress import approve_return, send_back_return, submit_return
from reports.collection.services.values import save_value
from reports.collection.services.workbooks import confirm_import
from reports.indicators.models import Indicator
from reports.rollup.models import Fact
from tests.support.city import SmallCity, build_small_city, fill, open_form, submit
from tests.support.workbooks import download, set_cell, upload_batch


@pytest.fixture
def city(transactional_db: None) -> SmallCity:
    return build_small_city()


@pytest.fixture
def draft(city: SmallCity) -> Return:
    record = open_form("meeting", "2026Q1", city.one)
    assert fill(record, city.users["clerk"], G05D=100, G05N=90) == {}
    return record


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run all at the same moment, each on a connection of its own; the results, or the refusals."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            start.wait(timeout=60)
            return act()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def _given(city: SmallCity, name: str, record: Return) -> dict[str, object]:
    record.refresh_from_db()
    return {
        "actor": city.users[name], "scope": city.scope(name), "return_id": record.pk, "lock_version": record.lock_version,
    }  # fmt: skip


def test_two_approvers_one_wins_the_other_is_told(city: SmallCity, draft: Return) -> None:
    submit(draft, city.users["clerk"])
    first, second = _given(city, "reviewer", draft), _given(city, "reviewer2", draft)
    results = at_once(lambda: approve_return(**first), lambda: approve_return(**second))
    assert sum(isinstance(result, StaleError) for result in results) == 1
    assert Event.objects.filter(object_id=draft.pk, action="approve").count() == 1
    assert Fact.objects.filter(school_id=city.one.pk, indicator__code="G05N").count() == 1


def test_one_approves_and_one_returns_and_only_one_of_it_happens(city: SmallCity, draft: Return) -> None:
    submit(draft, city.users["clerk"])
    first, second = _given(city, "reviewer", draft), _given(city, "reviewer2", draft)
    results = at_once(lambda: approve_return(**first), lambda: send_back_return(**second, reasons={"G05N": "请核对。"}))
    assert sum(isinstance(result, StaleError) for result in results) == 1
    draft.refresh_from_db()
    facts = Fact.objects.filter(school_id=city.one.pk, indicator__code="G05N").exists()
    assert facts == (draft.status == ReturnStatus.APPROVED)


def test_a_double_click_of_one_person_is_one_submission(city: SmallCity, draft: Return) -> None:
    given = _given(city, "clerk", draft)
    results = at_once(lambda: submit_return(**given), lambda: submit_return(**given))
    assert sorted(result.repeated for result in results) == [False, True]  # type: ignore[attr-defined]
    assert Event.objects.filter(object_id=draft.pk, action="submit").count() == 1


def test_part_and_whole_changed_at_once_still_fit(city: SmallCity, draft: Return) -> None:
    """Alone each fits (90 → 100 of 100; 100 → 95 over 90); together they must not end as 100 of 95."""
    clerk = {"actor": city.users["clerk"], "scope": city.scope("clerk"), "return_id": draft.pk}
    other = {"actor": city.users["secretary"], "scope": city.scope("secretary"), "return_id": draft.pk}
    at_once(lambda: save_value(**clerk, code="G05N", text="100"), lambda: save_value(**other, code="G05D", text="95"))
    numbers = {v.indicator.code: v.number for v in draft.values.select_related("indicator")}
    assert numbers["G05N"] <= numbers["G05D"]


def test_a_value_does_not_slip_in_behind_a_submission(city: SmallCity, draft: Return) -> None:
    clerk = {"actor": city.users["clerk"], "scope": city.scope("clerk"), "return_id": draft.pk}
    given = _given(city, "secretary", draft)
    typed, handed_in = at_once(lambda: save_value(**clerk, code="G01", text="77"), lambda: submit_return(**given))
    assert not isinstance(handed_in, DomainError)
    stored = draft.values.get(indicator__code="G01").number
    assert (stored == 77) == (not isinstance(typed, DomainError))


def _upload(city: SmallCity, record: Return) -> ImportBatch:
    client = Client()
    client.force_login(city.users["clerk"])
    book = download(client, f"/returns/{record.pk}/workbook/")
    for code in ("G01", "G02"):
        set_cell(book, code, 7)
    return upload_batch(client, f"/returns/{record.pk}/import/", book)


def _wait_until_somebody_waits() -> None:
    for _attempt in range(400):
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return
        sleep(0.05)
    raise AssertionError("nobody waits")


def test_an_import_meets_a_cell_that_is_just_being_prefilled(city: SmallCity, draft: Return) -> None:
    """Pre-filling locks no return; the import waits for it, is told that something has changed, and writes nothing."""
    Value.objects.filter(return_record=draft, indicator__code__in=["G01", "G02"]).delete()
    batch = _upload(city, draft)
    inserted = Barrier(2)

    def prefill() -> None:
        with transaction.atomic():
            Value.objects.create(return_record=draft, indicator=Indicator.objects.get(code="G02"), number=9)
            inserted.wait(timeout=20)
            _wait_until_somebody_waits()

    def bring_in() -> None:
        inserted.wait(timeout=20)
        confirm_import(actor=city.users["clerk"], scope=city.scope("clerk"), batch_id=batch.pk)

    _prefilled, told = at_once(prefill, bring_in)
    assert isinstance(told, StaleError)
    assert draft.values.get(indicator__code="G02").number == 9
    assert not draft.values.filter(indicator__code="G01").exists()
