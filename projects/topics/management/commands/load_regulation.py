from django.core.management.base import BaseCommand

from projects.topics.services.regulations import load_regulation


class Command(BaseCommand):
    help = "Create the first rules of research topics from the data file; those that are there stay as they are."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{int(load_regulation())} regulations created")
