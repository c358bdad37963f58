"""How the API describes itself: lists, their filters, their pages and their refusals, without a decorator on each."""

import inspect
import re
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from .documents import CONTENT_TYPE

LIST_WORDS = "one or more values, separated by commas"
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is stable, `detail` a sentence for people; `parameter` names a refused parameter.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "parameter": {"type": "string"},
        "errors": {},
        "cells": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


class ResourceSchema(AutoSchema):
    """A GET of a view with a `keyset` is a list; its filters are the view's `parameters`.

    What an operation does stands in the docstring of its method, for a plain GET in that of its view. A base class
    speaks for none of its children.
    """

    def get_description(self) -> str:  # type: ignore[override]
        own = getattr(self.view, self.method.lower(), None)
        return inspect.cleandoc(getattr(own, "__doc__", None) or type(self.view).__dict__.get("__doc__") or "")

    def get_summary(self) -> str | None:
        """The first clause of the description: the line of the operation in the list of all of them."""
        paragraph = " ".join(self.get_description().split("\n\n")[0].split())
        return re.split(r"[.:;](?:\s|$)", paragraph, maxsplit=1)[0] or None

    def _is_list_view(self, serializer: Any = None) -> bool:
        if self.method != "GET":
            return False
        return getattr(self.view, "keyset", None) is not None or bool(super()._is_list_view(serializer))

    def get_override_parameters(self) -> list[Any]:
        if self.method != "GET" or getattr(self.view, "serializer_class", None) is None:
            return []
        names = [*getattr(self.view, "parameters", ()), "fields"]
        return [OpenApiParameter(name, OpenApiTypes.STR, description=LIST_WORDS) for name in names]


def describe_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular's hook: what every operation answers when it refuses."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    refusal = {
        "description": "Refused: a problem document.",
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for item in result["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"]["4XX"] = refusal
    return result
