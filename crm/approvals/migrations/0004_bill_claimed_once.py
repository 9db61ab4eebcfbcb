"""A bill waits for one claim at a time, whoever claims it.

Why:   two customers could wait for the same retro transaction, and the first approval would take it.
Locks: builds a partial index; requests cannot be written meanwhile.
Undo:  drops the index.
"""

from django.db import migrations, models
from django.db.models.fields.json import KeyTransform


class Migration(migrations.Migration):
    dependencies = [("approvals", "0003_staff_permissions")]
    operations = [
        migrations.AddConstraint(
            model_name="request",
            constraint=models.UniqueConstraint(
                models.F("org"),
                KeyTransform("transaction_id", "payload"),
                condition=models.Q(("kind", "RETRO"), ("status__in", ["PENDING", "FAILED"])),
                name="bill_is_claimed_once_at_a_time",
            ),
        ),
    ]
