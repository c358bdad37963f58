"""One brand for machines: with its titles and how it fared in its rounds, as far as the caller may know."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.rest.views import ResourceView
from projects.selection.api import DesignationSerializer
from projects.selection.models import HolderKind
from schools.showcase.api import BrandSerializer
from schools.showcase.models import Brand
from schools.showcase.selectors.brands import get_brand

from .selectors import list_fares, list_titles


class PartSerializer(serializers.Serializer):
    title = serializers.CharField()
    mean = serializers.DecimalField(max_digits=8, decimal_places=2, help_text="of what the experts gave")
    maximum = serializers.DecimalField(max_digits=8, decimal_places=2)


class FareSerializer(serializers.Serializer):
    application = serializers.IntegerField(source="case.pk")
    round = serializers.CharField(source="case.round.code")
    score = serializers.DecimalField(
        max_digits=12, decimal_places=4, allow_null=True, help_text="null as long as it may not be told"
    )
    rank = serializers.IntegerField(allow_null=True)
    among = serializers.IntegerField(help_text="how many were ranked")
    criteria = PartSerializer(source="parts", many=True)


class BrandDetailSerializer(BrandSerializer):
    titles = serializers.SerializerMethodField()
    rounds = serializers.SerializerMethodField()

    @extend_schema_field(DesignationSerializer(many=True))
    def get_titles(self, row: Brand) -> list[dict[str, Any]]:
        found = list_titles(scope=self.context["request"].scope, kind=HolderKind.BRAND, subject_id=row.pk)
        return DesignationSerializer(found, many=True).data  # type: ignore[return-value]

    @extend_schema_field(FareSerializer(many=True))
    def get_rounds(self, row: Brand) -> list[dict[str, Any]]:
        found = list_fares(scope=self.context["request"].scope, kind=HolderKind.BRAND, subject_id=row.pk)
        return FareSerializer(found, many=True).data  # type: ignore[return-value]


class BrandDetail(ResourceView):
    """One brand with its titles and its rounds. Scores are told as on its page: to all only after the announcement."""

    serializer_class = BrandDetailSerializer

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(get_brand(scope=request.scope, pk=pk)).data)  # type: ignore[attr-defined]
