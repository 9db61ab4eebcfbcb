"""Let a program greet newcomers with a coupon.

Why:   a program may give a welcome coupon beside its registration bonus.
Locks: adds a nullable column, short.
Undo:  drops it.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0002_cards_and_coupons"),
    ]

    operations = [
        migrations.AddField(
            model_name="program",
            name="welcome_series",
            field=models.ForeignKey(
                blank=True,
                help_text="Newcomers who are enrolled on registration get a coupon of this series.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="loyalty.couponseries",
            ),
        ),
    ]
