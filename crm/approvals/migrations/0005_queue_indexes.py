"""Let the queue of requests be read from its oldest open one, whole or by kind.

Why:   the dashboard lists what is open by the moment it was filed; what was decided is far more.
Locks: builds three small indexes and drops one; writing waits meanwhile.
Undo:  the indexes as they were.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0004_bill_claimed_once'),
        ('customers', '0009_customers_by_registrar'),
        ('tenancy', '0003_settings'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='request',
            name='request_by_kind',
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(fields=['org', 'kind', 'status', 'filed_at', 'id'], name='request_by_kind'),
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(condition=models.Q(('status__in', ['PENDING', 'FAILED'])), fields=['org', 'filed_at', 'id'], name='request_open'),
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(condition=models.Q(('status__in', ['PENDING', 'FAILED'])), fields=['org', 'kind', 'filed_at', 'id'], name='request_open_by_kind'),
        ),
    ]
