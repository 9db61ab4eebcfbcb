"""The two organizations: their stores, tills, log-ins, staff, sources and labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import Group

from crm.audit.models import Event
from crm.demo.secrets import OAUTH_KEY, Hashed
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Credential, Organization, OrgEntity, Scope, StaffUser
from crm.tenancy.operations.staff import ensure_staff_entity
from crm.tenancy.origin import Origin
from customers.models import SourceAccount, StatusLabel
from customers.queries.source_accounts import forget_source_accounts

DEMO, OTHER = "demo", "other"

CONCEPT_ID, CONCEPT = 200031782, "demo.brand"
ZONES = {
    "zone.india": "India",
    "zone.overseas": "Overseas",
}
# Code, name, zone, and the primary key where the documents print one.
STORES: Sequence[tuple[str, str, str, int | None]] = (
    ("storecode", "My store", "zone.india", None),
    ("store.code", "Store name", "zone.india", 2234235),
    ("mergestore1", "MERGE FRONT ONE", "zone.india", None),
    ("store_india", "StoreIndia", "zone.india", None),
    ("blr.mgroad", "MG Road, Bengaluru", "zone.india", None),
    ("bom.linking", "Linking Road, Mumbai", "zone.india", None),
    ("del.connaught", "Connaught Place, Delhi", "zone.india", None),
    ("pe.london", "Bond Street, London", "zone.overseas", None),
    ("sha.nanjing", "Nanjing Road, Shanghai", "zone.overseas", None),
)
TILLS = {
    "demo.till": "storecode",
    "store.server": "storecode",
    "read.till": "storecode",
    "rr.till": "store.code",
    "bukl.till": "store.code",
    "cm.1": "mergestore1",
    "till.india1": "store_india",
    "sit.admin": "store_india",
    "admin.till01": "store_india",
    "krishna.till01": "store_india",
    "blr.mgroad.1": "blr.mgroad",
    "bom.linking.1": "bom.linking",
    "del.connaught.1": "del.connaught",
    "pe.london.bondstreet": "pe.london",
    "sha.nanjing.1": "sha.nanjing",
}
LOG_INS: Mapping[str, list[str]] = {
    "demo.till": sorted(Scope.values),
    "rr.till": sorted(Scope.values),
    "bukl.till": sorted(Scope.values),
    "cm.1": sorted(Scope.values),
    "store.server": sorted(Scope.values),
    "read.till": [Scope.CUSTOMERS_READ],
}
# User name, first and last name, role.
STAFF = (
    ("agent", "Meera", "Nair", "support agent"),
    ("approver", "Arjun", "Menon", "approver"),
    ("approver2", "Helen", "Fraser", "approver"),
    ("importer", "Wei", "Lin", "import operator"),
    ("auditor", "Zoë", "Okafor", "auditor"),
    ("admin", "Ravi", "Shah", "organization admin"),
)
ACCOUNTS = {
    ("INSTORE", ""): "Stores",
    ("MARTJACK", ""): "MartJack shop",
    ("TMALL", ""): "Tmall flagship store",
    ("TAOBAO", ""): "Taobao shop",
    ("JD", ""): "JD shop",
    ("ECOMMERCE", ""): "Online shop",
    ("WEBSITE", ""): "Website",
    ("OTHERS", ""): "Partners",
    ("WECHAT", "22232"): "WeChat service account",
    ("WECHAT", "1234"): "WeChat subscription account",
    ("WECHAT", "123"): "WeChat news",
    ("WECHAT", "WECHAT-CM"): "WeChat for fleets",
    ("WECHAT", "wechat-con1"): "WeChat for concept 1",
    ("WECHAT", "WeChat1234"): "WeChat mini program",
    ("FACEBOOK", "fb-main"): "Facebook page",
    ("MOBILE_APP", "400"): "Mobile app",
    ("LINE", "line-main"): "LINE account",
    ("WEB_ENGAGE", "we-main"): "WebEngage",
}
LABELS = (("Active", "ACTIVE"), ("Suspended", "SUSPENDED"), ("Deleted", "DELETED"))


@dataclass(frozen=True, slots=True)
class Shop:
    """An organization with the keys of what the others write about."""

    org: Organization
    entity_ids: Mapping[str, int]
    account_ids: Mapping[tuple[str, str], int]

    def origin(self, till: str, at: datetime) -> Origin:
        """A write of this till at this moment."""
        return Origin(
            org=self.org, actor_id=self.entity_ids[till], door=Event.Door.COMMAND.value, at=at
        )


@within_unit_of_work
def make_demo(hashed: Hashed) -> Shop:
    """Make the organization that the documents' requests are sent to."""
    org = Organization.objects.create(code=DEMO, name="Demo Brand", time_zone="Asia/Kolkata")
    entities = _make_entities(org)
    for till, scopes in LOG_INS.items():
        _make_log_in(entities[till], till, hashed.till, scopes)
    _make_log_in(
        entities["demo.till"],
        OAUTH_KEY,
        hashed.oauth,
        sorted(Scope.values),
        kind=Credential.Kind.OAUTH,
    )
    _make_staff(org, hashed.staff)
    _make_labels(org)
    return Shop(org, {code: e.pk for code, e in entities.items()}, _make_accounts(org, ACCOUNTS))


