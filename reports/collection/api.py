"""`forms/` and `returns/`: read for everybody in scope, fill and submit for school offices."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from districts.selectors.search import visible_units
from districts.selectors.units import list_district_units
from portal.rest.fields import SelectableFields
from portal.rest.parameters import read_choices, read_known
from portal.rest.problems import problem
from portal.rest.views import ResourceView, acting_user, matches
from reports.indicators.selectors import list_periods

from .models import Form, Return, ReturnStatus
from .selectors.entry import get_entry
from .selectors.options import list_codes, list_forms
from .selectors.returns import get_return, list_returns
from .services.opening import ensure_return
from .services.progress import submit_return
from .services.values import save_values_if


class FormSerializer(SelectableFields):
    code = serializers.CharField()
    title = serializers.CharField()
    period_kind = serializers.CharField()
    months = serializers.ListField(child=serializers.IntegerField())
    indicators = serializers.SerializerMethodField()

    def get_indicators(self, form: Form) -> list[str]:
        return [field.indicator.code for field in form.fields.all()]


class ReturnSerializer(SelectableFields):
    id = serializers.IntegerField()
    form = serializers.CharField(source="form.code")
    period = serializers.CharField(source="period.code")
    school = serializers.CharField(source="school.code")
    district = serializers.CharField(source="school.district.code")
    status = serializers.CharField()
    lock_version = serializers.IntegerField()
    due_on = serializers.DateField()
    closes_on = serializers.DateField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)


class CellOfReturn(serializers.Serializer):
    text = serializers.CharField(allow_blank=True)
    state = serializers.CharField()
    remark = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True, help_text="why the district sent this cell back")
    open = serializers.BooleanField(help_text="may be filled now")


class ReturnDetailSerializer(ReturnSerializer):
    values = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DictField(child=CellOfReturn()))
    def get_values(self, record: Return) -> dict[str, dict[str, Any]]:
        entry = get_entry(scope=self.context["request"].scope, record=record)
        return {
            row.code: {
                "text": row.text,
                "state": row.state,
                "remark": row.remark,
                "reason": row.reason,
                "open": row.is_open,
            }
            for row in entry.rows
        }


class NewReturnSerializer(serializers.Serializer):
    form = serializers.CharField(max_length=24)
    period = serializers.CharField(max_length=12)
    school = serializers.CharField(max_length=32)


class ValuesSerializer(serializers.Serializer):
    """Numbers or what one would type: 126, "≥30", "好", null for not reported."""

    values = serializers.DictField(child=serializers.JSONField(allow_null=True), required=False)
    remarks = serializers.DictField(child=serializers.CharField(allow_blank=True, max_length=2000), required=False)
    lock_version = serializers.IntegerField(
        min_value=0, required=False, help_text="refuses a return that moved on: 409"
    )


class SubmitSerializer(serializers.Serializer):
    lock_version = serializers.IntegerField(min_value=0)


class FormList(ResourceView):
    """Forms of collection. Each with its sections and indicators, and who fills it."""

    serializer_class = FormSerializer
    keyset = ("order", "pk")

    def get(self, request: Request) -> Response:
        return self.answer_list(list_forms())


class ReturnList(ResourceView):
    """Returns in the scope of the caller. The values of one are in its detail."""

    serializer_class = ReturnSerializer
    parameters = ("form", "period", "school", "district", "status")
    keyset = ("pk",)

    def get(self, request: Request) -> Response:
        rows = list_returns(scope=request.scope)  # type: ignore[attr-defined]
        lookups = {
            "form": "form__code",
            "period": "period__code",
            "school": "school__code",
            "district": "school__district__code",
        }
        for name, known in self._known().items():
            if codes := read_known(request.query_params, name, known):
                rows = rows.filter(**{f"{lookups[name]}__in": codes})
        if statuses := read_choices(request.query_params, "status", ReturnStatus.values):
            rows = rows.filter(status__in=statuses)
        return self.answer_list(rows)

    def _known(self) -> "dict[str, QuerySet[Any]]":
        """What each filter may name: schools of the scope; forms, periods and districts are no secret."""
        scope = self.request.scope  # type: ignore[attr-defined]
        return {
            "form": list_forms(),
            "period": list_periods(),
            "school": visible_units(scope),
            "district": list_district_units(),
        }

    @extend_schema(request=NewReturnSerializer, responses={201: ReturnSerializer})
    def post(self, request: Request) -> Response:
        """Make sure that the return of a school exists, if its window is open: 201 with the return either way."""
        data = _valid(NewReturnSerializer, request)
        record = ensure_return(
            actor=acting_user(request),
            scope=request.scope,  # type: ignore[attr-defined]
            form_code=data["form"],
            period_code=data["period"],
            school_code=data["school"],
        )
        return Response(ReturnSerializer(record).data, status=201)


class ReturnDetail(ResourceView):
    """One return with the values of its cells."""

    serializer_class = ReturnDetailSerializer

    def get(self, request: Request, pk: int) -> Response:
        return Response(self._read(request, pk))

    @extend_schema(request=ValuesSerializer, responses=ReturnDetailSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Store values. What cannot be stored is named in `errors` (422); the other cells are stored.

        `If-Match` with the ETag of the last GET: 412, and nothing stored, if anybody has changed a cell since.
        """
        record = get_return(scope=request.scope, pk=pk)  # type: ignore[attr-defined]
        data = _valid(ValuesSerializer, request)
        texts = {code: "" if value is None else str(value) for code, value in data.get("values", {}).items()}
        known = list_codes(record.form)
        if unknown := sorted((set(texts) | set(data.get("remarks", {}))) - known):
            return problem(400, _("这张表里没有 %s。") % "、".join(unknown)[:200], code="unknown_cell")
        refused = save_values_if(
            lambda: matches(request, self._read(request, pk)),
            lock_version=data.get("lock_version"),
            actor=acting_user(request),
            scope=request.scope,  # type: ignore[attr-defined]
            return_id=pk,
            texts=texts,
            remarks=data.get("remarks", {}),
        )
        if refused:
            return problem(422, _("有 %d 格没有保存。") % len(refused), code="refused", errors=refused)
        return Response(self._read(request, pk))

    def _read(self, request: Request, pk: int) -> Any:
        return self.get_serializer(get_return(scope=request.scope, pk=pk)).data  # type: ignore[attr-defined]


class ReturnSubmit(ResourceView):
    """Handing in a return."""

    serializer_class = SubmitSerializer

    @extend_schema(request=SubmitSerializer, responses=ReturnSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Hand the return in; `cells` of the problem names what blocks it."""
        get_return(scope=request.scope, pk=pk)  # type: ignore[attr-defined]
        data = _valid(SubmitSerializer, request)
        outcome = submit_return(
            actor=acting_user(request),
            scope=request.scope,  # type: ignore[attr-defined]
            return_id=pk,
            lock_version=data["lock_version"],
        )
        return Response(ReturnSerializer(outcome.obj).data)


def _valid(serializer_class: type[serializers.Serializer], request: Request) -> Any:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
