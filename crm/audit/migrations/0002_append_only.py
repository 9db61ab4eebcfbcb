"""Let the database refuse to change or delete events and seals.

Why:   a log that its own application can edit proves nothing.
Locks: creates triggers only.
Undo:  drops the triggers.
Note:  TRUNCATE, which a test's flush uses on PostgreSQL, fires no row trigger; on SQLite the flush
       deletes rows, so `lifted_triggers` takes them off for it and for reset_demo.
"""

from django.db import migrations

from crm.audit.append_only import install_triggers, remove_triggers


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: install_triggers(editor.connection),
            lambda apps, editor: remove_triggers(editor.connection),
        ),
    ]
