"""JSON bodies: read up to a limit, by a parser that refuses half surrogates and endless nesting."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body_too_large"

    def __init__(self) -> None:
        super().__init__(_("请求内容超过 %d KB，请分批提交。") % (settings.API_MAX_BODY // 1024))


class JSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The decoded body. BodyTooLarge (413), ParseError (400)."""
        # One byte more than allowed is enough to know; a length that the client claims is not needed for it.
        body = stream.read(settings.API_MAX_BODY + 1)
        if len(body) > settings.API_MAX_BODY:
            raise BodyTooLarge
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            place = {"line": error.lineno, "column": error.colno}
            raise ParseError(_("请求内容不是合法的 JSON（第 %(line)d 行第 %(column)d 列附近）。") % place) from error
