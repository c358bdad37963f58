"""`indicators/` and `periods/`: what the figures mean. The same for every caller."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.rest.fields import SelectableFields
from portal.rest.parameters import read_choices, read_known, read_list, refuse_others
from portal.rest.views import ResourceView

from .models import Aggregation, PeriodKind
from .selectors import list_indicators, list_periods, list_programmes


class IndicatorSerializer(SelectableFields):
    code = serializers.CharField()
    name = serializers.CharField()
    english = serializers.CharField()
    programme = serializers.CharField(source="programme.code", default=None, allow_null=True)
    is_element = serializers.BooleanField()
    unit_of_measure = serializers.CharField()
    value_type = serializers.CharField()
    period_kind = serializers.CharField()
    aggregation = serializers.CharField()
    origin = serializers.CharField()
    numerator = serializers.CharField(source="numerator.code", default=None, allow_null=True)
    denominator = serializers.CharField(source="denominator.code", default=None, allow_null=True)
    scale = serializers.IntegerField()
    direction = serializers.CharField()
    choices = serializers.JSONField()
    definition = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    effective_from = serializers.DateField()
    effective_to = serializers.DateField(allow_null=True)


class PeriodSerializer(SelectableFields):
    code = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField()
    start = serializers.DateField()
    end = serializers.DateField()


class IndicatorList(ResourceView):
    """The catalogue: 80 indicators and the elements behind ratios."""

    serializer_class = IndicatorSerializer
    parameters = ("code", "aggregation", "programme")
    keyset = ("order", "pk")

    def get(self, request: Request) -> Response:
        rows = list_indicators()
        if codes := read_known(request.query_params, "code", rows):
            rows = rows.filter(code__in=codes)
        if kinds := read_choices(request.query_params, "aggregation", Aggregation.values):
            rows = rows.filter(aggregation__in=kinds)
        if programmes := read_list(request.query_params, "programme"):
            refuse_others("programme", programmes, [code for code, _name in list_programmes()])
            rows = rows.filter(programme__code__in=programmes)
        return self.answer_list(rows)


class PeriodList(ResourceView):
    """Years, halves, quarters, months, terms and as-of days."""

    serializer_class = PeriodSerializer
    parameters = ("code", "kind")
    keyset = ("end", "pk")

    def get(self, request: Request) -> Response:
        rows = list_periods()
        if codes := read_known(request.query_params, "code", rows):
            rows = rows.filter(code__in=codes)
        if kinds := read_choices(request.query_params, "kind", PeriodKind.values):
            rows = rows.filter(kind__in=kinds)
        return self.answer_list(rows)
