"""Public notice and objections."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.workflow.models import WorkflowModel

from .applications import Application
from .rounds import Round


class PublicNotice(models.Model):
    """What the public reads, without signing in. Both days are counted; the notice ends at the last midnight."""

    round = models.OneToOneField(Round, on_delete=models.PROTECT, related_name="notice")
    number = models.SlugField(_("公示编号"), max_length=40, unique=True)
    title = models.CharField(_("标题"), max_length=200)
    issuer = models.CharField(_("发布单位"), max_length=60)
    intro = models.TextField(_("正文"))
    published_at = models.DateTimeField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    working_days = models.PositiveSmallIntegerField()
    # Said on the page when the official holidays of that time were not known yet.
    calendar_note = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-starts_on"]
        verbose_name = _("公示")
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="notice_has_days")
        ]

    def __str__(self) -> str:
        return self.title


class ObjectionStatus(models.TextChoices):
    OPEN = "open", _("办理中")
    UPHELD = "upheld", _("异议成立")
    DISMISSED = "dismissed", _("异议不成立")


class Objection(WorkflowModel):
    """Filed by anybody, with or without a name. Nothing of the visitor's connection is a column here."""

    notice = models.ForeignKey(PublicNotice, on_delete=models.PROTECT, related_name="objections")
    # Null: against the whole of it.
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, null=True, blank=True, related_name="objections"
    )
    text = models.TextField(_("事实和理由"))
    name = models.CharField(_("姓名或单位"), max_length=60, blank=True)
    contact = models.CharField(_("联系方式"), max_length=100, blank=True)
    # The 查询码 itself is shown once and never stored.
    code_digest = models.CharField(max_length=64, unique=True)
    filed_at = models.DateTimeField(auto_now_add=True)
    reply = models.TextField(_("办理结果"), blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["id"]
        verbose_name = _("异议")
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=ObjectionStatus.values), name="objection_status"),
            models.CheckConstraint(
                condition=models.Q(status="open") | (~models.Q(reply="") & models.Q(closed_at__isnull=False)),
                name="objection_closed_has_reply",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.pk}"

    @property
    def status_word(self) -> str:
        return str(ObjectionStatus(self.status).label)
