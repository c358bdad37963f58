import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class WorkflowModel(models.Model):
    """Base of everything with a status. Only `portal.workflow.services.perform` writes these two columns."""

    status = models.CharField(_("状态"), max_length=20)
    lock_version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True


class Event(models.Model):
    """One step that was taken. Rows are never changed or removed: a database trigger refuses it."""

    process = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    action = models.CharField(max_length=40)
    source = models.CharField(max_length=20)
    target = models.CharField(max_length=20)
    # lock_version of the object before the step: the key that makes a second click find the first result.
    version = models.PositiveIntegerField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    comment = models.TextField(blank=True)
    payload = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["process", "object_id", "id"], name="event_by_object")]
        constraints = [
            models.UniqueConstraint(fields=["process", "object_id", "version"], name="event_once_per_version"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.process} {self.object_id} {self.source} → {self.target}"
