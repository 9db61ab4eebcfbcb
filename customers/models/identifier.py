"""Identifiers of customers."""

from django.db import models
from django.db.models import Q

from crm.kernel.fields import FoldedTextField
from crm.tenancy.models import org_link
from customers.models.customer import Customer
from customers.models.profile import Profile


class Identifier(models.Model):
    """A normalised value that belongs to one customer of the organization in all sources."""

    # The customer's organization, repeated so that the constraint below can name it.
    org = org_link()
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="identifiers")

    type = models.CharField(max_length=16)
    value = FoldedTextField(max_length=255)

    class Meta:
        constraints = [
            # Rule 2.1 of the contract: two customers never share an identifier.
            models.UniqueConstraint(
                fields=["org", "type", "value"], name="identifier_belongs_to_one_customer"
            ),
            models.CheckConstraint(condition=~Q(value=""), name="identifier_has_a_value"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.value}"


class ProfileIdentifier(models.Model):
    """The registration of an identifier in the profile of a source account."""

    # Both rows are written in the same unit, under the customer's lock (decision 0006).
    profile = models.ForeignKey(
        Profile,
        models.PROTECT,
        related_name="profile_identifiers",
        db_constraint=False,
        db_index=False,
    )
    identifier = models.ForeignKey(
        Identifier, models.PROTECT, related_name="profile_identifiers", db_constraint=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "identifier"], name="identifier_once_per_profile"
            ),
        ]

    def __str__(self) -> str:
        return f"profile {self.profile_id}, identifier {self.identifier_id}"
