"""Selection for machines: rounds, applications and titles in the scope; public notices for everybody.

Names of persons are in none of them, and neither is the text of a case: what is handed in is read on the pages.
An expert finds no application and no title here, so that nothing tells who stands behind a blind code.
"""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from portal.rest.fields import SelectableFields
from portal.rest.parameters import read_choice, read_choices, read_list, read_text
from portal.rest.problems import ParameterError
from portal.rest.views import ResourceView

from .models import (
    Application,
    ApplicationStatus,
    Designation,
    DesignationLevel,
    DesignationStatus,
    HolderKind,
    PublicNotice,
    RoundStatus,
)
from .rules.dates import as_day
from .selectors.cases import get_application, list_applications, list_events
from .selectors.designations import counts_today, get_designation, list_designations, valid_on
from .selectors.notices import get_notice, get_state, list_entries, list_notices
from .selectors.rounds import get_round_by_code, list_rounds


class StageSerializer(serializers.Serializer):
    kind = serializers.CharField()
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField(help_text="the first moment at which the stage is over")


class RoundSerializer(SelectableFields):
    code = serializers.CharField()
    title = serializers.CharField()
    official_title = serializers.CharField()
    programme = serializers.CharField(source="programme.code")
    unit = serializers.CharField(source="unit.code", help_text="who runs it: the city or a district")
    designation_kind = serializers.CharField(source="designation_kind.code")
    holder_kind = serializers.ChoiceField(HolderKind.choices)
    status = serializers.ChoiceField(RoundStatus.choices)
    target = serializers.IntegerField()
    panel_size = serializers.IntegerField()
    notice_days = serializers.IntegerField()
    feeds = serializers.CharField(source="feeds.code", default=None, allow_null=True)
    applications = serializers.IntegerField(source="cases", help_text="handed in, of the whole round")


class QuestionSerializer(serializers.Serializer):
    code = serializers.CharField()
    section = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]
    min_length = serializers.IntegerField()
    max_length = serializers.IntegerField()
    indicator = serializers.CharField(allow_blank=True)


class CriterionSerializer(serializers.Serializer):
    code = serializers.CharField()
    title = serializers.CharField()
    maximum = serializers.DecimalField(max_digits=5, decimal_places=1)
    weight = serializers.DecimalField(max_digits=6, decimal_places=2, allow_null=True)


class RoundDetailSerializer(RoundSerializer):
    seed = serializers.CharField(allow_blank=True, help_text="published with the draw; empty before it")
    trim = serializers.IntegerField()
    trim_from = serializers.IntegerField()
    tie_rule = serializers.ListField(child=serializers.CharField())
    stages = StageSerializer(many=True)
    questions = QuestionSerializer(many=True)
    criteria = CriterionSerializer(many=True)


class HeldSerializer(SelectableFields):
    """What an application and a title have in common: the holder, always of a school."""

    id = serializers.IntegerField()
    holder_kind = serializers.ChoiceField(HolderKind.choices)
    holder = serializers.CharField(source="holder_name", help_text="a unit, a post or a thing; never a person's name")
    school = serializers.CharField(source="school.code")
    district = serializers.CharField(source="district.code", help_text="the one that was right at that time")


class ApplicationSerializer(HeldSerializer):
    round = serializers.CharField(source="round.code")
    status = serializers.ChoiceField(ApplicationStatus.choices)
    submitted_at = serializers.DateTimeField(allow_null=True)
    lock_version = serializers.IntegerField()


class VersionSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    frozen_at = serializers.DateTimeField(allow_null=True, help_text="when it was handed in; null while it is written")


class EventSerializer(serializers.Serializer):
    action = serializers.CharField()
    source_status = serializers.CharField(source="source")
    status = serializers.CharField(source="target")
    at = serializers.DateTimeField(source="created_at")
    reason = serializers.CharField(source="comment", allow_blank=True)


class ApplicationDetailSerializer(ApplicationSerializer):
    versions = VersionSerializer(many=True)
    events = serializers.SerializerMethodField()

    @extend_schema_field(EventSerializer(many=True))
    def get_events(self, application: Application) -> list[dict[str, object]]:
        return EventSerializer(list_events(application), many=True).data  # type: ignore[return-value]


class DesignationSerializer(HeldSerializer):
    kind = serializers.CharField(source="kind.code")
    level = serializers.ChoiceField(DesignationLevel.choices)
    batch = serializers.CharField(allow_blank=True)
    official_title = serializers.CharField()
    round = serializers.CharField(source="round.code", default=None, allow_null=True)
    status = serializers.ChoiceField(DesignationStatus.choices)
    counts = serializers.SerializerMethodField(help_text="whether it counts in the indicators today")
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True, help_text="the first day on which it no longer counts")
    midterm_due = serializers.DateField(allow_null=True)
    midterm_passed_on = serializers.DateField(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)
    check_code = serializers.CharField()

    def get_counts(self, row: Designation) -> bool:
        return counts_today(row)


