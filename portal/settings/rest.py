REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["portal.rest.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "districts.api_auth.OfficeTokenAuthentication",
        "districts.api_auth.ScopedSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["districts.api_auth.HoldsOffice"],
    "DEFAULT_THROTTLE_CLASSES": ["portal.rest.throttling.TokenThrottle"],

    "DEFAULT_PAGINATION_CLASS": "portal.rest.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "portal.rest.problems.exception_handler",
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
}
