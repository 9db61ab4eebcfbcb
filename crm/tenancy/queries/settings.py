"""The settings of an organization."""

from crm.kernel.org_cache import forget, get_or_load
from crm.tenancy.errors import SettingUnknown
from crm.tenancy.models import Setting
from crm.tenancy.rules.settings import SETTINGS, OrgSettings, SettingState, build_settings

KIND = "settings"


def get_settings(org_id: int) -> OrgSettings:
    """Return the settings of the organization; no query if they are cached."""
    return get_or_load(
        KIND,
        org_id,
        lambda: build_settings(
            dict(Setting.objects.filter(org_id=org_id).values_list("name", "value"))
        ),
    )


def get_setting(*, org_id: int, name: str) -> SettingState:
    """Return a setting by its name, in any case; no query if the settings are cached.

    Raises:
        SettingUnknown: there is no setting of this name.
    """
    key = name.strip().upper()
    if key not in SETTINGS:
        raise SettingUnknown(name=name)
    return SettingState(key, SETTINGS[key], get_settings(org_id).number(key))


def forget_settings(org_id: int) -> None:
    """Invalidate the cached settings in all processes."""
    forget(KIND, org_id)
