"""Let staff return goods of a transaction and reverse redemptions, by rights of their own.

Why:   both move points and money; who may look at transactions may not do it for that reason.
Locks: none: only rights are declared.
Undo:  the rights stay behind.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0016_invited_numbers_as_answered")]

    operations = [
        migrations.AlterModelOptions(
            name="pointsredemption",
            options={"permissions": [("reverse_redemptions", "Can reverse redemptions of points")]},
        ),
        migrations.AlterModelOptions(
            name="transaction",
            options={
                "permissions": [
                    ("import_transactions", "Can import transactions"),
                    ("export_transactions", "Can export transactions"),
                    ("return_transactions", "Can enter returns of transactions"),
                ]
            },
        ),
    ]
