"""Say which staged rows are decided together, such as the lines of one bill.

Why:   a bill with a line that cannot be read must not go in without it, wherever its lines stand.
Locks: the table's, for as long as the index is built; rows of older imports have no head, so it
       is empty.
Undo:  drops the column; imports of bills that are not through must be uploaded again.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0004_room_in_import_rows'),
    ]

    operations = [
        migrations.AddField(
            model_name='importrow',
            name='head',
            field=models.PositiveIntegerField(help_text='The first row of those that are decided together, such as the lines of a bill.', null=True),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(condition=models.Q(('head__isnull', False)), fields=['upload', 'head'], name='import_row_by_head'),
        ),
    ]
