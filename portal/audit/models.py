import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _


class ChangeKind(models.TextChoices):
    INSERT = "i", _("新增")
    UPDATE = "u", _("修改")
    DELETE = "d", _("删除")
    # Tracking was switched off for a load that is described by its own note instead of row by row.
    NOTE = "n", _("说明")


class Change(models.Model):
    """One row of one table that was added, changed or removed: written by a database trigger, never changed again.

    No foreign keys into other rooms: a change outlives what it is about. The request behind it (person, office,
    address) stands once in django-pghistory's context.
    """

    at = models.DateTimeField()
    kind = models.CharField(max_length=1, choices=ChangeKind)
    # Label of the model (`districts.office`) and the primary key as text.
    subject = models.CharField(max_length=60)
    object_id = models.CharField(max_length=64)
    # Unit to which the row belongs and person whom it is about, where there is one.
    unit_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField(null=True)
    actor_id = models.BigIntegerField(null=True)
    # Columns that tell which row it is, also where they did not change: {column: value}.
    about = models.JSONField(default=dict)
    # For every column that differs, a pair: the value before and the value after.
    changes = models.JSONField(default=dict)
    context = models.ForeignKey(
        "pghistory.Context", on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )

    class Meta:
        verbose_name = _("变更")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["unit_id", "-id"], name="change_by_unit"),
            models.Index(fields=["actor_id", "-id"], name="change_by_actor"),
            models.Index(fields=["person_id", "-id"], name="change_by_person"),
            models.Index(fields=["subject", "-id"], name="change_by_subject"),
            models.Index(fields=["at"], name="change_by_time"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.subject} {self.object_id} {self.kind}"
