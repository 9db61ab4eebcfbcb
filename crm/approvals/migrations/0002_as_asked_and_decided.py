"""Let the database refuse to change what was asked or decided, and a decision on another maker.

Why:   the history of approvals cannot be edited, and four eyes are checked against the request's maker.
Locks: creates triggers only.
Undo:  drops the triggers.
"""

from django.db import migrations

from crm.approvals.append_only import install_triggers, remove_triggers


class Migration(migrations.Migration):
    dependencies = [("approvals", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: install_triggers(editor.connection),
            lambda apps, editor: remove_triggers(editor.connection),
        ),
    ]
