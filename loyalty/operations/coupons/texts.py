"""Send customers the texts about their coupons, where a gateway is configured."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.transactions import within_unit_of_work
from crm.messaging.delivery import send_after_commit
from crm.messaging.sms import has_sms_gateway
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.queries.customers.headings import Heading, list_headings
from customers.queries.subscriptions import list_opted_out
from customers.rules.subscriptions import COUPONS
from loyalty.models import Coupon, CouponSeries, CouponText
from loyalty.rules.coupon_texts import CouponFacts, build_coupon_text
from loyalty.rules.coupons import PERCENT

# A gateway may take seconds for each.
TEXTS_AT_ONCE = 20
CHANNEL, PRIORITY = "SMS", "TRANS"


@within_unit_of_work
def queue_coupon_texts(*, origin: Origin, coupons: Iterable[tuple[int, CouponSeries]]) -> None:
    """Queue a text for each coupon whose series has one; the worker sends it.

    Without a gateway, or with texts switched off in the series, there is none.
    """
    ids = [pk for pk, series in coupons if _has_text(series)]
    if ids and has_sms_gateway():
        CouponText.objects.bulk_create(
            [CouponText(coupon_id=pk, queued_at=origin.at) for pk in ids], ignore_conflicts=True
        )


@within_unit_of_work
def send_coupon_texts(*, now: datetime) -> int:
    """Send the oldest texts of one organization, some at once; return how many left the queue.

    Nothing is sent to customers without a mobile or who opted out of texts, and nothing about
    coupons that were revoked. A text that the gateway does not take is logged and not sent again.
    """
    first = CouponText.objects.order_by("queued_at", "pk").select_related("coupon__org").first()
    if first is None:
        return 0
    org = first.coupon.org
    rows = CouponText.objects.filter(coupon__org=org).order_by("queued_at", "pk")
    ids = [row.pk for row in rows.select_for_update(skip_locked=True, of=("self",))[:TEXTS_AT_ONCE]]
    coupons = Coupon.objects.filter(pk__in=ids).select_related("series").order_by("pk")
    origin = Origin(org=org, actor_id=None, door="WORKER", at=now)
    _send_texts(origin, [coupon for coupon in coupons if coupon.revoked_at is None])
    CouponText.objects.filter(pk__in=ids).delete()
    return len(ids)


def _has_text(series: CouponSeries) -> bool:
    has_template = series.sms_template.strip() or series.short_sms_template.strip()
    return bool(has_template) and not series.sms_disabled


def _send_texts(origin: Origin, coupons: Sequence[Coupon]) -> None:
    customer_ids = {coupon.customer_id for coupon in coupons}
    headings = list_headings(org_id=origin.org.pk, customer_ids=customer_ids)
    opted_out = list_opted_out(
        customer_ids=customer_ids, channel=CHANNEL, priority=PRIORITY, scope=COUPONS
    )
    texted = []
    for coupon in coupons:
        heading = headings.get(coupon.customer_id)
        if heading is None or not heading.mobile or coupon.customer_id in opted_out:
            continue
        text = _build_text(origin.org, coupon, heading)
        send_after_commit(channel="mobile", to=heading.mobile, subject="", text=text)
        texted.append(coupon)
    record_events(
        origin=origin,
        events=[NewEvent("coupon.text_sent", "coupon", coupon.pk) for coupon in texted],
    )


def _build_text(org: Organization, coupon: Coupon, heading: Heading) -> str:
    series, last_day = coupon.series, coupon.expires_at
    percent = " %" if series.discount_type == PERCENT else ""
    return build_coupon_text(
        template=series.sms_template,
        short_template=series.short_sms_template,
        facts=CouponFacts(
            code=coupon.code,
            first_name=heading.first_name,
            last_name=heading.last_name,
            description=series.description,
            discount=f"{series.discount_value.normalize():f}{percent}",
            valid_till="" if last_day is None else last_day.astimezone(org.zone).date().isoformat(),
        ),
    )
