"""What other rooms must hear of a change here, in the transaction of the change."""

from django.db.models import Q

from districts.models import Journal
from schools.registry.models import School
from schools.showcase.models import Brand

TOPIC = "school.brand"


def leave_notes(*brands: Brand) -> None:
    """The roll-up derives the indicators of the brand's schools anew: of its own, and of all in its group."""
    groups = [brand.group_id for brand in brands if brand.group_id]
    concerned = School.objects.filter(Q(pk__in=[brand.school_id for brand in brands]) | Q(group__in=groups))
    ids = concerned.order_by("pk").values_list("pk", flat=True).distinct()
    Journal.objects.bulk_create([Journal(topic=TOPIC, unit_id=pk) for pk in ids])
