"""Brands, courses and cases for machines: what the pages list, inside the same bounds. Nobody is named in them."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.rest.fields import SelectableFields
from portal.rest.parameters import read_choice, read_choices, read_list, read_numbers
from portal.rest.views import ResourceView

from .models import ExhibitKind, OwnerKind, Reach
from .selectors.brands import list_brands, of_districts, of_schools
from .selectors.exhibits import list_exhibits

STATES = ("active", "ended", "all")


class BrandSerializer(SelectableFields):
    id = serializers.IntegerField()
    name = serializers.CharField()
    owner = serializers.ChoiceField(OwnerKind.choices, source="owner_kind")
    owner_name = serializers.CharField(help_text="name of the school, branch or group")
    school = serializers.CharField(source="school.code", help_text="of a group: the school that leads it")
    district = serializers.CharField(source="school.district.code")
    organisation = serializers.CharField(source="organisation.code", default=None, allow_null=True)
    group = serializers.CharField(source="group.code", default=None, allow_null=True)
    parent = serializers.IntegerField(  # type: ignore[assignment]
        source="parent_id", allow_null=True, help_text="the brand that it is a part of"
    )
    concept = serializers.CharField()
    elements = serializers.ListField(child=serializers.CharField(), source="element_list")
    started_on = serializers.DateField()
    ended_on = serializers.DateField(allow_null=True, help_text="the first day on which it no longer counts")
    exhibits = serializers.IntegerField(source="shown", help_text="courses and cases in use")


class ExhibitSerializer(SelectableFields):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(ExhibitKind.choices)
    name = serializers.CharField()
    school = serializers.CharField(source="school.code")
    district = serializers.CharField(source="school.district.code")
    brand = serializers.IntegerField(source="brand_id", allow_null=True)
    summary = serializers.CharField()
    link = serializers.CharField(allow_blank=True)
    publication = serializers.CharField(allow_blank=True, help_text="where it came out; empty as long as it has not")
    reach = serializers.ChoiceField(Reach.choices)
    published_on = serializers.DateField(allow_null=True)
    started_on = serializers.DateField()
    ended_on = serializers.DateField(allow_null=True, help_text="the first day on which it no longer counts")


class BrandList(ResourceView):
    """Brands in the scope: those in use, or those of another `state`. A group's brand belongs to all its schools."""

    serializer_class = BrandSerializer
    parameters = ("state", "owner", "district", "school", "group")
    keyset = ("pk",)

    def get(self, request: Request) -> Response:
        query = request.query_params
        state = read_choice(query, "state", STATES, default="active")
        rows = list_brands(scope=request.scope, filters={"state": state})  # type: ignore[attr-defined]
        for name, condition in (("district", of_districts), ("school", of_schools)):
            if codes := read_list(query, name):
                rows = rows.filter(condition(codes))
        if codes := read_list(query, "group"):
            rows = rows.filter(group__code__in=codes)
        if kinds := read_choices(query, "owner", OwnerKind.values):
            rows = rows.filter(owner_kind__in=kinds)
        return self.answer_list(rows)


class ExhibitList(ResourceView):
    """Courses and cases that schools of the scope show: those in use, or those of another `state`."""

    serializer_class = ExhibitSerializer
    parameters = ("kind", "state", "published", "reach", "district", "school", "brand")
    keyset = ("pk",)

    def get(self, request: Request) -> Response:
        query = request.query_params
        filters = {"state": read_choice(query, "state", STATES, default="active")}
        if read_list(query, "published"):
            filters["published"] = read_choice(query, "published", ("yes", "no"), default="yes")
        rows = list_exhibits(scope=request.scope, filters=filters)  # type: ignore[attr-defined]
        for name, choices in (("kind", ExhibitKind.values), ("reach", Reach.values)):
            if values := read_choices(query, name, choices):
                rows = rows.filter(**{f"{name}__in": values})
        for name, lookup in (("district", "school__district__code"), ("school", "school__code")):
            if codes := read_list(query, name):
                rows = rows.filter(**{f"{lookup}__in": codes})
        if brands := read_numbers(query, "brand"):
            rows = rows.filter(brand__in=brands)
        return self.answer_list(rows)
