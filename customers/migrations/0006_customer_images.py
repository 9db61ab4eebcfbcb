"""Keep pictures of customers: a row for each version, one of which is shown.

Why:   operation 23; the files themselves lie in the storage.
Locks: none; the table is new.
Undo:  the table goes, and with it which file shows whom; the files stay.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0005_undo_merge_rights'),
        ('tenancy', '0002_roles'),
    ]

    operations = [
        migrations.CreateModel(
            name='CustomerImage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('handle', models.CharField(max_length=36, unique=True)),
                ('version', models.PositiveIntegerField()),
                ('path', models.CharField(max_length=200)),
                ('content_type', models.CharField(choices=[('image/jpeg', 'JPEG'), ('image/png', 'PNG')], max_length=20)),
                ('width', models.PositiveIntegerField()),
                ('height', models.PositiveIntegerField()),
                ('size', models.PositiveIntegerField(help_text='In bytes, as it is kept.')),
                ('uploaded_at', models.DateTimeField()),
                ('is_current', models.BooleanField()),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='images', to='customers.customer')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('uploaded_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('customer', 'version'), name='customer_image_version_once'), models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('customer',), name='customer_image_one_current')],
            },
        ),
    ]
