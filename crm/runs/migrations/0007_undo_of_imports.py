"""Keep what a row of an import changed, and how far an import was undone.

Why:   an import can be taken back, in turns of a worker and exactly once.
Locks: the tables of imports, while the new check and an empty index look at each row once. Tills
       and customers are not touched. Rows that were imported before have no trail; they cannot be
       undone where one is needed.
Undo:  drops the columns and the table.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0006_import_modes_and_hash'),
        ('tenancy', '0004_staff_language'),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportUndo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rows', models.JSONField(default=list)),
                ('asked_at', models.DateTimeField()),
                ('needs_approval', models.BooleanField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('is_approved', models.BooleanField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='importrow',
            name='is_undone',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='importrow',
            name='obstacles',
            field=models.JSONField(help_text='Why it could not be undone: column and sentence, one after another.', null=True),
        ),
        migrations.AddField(
            model_name='importrow',
            name='trail',
            field=models.JSONField(help_text='What applying it wrote beside ``after``: rows by name, and their values before.', null=True),
        ),
        migrations.AddField(
            model_name='importrun',
            name='undo_run',
            field=models.OneToOneField(help_text='The last run that takes it back.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='import_undone', to='runs.run'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='undone_rows',
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(condition=models.Q(('obstacles__isnull', False)), fields=['upload', 'number'], name='import_row_not_undone'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.CheckConstraint(condition=models.Q(('is_undone', False), models.Q(('is_applied', True), ('obstacles__isnull', True)), _connector='OR'), name='import_row_undone_was_applied'),
        ),
        migrations.AddConstraint(
            model_name='importrun',
            constraint=models.CheckConstraint(condition=models.Q(('undo_run__isnull', True), ('apply_run__isnull', False), _connector='OR'), name='import_is_applied_before_it_is_undone'),
        ),
        migrations.AddField(
            model_name='importundo',
            name='asked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity'),
        ),
        migrations.AddField(
            model_name='importundo',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity'),
        ),
        migrations.AddField(
            model_name='importundo',
            name='run',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='runs.run'),
        ),
        migrations.AddField(
            model_name='importundo',
            name='upload',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='undos', to='runs.importrun'),
        ),
        migrations.AddConstraint(
            model_name='importundo',
            constraint=models.UniqueConstraint(condition=models.Q(('decided_at__isnull', True), ('needs_approval', True)), fields=('upload',), name='import_undo_waits_once'),
        ),
        migrations.AddConstraint(
            model_name='importundo',
            constraint=models.CheckConstraint(condition=models.Q(('needs_approval', False), ('run__isnull', True), ('is_approved', True), _connector='OR'), name='import_undo_is_approved_before_it_runs'),
        ),
        migrations.AddConstraint(
            model_name='importundo',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(('decided_by', models.F('asked_by')), _negated=True), _connector='OR'), name='import_undo_is_decided_by_another'),
        ),
    ]
