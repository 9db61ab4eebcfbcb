"""What a program asks of a redemption of points."""

from decimal import Decimal

from loyalty import errors
from loyalty.rules.amounts import ZERO, round_half_up
from loyalty.rules.balances import Balances
from loyalty.rules.programs import ProgramRules


def check_redemption_rules(program: ProgramRules, balances: Balances, points: Decimal) -> None:
    """Refuse a redemption that the program does not allow; the balances are settled ones.

    Raises:
        InsufficientPoints: fewer points can be spent.
        RedemptionTooSmall, RedemptionTooLarge, RedemptionNotMultiple: not so many at once.
        BalanceTooSmallToRedeem, LifetimePointsTooFew, PurchasesTooFew: not yet.
    """
    rules = program.redeem_rules
    if points > balances.points:
        raise errors.InsufficientPoints(available=balances.points, asked=points)
    if points < rules.least:
        raise errors.RedemptionTooSmall(least=_show(rules.least))
    if rules.most is not None and points > rules.most:
        raise errors.RedemptionTooLarge(most=_show(rules.most))
    if rules.multiple and points % rules.multiple != ZERO:
        raise errors.RedemptionNotMultiple(multiple=_show(rules.multiple))
    if balances.points < rules.min_balance:
        raise errors.BalanceTooSmallToRedeem(least=_show(rules.min_balance))
    if balances.lifetime < rules.min_lifetime:
        raise errors.LifetimePointsTooFew(least=_show(rules.min_lifetime))
    if balances.purchases < rules.min_purchases:
        raise errors.PurchasesTooFew(least=_show(rules.min_purchases))


def get_redeemed_value(program: ProgramRules, points: Decimal) -> Decimal:
    """Return what the points are worth in money, rounded half up to two places."""
    return round_half_up(points * program.points_to_currency)


def _show(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
