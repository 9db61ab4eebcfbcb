"""Leave room in the pages of staged rows.

Why:   each row that is applied is marked; with room beside it PostgreSQL rewrites the row in
       place and leaves the three indexes alone (a heap-only tuple).
Locks: the table's, for a moment; pages that exist stay as they are.
Undo:  packs new pages full again.
"""

from django.db import migrations


def _fill(percent):
    def alter(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE runs_importrow SET (fillfactor = {percent})")

    return alter


class Migration(migrations.Migration):
    dependencies = [("runs", "0003_imports")]

    operations = [migrations.RunPython(_fill(75), _fill(100))]
