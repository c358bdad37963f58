from django.core.management.base import BaseCommand

from projects.selection.services.kinds import load_kinds


class Command(BaseCommand):
    help = "Create the kinds of titles that are missing; existing ones are not changed."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"称号类别: {load_kinds()} new")
