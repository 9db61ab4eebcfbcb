"""The entity and the language of a member of staff."""

from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import OrgEntity, StaffUser


@within_unit_of_work
def ensure_staff_entity(*, staff_id: int) -> None:
    """Create the entity of a member of staff, unless they have one.

    Requests, decisions and audit events refer to the entity, so every writer needs one.
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


@within_unit_of_work
def set_staff_language(*, staff_id: int, language: str) -> None:
    """Show the dashboard in this language to a member of staff, on every device."""
    StaffUser.objects.filter(pk=staff_id).update(language=language)


@within_unit_of_work
def set_first_staff_language(*, staff_id: int, language: str) -> None:
    """Set the language of a member of staff who has none; a choice made meanwhile stays."""
    StaffUser.objects.filter(pk=staff_id, language="").update(language=language)
