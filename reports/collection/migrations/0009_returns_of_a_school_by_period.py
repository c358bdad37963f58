from django.db import migrations, models


class Migration(migrations.Migration):
    """What the schools of a district owe in a period is counted on its page: from this index, not from two."""

    dependencies = [("collection", "0008_import_conflicts")]

    operations = [
        migrations.RemoveIndex(model_name="return", name="return_by_school"),
        migrations.AddIndex(
            model_name="return",
            index=models.Index(fields=["school", "period", "status"], name="return_by_school"),
        ),
    ]
