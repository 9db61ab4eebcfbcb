"""Let PostgreSQL refuse to TRUNCATE the log as well.

Why:   a truncation fires no row trigger, so one statement could empty the log and leave nothing
       that a seal would miss.
Locks: creates triggers only.
Undo:  nothing to undo; 0002 drops them all.
"""

from django.db import migrations

from crm.audit.append_only import install_triggers, remove_triggers


def install_anew(apps, editor):
    remove_triggers(editor.connection)
    install_triggers(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [migrations.RunPython(install_anew, migrations.RunPython.noop)]
