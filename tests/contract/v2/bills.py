"""Bills that tests send to v2."""

from crm.tenancy.models import Setting
from crm.tenancy.queries.settings import forget_settings

MOBILE = "919999000001"
BY_MOBILE = f"source=INSTORE&identifierName=mobile&identifierValue={MOBILE}"
LINES = [
    {"itemCode": "shirt", "description": "A shirt", "qty": 3, "rate": 20},
    {"itemCode": "socks", "qty": 4, "rate": "10.00", "discount": 0},
]


def change_setting(till, **values):
    for name, value in values.items():
        Setting.objects.update_or_create(org=till.org, name=name, defaults={"value": value})
    forget_settings(till.org.pk)


def sell(till, number="b-1", query=BY_MOBILE, **more):
    body = {"billNumber": number, "lineItemsV2": LINES, **more}
    return till.post(f"transactions?{query}", body)


def bring_back(till, number="b-1", query=BY_MOBILE, **more):
    return till.post(f"transactions?{query}", {"type": "RETURN", "billNumber": number, **more})


def points(member):
    member.refresh_from_db()
    return member.points
