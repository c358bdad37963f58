from django.conf import settings
from django.db import models


class NoticeMark(models.Model):
    """Up to when a person has looked at the notices. The notices themselves are the events of the workflow."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()
