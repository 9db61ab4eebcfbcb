"""Reading an organization's settings."""

from crm.kernel.remembering import forget, remembered
from crm.tenancy.models import Setting
from crm.tenancy.rules.settings import OrgSettings, settings_from

KIND = "settings"


def get_settings(org_id: int) -> OrgSettings:
    """Return the organization's settings; no query when they were read a moment ago."""
    return remembered(
        KIND,
        org_id,
        lambda: settings_from(
            dict(Setting.objects.filter(org_id=org_id).values_list("name", "value"))
        ),
    )


def forget_settings(org_id: int) -> None:
    """Let every process read them anew."""
    forget(KIND, org_id)
