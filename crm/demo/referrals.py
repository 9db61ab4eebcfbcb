"""Referrals of the demo: campaigns, invitations, and the customers who came."""

from decimal import Decimal

from crm.demo.customers import make_registration
from crm.demo.data_files import Row, read_data
from crm.demo.ids import continue_after
from crm.demo.loyalty_history import enter_row
from crm.demo.organization import DemoOrganization, create_rows
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.usecases.register_customers import SignUp, sign_up_customer
from customers.models import Customer
from loyalty.models import Effect, Referee, ReferralCampaign
from loyalty.operations.coupons.redeem import redeem_coupon
from loyalty.operations.effects import run_effects
from loyalty.operations.referrals.invite import invite_people
from loyalty.queries.referrals.campaigns import clear_campaign_cache
from loyalty.rules.referrals import Invitee


@within_unit_of_work
def make_campaigns(demo: DemoOrganization) -> None:
    """Create the campaigns whose tokens the reference prints."""
    create_rows(ReferralCampaign, read_data("referrals")["campaigns"], org=demo.org)
    clear_campaign_cache(demo.org.pk)


@within_unit_of_work
def load_referrals(demo: DemoOrganization) -> int:
    """Write the events in the order of the file; return how many customers they register."""
    registered = 0
    codes: dict[int, str] = {}
    for row in read_data("referrals")["events"]:
        till, kind, at = row.pop("till"), row.pop("type"), row.pop("at")
        origin = demo.origin(till, at)
        if kind == "invitation":
            invitees = [Invitee(**invitee) for invitee in row.pop("invitees")]
            codes[row["customer_id"]] = invite_people(origin=origin, invitees=invitees, **row).code
        elif kind == "registration":
            registered += 1
            continue_after(Customer, row["id"] - 1)
            registration = make_registration(demo, {**row, "joined": at})
            code = codes[row["referred_by"]] if "referred_by" in row else ""
            sign_up_customer(
                origin=origin, sign_up=SignUp(registration=registration, referral_code=code)
            )
        elif kind == "transaction":
            enter_row(demo, origin, till, row)
        else:
            _redeem_incentive(origin, row)
        waiting = Effect.objects.filter(org=demo.org, state=Effect.State.WAITING).order_by("pk")
        run_effects(origin=origin, effect_ids=list(waiting.values_list("pk", flat=True)))
    return registered


def _redeem_incentive(origin: Origin, row: Row) -> None:
    """Redeem the coupon that the customer got for the event of a referral."""
    referees = Referee.objects.filter(customer_id=row["customer_id"], event=row["event"])
    redeem_coupon(
        origin=origin,
        code=referees.order_by("-pk").values_list("coupon__code", flat=True)[0] or "",
        customer_id=row["customer_id"],
        bill_amount=Decimal(row["bill_amount"]),
        transaction_number=row["transaction_number"],
    )
