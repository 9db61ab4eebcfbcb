"""Whatever comes to point at a customer must say what a merge does with it."""

from django.apps import apps
from django.db.models import ForeignKey, OneToOneField

from crm.approvals.merge import MERGE_MOVES as REQUEST_MOVES
from customers.models import Customer, Profile
from customers.operations.merge.customers import MERGE_MOVES
from loyalty.operations.merge.moves import MERGE_MOVES as LOYALTY_MERGE_MOVES


def test_the_merge_names_each_link_to_a_customer_or_a_profile():
    links = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, (ForeignKey, OneToOneField))
        and field.related_model in (Customer, Profile)
    }

    assert links == {*MERGE_MOVES, *LOYALTY_MERGE_MOVES, *REQUEST_MOVES}
