"""Research topics for machines: what is funded, what is due next, how far the papers are, and where it is applied.

The texts of papers, budgets and files are read on the pages; leaders are left out, though they are no names.
"""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.rest.fields import SelectableFields
from portal.rest.parameters import read_choice, read_choices, read_list
from portal.rest.problems import ParameterError
from portal.rest.views import ResourceView

from .models import Field, PaperKind, PaperStatus, PracticeKind, Result, Topic, TopicStatus
from .selectors.papers import list_papers
from .selectors.practices import list_practices
from .selectors.topics import (
    LATE,
    LATER,
    OVER,
    REGISTERED,
    SOON,
    WAITING,
    duty_of,
    get_topic,
    list_former_titles,
    list_topics,
)

STATES = (LATE, SOON, WAITING, LATER, OVER, REGISTERED)
LISTED = ("funded", "running", LATE, SOON, WAITING, "closed", "ended", REGISTERED)
LEVELS = ("city", "district")


class TopicSerializer(SelectableFields):
    id = serializers.IntegerField()
    number = serializers.CharField(source="code", help_text="立项编号; empty before the funding")
    title = serializers.CharField()
    field = serializers.ChoiceField(Field.choices)
    school = serializers.CharField(source="school.code")
    district = serializers.CharField(source="school.district.code")
    level = serializers.CharField(source="unit.level", default=None, allow_null=True, help_text="city or district")
    status = serializers.ChoiceField(TopicStatus.choices)
    year = serializers.IntegerField(allow_null=True, help_text="of the call")
    amount = serializers.IntegerField(allow_null=True, help_text="yuan")
    awarded_on = serializers.DateField(allow_null=True)
    due_on = serializers.DateField(allow_null=True, help_text="the closing, after extensions")
    closed_on = serializers.DateField(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)
    designation = serializers.IntegerField(source="designation_id", allow_null=True, help_text="the title")
    next_paper = serializers.ChoiceField(
        PaperKind.choices, source="next_kind", allow_blank=True, help_text="empty when nothing is due"
    )
    next_due = serializers.DateField(allow_null=True)
    duty_state = serializers.SerializerMethodField(help_text="late, soon, waiting, later, over, registered")

    @extend_schema_field(serializers.ChoiceField(STATES))
    def get_duty_state(self, row: Topic) -> str:
        return duty_of(row).state


class TopicPaperSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(PaperKind.choices)
    status = serializers.ChoiceField(PaperStatus.choices)
    due_on = serializers.DateField(allow_null=True)
    result = serializers.ChoiceField(Result.choices, allow_blank=True)
    until = serializers.DateField(allow_null=True, help_text="the day that the finding named")
    settled_on = serializers.DateField(allow_null=True)
    files = serializers.IntegerField()


class PracticeSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(PracticeKind.choices)
    school = serializers.CharField(source="school.code")
    place = serializers.CharField(help_text="name of the school, organisation or brand")
    designation = serializers.IntegerField(source="designation_id", allow_null=True)
    since = serializers.DateField()
    ended_on = serializers.DateField(allow_null=True)


class TopicDetailSerializer(TopicSerializer):
    former_titles = serializers.SerializerMethodField(help_text="what it was called before, oldest first")
    papers = serializers.SerializerMethodField()
    practices = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_former_titles(self, row: Topic) -> list[str]:
        return list_former_titles(row)

    @extend_schema_field(TopicPaperSerializer(many=True))
    def get_papers(self, row: Topic) -> list[dict[str, Any]]:
        return TopicPaperSerializer(list_papers(row), many=True).data  # type: ignore[return-value]

    @extend_schema_field(PracticeSerializer(many=True))
    def get_practices(self, row: Topic) -> list[dict[str, Any]]:
        return PracticeSerializer(list_practices(row), many=True).data  # type: ignore[return-value]


class TopicList(ResourceView):
    """Topics in the scope: the funded ones, or those of another `state`."""

    serializer_class = TopicSerializer
    parameters = ("state", "year", "field", "level", "district", "school", "status")
    keyset = ("pk",)

    def get(self, request: Request) -> Response:
        query = request.query_params
        state = read_choice(query, "state", LISTED, default="funded")
        rows = list_topics(scope=request.scope, filters={"state": state})  # type: ignore[attr-defined]
        if years := read_list(query, "year"):
            if not all(year.isascii() and year.isdigit() and len(year) == 4 for year in years):
                raise ParameterError("year", _("请给出四位年份。"))
            rows = rows.filter(year__in=[int(year) for year in years])
        for name, lookup in (("district", "school__district__code"), ("school", "school__code")):
            if codes := read_list(query, name):
                rows = rows.filter(**{f"{lookup}__in": codes})
        for name, choices, lookup in (
            ("field", Field.values, "field"),
            ("level", LEVELS, "unit__level"),
            ("status", TopicStatus.values, "status"),
        ):
            if values := read_choices(query, name, choices):
                rows = rows.filter(**{f"{lookup}__in": values})
        return self.answer_list(rows)


class TopicDetail(ResourceView):
    """One topic with its papers and where it is applied."""

    serializer_class = TopicDetailSerializer

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(get_topic(scope=request.scope, pk=pk)).data)  # type: ignore[attr-defined]
