from django.core.management.base import BaseCommand

from projects.leaders.services.standards import load_standard


class Command(BaseCommand):
    help = "Create the first standard of 双带头人 from the data file; one that is there stays as people changed it."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{int(load_standard())} standards created")
