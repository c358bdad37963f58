from django.utils.translation import gettext as _
from rest_framework import serializers

from .parameters import read_list
from .problems import ParameterError


class SelectableFields(serializers.Serializer):
    """`?fields=code,name` keeps only these members of each result; an unknown name is refused."""

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        request = self.context.get("request")
        if request is None or request.method not in ("GET", "HEAD"):
            return fields
        wanted = read_list(request.query_params, "fields")
        unknown = [name for name in wanted if name not in fields]
        if unknown:
            raise ParameterError(
                "fields", _("没有字段 %(bad)s。可选：%(good)s。") % {"bad": unknown[0][:60], "good": "、".join(fields)}
            )
        return {name: fields[name] for name in wanted} if wanted else fields
