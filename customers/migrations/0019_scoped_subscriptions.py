"""Keep consent by the subject of messages: points and coupons, beside the general one.

Why:   v1.1 opts customers in and out of one subject.
Locks: a short one on the log of consent, whose new column is empty; the table is new.
Undo:  the column and the table go, with the consent that was given for one subject.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0018_words_of_names'),
        ('tenancy', '0005_form_receipts'),
    ]

    operations = [
        migrations.AddField(
            model_name='subscriptionchange',
            name='scope',
            field=models.CharField(blank=True, choices=[('POINTS', 'Points'), ('COUPONS', 'Coupons')], db_default='', default='', help_text='Empty: the general consent.', max_length=7),
        ),
        migrations.CreateModel(
            name='ScopedSubscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('SMS', 'SMS'), ('EMAIL', 'Email'), ('WECHAT', 'WeChat'), ('WHATSAPP', 'WhatsApp'), ('ANDROID', 'Android'), ('IOS', 'iOS'), ('LINE', 'LINE')], max_length=8)),
                ('priority', models.CharField(choices=[('TRANS', 'Transactional'), ('BULK', 'Bulk')], max_length=5)),
                ('scope', models.CharField(choices=[('POINTS', 'Points'), ('COUPONS', 'Coupons')], max_length=7)),
                ('status', models.CharField(choices=[('OPTIN', 'Opted in'), ('OPTOUT', 'Opted out')], max_length=6)),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scoped_subscriptions', to='customers.customer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('customer', 'channel', 'priority', 'scope'), name='scoped_subscription_once')],
            },
        ),
    ]
