from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

from portal.audit.triggers import audited

from .units import Unit


class Role(models.TextChoices):
    CITY_ADMIN = "city_admin", _("市级管理员")
    CITY_STAFF = "city_staff", _("市教育工委工作人员")
    DISTRICT_ADMIN = "district_admin", _("区县管理员")
    DISTRICT_REVIEWER = "district_reviewer", _("区县审核员")
    SCHOOL_SECRETARY = "school_secretary", _("学校党组织书记")
    SCHOOL_CLERK = "school_clerk", _("学校填报员")
    BRANCH_SECRETARY = "branch_secretary", _("支部书记")
    EXPERT = "expert", _("评审专家")
    INSPECTOR = "inspector", _("督查（只读）")
    API_CLIENT = "api_client", _("接口用户")


class Office(models.Model):  # type: ignore[django-manager-missing]
    """Who holds which role where, from when to when. `valid_to` is the first day after the office."""

    SCOPE = {"district": "unit", "school": "unit", "organisation": "unit"}

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="offices", verbose_name=_("任职人")
    )
    role = models.CharField(_("职务"), max_length=20, choices=Role)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="offices", verbose_name=_("单位"))
    valid_from = models.DateField(_("起"))
    valid_to = models.DateField(_("止"), null=True, blank=True)
    predecessor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="successors", verbose_name=_("前任")
    )

    class Meta:
        verbose_name = _("任职")
        ordering = ["unit_id", "role", "valid_from"]
        triggers = audited(unit="r.unit_id", person="r.user_id", about=("role", "user_id"))
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="office_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "unit"],
                condition=models.Q(valid_to__isnull=True),
                name="office_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_role_display()}"


class OfficeToken(AbstractAuthToken):
    """An API token that carries the rights of one office and ends with it."""

    office: "models.ForeignKey[Office | None]" = models.ForeignKey(
        Office, on_delete=models.CASCADE, related_name="tokens", null=True, verbose_name=_("职务")
    )
    name: "models.CharField[str, str]" = models.CharField(_("用途"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("接口令牌")
        ordering = ["-created"]
        triggers = audited(
            key="token_key",
            unit="(SELECT o.unit_id FROM districts_office o WHERE o.id = r.office_id)",
            person="r.user_id",
            about=("office_id", "name"),
            skip=("digest",),
        )
