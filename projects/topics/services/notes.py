"""What other rooms must hear of a change here, in the transaction of the change."""

from districts.models import Journal
from projects.topics.models import Topic

TOPIC = "school.topics"


def leave_note(topic: Topic) -> None:
    """The roll-up derives the indicators of the topic's school anew."""
    Journal.objects.create(topic=TOPIC, unit_id=topic.school_id)
