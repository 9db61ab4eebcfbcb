"""Check that the balances agree with the ledger."""

from dataclasses import dataclass

from django.db import connection

MAX_VIOLATIONS = 100


@dataclass(frozen=True, slots=True)
class LedgerViolation:
    """A row that contradicts the ledger; ``rule`` names the broken rule."""

    rule: str
    row: int


# Each query returns the ids of rows that break the rule.
_RULES = {
    "balances are the sums of the entries": """
        SELECT m.id
          FROM loyalty_enrollment m
          LEFT JOIN (
                SELECT enrollment_id,
                       SUM(points) AS points,
                       SUM(delayed) AS delayed,
                       SUM(purchases) AS purchases,
                       SUM(CASE WHEN kind IN ('AWARD', 'MATURE', 'PROMOTIONAL', 'GOODWILL',
                                              'BONUS', 'OPENING')
                                THEN points ELSE 0 END) AS lifetime,
                       SUM(CASE WHEN kind IN ('REDEEM', 'REVERSE') THEN -points ELSE 0 END)
                           AS redeemed,
                       SUM(CASE WHEN kind = 'EXPIRE' THEN -points - delayed ELSE 0 END) AS expired,
                       SUM(CASE WHEN kind = 'RETURN' THEN -points ELSE 0 END) AS returned,
                       SUM(CASE WHEN kind = 'RETURN' THEN -delayed ELSE 0 END) AS delayed_returned,
                       SUM(CASE WHEN kind = 'ADJUST' THEN points ELSE 0 END) AS adjusted,
                       SUM(CASE WHEN kind = 'TRANSFER_IN' THEN points ELSE 0 END)
                           AS transferred_in,
                       SUM(CASE WHEN kind = 'TRANSFER_OUT' THEN -points ELSE 0 END)
                           AS transferred_out
                  FROM loyalty_pointsentry
                 GROUP BY enrollment_id
               ) e ON e.enrollment_id = m.id
         WHERE m.points <> COALESCE(e.points, 0)
            OR m.delayed <> COALESCE(e.delayed, 0)
            OR m.purchases <> COALESCE(e.purchases, 0)
            OR m.lifetime <> COALESCE(e.lifetime, 0)
            OR m.redeemed <> COALESCE(e.redeemed, 0)
            OR m.expired <> COALESCE(e.expired, 0)
            OR m.returned <> COALESCE(e.returned, 0)
            OR m.delayed_returned <> COALESCE(e.delayed_returned, 0)
            OR m.adjusted <> COALESCE(e.adjusted, 0)
            OR m.transferred_in <> COALESCE(e.transferred_in, 0)
            OR m.transferred_out <> COALESCE(e.transferred_out, 0)""",
    "balances are what is left in the lots": """
        SELECT m.id
          FROM loyalty_enrollment m
          LEFT JOIN (
                SELECT enrollment_id,
                       SUM(CASE WHEN is_delayed THEN 0 ELSE remaining END) AS points,
                       SUM(CASE WHEN is_delayed THEN remaining ELSE 0 END) AS delayed
                  FROM loyalty_pointslot
                 GROUP BY enrollment_id
               ) l ON l.enrollment_id = m.id
         WHERE m.points <> COALESCE(l.points, 0) OR m.delayed <> COALESCE(l.delayed, 0)""",
    "a lot holds what was not taken from it": """
        SELECT l.id
          FROM loyalty_pointslot l
          LEFT JOIN (
                SELECT lot_id, SUM(points) AS points
                  FROM loyalty_pointsallocation
                 GROUP BY lot_id
               ) a ON a.lot_id = l.id
         WHERE l.remaining <> l.awarded - COALESCE(a.points, 0)""",
    "an entry is what it put into lots less what it took from them": """
        SELECT e.id
          FROM loyalty_pointsentry e
          LEFT JOIN (
                SELECT entry_id, SUM(awarded) AS points FROM loyalty_pointslot GROUP BY entry_id
               ) made ON made.entry_id = e.id
          LEFT JOIN (
                SELECT entry_id, SUM(points) AS points
                  FROM loyalty_pointsallocation
                 GROUP BY entry_id
               ) taken ON taken.entry_id = e.id
         WHERE e.points + e.delayed <> COALESCE(made.points, 0) - COALESCE(taken.points, 0)""",
}


def find_ledger_violations() -> list[LedgerViolation]:
    """Return the rows that contradict the ledger, up to a hundred for each rule.

    One pass over the tables for each rule.
    """
    violations: list[LedgerViolation] = []
    with connection.cursor() as cursor:
        for rule, query in _RULES.items():
            cursor.execute(f"{query} ORDER BY 1 LIMIT {MAX_VIOLATIONS}")
            violations += [LedgerViolation(rule, row) for (row,) in cursor.fetchall()]
    return violations
