from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from .parameters import read_text
from .problems import ParameterError


class StrictNegotiation(DefaultContentNegotiation):
    """`format` is a parameter like any other: an unknown one is refused by name (400) and not a missing page."""

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        wanted = read_text(request.query_params, "format")
        renderers = list(renderers)
        formats = [renderer.format for renderer in renderers]
        if wanted and wanted not in formats:
            raise ParameterError("format", _("可用的格式：%s。") % "、".join(dict.fromkeys(formats)))
        renderer, media_type = super().select_renderer(request, renderers, format_suffix)
        return renderer, str(media_type)
