"""Hierarchies of the demo: a fleet, its roles, its companies and its drivers."""

from crm.demo.data_files import read_data
from crm.demo.organization import DemoOrganization, create_rows
from crm.kernel.transactions import within_unit_of_work
from customers.models import Company, Hierarchy, HierarchyRole
from customers.operations.hierarchies.associate import AssociationRequest, associate_customer
from customers.queries.hierarchies.hierarchies import forget_hierarchies


@within_unit_of_work
def make_hierarchies(demo: DemoOrganization) -> None:
    """Create the hierarchy, its roles and the companies."""
    data = read_data("hierarchies")
    hierarchy = Hierarchy.objects.create(org=demo.org, **data["hierarchy"])
    create_rows(HierarchyRole, data["roles"], hierarchy=hierarchy)
    create_rows(Company, data["companies"], org=demo.org)
    forget_hierarchies(demo.org.pk)


@within_unit_of_work
def associate_customers(demo: DemoOrganization) -> None:
    """Give customers their place in the hierarchy."""
    for row in read_data("hierarchies")["members"]:
        origin = demo.origin(row.pop("till"), row.pop("at"))
        associate_customer(origin=origin, request=AssociationRequest(**row))
