"""Keep what happened between customers and the networks they are met in.

Why:   interactions, messages and surveys are told by the documents and had no place.
Locks: none; the table is new.
Undo:  drops the table with its rows.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0011_group_rights"),
        ("tenancy", "0003_settings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Interaction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "network",
                    models.CharField(
                        choices=[
                            ("FACEBOOK", "Facebook"),
                            ("TWITTER", "Twitter"),
                            ("FOURSQUARE", "Foursquare"),
                            ("CAPILLARY", "Our own messages"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("CHECKIN", "Check-in"),
                            ("LIKE", "Like"),
                            ("COMMENT", "Comment"),
                            ("TWEET", "Tweet"),
                            ("RETWEET", "Retweet"),
                            ("MENTION", "Mention"),
                            ("EMAIL", "Email"),
                            ("EMAILBULK", "Bulk email"),
                            ("SMS", "SMS"),
                            ("CALL", "Missed call"),
                            ("SURVEY", "Survey"),
                            ("FEEDBACK", "Feedback"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "happened_at",
                    models.DateTimeField(help_text="When it was sent, for messages and surveys."),
                ),
                ("times", models.PositiveIntegerField(default=1)),
                (
                    "reference",
                    models.CharField(
                        blank=True,
                        help_text="The sender's own word for it: under the same one it counts once.",
                        max_length=100,
                    ),
                ),
                ("latitude", models.FloatField(null=True)),
                ("longitude", models.FloatField(null=True)),
                ("sender", models.CharField(blank=True, max_length=254)),
                ("receiver", models.CharField(blank=True, max_length=254)),
                ("subject", models.CharField(blank=True, max_length=255)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("delivery_status", models.CharField(blank=True, max_length=20)),
                ("survey_name", models.CharField(blank=True, max_length=255)),
                (
                    "nps_score",
                    models.PositiveSmallIntegerField(null=True, verbose_name="NPS score"),
                ),
                ("sent_by", models.CharField(blank=True, max_length=255)),
                (
                    "response_url",
                    models.CharField(blank=True, max_length=500, verbose_name="answers"),
                ),
                ("completed_at", models.DateTimeField(null=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interactions",
                        to="customers.customer",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
                (
                    "recorded_by",
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
                "permissions": [("import_interactions", "Can import interactions")],
                "indexes": [
                    models.Index(
                        fields=["org", "customer", "-happened_at", "-id"],
                        name="interaction_of_customer",
                    ),
                    models.Index(fields=["org", "-id"], name="interaction_newest"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=("org", "reference"),
                        name="interaction_counts_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("network", "FACEBOOK"),
                                ("type__in", ["CHECKIN", "LIKE", "COMMENT"]),
                            ),
                            models.Q(
                                ("network", "TWITTER"),
                                ("type__in", ["TWEET", "RETWEET", "MENTION"]),
                            ),
                            models.Q(("network", "FOURSQUARE"), ("type__in", ["CHECKIN"])),
                            models.Q(
                                ("network", "CAPILLARY"),
                                (
                                    "type__in",
                                    ["EMAIL", "EMAILBULK", "SMS", "CALL", "SURVEY", "FEEDBACK"],
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="interaction_type_is_of_its_network",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("times__gte", 1)), name="interaction_happened"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(
                                ("latitude__isnull", False),
                                ("longitude__isnull", False),
                                ("type", "CHECKIN"),
                            ),
                            _connector="OR",
                        ),
                        name="interaction_place_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("type__in", ("EMAIL", "EMAILBULK", "SMS", "CALL")),
                            models.Q(
                                ("delivered_at__isnull", True),
                                ("delivery_status", ""),
                                ("receiver", ""),
                                ("sender", ""),
                                ("subject", ""),
                            ),
                            _connector="OR",
                        ),
                        name="interaction_message_is_sent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("type", "SURVEY"), models.Q(("survey_name", ""), _negated=True)
                            ),
                            models.Q(
                                models.Q(("type", "SURVEY"), _negated=True),
                                ("completed_at__isnull", True),
                                ("nps_score__isnull", True),
                                ("response_url", ""),
                                ("sent_by", ""),
                                ("survey_name", ""),
                            ),
                            _connector="OR",
                        ),
                        name="interaction_survey_has_a_name",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("nps_score__isnull", True), ("nps_score__lte", 10), _connector="OR"
                        ),
                        name="interaction_nps_score_up_to_ten",
                    ),
                ],
            },
        ),
    ]