class NoticeSerializer(SelectableFields):
    number = serializers.CharField()
    title = serializers.CharField()
    issuer = serializers.CharField()
    round = serializers.CharField(source="round.code")
    published_at = serializers.DateTimeField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="the last day, until midnight")
    working_days = serializers.IntegerField()
    phase = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ChoiceField(("before", "running", "over", "announced")))
    def get_phase(self, notice: PublicNotice) -> str:
        return get_state(notice).phase


class EntrySerializer(SelectableFields):
    holder_kind = serializers.ChoiceField(HolderKind.choices)
    holder = serializers.CharField(source="holder_name")
    school = serializers.CharField(source="school.code")
    district = serializers.CharField(source="district.code")
    status = serializers.ChoiceField(ApplicationStatus.choices)


class RoundList(ResourceView):
    """Rounds that the caller may see; drafts only for those who run them."""

    serializer_class = RoundSerializer
    parameters = ("code", "status", "programme", "unit")
    keyset = ("pk",)

    def get(self, request: Request) -> Response:
        rows = list_rounds(scope=request.scope)  # type: ignore[attr-defined]
        lookups = {"code": "code", "programme": "programme__code", "unit": "unit__code"}
        for name, lookup in lookups.items():
            if codes := read_list(request.query_params, name):
                rows = rows.filter(**{f"{lookup}__in": codes})
        if statuses := read_choices(request.query_params, "status", RoundStatus.values):
            rows = rows.filter(status__in=statuses)
        return self.answer_list(rows)


class RoundDetail(ResourceView):
    """One round with its dates, form and rubric."""

    serializer_class = RoundDetailSerializer

    def get(self, request: Request, code: str) -> Response:
        return Response(self.get_serializer(get_round_by_code(scope=request.scope, code=code)).data)  # type: ignore[attr-defined]


class ApplicationList(ResourceView):
    """Applications in the scope of the caller; drafts only for their own side, outcomes once they are published."""

    serializer_class = ApplicationSerializer
    parameters = ("round", "status", "district", "school")
    keyset = ("pk",)

    def get(self, request: Request) -> Response:
        rows = list_applications(scope=request.scope, filters={})  # type: ignore[attr-defined]
        lookups = {"round": "round__code", "district": "district__code", "school": "school__code"}
        for name, lookup in lookups.items():
            if codes := read_list(request.query_params, name):
                rows = rows.filter(**{f"{lookup}__in": codes})
        if statuses := read_choices(request.query_params, "status", ApplicationStatus.values):
            rows = rows.filter(status__in=statuses)
        return self.answer_list(rows)


class ApplicationDetail(ResourceView):
    """One application with its versions and the steps that were taken."""

    serializer_class = ApplicationDetailSerializer

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(get_application(scope=request.scope, pk=pk)).data)  # type: ignore[attr-defined]


class DesignationList(ResourceView):
    """The register of titles in the scope; `valid_on` keeps those that counted on a day."""

    serializer_class = DesignationSerializer
    parameters = ("kind", "level", "batch", "district", "school", "round", "status", "valid_on")
    keyset = ("pk",)

    def get(self, request: Request) -> Response:
        query = request.query_params
        rows = list_designations(scope=request.scope, filters={})  # type: ignore[attr-defined]
        lookups = {
            "kind": "kind__code", "batch": "batch", "district": "district__code", "school": "school__code",
            "round": "round__code",
        }  # fmt: skip
        for name, lookup in lookups.items():
            if codes := read_list(query, name):
                rows = rows.filter(**{f"{lookup}__in": codes})
        if levels := read_choices(query, "level", DesignationLevel.values):
            rows = rows.filter(level__in=levels)
        if statuses := read_choices(query, "status", DesignationStatus.values):
            rows = rows.filter(status__in=statuses)
        if text := read_text(query, "valid_on"):
            day = as_day(text)
            if day is None:
                raise ParameterError("valid_on", _("日期写作 2025-11-06。"))
            rows = rows.filter(valid_on(day))
        return self.answer_list(rows)


class DesignationDetail(ResourceView):
    """One title."""

    serializer_class = DesignationSerializer

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(get_designation(scope=request.scope, pk=pk)).data)  # type: ignore[attr-defined]


class PublicView(ResourceView):
    """Answers everybody, like the pages of the notices."""

    access_rule = "public"
    authentication_classes = ()
    permission_classes = (AllowAny,)


class NoticeList(PublicView):
    """Public notices, also those of earlier years."""

    serializer_class = NoticeSerializer
    parameters = ("phase",)
    keyset = ("pk",)

    def get(self, request: Request) -> Response:
        phase = read_choice(request.query_params, "phase", ("all", "running"), default="all")
        return self.answer_list(list_notices(running=phase == "running"))


class NoticeEntryList(PublicView):
    """The list of one notice, in the order of the districts' codes; who was struck stays on it."""

    serializer_class = EntrySerializer
    keyset = ("district__code", "school__code", "pk")

    def get(self, request: Request, number: str) -> Response:
        return self.answer_list(list_entries(notice=get_notice(number)))
