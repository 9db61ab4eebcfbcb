"""Interactions of customers on networks."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models import entity_link, org_link
from customers.models.customer import Customer
from customers.rules.interactions import (
    MAX_ADDRESS_LENGTH,
    MAX_REFERENCE_LENGTH,
    MAX_STATUS_LENGTH,
    MAX_TEXT_LENGTH,
    MAX_URL_LENGTH,
    MESSAGES,
    NETWORKS,
)


class Interaction(models.Model):
    """A check-in, tweet, message or survey; never changed once it is recorded.

    ``times`` is the number of identical interactions in one row. Only check-ins have a location,
    only messages a sender and receiver, and only surveys a name and score.
    """

    class Network(models.TextChoices):
        FACEBOOK = "FACEBOOK", _("Facebook")
        TWITTER = "TWITTER", _("Twitter")
        FOURSQUARE = "FOURSQUARE", _("Foursquare")
        CAPILLARY = "CAPILLARY", _("Our own messages")

    class Type(models.TextChoices):
        CHECKIN = "CHECKIN", _("Check-in")
        LIKE = "LIKE", _("Like")
        COMMENT = "COMMENT", _("Comment")
        TWEET = "TWEET", _("Tweet")
        RETWEET = "RETWEET", _("Retweet")
        MENTION = "MENTION", _("Mention")
        EMAIL = "EMAIL", _("Email")
        EMAILBULK = "EMAILBULK", _("Bulk email")
        SMS = "SMS", _("SMS")
        CALL = "CALL", _("Missed call")
        SURVEY = "SURVEY", _("Survey")
        FEEDBACK = "FEEDBACK", _("Feedback")

    # The customer's organization, repeated for the list of all interactions.
    org = org_link()
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="interactions", db_index=False
    )

    network = models.CharField(max_length=10, choices=Network)
    type = models.CharField(max_length=9, choices=Type)
    happened_at = models.DateTimeField(help_text=_("When it was sent, for messages and surveys."))
    times = models.PositiveIntegerField(default=1)
    reference = models.CharField(
        max_length=MAX_REFERENCE_LENGTH,
        blank=True,
        help_text=_("The sender's own word for it: under the same one it counts once."),
    )

    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)

    sender = models.CharField(max_length=MAX_ADDRESS_LENGTH, blank=True)
    receiver = models.CharField(max_length=MAX_ADDRESS_LENGTH, blank=True)
    subject = models.CharField(max_length=MAX_TEXT_LENGTH, blank=True)
    delivered_at = models.DateTimeField(null=True)
    delivery_status = models.CharField(max_length=MAX_STATUS_LENGTH, blank=True)

    survey_name = models.CharField(max_length=MAX_TEXT_LENGTH, blank=True)
    nps_score = models.PositiveSmallIntegerField(_("NPS score"), null=True)
    sent_by = models.CharField(max_length=MAX_TEXT_LENGTH, blank=True)
    response_url = models.CharField(_("answers"), max_length=MAX_URL_LENGTH, blank=True)
    completed_at = models.DateTimeField(null=True)

    recorded_by = entity_link()
    recorded_at = models.DateTimeField()

    class Meta:
        permissions = [("import_interactions", "Can import interactions")]
        constraints = [
            models.UniqueConstraint(
                fields=["org", "reference"],
                condition=~Q(reference=""),
                name="interaction_counts_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    *(
                        Q(network=network, type__in=list(types))
                        for network, types in NETWORKS.items()
                    ),
                    _connector=Q.OR,
                ),
                name="interaction_type_is_of_its_network",
            ),
            models.CheckConstraint(condition=Q(times__gte=1), name="interaction_happened"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, longitude__isnull=False, type="CHECKIN"),
                name="interaction_place_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(type__in=MESSAGES)
                | Q(
                    sender="",
                    receiver="",
                    subject="",
                    delivered_at__isnull=True,
                    delivery_status="",
                ),
                name="interaction_message_is_sent",
            ),
            models.CheckConstraint(
                condition=(Q(type="SURVEY") & ~Q(survey_name=""))
                | Q(
                    ~Q(type="SURVEY"),
                    survey_name="",
                    nps_score__isnull=True,
                    sent_by="",
                    response_url="",
                    completed_at__isnull=True,
                ),
                name="interaction_survey_has_a_name",
            ),
            models.CheckConstraint(
                condition=Q(nps_score__isnull=True) | Q(nps_score__lte=10),
                name="interaction_nps_score_up_to_ten",
            ),
        ]
        indexes = [
            models.Index(
                fields=["org", "customer", "-happened_at", "-id"], name="interaction_of_customer"
            ),
            models.Index(fields=["org", "-id"], name="interaction_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_network_display()}: {self.get_type_display()} {self.pk}"
