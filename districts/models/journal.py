from django.db import models


class Journal(models.Model):
    """A note that a lower room leaves for a higher one, written in the transaction of the change itself.

    The roll-up drains it; nobody calls upwards.
    """

    topic = models.CharField(max_length=40)
    unit = models.ForeignKey("districts.Unit", on_delete=models.CASCADE, null=True, related_name="+")
    period = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.topic} {self.unit_id} {self.period}"
