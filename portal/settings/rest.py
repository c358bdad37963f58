REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["portal.rest.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portal.rest.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "portal.rest.negotiation.StrictNegotiation",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "districts.api_auth.OfficeTokenAuthentication",
        "districts.api_auth.ScopedSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["districts.api_auth.HoldsOffice"],
    "DEFAULT_THROTTLE_CLASSES": ["portal.rest.throttling.TokenThrottle"],
    "DEFAULT_PAGINATION_CLASS": "portal.rest.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "portal.rest.schema.ResourceSchema",
    # Nobody stands in front until production says so.
    "NUM_PROXIES": 0,
    "EXCEPTION_HANDLER": "portal.rest.problems.exception_handler",
    "COERCE_DECIMAL_TO_STRING": False,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "中小学校党建“五双工程”统计接口",
    "DESCRIPTION": "Statistics of the five programmes: the same numbers as on the dashboards.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "RoundStatus": "projects.selection.models.RoundStatus",
        "ApplicationStatus": "projects.selection.models.ApplicationStatus",
        "DesignationStatus": "projects.selection.models.DesignationStatus",
        "PaperKind": "projects.creation.models.PaperKind",
        "PaperStatus": "projects.creation.models.PaperStatus",
        "TopicStatus": "projects.topics.models.TopicStatus",
        "TopicPaperKind": "projects.topics.models.PaperKind",
        "TopicPaperStatus": "projects.topics.models.PaperStatus",
        "TopicResult": "projects.topics.models.Result",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "portal.rest.schema.describe_refusals",
    ],
}
