"""`units/`: who exists, in the scope of the caller."""

from datetime import date

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from districts.models import Level, OfficeToken, Unit
from districts.selectors.search import matching, visible_units
from districts.selectors.units import list_district_units
from districts.services.offices import revoke_token
from portal.rest.fields import SelectableFields
from portal.rest.parameters import read_choices, read_known, read_text
from portal.rest.problems import ParameterError
from portal.rest.views import ResourceView, acting_user
from portal.workflow.errors import DomainError


class UnitSerializer(SelectableFields):
    code = serializers.CharField()
    name = serializers.CharField()
    short_name = serializers.CharField()
    level = serializers.CharField()
    district = serializers.CharField(source="district_code", allow_null=True)
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)


def list_units(request: Request) -> QuerySet[Unit]:
    """Units in the scope; filters level, district, code, valid_on, q."""
    query = request.query_params
    units = visible_units(request.scope).annotate(district_code=F("as_school__district__code"))  # type: ignore[attr-defined]
    if levels := read_choices(query, "level", Level.values):
        units = units.filter(level__in=levels)
    if codes := read_known(query, "code", visible_units(request.scope)):  # type: ignore[attr-defined]
        units = units.filter(code__in=codes)
    if districts := read_known(query, "district", list_district_units()):
        units = units.filter(Q(as_school__district__code__in=districts) | Q(code__in=districts))
    if words := read_text(query, "q"):
        units = units.filter(matching(words, forgiving=True))
    if day := read_text(query, "valid_on"):
        units = units.filter(
            Q(valid_from=None) | Q(valid_from__lte=_day(day)), Q(valid_to=None) | Q(valid_to__gt=_day(day))
        )
    return units


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ParameterError("valid_on", _("日期写作 2025-11-06。")) from error


class UnitList(ResourceView):
    """Units of every level that the caller may see."""

    serializer_class = UnitSerializer
    parameters = ("level", "district", "code", "valid_on", "q")
    keyset = ("code",)

    def get(self, request: Request) -> Response:
        return self.answer_list(list_units(request))


class TokenSerializer(SelectableFields):
    name = serializers.CharField()
    role = serializers.CharField(source="office.role")
    unit = serializers.CharField(source="office.unit.code")
    created = serializers.DateTimeField()
    expires = serializers.DateTimeField(source="expiry", allow_null=True)


class CurrentToken(ResourceView):
    """What the token of this request stands for. New ones are made on the page 接口令牌, by the signed-in holder."""

    serializer_class = TokenSerializer

    def get(self, request: Request) -> Response:
        return Response(self.get_serializer(_token(request)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Revoke the token of this request, at once."""
        revoke_token(actor=acting_user(request), token_digest=_token(request).digest)
        return Response(status=204)


def _token(request: Request) -> OfficeToken:
    if not isinstance(request.auth, OfficeToken):
        raise DomainError("no_token", _("这次请求没有使用令牌。"), status=404)
    return request.auth
