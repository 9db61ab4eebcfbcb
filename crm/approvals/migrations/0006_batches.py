"""Keep what was decided at once, and what became of each request of it.

Why:   a confirmation about thousands is worked on piece by piece, once, and its outcome is looked up.
Locks: makes two tables.
Undo:  they are dropped; the decisions stay.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0005_queue_indexes'),
        ('runs', '0005_rows_of_one'),
        ('tenancy', '0003_settings'),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('once', models.CharField(max_length=36, help_text='Of the form: sent twice, it is one batch.')),
                ('approve', models.BooleanField()),
                ('reason', models.CharField(blank=True, max_length=255)),
                ('begun_at', models.DateTimeField()),
                ('total', models.PositiveIntegerField()),
                ('decided_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('run', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='runs.run')),
            ],
        ),
        migrations.CreateModel(
            name='BatchItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(blank=True, choices=[('DONE', 'Decided'), ('FAILED', 'Broke a rule'), ('REFUSED', 'Not decided')], max_length=7)),
                ('refusal', models.CharField(blank=True, help_text='Why not, by its name.', max_length=100)),
                ('facts', models.JSONField(default=dict)),
                ('batch', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='approvals.batch')),
                ('request', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.request')),
            ],
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.UniqueConstraint(fields=('org', 'once'), name='batch_confirmed_once'),
        ),
        migrations.AddIndex(
            model_name='batchitem',
            index=models.Index(fields=['batch', 'outcome', 'id'], name='batch_by_outcome'),
        ),
        migrations.AddConstraint(
            model_name='batchitem',
            constraint=models.UniqueConstraint(fields=('batch', 'request'), name='request_once_in_a_batch'),
        ),
    ]
