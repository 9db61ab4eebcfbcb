"""Referrals of the documents: the campaigns, whom three customers invited, and who came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.demo.ids import continue_after
from crm.demo.organizations import Shop
from crm.demo.people import in_store
from crm.demo.series import FRIEND_SERIES
from crm.kernel.transactions import within_unit_of_work
from crm.usecases.register_customers import SignUp, sign_up_customer
from customers.models import Customer
from customers.rules.registration import ProfileEntry, Registration
from loyalty.models import Effect, Referee, ReferralCampaign
from loyalty.operations.coupons.redeem import redeem_coupon
from loyalty.operations.effects import run_effects
from loyalty.operations.referrals.invite import invite_people
from loyalty.operations.transactions.enter import enter_transaction
from loyalty.queries.referrals.campaigns import clear_campaign_cache
from loyalty.rules.referrals import Invitee
from loyalty.rules.transactions import Sale, SaleLine

ISHAAN, LEELA, VIMAL = 420007388, 379061018, 430000004
FRIENDS_CAMPAIGN, DEFAULT_CAMPAIGN = "CWRME", "12511"
CAMPAIGNS: Sequence[Mapping[str, Any]] = (
    {
        "token": DEFAULT_CAMPAIGN,
        "name": "Bring a friend",
        "registration_series_id": FRIEND_SERIES,
        "transaction_series_id": FRIEND_SERIES,
        "takes_customers": True,
        "is_default": True,
    },
    {"token": FRIENDS_CAMPAIGN, "name": "Share the app", "takes_customers": True},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invites:
    """``who`` invites somebody by mobile or email."""

    at: str
    who: int
    token: str
    till: str
    type: str
    identifier: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comes:
    """Somebody registers; ``code_of`` is whose code they bring along."""

    at: str
    id: int
    first: str
    last: str
    till: str
    keys: Sequence[tuple[str, str]]
    code_of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuysFirst:
    at: str
    who: int
    till: str
    number: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spends:
    """``who`` redeems the coupon that they got for this event."""

    at: str
    who: int
    event: str
    till: str
    number: str
    bill: str


HAPPENED: Sequence[Invites | Comes | BuysFirst | Spends] = (
    *(
        Invites(at=at, who=VIMAL, token=DEFAULT_CAMPAIGN, till=till, type=kind, identifier=value)
        for at, till, kind, value in (
            ("2016-08-21T10:04:10+05:30", "demo.till", "EMAIL", "eddard.stark@winterfell.com"),
            ("2016-08-21T10:04:12+05:30", "demo.till", "MOBILE", "919112233445"),
            ("2016-09-01T13:04:10+05:30", "demo.till", "EMAIL", "debra.morgan@elwaydetectives.com"),
            ("2016-09-01T13:04:11+05:30", "demo.till", "MOBILE", "919876543210"),
            ("2016-09-02T12:49:12+05:30", "store.server", "EMAIL", "dexter.morgan@mpd.com"),
            ("2016-09-02T12:49:13+05:30", "store.server", "MOBILE", "919123456789"),
        )
    ),
    Comes(
        at="2016-09-02T17:10:00+05:30",
        id=430000013,
        first="Walter",
        last="White",
        till="demo.till",
        keys=[("mobile", "919123456789")],
    ),
    Comes(
        at="2016-09-03T10:29:10+05:30",
        id=430000011,
        first="Debra",
        last="Morgan",
        till="demo.till",
        keys=[
            ("mobile", "919988976655"),
            ("email", "debra.morgan@elwaydetectives.com"),
            ("externalId", "ELW345"),
        ],
    ),
    Comes(
        at="2016-09-04T11:29:10+05:30",
        id=430000012,
        first="Dexter",
        last="Morgan",
        till="store.server",
        keys=[
            ("mobile", "919988776655"),
            ("email", "dexter.morgan@mpd.com"),
            ("externalId", "MPD345"),
        ],
    ),
    BuysFirst(
        at="2016-09-04T11:40:00+05:30",
        who=430000012,
        till="store.server",
        number="MPD-0001",
        amount="3200",
    ),
    Spends(
        at="2016-10-12T14:29:41+05:30",
        who=VIMAL,
        event="REGISTRATION",
        till="demo.till",
        number="VS-2201",
        bill="1900",
    ),
    Spends(
        at="2016-12-12T14:29:41+05:30",
        who=VIMAL,
        event="TRANSACTION",
        till="store.server",
        number="VS-2317",
        bill="2400",
    ),
    *(
        Invites(
            at=at,
            who=LEELA,
            token=FRIENDS_CAMPAIGN,
            till="cm.1",
            type="EMAIL",
            identifier=value,
        )
        for at, value in (
            ("2021-05-21T11:52:33+05:30", "kavya.thomas@example.com"),
            ("2021-05-22T12:15:28+05:30", "george.mathew@example.com"),
            ("2021-05-22T12:16:29+05:30", "sara.jacob@example.com"),
        )
    ),
    Comes(
        at="2021-05-21T11:56:18+05:30",
        id=430000017,
        first="Anil",
        last="Varghese",
        till="cm.1",
        keys=[("mobile", "919880379062")],
        code_of=LEELA,
    ),
    Comes(
        at="2021-05-24T11:59:20+05:30",
        id=430000018,
        first="Sara",
        last="Jacob",
        till="cm.1",
        keys=[
            ("mobile", "919880379063"),
            ("email", "sara.jacob@example.com"),
            ("externalId", "SJ379063"),
        ],
    ),
    *(
        Invites(
            at=at,
            who=ISHAAN,
            token=FRIENDS_CAMPAIGN,
            till="cm.1",
            type="EMAIL",
            identifier=value,
        )
        for at, value in (
            ("2022-05-21T11:52:33+05:30", "917410011111@mail.com"),
            ("2022-05-22T12:15:28+05:30", "917410011121@mail.com"),
            ("2022-05-22T12:16:29+05:30", "9178000000@mail.com"),
        )
    ),
    Comes(
        at="2022-05-21T11:56:18+05:30",
        id=430000014,
        first="Org",
        last="Customer",
        till="cm.1",
        keys=[("mobile", "917410011111")],
        code_of=ISHAAN,
    ),
    Comes(
        at="2022-05-23T11:59:20+05:30",
        id=430000015,
        first="Rati",
        last="Sen",
        till="cm.1",
        keys=[
            ("mobile", "917810000001"),
            ("email", "9178000000@mail.com"),
            ("externalId", "x917810000001"),
        ],
    ),
    Comes(
        at="2022-07-25T12:38:44+05:30",
        id=430000016,
        first="Sim",
        last="Carea",
        till="cm.1",
        keys=[
            ("mobile", "917651000000"),
            ("email", "917651000000@mail.com"),
            ("externalId", "x917651000000"),
        ],
        code_of=ISHAAN,
    ),
)
FRIENDS = sum(isinstance(one, Comes) for one in HAPPENED)


@within_unit_of_work
def make_campaigns(shop: Shop) -> None:
    """Set up the campaigns whose tokens the documents print."""
    for given in CAMPAIGNS:
        ReferralCampaign.objects.create(org=shop.org, **given)
    clear_campaign_cache(shop.org.pk)


@within_unit_of_work
def refer(shop: Shop) -> None:
    """Write it all in the order in which it happened, each at its moment."""
    codes: dict[int, str] = {}
    for one in HAPPENED:
        origin = shop.origin(one.till, datetime.fromisoformat(one.at))
        match one:
            case Invites():
                invited = invite_people(
                    origin=origin,
                    customer_id=one.who,
                    token=one.token,
                    invitees=[Invitee(type=one.type, identifier=one.identifier, name=one.name)],
                )
                codes[one.who] = invited.code
            case Comes():
                continue_after(Customer, one.id - 1)
                sign_up_customer(origin=origin, sign_up=_person(shop, one, codes))
            case BuysFirst():
                enter_transaction(origin=origin, sale=_sale(shop, one))
            case Spends():
                got = Referee.objects.filter(customer_id=one.who, event=one.event)
                redeem_coupon(
                    origin=origin,
                    code=got.order_by("-pk").values_list("coupon__code", flat=True)[0] or "",
                    customer_id=one.who,
                    bill_amount=Decimal(one.bill),
                    transaction_number=one.number,
                )
        waiting = Effect.objects.filter(org=shop.org, state=Effect.State.WAITING)
        run_effects(origin=origin, effect_ids=list(waiting.values_list("pk", flat=True)))


def _person(shop: Shop, one: Comes, codes: Mapping[int, str]) -> SignUp:
    [place] = in_store(*one.keys)
    return SignUp(
        registration=Registration(
            profiles=[
                ProfileEntry(
                    source_account_id=shop.account_ids[place.at],
                    first_name=one.first,
                    last_name=one.last,
                    identifiers=place.keys,
                    channels=place.channels,
                )
            ],
            loyalty_type="LOYALTY",
            registered_at=datetime.fromisoformat(one.at),
        ),
        referral_code=codes[one.code_of] if one.code_of else "",
    )


def _sale(shop: Shop, one: BuysFirst) -> Sale:
    return Sale(
        number=one.number,
        type="REGULAR",
        customer_id=one.who,
        till_id=shop.entity_ids[one.till],
        lines=[
            SaleLine(item_code="FW-2071", description="Walking shoes", quantity=1, rate=one.amount)
        ],
    )
