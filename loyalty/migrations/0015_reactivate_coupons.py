"""Let staff take back redemptions of coupons, by a right of its own.

Why:   a coupon whose bill was cancelled can be used again.
Locks: none: only a right is declared.
Undo:  the right stays behind.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0014_one_spelling")]

    operations = [
        migrations.AlterModelOptions(
            name="coupon",
            options={
                "permissions": [
                    ("issue_coupons", "Can issue coupons"),
                    ("revoke_coupons", "Can revoke coupons"),
                    ("reactivate_coupons", "Can take back redemptions of coupons"),
                    ("import_coupons", "Can import coupons"),
                ]
            },
        ),
    ]
