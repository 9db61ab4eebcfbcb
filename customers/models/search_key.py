"""The folded words by which customers are searched."""

from django.db import models

from crm.kernel.fields import FoldedTextField
from crm.tenancy.models import org_link
from customers.models.customer import Customer


class SearchKey(models.Model):
    """One searchable word of a customer (design, section 3).

    A prefix search is one range scan of the primary key, which is ordered by (text, customer). The
    rows are derived from names and identifiers in the same unit, so they have no constraints.
    """

    pk = models.CompositePrimaryKey("org_id", "text", "customer_id", "kind")
    org = org_link()
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="search_keys", db_constraint=False
    )
    kind = models.CharField(max_length=16)
    text = FoldedTextField(max_length=255)

    def __str__(self) -> str:
        return f"{self.kind} {self.text}"
