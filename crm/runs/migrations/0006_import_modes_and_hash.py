"""Say which rows of a file are imported, and recognise a file that comes again by its hash.

Why:   a file may be meant to create only or to update only, and the same file twice is a mistake.
Locks: the tables', for an instant: the columns have defaults, and a longer text needs no rewriting.
       Imports are few, so the index is built at once. Older files have no hash.
Undo:  drops the columns; rows that are unchanged or drifted must be told apart otherwise first.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0005_rows_of_one'),
        ('tenancy', '0004_staff_language'),
    ]

    operations = [
        migrations.AddField(
            model_name='importrun',
            name='all_or_nothing',
            field=models.BooleanField(default=False, help_text='Nothing is imported unless every row can be.'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='file_hash',
            field=models.CharField(blank=True, help_text='SHA-256 of its bytes: the same file again has it.', max_length=64),
        ),
        migrations.AddField(
            model_name='importrun',
            name='mode',
            field=models.CharField(choices=[('UPSERT', 'Create and update'), ('CREATE', 'Create only'), ('UPDATE', 'Update only')], default='UPSERT', help_text='Which rows are imported; the others are skipped.', max_length=6),
        ),
        migrations.AlterField(
            model_name='importrow',
            name='outcome',
            field=models.CharField(choices=[('CREATE', 'Create'), ('UPDATE', 'Update'), ('UNCHANGED', 'Unchanged'), ('SKIP', 'Skip'), ('ERROR', 'Error'), ('DRIFTED', 'Drifted')], max_length=9),
        ),
        migrations.AddIndex(
            model_name='importrun',
            index=models.Index(condition=models.Q(('file_hash', ''), _negated=True), fields=['org', 'file_hash'], name='import_by_file_hash'),
        ),
    ]
