"""The floor for the details of customers with many programs and cards: one statement.

gunicorn loads it as ``tests.benchmarks.rich_floor:application``, with the environment of ``floor``.
"""

from collections.abc import Callable, Iterable
from typing import Any

from tests.benchmarks.floor import DETAILS, ORG, fetch_answer

RICH = f"""
SELECT json_build_object('customer', (({DETAILS})::json),
    'loyaltyProgramDetails', (SELECT json_agg(json_build_object('redeemed', m.redeemed,
            'expired', m.expired, 'returned', m.returned, 'adjusted', m.adjusted,
            'lifetimePoints', m.lifetime, 'loyaltyPoints', m.points,
            'cumulativePurchases', m.purchases, 'loyaltyId', m.id, 'currentSlab', t.name,
            'nextSlab', n.name, 'nextSlabSerialNumber', n.serial,
            'nextSlabDescription', n.description, 'slabSNo', t.serial,
            'slabExpiryDate', m.tier_expires_at, 'programId', m.program_id,
            'delayedPoints', m.delayed, 'delayedReturnedPoints', m.delayed_returned,
            'totalReturnedPoints', m.returned + m.delayed_returned,
            'totalAvailablePoints', (SELECT sum(l.remaining) FROM loyalty_pointslot l
                WHERE l.enrollment_id = m.id AND l.remaining > 0 AND l.available_at <= now()
                AND (l.expires_at IS NULL OR l.expires_at >= now())),
            'linkedPartnerPrograms', json_build_array(), 'programTitle', p.name,
            'programDescription', p.description))
        FROM loyalty_enrollment m JOIN loyalty_program p ON p.id = m.program_id
        JOIN loyalty_tier t ON t.id = m.tier_id
        LEFT JOIN loyalty_tier n ON n.program_id = t.program_id AND n.serial = t.serial + 1
        WHERE m.customer_id = %s),
    'cardDetails', (SELECT json_agg(json_build_object('cardId', d.id, 'issuedDate', d.issued_at,
            'createdDate', d.created_at, 'expiryDate', d.expires_at, 'seriesName', s.name,
            'customerId', d.customer_id, 'maxActiveCards', s.max_active_cards,
            'cardExternalId', d.external_id, 'extendedFields', d.extended_fields,
            'customFields', d.custom_fields, 'type', s.type, 'cardNumber', d.number,
            'seriesId', s.id, 'seriesCode', s.code, 'orgId', d.org_id,
            'statusInfo', (SELECT json_build_object('reason', h.reason, 'createdOn', h.created_at,
                    'id', h.id, 'labelId', h.label_id, 'label', b.label, 'status', b.status)
                FROM loyalty_cardstatuschange h JOIN loyalty_cardlabel b ON b.id = h.label_id
                WHERE h.card_id = d.id ORDER BY h.id DESC LIMIT 1)))
        FROM loyalty_card d JOIN loyalty_cardseries s ON s.id = d.series_id
        WHERE d.customer_id = %s))::text"""


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    customer_id = int(environ["PATH_INFO"].rpartition("/")[2])
    body = fetch_answer(RICH, [customer_id, ORG, customer_id, customer_id])
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]
