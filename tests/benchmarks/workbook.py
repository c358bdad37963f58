"""(e) Import of a district workbook of 150 schools × 51 indicators against calamine and COPY of the same cells.

The floor reads the same file with calamine and copies its cells into `collection_value`, keys and history included, with
no look at what they are. The subject is what happens between choosing the file and the end of the import: check the file,
read it, compare and check every cell, keep the preview, and on confirmation write values, their log and the state of the
returns. Both sides take turns in transactions that are rolled back; the fastest of the turns counts.
"""

import io
import time
from datetime import timedelta

import openpyxl
from django.db import connection, transaction
from django.utils import timezone
from python_calamine import CalamineWorkbook

from districts.access import scope_of
from districts.models import District, Office, Role
from portal.accounts.models import User
from reports.collection.models import Form, FormField, FormSection, Return
from reports.collection.selectors.workbooks import get_content
from reports.collection.services.opening import open_returns
from reports.collection.services.workbooks import confirm_import, prepare_import
from reports.collection.workbooks.writing import write_workbook
from reports.indicators.models import Indicator, Origin, Period
from schools.registry.models import School

from .bench import Bench, row
from .table import Line

SCHOOLS, INDICATORS, TURNS = 150, 51, 5
SHEET = "填报"
COLUMNS = (
    "return_record_id, indicator_id, number, qualifier, source, known_label, confirmed, remark, verdict, "
    "verdict_reason, updated_at"
)


class _Undo(Exception):
    """Rolls a turn back."""


@row("e", "workbook", "import of 150 schools × 51 indicators : calamine + COPY", most=3.0)
def measure(bench: Bench) -> Line:
    assert bench.city.schools >= SCHOOLS
    form, period, district, columns = _wide_form(bench)
    actor = User.objects.create_user(username="bench-importer")
    Office.objects.create(user=actor, role=Role.DISTRICT_REVIEWER, unit=district, valid_from="2000-01-01")
    data, cells = _filled(form, period, district, columns)
    floor, subject = [], []

    def copy() -> None:
        _copy_cells(data, form, columns)

    def bring_in() -> None:
        batch = prepare_import(
            actor=actor,
            scope=scope_of(actor),
            form=form,
            period=period,
            district=district,
            data=data,
            filename="x.xlsx",
        )
        confirm_import(actor=actor, scope=scope_of(actor), batch_id=batch.pk)

    for _turn in range(TURNS):
        floor.append(_timed(copy))
        subject.append(_timed(bring_in))
    return Line(min(subject), min(floor), unit="s", note=f"{cells:,} cells, {len(data):,} bytes")


def _wide_form(bench: Bench) -> tuple[Form, Period, District, list[Indicator]]:
    """One form of 51 indicators, open for 150 schools of one district."""
    period = Period.objects.get(pk=bench.city.periods[-1])
    form = Form.objects.create(code="wide", title="宽表", period_kind=period.kind, valid_from=period.start)
    section = FormSection.objects.create(form=form, title="全部")
    columns = list(Indicator.objects.filter(origin=Origin.REPORTED).order_by("order")[:INDICATORS])
    while len(columns) < INDICATORS:
        columns.append(_twin(columns[len(columns) % 20], len(columns)))
    FormField.objects.bulk_create(
        FormField(form=form, section=section, indicator=indicator, order=n) for n, indicator in enumerate(columns)
    )
    district = District.objects.filter(schools__isnull=False).order_by("code").first()
    schools = list(School.objects.order_by("pk").values_list("pk", flat=True)[:SCHOOLS])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_school SET district_id = %s WHERE unit_id = ANY(%s)", [district.pk, schools])
        cursor.execute(
            "UPDATE districts_affiliation SET district_id = %s WHERE unit_id = ANY(%s)", [district.pk, schools]
        )
    open_returns(form=form, period=period)
    today = timezone.localdate()
    Return.objects.filter(form=form).exclude(school__in=schools).delete()
    Return.objects.filter(form=form).update(opens_on=today - timedelta(days=1), closes_on=today + timedelta(days=9))
    return form, period, district, columns


def _twin(indicator: Indicator, number: int) -> Indicator:
    """The catalogue has fewer reported indicators than 51 once computed ones are left out."""
    return Indicator.objects.create(
        code=f"W{number:02d}", name=f"{indicator.name}{number}", english=f"twin_{number}", order=900 + number,
        programme=indicator.programme, unit_of_measure=indicator.unit_of_measure, value_type=indicator.value_type,
        period_kind=indicator.period_kind, aggregation=indicator.aggregation, origin=indicator.origin,
        choices=indicator.choices, effective_from=indicator.effective_from,
    )  # fmt: skip


def _filled(form: Form, period: Period, district: District, columns: list[Indicator]) -> tuple[bytes, int]:
    """The district's own template with a number in every cell."""
    template = write_workbook(get_content(form=form, period=period, district=district, members=True))
    book = openpyxl.load_workbook(io.BytesIO(template))
    sheet = book[SHEET]
    by_code = {indicator.code: indicator for indicator in columns}
    head, places = _head(sheet, by_code)
    cells = 0
    for line in range(head + 1, sheet.max_row + 1):
        if not School.objects.filter(code=str(sheet.cell(line, 1).value)).exists():
            continue
        for column, indicator in places.items():
            sheet.cell(line, column).value = indicator.choices[0]["label"] if indicator.choices else 1
            cells += 1
    if cells != SCHOOLS * INDICATORS:
        raise AssertionError(f"{cells} cells instead of {SCHOOLS * INDICATORS}")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue(), cells


def _head(sheet, by_code: dict[str, Indicator]) -> tuple[int, dict[int, Indicator]]:
    """The row of codes, and column → indicator."""
    for line in sheet.iter_rows():
        places = {cell.column: by_code[cell.value] for cell in line if cell.value in by_code}
        if len(places) == len(by_code):
            return line[0].row, places
    raise AssertionError("the template has no row of codes")


def _copy_cells(data: bytes, form: Form, columns: list[Indicator]) -> None:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(SHEET).to_python(skip_empty_area=False)
    records = dict(Return.objects.filter(form=form).values_list("school__code", "pk"))
    by_code = {indicator.code: indicator.pk for indicator in columns}
    head = next(row for row in rows if sum(cell in by_code for cell in row) == len(by_code))
    places = [(place, by_code[code]) for place, code in enumerate(head) if code in by_code]
    now = timezone.now().isoformat()
    text = io.StringIO()
    for line in rows:
        if (record := records.get(str(line[0]))) is not None:
            for place, indicator in places:
                value = line[place] if isinstance(line[place], float) else 1
                text.write(f"{record}\t{indicator}\t{value}\t0\timported\t\tf\t\t\t\t{now}\n")
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY collection_value ({COLUMNS}) FROM STDIN", text)


def _timed(run) -> float:
    started = time.perf_counter()
    try:
        with transaction.atomic():
            run()
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            seconds = time.perf_counter() - started
            raise _Undo
    except _Undo:
        return seconds
