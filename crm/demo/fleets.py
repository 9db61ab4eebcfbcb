"""The fleets of the documents: a hierarchy, companies, and who stands where."""

from collections.abc import Sequence
from datetime import UTC, datetime

from crm.demo.organizations import Shop
from crm.demo.people import WECHAT_FLEET, Person, Place, reach
from crm.kernel.transactions import within_unit_of_work
from customers.models import Company, Hierarchy, HierarchyRole
from customers.operations.hierarchies.associate import GroupWish, associate_group
from customers.queries.hierarchies.hierarchies import forget_hierarchies

HIERARCHY = "code-association2"
# Code, name and level of the roles.
ROLES = (("FA", "Fleet admin", 1), ("FC", "Fleet driver", 2))
COMPANIES = {
    "ex917471949194": "Swift Haulage",
    "ex91747000000": "Meridian Cabs",
    "ex917471000000": "Harbour Logistics",
}
FOUNDED_AT = datetime(2021, 6, 1, 5, 30, tzinfo=UTC)
PLACED_AT = datetime(2021, 7, 30, 11, 13, 25, tzinfo=UTC)
CLERK = "cm.1"
HEAD, DRIVERS = 409967643, (409967644, 409967645)

# The head of a fleet, two of its drivers, and one who stands nowhere yet.
FLEET: Sequence[Person] = (
    Person(
        id=409967643,
        first="慧慧",
        last="陈",
        joined="2021-07-30T11:20:00+05:30",
        till="cm.1",
        places=(
            Place(
                at=WECHAT_FLEET,
                keys=[
                    ("mobile", "917169721931"),
                    ("cuid", "cuid_917169721931"),
                    ("unionId", "unionId_917169721931"),
                ],
                channels=[
                    reach("mobile", "917169721931", verified=True),
                    reach("email", "917169721931@mail.com", verified=True),
                ],
                fields={"Gender": "FEMALE"},
            ),
        ),
        extended_fields={"gender": "Female", "city": "city_6878387"},
    ),
    Person(
        id=409967644,
        first="Capillary",
        last="Customer",
        joined="2021-07-30T11:25:21+05:30",
        till="cm.1",
        places=(
            Place(
                at=WECHAT_FLEET,
                keys=[("unionId", "unionId_915610000000"), ("cuid", "cuid_915610000000")],
                channels=[reach("email", "915610000000@mail.com", verified=True)],
                fields={"Gender": "MALE"},
            ),
        ),
        extended_fields={"gender": "Male", "city": "city_6878387"},
    ),
    Person(
        id=409967645,
        first="Capillary",
        last="Customer",
        joined="2021-07-30T11:25:22+05:30",
        till="cm.1",
        places=(
            Place(
                at=WECHAT_FLEET,
                keys=[("cuid", "cuid_91677872472"), ("unionId", "unionId_91677872472")],
                channels=[reach("email", "91677872472@mail.com", verified=True)],
                fields={"Gender": "MALE"},
            ),
        ),
        extended_fields={"gender": "Male", "city": "city_6878387"},
    ),
    Person(
        id=409967646,
        first="Tom",
        last="Sawyer",
        joined="2021-08-03T16:58:10+05:30",
        till="cm.1",
        places=(
            Place(
                at=WECHAT_FLEET,
                keys=[
                    ("mobile", "915905000000"),
                    ("cuid", "cuid_915905000000"),
                    ("unionId", "unionId_915905000000"),
                ],
                channels=[
                    reach("mobile", "915905000000", verified=True),
                    reach("email", "915905000000@mail.com", verified=True),
                ],
            ),
        ),
        extended_fields={"gender": "Male", "city": "city_6878387"},
    ),
)


@within_unit_of_work
def make_hierarchy(shop: Shop) -> None:
    """Set up the hierarchy, its roles, and the companies that the documents name."""
    hierarchy = Hierarchy.objects.create(org=shop.org, code=HIERARCHY, name="Fleets")
    for code, name, level in ROLES:
        HierarchyRole.objects.create(hierarchy=hierarchy, code=code, name=name, level=level)
    for external_id, name in COMPANIES.items():
        Company.objects.create(
            org=shop.org, external_id=external_id, name=name, created_at=FOUNDED_AT
        )
    forget_hierarchies(shop.org.pk)


@within_unit_of_work
def make_fleet(shop: Shop) -> None:
    """Place the drivers under the head of their fleet."""
    associate_group(
        origin=shop.origin(CLERK, PLACED_AT),
        wish=GroupWish(
            customer_id=HEAD,
            hierarchy=HIERARCHY,
            role="FA",
            child_ids=DRIVERS,
            child_role="FC",
            company="ex917471949194",
        ),
    )
