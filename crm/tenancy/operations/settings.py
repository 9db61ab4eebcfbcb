"""Change the settings of an organization."""

from collections.abc import Mapping

from crm.kernel.transactions import within_unit_of_work
from crm.tenancy import errors
from crm.tenancy.models import Setting
from crm.tenancy.queries.settings import forget_settings
from crm.tenancy.rules.settings import SETTINGS


@within_unit_of_work
def change_settings(*, org_id: int, values: Mapping[str, int]) -> None:
    """Change some settings; the others stay. The caller records the audit event.

    Raises:
        SettingInvalid: there is no such setting, or the value is beyond its bounds.
    """
    for name, value in values.items():
        rule = SETTINGS.get(name)
        if rule is None or not rule.least <= int(value) <= rule.most:
            raise errors.SettingInvalid(name=name)
    for name, value in sorted(values.items()):
        Setting.objects.update_or_create(org_id=org_id, name=name, defaults={"value": int(value)})
    forget_settings(org_id)
