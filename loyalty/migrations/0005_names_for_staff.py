"""Call members and movements of points by these names at the desks.

Why:   staff read "enrollments" and "points entrys" above their lists.
Locks: none; the database holds no such names.
Undo:  the names of before.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0004_staff_permissions")]

    operations = [
        migrations.AlterModelOptions(
            name="enrollment",
            options={
                "permissions": [
                    ("adjust_points", "Can adjust the points of a customer"),
                    ("transfer_points", "Can transfer points between customers"),
                ],
                "verbose_name": "member",
            },
        ),
        migrations.AlterModelOptions(
            name="pointsentry",
            options={
                "verbose_name": "movement of points",
                "verbose_name_plural": "movements of points",
            },
        ),
    ]
