"""Places of customers in hierarchies: role, parent, company."""

from django.db import models
from django.db.models import F, Q

from crm.tenancy.models import entity_link
from customers.models.company import Company
from customers.models.customer import Customer
from customers.models.hierarchy import Hierarchy, HierarchyRole


class Association(models.Model):
    """A customer's place in one hierarchy, or the company of a customer without a hierarchy.

    A parent's role is always on a higher level than the child's, so there are no cycles. A place is
    written under the locks of its customer and of both its parents, the old and the new.
    """

    # The unique constraints below are the index.
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="associations", db_index=False
    )
    hierarchy = models.ForeignKey(
        Hierarchy, models.PROTECT, null=True, related_name="+", db_index=False
    )
    role = models.ForeignKey(
        HierarchyRole, models.PROTECT, null=True, related_name="+", db_index=False
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", db_index=False
    )
    company = models.ForeignKey(
        Company, models.PROTECT, null=True, related_name="associations", db_index=False
    )

    created_by = entity_link()
    created_at = models.DateTimeField()
    modified_by = entity_link()
    modified_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "hierarchy"],
                condition=Q(hierarchy__isnull=False),
                name="association_once_per_hierarchy",
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(hierarchy__isnull=True),
                name="association_once_without_hierarchy",
            ),
            models.CheckConstraint(
                condition=Q(hierarchy__isnull=True, role__isnull=True, parent__isnull=True)
                | Q(hierarchy__isnull=False, role__isnull=False),
                name="association_has_a_role_where_a_hierarchy",
            ),
            models.CheckConstraint(
                condition=Q(hierarchy__isnull=False) | Q(company__isnull=False),
                name="association_is_with_something",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="association_under_another",
            ),
        ]
        indexes = [
            models.Index(
                fields=["parent", "id"],
                condition=Q(parent__isnull=False),
                name="association_children",
            ),
            models.Index(
                fields=["company", "id"],
                condition=Q(company__isnull=False),
                name="association_by_company",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.role_id or self.company_id}"
