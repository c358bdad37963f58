"""`/api/v1/statistics/cells/`: the numbers of the dashboards for machines."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http.response import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from districts.access import Scope
from portal.rest.parameters import read_choice, read_choices, refuse_unknown
from portal.rest.renderers import JSONRenderer, dump
from portal.rest.views import ConditionalMixin
from portal.ui.exports import csv_response
from reports.rollup.selectors import CellQuery, CellRow, Edition, list_cells
from reports.rollup.selectors.schools import list_school_cells

from . import kept
from .cursor import write_key
from .query import PARAMETERS, SLICES, read_query
from .query import Request as Wanted

QUALIFIERS = ("exact", "at_least", "approximate")
HEAD = (
    "indicator", "period", "unit", "name", "level", "district", "slice", "value", "numerator", "denominator",
    "total", "low", "high", "qualifier", "suppressed", "reported", "expected", "as_of",
)  # fmt: skip
OF_UNIT = ("name", "level", "district")
MEMBERS = (*(name for name in HEAD if name not in OF_UNIT), "distribution")
CSV_PAGE = 5000


class UnitOfCell(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.CharField()
    district = serializers.CharField(allow_null=True)


class CellSerializer(serializers.Serializer):
    """Documentation of a result; the answer itself is built without serializers, for speed."""

    indicator = serializers.CharField()
    period = serializers.CharField()
    unit = UnitOfCell()
    slice = serializers.CharField()
    value = serializers.DecimalField(max_digits=24, decimal_places=8, allow_null=True)
    numerator = serializers.DecimalField(max_digits=24, decimal_places=4, allow_null=True)
    denominator = serializers.DecimalField(max_digits=24, decimal_places=4, allow_null=True)
    total = serializers.DecimalField(max_digits=24, decimal_places=4, allow_null=True)
    low = serializers.DecimalField(max_digits=18, decimal_places=4, allow_null=True)
    high = serializers.DecimalField(max_digits=18, decimal_places=4, allow_null=True)
    qualifier = serializers.ChoiceField(QUALIFIERS)
    suppressed = serializers.BooleanField(help_text="1 to 4 persons, not shown outside their district")
    distribution = serializers.DictField(child=serializers.IntegerField(), allow_null=True)
    reported = serializers.IntegerField(help_text="schools behind the figure")
    expected = serializers.IntegerField(help_text="schools that owe it")
    as_of = serializers.DateTimeField(allow_null=True)


class CellPage(serializers.Serializer):
    next = serializers.URLField(allow_null=True)
    results = CellSerializer(many=True)


class OneRenderer(BaseContentNegotiation):
    """`format` is a parameter of this endpoint and checked like the others."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


def _text(name: str, description: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.QUERY, description=description, **more)


class CellList(ConditionalMixin, APIView):
    """Rolled-up figures. Every filter takes a list (`a,b`); unknown codes and parameters are refused by name."""

    access_rule = "holds_office"
    content_negotiation_class = OneRenderer

    @extend_schema(
        responses=CellPage,
        parameters=[
            _text("indicator", "codes, e.g. L08,L11", required=True),
            _text("period", "codes, e.g. 2024,2024Q3,2024-12-31", required=True),
            _text(
                "unit", "codes; with a deeper `level` those within them; empty: every unit of the level in your scope"
            ),
            _text("level", "city, district, zone, group or school; default: that of the units, else city"),
            _text("slice", "one of " + ", ".join(sorted(SLICES))),
            _text("boundaries", "period: districts as they were; current: restated to those of today"),
            OpenApiParameter("limit", OpenApiTypes.INT, description="1 … 5000, default 200"),
            _text("cursor", "from `next`"),
            _text("fields", "only these members of each result, e.g. indicator,unit,value"),
            _text("format", "json or csv; csv streams everything from the cursor on"),
        ],
    )
    def get(self, request: Request) -> HttpResponseBase:
        scope: Scope = request.scope  # type: ignore[attr-defined]
        key = kept.key_of(request, scope)
        if body := kept.recall(key):
            return _answer(body)
        refuse_unknown(request.query_params, PARAMETERS)
        wanted = read_query(request.query_params, scope)
        fields = read_choices(request.query_params, "fields", MEMBERS)
        if read_choice(request.query_params, "format", ("json", "csv"), default="json") == "csv":
            return csv_response("statistics", _head(fields), _lines(scope, wanted, fields))
        rows = fetch(scope, wanted.of_schools, wanted.query, wanted.edition)
        page = rows[: wanted.limit]
        following = write_key(page[-1].key) if len(rows) > wanted.limit else None
        body = dump({"next": _next(request, following), "results": [_chosen(as_result(row), fields) for row in page]})
        # A school's figures are computed when they are asked for, and have no edition.
        if not wanted.of_schools:
            periods = wanted.query.periods
            kept.keep(key, periods=periods, edition=wanted.edition.of(periods), body=body)
        return _answer(body)


def _answer(body: bytes) -> HttpResponse:
    """As a response of DRF would be, which has to be told how to write down what is written already."""
    return HttpResponse(body, content_type=JSONRenderer.media_type)


def fetch(scope: Scope, of_schools: bool, query: CellQuery, edition: Edition | None = None) -> list[CellRow]:
    if of_schools:
        return list_school_cells(scope=scope, query=query)
    return list_cells(scope=scope, query=query, edition=edition)


def as_result(row: CellRow) -> dict[str, Any]:
    # Taken apart at once and not name by name: this is done for every row of every answer.
    (_key, _period, _unit, _indicator, indicator, period, code, name, level, _district, district, part, value,
     numerator, denominator, total, low, high, qualifier, reported, expected, as_of, distribution, suppressed,
    ) = row  # fmt: skip
    return {
        "indicator": indicator,
        "period": period,
        "unit": {"code": code, "name": name, "level": level, "district": district},
        "slice": part,
        "value": None if value is None else _number(value),
        "numerator": None if numerator is None else _number(numerator),
        "denominator": None if denominator is None else _number(denominator),
        "total": None if total is None else _number(total),
        "low": None if low is None else _number(low),
        "high": None if high is None else _number(high),
        "qualifier": QUALIFIERS[qualifier],
        "suppressed": suppressed,
        "distribution": distribution,
        "reported": reported,
        "expected": expected,
        "as_of": as_of,
    }


def _number(value: Decimal) -> int | float:
    number = float(value)
    return int(number) if number.is_integer() else number


def _chosen(result: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    return {name: result[name] for name in fields} if fields else result


def _head(fields: Sequence[str]) -> list[str]:
    """A unit takes four columns, a distribution none of its own: it is in JSON only."""
    return [name for name in HEAD if not fields or name in fields or ("unit" in fields and name in OF_UNIT)]


def _lines(scope: Scope, wanted: Wanted, fields: Sequence[str]) -> Iterator[list[Any]]:
    """All rows from the cursor on, a page at a time: the memory of one page, whatever the length."""
    current, head = replace(wanted.query, limit=CSV_PAGE), _head(fields)
    while True:
        rows = fetch(scope, wanted.of_schools, current)
        for row in rows:
            result = as_result(row)
            result["unit"], result["name"] = row.unit_code, row.unit_name
            result["level"], result["district"] = row.level, row.district
            result["as_of"] = row.as_of and row.as_of.isoformat()
            yield [result[name] for name in head]
        if len(rows) < CSV_PAGE:
            return
        current = replace(current, after=rows[-1].key)


def _next(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = [(key, value) for key, values in request.query_params.lists() for value in values if key != "cursor"]
    return request.build_absolute_uri(f"{request.path}?{urlencode([*query, ('cursor', cursor)])}")