@within_unit_of_work
def make_other(hashed: Hashed) -> Shop:
    """Make a second organization, which must never see anything of the first, nor be seen."""
    org = Organization.objects.create(code=OTHER, name="Other Brand", time_zone="Europe/London")
    store = OrgEntity.objects.create(org=org, type="STORE", code="other.store", name="Other store")
    till = OrgEntity.objects.create(
        org=org, type="TILL", code="other.till", name="other.till", parent=store
    )
    _make_log_in(till, till.code, hashed.till, sorted(Scope.values))
    _make_labels(org)
    accounts = {key: ACCOUNTS[key] for key in (("INSTORE", ""), ("WECHAT", "22232"))}
    return Shop(org, {till.code: till.pk}, _make_accounts(org, accounts))


def _make_entities(org: Organization) -> dict[str, OrgEntity]:
    concept = OrgEntity.objects.create(
        pk=CONCEPT_ID, org=org, type="CONCEPT", code=CONCEPT, name="Demo brand"
    )
    made = {concept.code: concept}
    for code, name in ZONES.items():
        made[code] = OrgEntity.objects.create(
            org=org, type="ZONE", code=code, name=name, parent=concept
        )
    for code, name, zone, pk in STORES:
        made[code] = OrgEntity.objects.create(
            pk=pk,
            org=org,
            type="STORE",
            code=code,
            name=name,
            external_id=f"EXT-{code}",
            parent=made[zone],
        )
    for code, store in TILLS.items():
        made[code] = OrgEntity.objects.create(
            org=org, type="TILL", code=code, name=code, parent=made[store]
        )
    return made


def _make_log_in(
    entity: OrgEntity,
    login: str,
    secret: str,
    scopes: list[str],
    kind: str = Credential.Kind.BASIC,
) -> None:
    # Not by create_credential: it would hash the one password once for each till.
    Credential.objects.create(
        org=entity.org, entity=entity, kind=kind, login=login, secret=secret, scopes=scopes
    )


def _make_staff(org: Organization, password: str) -> None:
    for username, first_name, last_name, role in STAFF:
        user = StaffUser.objects.create(
            org=org,
            username=username,
            password=password,
            first_name=first_name,
            last_name=last_name,
            email=f"{username}@demo.example.com",
            is_staff=True,
        )
        user.groups.set([Group.objects.get(name=role)])
        ensure_staff_entity(staff_id=user.pk)


def _make_labels(org: Organization) -> None:
    for number, (label, status) in enumerate(LABELS):
        StatusLabel.objects.create(org=org, label=label, status=status, is_default=number == 0)


def _make_accounts(
    org: Organization, accounts: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], int]:
    made = {
        (source, account_id): SourceAccount.objects.create(
            org=org, source=source, account_id=account_id, name=name
        ).pk
        for (source, account_id), name in accounts.items()
    }
    forget_source_accounts(org.pk)
    return made
