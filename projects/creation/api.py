"""Builds for machines: the title, its brand, what is due next, and how far its papers and its plan are.

The texts of papers and their files are read on the pages; what a check found is told with its day.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.rest.parameters import read_choice, read_choices, read_list
from portal.rest.views import ResourceView
from projects.selection.api import DesignationSerializer
from projects.selection.models import Designation, DesignationLevel, DesignationStatus

from .models import Paper, PaperKind, PaperStatus, Result
from .selectors.builds import (
    ALL,
    LATE,
    LATER,
    OVER,
    SOON,
    WAITING,
    duty_of,
    get_build,
    get_plan,
    list_builds,
    list_papers,
)

STATES = (LATE, SOON, WAITING, LATER, OVER)


class BuildSerializer(DesignationSerializer):
    brand = serializers.CharField(allow_blank=True)
    next_paper = serializers.ChoiceField(
        PaperKind.choices, source="next_kind", allow_blank=True, help_text="empty when nothing is due any more"
    )
    next_due = serializers.DateField(allow_null=True)
    next_state = serializers.SerializerMethodField(help_text="late, soon, waiting for a check, later, over")

    @extend_schema_field(serializers.ChoiceField(STATES))
    def get_next_state(self, row: Designation) -> str:
        return duty_of(row).state


class PaperSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(PaperKind.choices)
    status = serializers.ChoiceField(PaperStatus.choices)
    due_on = serializers.DateField()
    result = serializers.ChoiceField(Result.choices, allow_blank=True)
    until = serializers.DateField(allow_null=True, help_text="the day that the check named")
    settled_on = serializers.DateField(allow_null=True)
    files = serializers.IntegerField()


class PlanSerializer(serializers.Serializer):
    agreed = serializers.BooleanField(source="is_agreed")
    goals = serializers.SerializerMethodField()
    milestones = serializers.SerializerMethodField()
    done = serializers.IntegerField(help_text="milestones that are done")

    def get_goals(self, plan: Any) -> int:
        return len(plan.goals)

    def get_milestones(self, plan: Any) -> int:
        return len(plan.milestones)


class BuildDetailSerializer(BuildSerializer):
    plan = serializers.SerializerMethodField()
    papers = serializers.SerializerMethodField()

    @extend_schema_field(PlanSerializer)
    def get_plan(self, row: Designation) -> dict[str, Any]:
        return dict(PlanSerializer(get_plan(row)).data)

    @extend_schema_field(PaperSerializer(many=True))
    def get_papers(self, row: Designation) -> list[dict[str, Any]]:
        papers: list[Paper] = list_papers(row)
        return PaperSerializer(papers, many=True).data  # type: ignore[return-value]


class BuildList(ResourceView):
    """Builds in the scope, ended ones too; `state` is that of what is due next."""

    serializer_class = BuildSerializer
    parameters = ("state", "stage", "level", "district", "school", "status")
    keyset = ("pk",)

    def get(self, request: Request) -> Response:
        query = request.query_params
        state = read_choice(query, "state", (ALL, LATE, SOON, WAITING, OVER), default=ALL)
        rows = list_builds(scope=request.scope, filters={"state": state})  # type: ignore[attr-defined]
        for name, lookup in (("district", "school__district__code"), ("school", "school__code")):
            if codes := read_list(query, name):
                rows = rows.filter(**{f"{lookup}__in": codes})
        for name, choices, lookup in (
            ("stage", PaperKind.values, "next_kind"),
            ("level", DesignationLevel.values, "level"),
            ("status", DesignationStatus.values, "status"),
        ):
            if values := read_choices(query, name, choices):
                rows = rows.filter(**{f"{lookup}__in": values})
        return self.answer_list(rows)


class BuildDetail(ResourceView):
    """One build with its plan and its papers."""

    serializer_class = BuildDetailSerializer

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(get_build(scope=request.scope, pk=pk)).data)  # type: ignore[attr-defined]
