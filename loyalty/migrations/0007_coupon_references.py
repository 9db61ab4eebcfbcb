"""Let a coupon say under which key of its caller it was issued.

Why:   a form that is sent twice issued two coupons.
Locks: adds a column with a constant default, and an index over the few rows that have a key: short.
Undo:  drops both.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_staff_permissions"),
        ("loyalty", "0006_lists_by_organization"),
        ("tenancy", "0002_roles"),
    ]

    operations = [
        migrations.AddField(
            model_name="coupon",
            name="reference",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="The caller's own key; nothing is issued twice for it.",
                max_length=100,
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reference", ""), _negated=True),
                fields=("org", "reference"),
                name="coupon_reference_once",
            ),
        ),
    ]
