"""Keep imports: the file, its rows, the keys in them, and what columns meant the last time.

Why:   a file is staged and shown before it is applied, and a run goes on where it stopped.
Locks: new tables only.
Undo:  drops them; customers that came by an import stay.
"""

import django.db.models.deletion
from django.db import migrations, models

import crm.kernel.fields
import crm.runs.models.import_run


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0002_turns_and_duties'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(help_text='What its rows are, such as customers.', max_length=30)),
                ('uploaded_at', models.DateTimeField()),
                ('file', models.FileField(max_length=200, storage=crm.runs.models.import_run._storage, upload_to=crm.runs.models.import_run._place)),
                ('file_name', models.CharField(help_text='As it was called where it came from.', max_length=200)),
                ('file_size', models.PositiveBigIntegerField()),
                ('format', models.CharField(choices=[('CSV', 'CSV'), ('XLSX', 'Excel')], max_length=4)),
                ('encoding', models.CharField(blank=True, max_length=12)),
                ('delimiter', models.CharField(blank=True, max_length=1)),
                ('header', models.JSONField(default=list, help_text='Names of the columns, as they are shown.')),
                ('has_header', models.BooleanField(default=True)),
                ('mapping', models.JSONField(default=dict, help_text='What each column means, and the defaults.')),
                ('apply_run', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='import_applied', to='runs.run')),
                ('dry_run', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='import_checked', to='runs.run')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='imports', to='tenancy.organization')),
                ('uploaded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
            ],
            options={
                "indexes": [
                    models.Index(fields=['org', '-id'], name='import_by_org'),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(('apply_run__isnull', True), ('dry_run__isnull', False), _connector='OR'), name='import_is_shown_before_it_is_applied'),
                ],
                'verbose_name': 'import',
            },
        ),
        migrations.CreateModel(
            name='ImportRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(help_text='As a spreadsheet counts; the header is 1.')),
                ('cells', models.JSONField(help_text='As the file has them.')),
                ('outcome', models.CharField(choices=[('CREATE', 'Create'), ('UPDATE', 'Update'), ('SKIP', 'Skip'), ('ERROR', 'Error')], max_length=6)),
                ('subject_id', models.BigIntegerField(help_text='Whom or what it concerns or made.', null=True)),
                ('remarks', models.JSONField(default=list, help_text='Column and sentence, one after another.')),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
                ('is_applied', models.BooleanField(default=False)),
                ('upload', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='runs.importrun')),
            ],
            options={
                "indexes": [
                    models.Index(fields=['upload', 'outcome', 'number'], name='import_row_by_outcome'),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=('upload', 'number'), name='import_row_once'),
                    models.CheckConstraint(condition=models.Q(('is_applied', False), ('outcome__in', ['CREATE', 'UPDATE']), _connector='OR'), name='import_row_applied_means_wanted'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ImportKey',
            fields=[
                ('pk', models.CompositePrimaryKey('upload', 'type', 'value', blank=True, editable=False, primary_key=True, serialize=False)),
                ('type', models.CharField(max_length=16)),
                ('value', crm.kernel.fields.FoldedTextField(max_length=255)),
                ('number', models.PositiveIntegerField()),
                ('upload', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='runs.importrun')),
            ],
        ),
        migrations.CreateModel(
            name='ImportMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=30)),
                ('header_digest', models.CharField(max_length=64)),
                ('mapping', models.JSONField()),
                ('used_at', models.DateTimeField()),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('org', 'kind', 'header_digest'), name='mapping_once_per_header')],
            },
        ),
    ]
