"""Keep one-time codes, why a customer is marked as fraud, and what a status label blocks.

Why:   tills send codes before they redeem, mark customers, and obey labels.
Locks: short ones only; the new columns are empty.
Undo:  the columns and the table go.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0014_mandatory_fields'),
        ('tenancy', '0003_settings'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='customer',
            options={'permissions': [('label_customer', 'Can change the status label of a customer'), ('mark_fraud', 'Can mark a customer as fraud'), ('import_customers', 'Can import customers'), ('export_customers', 'Can export customers')]},
        ),
        migrations.AddField(
            model_name='customer',
            name='fraud_reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=255),
        ),
        migrations.AddField(
            model_name='statuslabel',
            name='blocks_cards',
            field=models.BooleanField(blank=True, null=True, verbose_name='blocks issuing cards'),
        ),
        migrations.AddField(
            model_name='statuslabel',
            name='blocks_coupons',
            field=models.BooleanField(blank=True, null=True, verbose_name='blocks issuing coupons'),
        ),
        migrations.AddField(
            model_name='statuslabel',
            name='blocks_earning',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='statuslabel',
            name='blocks_goodwill',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='statuslabel',
            name='blocks_redeeming',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='statuslabel',
            name='blocks_transfers',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='statuslabel',
            name='blocks_updates',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='OneTimeCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entity_type', models.CharField(choices=[('MOBILE', 'Mobile'), ('EMAIL', 'Email'), ('CUSTOMER', 'Customer')], max_length=8)),
                ('entity_value', models.CharField(max_length=255)),
                ('action', models.CharField(choices=[('REGISTRATION', 'Registration'), ('POINTS', 'Redeeming points'), ('COUPON', 'Redeeming a coupon'), ('SUBSCRIPTION', 'Subscription'), ('GENERIC', 'Anything else'), ('USERGROUP', 'Group of customers')], max_length=12)),
                ('code_hash', models.CharField(max_length=64)),
                ('sent_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('failed_attempts', models.PositiveIntegerField(default=0)),
                ('used_at', models.DateTimeField(null=True)),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('sent_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('org', 'entity_type', 'entity_value', 'action'), name='one_time_code_once_per_purpose')],
            },
        ),
    ]
