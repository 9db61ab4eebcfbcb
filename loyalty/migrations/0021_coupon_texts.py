"""Keep the texts about coupons that are still to be sent.

Why:   a customer is told of a coupon by the worker, not while a till waits for the answer.
Locks: none; the table is new.
Undo:  the table goes, with the texts that were not sent yet.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('loyalty', '0020_partner_links'),
    ]

    operations = [
        migrations.CreateModel(
            name='CouponText',
            fields=[
                ('coupon', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='loyalty.coupon')),
                ('queued_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['queued_at'], name='coupon_text_queue')],
            },
        ),
    ]
