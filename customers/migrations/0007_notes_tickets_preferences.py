"""Keep notes about customers, their tickets with what was answered, and their preferences.

Why:   what v1.1 calls notes, tickets and preferences had no place to be.
Locks: four new tables; nothing that holds rows is touched.
Undo:  the tables go, with all that was written into them.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_customer_images"),
        ("tenancy", "0002_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Preferences",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("fields", models.JSONField(blank=True, default=dict)),
                ("modified_at", models.DateTimeField()),
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="preferences",
                        to="customers.customer",
                    ),
                ),
                (
                    "modified_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.orgentity",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
                (
                    "preferred_store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.orgentity",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "preferences",
            },
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        help_text="By which the customer may ask for it.", max_length=30
                    ),
                ),
                ("subject", models.CharField(max_length=255)),
                ("subject_key", models.CharField(blank=True, max_length=300)),
                ("message", models.CharField(blank=True, max_length=5000)),
                (
                    "type",
                    models.CharField(
                        choices=[("STORE", "Store"), ("CUSTOMER", "Customer")], max_length=8
                    ),
                ),
                (
                    "reported_from",
                    models.CharField(
                        choices=[
                            ("EMAIL", "Email"),
                            ("INTOUCH", "Till"),
                            ("CALLCENTER", "Call center"),
                            ("CLIENT", "Other program"),
                            ("MICROSITE", "Website"),
                            ("SOCIAL", "Social media"),
                        ],
                        max_length=10,
                    ),
                ),
                ("custom_fields", models.JSONField(blank=True, default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("OPEN", "Open"),
                            ("IN_PROGRESS", "In progress"),
                            ("ON_HOLD", "On hold"),
                            ("RESOLVED", "Resolved"),
                            ("CLOSED", "Closed"),
                        ],
                        max_length=11,
                    ),
                ),
                (
                    "priority",
                    models.CharField(
                        choices=[("LOW", "Low"), ("MEDIUM", "Medium"), ("HIGH", "High")],
                        max_length=6,
                    ),
                ),
                ("department", models.CharField(blank=True, max_length=60)),
                ("created_at", models.DateTimeField()),
                ("modified_at", models.DateTimeField()),
                (
                    "reference",
                    models.CharField(
                        blank=True,
                        help_text="The form it came from: sent twice, it counts once.",
                        max_length=60,
                    ),
                ),
                (
                    "assigned_to",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.orgentity",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.orgentity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="customers.customer",
                    ),
                ),
                (
                    "modified_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.orgentity",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.orgentity",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["org", "-id"], name="ticket_newest"),
                    models.Index(fields=["org", "created_at", "id"], name="ticket_by_day"),
                    models.Index(fields=["org", "customer", "-id"], name="ticket_of_customer"),
                    models.Index(fields=["org", "status", "-id"], name="ticket_by_status"),
                    models.Index(fields=["org", "department", "-id"], name="ticket_by_department"),
                    models.Index(
                condition=models.Q(("assigned_to__isnull", False)),
                fields=["org", "assigned_to", "-id"],
                name="ticket_by_assignee",
            ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("org", "code"), name="ticket_code_once"),
                    models.UniqueConstraint(
                condition=models.Q(("subject_key", ""), _negated=True),
                fields=("customer", "subject_key"),
                name="ticket_subject_once_while_open",
            ),
                    models.UniqueConstraint(
                condition=models.Q(("reference", ""), _negated=True),
                fields=("org", "reference"),
                name="ticket_opened_once",
            ),
                    models.CheckConstraint(
                condition=models.Q(("subject", ""), _negated=True), name="ticket_has_a_subject"
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["RESOLVED", "CLOSED"]), _negated=True),
                    ("subject_key", ""),
                    _connector="OR",
                ),
                name="ticket_over_frees_its_subject",
            ),
                ],
                "permissions": [("export_tickets", "Can export tickets")],
            },
        ),
        migrations.CreateModel(
            name="TicketReply",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("message", models.CharField(max_length=5000)),
                ("written_at", models.DateTimeField()),
                ("reference", models.CharField(blank=True, max_length=60)),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replies",
                        to="customers.ticket",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.orgentity",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                condition=models.Q(("reference", ""), _negated=True),
                fields=("ticket", "reference"),
                name="ticket_answered_once",
            ),
                    models.CheckConstraint(
                condition=models.Q(("message", ""), _negated=True), name="reply_says_something"
            ),
                ],
                "verbose_name_plural": "ticket replies",
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("description", models.CharField(blank=True, max_length=2000)),
                (
                    "associate_id",
                    models.CharField(help_text="Who made it, in the shop's words.", max_length=50),
                ),
                ("noted_at", models.DateTimeField()),
                ("added_at", models.DateTimeField()),
                ("modified_at", models.DateTimeField()),
                (
                    "reference",
                    models.CharField(
                        blank=True,
                        help_text="The form it came from: sent twice, it counts once.",
                        max_length=60,
                    ),
                ),
                (
                    "added_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.orgentity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="customers.customer",
                    ),
                ),
                (
                    "modified_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.orgentity",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.orgentity",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["org", "customer", "noted_at", "id"], name="note_of_customer"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=("org", "reference"),
                        name="note_written_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("associate_id", ""), _negated=True),
                        name="note_has_an_associate",
                    ),
                ],
            },
        ),
    ]
