"""Keep receipts of dashboard forms, so that a form sent twice takes effect once.

Why:   some operations have no reference of their own, for example issuing a new card number.
Locks: none; the table is new.
Undo:  the table goes; forms that are sent twice may take effect twice.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenancy', '0004_staff_language'),
    ]

    operations = [
        migrations.CreateModel(
            name='FormReceipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField()),
                ('created_at', models.DateTimeField()),
                ('message', models.TextField(blank=True)),
                ('url', models.CharField(blank=True, help_text='The page that shows the result.', max_length=255)),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['created_at'], name='form_receipt_by_age')],
                'constraints': [models.UniqueConstraint(fields=('staff', 'key'), name='form_takes_effect_once')],
            },
        ),
    ]
