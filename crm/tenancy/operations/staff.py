"""Giving members of staff the entity as which they act."""

from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import OrgEntity, StaffUser


@within_unit_of_work
def give_entity(*, staff_id: int) -> None:
    """Let a member of staff act under their own name; nothing new for one who can already.

    Makers, checkers and the audit name the entity, so nobody writes anything without one.
    """
    user = StaffUser.objects.select_for_update().get(pk=staff_id)
    if user.entity_id is not None:
        return
    entity, _ = OrgEntity.objects.get_or_create(
        org_id=user.org_id,
        type=OrgEntity.Type.ADMIN_USER,
        code=user.username,
        defaults={"name": user.get_full_name() or user.username},
    )
    StaffUser.objects.filter(pk=user.pk).update(entity=entity)
