"""Changes of an upload as columns: letter → one entry per change, see ImportBatch. Uploads that wait are kept."""

from django.db import migrations, models

LETTERS = "'r', 'i', 'c', 'n', 'q', 'm', 'o', 'p', 'w'"
TO_COLUMNS = f"""
UPDATE collection_importbatch SET changes = coalesce((
    SELECT jsonb_object_agg(letter, entries) FROM (
        SELECT letter, jsonb_agg(change -> letter ORDER BY place) AS entries
        FROM jsonb_array_elements(changes) WITH ORDINALITY AS rows (change, place)
        CROSS JOIN unnest(ARRAY[{LETTERS}]) AS letter
        GROUP BY letter HAVING bool_or(change ? letter)) columns), '{{}}')
WHERE jsonb_typeof(changes) = 'array'"""
TO_OBJECTS = """
UPDATE collection_importbatch SET changes = coalesce((
    SELECT jsonb_agg(change ORDER BY place) FROM (
        SELECT place, jsonb_object_agg(letter, entry) AS change
        FROM jsonb_each(changes) AS columns (letter, entries)
        CROSS JOIN jsonb_array_elements(entries) WITH ORDINALITY AS cells (entry, place)
        WHERE entry <> 'null' GROUP BY place) rows), '[]')
WHERE jsonb_typeof(changes) = 'object'"""


class Migration(migrations.Migration):
    dependencies = [("collection", "0009_returns_of_a_school_by_period")]

    operations = [
        migrations.AlterField("importbatch", "changes", models.JSONField(default=dict)),
        migrations.RunSQL(TO_COLUMNS, TO_OBJECTS),
    ]
