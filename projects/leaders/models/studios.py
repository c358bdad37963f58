"""书记工作室 and 结对带教: who hosts, who learns, what was held, what came of it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _translate
from django.utils.translation import gettext_lazy as _

from districts.models import Office
from portal.audit.triggers import audited
from schools.registry.models import School

from . import triggers


class StudioLevel(models.TextChoices):
    SCHOOL = "school", _("校级")
    DISTRICT = "district", _("区县级")
    CITY = "city", _("市级")


class Studio(models.Model):
    """A studio that a secretary hosts. `closed_on` is the first day on which it no longer counts."""

    SCOPE = {"school": "school", "organisation": "host__unit", "district": "school__district"}

    name = models.CharField(_("名称"), max_length=60)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="studios", verbose_name=_("学校"))
    host = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name=_("主持人（职务）"))
    theme = models.CharField(_("研究方向"), max_length=200)
    level = models.CharField(
        _("级别"), max_length=8, choices=StudioLevel, default=StudioLevel.SCHOOL, db_default=StudioLevel.SCHOOL
    )
    # Which document of the district or the city named it.
    named_by = models.CharField(_("命名文件"), max_length=200, blank=True, default="", db_default="")
    opened_on = models.DateField(_("成立日期"))
    closed_on = models.DateField(_("结束日期"), null=True, blank=True)
    outcome = models.TextField(_("成果"), blank=True, max_length=1000)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["school_id", "opened_on", "id"]
        verbose_name = _("书记工作室")
        triggers = [triggers.host_is_secretary, *audited(unit="r.school_id", about=("name",))]
        constraints = [
            models.UniqueConstraint(fields=["school", "name"], name="leaders_studio_name_once"),
            models.UniqueConstraint(
                fields=["host"], condition=models.Q(closed_on__isnull=True), name="leaders_studio_one_open_a_host"
            ),
            models.CheckConstraint(condition=models.Q(level__in=StudioLevel.values), name="leaders_studio_level"),
            models.CheckConstraint(
                condition=models.Q(level="school") | ~models.Q(named_by=""), name="leaders_studio_named_by"
            ),
            models.CheckConstraint(
                condition=models.Q(closed_on__isnull=True)
                | (models.Q(closed_on__gt=models.F("opened_on")) & ~models.Q(outcome="")),
                name="leaders_studio_closed_with_outcome",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SessionMode(models.TextChoices):
    ON_SITE = "on_site", _("线下")
    ONLINE = "online", _("线上")
    MIXED = "mixed", _("线上+线下")


class Session(models.Model):
    """One session that a studio held. How many came is counted; who came is not asked."""

    SCOPE = {"school": "studio__school", "organisation": "studio__host__unit", "district": "studio__school__district"}

    studio = models.ForeignKey(Studio, on_delete=models.CASCADE, related_name="sessions", verbose_name=_("工作室"))
    held_on = models.DateField(_("日期"))
    topic = models.CharField(_("主题"), max_length=100)
    mode = models.CharField(_("方式"), max_length=8, choices=SessionMode, default=SessionMode.ON_SITE)
    attendance = models.PositiveSmallIntegerField(_("到场人数"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-held_on", "-id"]
        verbose_name = _("工作室活动")
        triggers = [
            triggers.at_most_31_a_month,
            *audited(
                unit="(SELECT s.school_id FROM leaders_studio s WHERE s.id = r.studio_id)", about=("studio_id", "topic")
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["studio", "held_on", "topic"], name="leaders_session_once"),
            models.CheckConstraint(condition=models.Q(attendance__gte=1), name="leaders_session_attended"),
        ]

    def __str__(self) -> str:
        return f"{self.held_on} {self.topic}"


class Pairing(models.Model):
    """Who leads whom, from when to when, to what end. People are posts, or teachers by a number of their school.

    `school` is the mentor's. With a studio the mentor is its host.
    """

    SCOPE = {
        "school": ("school", "mentee_school"),
        "organisation": ("mentor_office__unit", "mentee_office__unit"),
        "district": ("school__district", "mentee_school__district"),
    }

    studio = models.ForeignKey(
        Studio, on_delete=models.PROTECT, null=True, blank=True, related_name="pairings", verbose_name=_("工作室")
    )
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", verbose_name=_("带教学校"))
    mentor_office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("带教人（职务）")
    )
    mentor_number = models.PositiveIntegerField(_("带教教师编号"), null=True, blank=True)
    mentee_school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", verbose_name=_("学员学校"))
    mentee_office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("学员（职务）")
    )
    mentee_number = models.PositiveIntegerField(_("学员教师编号"), null=True, blank=True)
    goals = models.CharField(_("带教目标"), max_length=300)
    started_on = models.DateField(_("结对日期"))
    ended_on = models.DateField(_("结束日期"), null=True, blank=True)
    outcome = models.CharField(_("成效"), max_length=300, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-started_on", "-id"]
        verbose_name = _("结对带教")
        triggers = audited(unit="r.school_id", about=("studio_id",))
        constraints = [
            models.CheckConstraint(
                condition=models.Q(mentor_office__isnull=False, mentor_number__isnull=True)
                | models.Q(mentor_office__isnull=True, mentor_number__isnull=False),
                name="leaders_pairing_one_mentor",
            ),
            models.CheckConstraint(
                condition=models.Q(mentee_office__isnull=False, mentee_number__isnull=True)
                | models.Q(mentee_office__isnull=True, mentee_number__isnull=False),
                name="leaders_pairing_one_mentee",
            ),
            models.CheckConstraint(
                condition=models.Q(mentor_office__isnull=True)
                | models.Q(mentee_office__isnull=True)
                | ~models.Q(mentor_office=models.F("mentee_office")),
                name="leaders_pairing_two_posts",
            ),
            models.CheckConstraint(
                condition=models.Q(mentor_number__isnull=True)
                | models.Q(mentee_number__isnull=True)
                | ~models.Q(mentor_number=models.F("mentee_number"), school=models.F("mentee_school")),
                name="leaders_pairing_two_teachers",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on__isnull=True)
                | (models.Q(ended_on__gt=models.F("started_on")) & ~models.Q(outcome="")),
                name="leaders_pairing_ended_with_outcome",
            ),
            models.UniqueConstraint(
                fields=["school", "mentor_office", "mentor_number", "mentee_school", "mentee_office", "mentee_number"],
                condition=models.Q(ended_on__isnull=True),
                nulls_distinct=False,
                name="leaders_pairing_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mentor_name} — {self.mentee_name}"

    @property
    def mentor_name(self) -> str:
        """Needs `mentor_office__unit` selected."""
        return _person(self.mentor_office, self.mentor_number)

    @property
    def mentee_name(self) -> str:
        """Needs `mentee_office__unit` selected."""
        return _person(self.mentee_office, self.mentee_number)


def _person(office: Office | None, number: int | None) -> str:
    if office is not None:
        return f"{office.unit.name} {office.get_role_display()}"
    return _translate("教师 %04d") % (number or 0)
