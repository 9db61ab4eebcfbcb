"""The floor for registering with loyalty: enrollment, bonus and welcome coupon by SQL, no rules.

gunicorn loads ``tests.benchmarks.loyalty_floor:application`` with the environment of ``floor``; the
program, its first tier and its welcome series are FLOOR_PROGRAM, FLOOR_TIER and FLOOR_SERIES. The
import benchmark uses the same statements for a table of customers.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.benchmarks.floor import ORG, REGISTER, fetch_answer, read_registration

BONUS = 100


def list_statements(keys: str) -> Iterator[str]:
    """Yield the statements that give customers their enrollment, bonus, coupon and events.

    ``keys`` is a table with the customers and the keys of their new rows.
    """
    yield f"""
    INSERT INTO loyalty_enrollment (id, org_id, customer_id, program_id, enrolled_at, tier_id,
        tier_expires_at, tier_basis, points, delayed, lifetime, redeemed, expired, returned,
        delayed_returned, adjusted, transferred_in, transferred_out, purchases)
    SELECT enrollment, %(org)s, customer, %(program)s, %(at)s, %(tier)s,
        %(at)s::timestamptz + interval '100 years', 0, %(bonus)s, 0, %(bonus)s, 0, 0, 0, 0, 0, 0, 0,
        0 FROM {keys}"""
    yield f"""
    INSERT INTO loyalty_tierchange (enrollment_id, tier_id, expires_at, reason, changed_at)
    SELECT enrollment, %(tier)s, %(at)s::timestamptz + interval '100 years', 'ENROLLED', %(at)s
    FROM {keys}"""
    yield f"""
    INSERT INTO loyalty_pointsentry (id, org_id, enrollment_id, kind, points, delayed, purchases,
        shortfall, transaction_number, reference, notes, happened_at, recorded_at)
    SELECT entry, %(org)s, enrollment, 'BONUS', %(bonus)s, 0, 0, 0, '', '', '', %(at)s, %(at)s
    FROM {keys}"""
    yield f"""
    INSERT INTO loyalty_pointslot (enrollment_id, entry_id, kind, awarded, remaining, awarded_at,
        is_delayed, available_at, promotion_name, promotion_scope, promotion_source_type,
        promotion_source_id)
    SELECT enrollment, entry, 'BONUS', %(bonus)s, %(bonus)s, %(at)s, false, %(at)s, '', '', '', -1
    FROM {keys}"""
    yield f"""
    INSERT INTO loyalty_coupon (id, org_id, series_id, customer_id, code, issued_at, active_from,
        transaction_number, reference, max_redemptions, redemption_count, revoke_reason)
    SELECT coupon, %(org)s, %(series)s, customer,
        upper(substr(md5(coupon::text || random()::text), 1, 12)), %(at)s, %(at)s, '', '', 1, 0, ''
    FROM {keys}"""
    yield f"""
    INSERT INTO audit_event (org_id, door, request_id, kind, subject_type, subject_id, after,
        happened_at)
    SELECT %(org)s, 'IMPORT', '', 'loyalty.enrolled', 'customer', customer,
        jsonb_build_object('program', %(program)s::bigint, 'tier', 'SILVER'), %(at)s FROM {keys}
    UNION ALL SELECT %(org)s, 'IMPORT', '', 'points.bonus', 'customer', customer,
        jsonb_build_object('entry', entry, 'points', '100'), %(at)s FROM {keys}
    UNION ALL SELECT %(org)s, 'IMPORT', '', 'coupon.issued', 'coupon', coupon,
        jsonb_build_object('series', %(series)s::bigint, 'customer', customer), %(at)s
    FROM {keys}"""


def _build_register_sql() -> str:
    """Add to the floor's statement the search rows, the event and what loyalty does."""
    head, tail = REGISTER.rsplit("\nSELECT json_build_object", 1)
    values = {
        "org": ORG,
        "program": os.environ.get("FLOOR_PROGRAM", "0"),
        "tier": os.environ.get("FLOOR_TIER", "0"),
        "series": os.environ.get("FLOOR_SERIES", "0"),
        "bonus": BONUS * 1000,
        "at": "now()",
    }
    steps = [
        "k AS (SELECT id AS customer, nextval('loyalty_enrollment_id_seq') AS enrollment, "
        "nextval('loyalty_pointsentry_id_seq') AS entry, "
        "nextval('loyalty_coupon_id_seq') AS coupon FROM c)",
        "words AS (INSERT INTO customers_searchkey (org_id, customer_id, kind, text) "
        f"SELECT {ORG}, c.id, said.kind, said.text "
        "FROM c, unnest(%s::text[], %s::text[]) AS said (kind, text))",
        "registered AS (INSERT INTO audit_event (org_id, door, request_id, kind, subject_type, "
        f"subject_id, after, happened_at) SELECT {ORG}, 'API', '', 'customer.registered', "
        "'customer', c.id, json_build_object('profile', p.id), now() FROM c, p)",
        *(
            f"step_{number} AS ({statement % values})"
            for number, statement in enumerate(list_statements("k"))
        ),
    ]
    return f"{head},\n{', '.join(steps)}\nSELECT json_build_object{tail}"


_REGISTER = _build_register_sql()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    first, last, kinds, texts, *channels = read_registration(environ)
    words = [
        ("firstName", first),
        ("lastName", last),
        ("fullName", f"{first} {last}"),
        *zip(kinds, texts, strict=True),
    ]
    body = fetch_answer(
        _REGISTER,
        [
            *(first, last, kinds, texts, *channels),
            [kind for kind, _ in words],
            [text.lower() for _, text in words],
        ],
    )
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]
