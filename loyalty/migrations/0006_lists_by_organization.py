"""Let the lists of the desks be read by organization, newest first, and bills by their number.

Why:   members, movements, cards and coupons were sorted whole for one page of their list; bills
       were looked for by number through all of an organization.
Locks: each table against writers, while its index is built.
Undo:  drops the indexes.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_staff_permissions"),
        ("loyalty", "0005_names_for_staff"),
        ("tenancy", "0002_roles"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="card",
            index=models.Index(fields=["org", "-id"], name="card_newest"),
        ),
        migrations.AddIndex(
            model_name="coupon",
            index=models.Index(fields=["org", "-id"], name="coupon_newest"),
        ),
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(fields=["org", "-id"], name="enrollment_newest_of_all"),
        ),
        migrations.AddIndex(
            model_name="pointsentry",
            index=models.Index(fields=["org", "-id"], name="points_entry_newest"),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(fields=["org", "number"], name="transaction_by_number"),
        ),
    ]
