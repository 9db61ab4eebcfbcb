"""Notices of the loyalty app: warnings about an operation that succeeded."""

from collections.abc import Mapping

from crm.kernel.errors import mark_sentence as _

CARD_LABEL_UNCHANGED = "loyalty.card_label_unchanged"  # 3039: the card has this label already
COUPON_RESENT = "loyalty.coupon_resent"  # the customer's current coupon was returned again
ENROLLED_ALREADY = "loyalty.enrolled_already"  # 1023: nothing changed (fact: program_id)
TIER_UNKNOWN = "loyalty.tier_unknown"  # the lowest tier was given (facts: program_id, tier)
TIER_EXPIRED = "loyalty.tier_expired"  # the tier's end is in the past (fact: program_id)
POINTS_EXPIRED = "loyalty.points_expired"  # the points' end is in the past (fact: program_id)
ENROLLMENT_REFUSED = "loyalty.enrollment_refused"  # 19223: not done (facts: program_id, reason)
CARD_NOT_GIVEN = "loyalty.card_not_given"  # a card on registration was refused (fact: reason)
EFFECTS_WAITING = "loyalty.effects_waiting"  # 19223: side effects failed and are retried
COUPON_NOT_GIVEN = "loyalty.coupon_not_given"  # the welcome coupon was refused (fact: reason)
INCENTIVE_NOT_GIVEN = (
    "loyalty.incentive_not_given"  # a referrer's coupon was refused (fact: reason)
)
LINE_LEFT_OUT = "loyalty.line_left_out"  # 9601: a line item cannot be read (fact: position)
PAYMENT_MODE_UNKNOWN = "loyalty.payment_mode_unknown"  # 9607 (fact: mode)
OUTLIER = "loyalty.outlier"  # 9611: the transaction earns nothing (fact: status)
POINTS_NOT_TAKEN_BACK = "loyalty.points_not_taken_back"  # 9612: spent already (fact: points)
PARTNER_LINKED_ALREADY = "loyalty.partner_linked_already"  # 91112: nothing changed (fact: name)
PARTNER_TIER_UNCHANGED = "loyalty.partner_tier_unchanged"  # 91113: nothing changed (fact: name)
PROMOTION_UNKNOWN = "loyalty.promotion_unknown"  # 91114: was asked for by name (fact: name)
REFERRAL_CODE_UNKNOWN = "loyalty.referral_code_unknown"  # 1205: no referrer is credited

MESSAGES: Mapping[str, str] = {
    CARD_LABEL_UNCHANGED: _("The card has this label already."),
    COUPON_RESENT: _("The customer holds a coupon of the series; it was answered again."),
    ENROLLED_ALREADY: _(
        "The customer is enrolled in program {program_id} already; nothing changed."
    ),
    TIER_UNKNOWN: _("Program {program_id} has no tier {tier}; the lowest was given."),
    TIER_EXPIRED: _("The end of the tier in program {program_id} is in the past."),
    POINTS_EXPIRED: _(
        "The end of the points in program {program_id} is in the past: they expired at once."
    ),
    ENROLLMENT_REFUSED: _("Points processing failed: not enrolled in program {program_id}."),
    CARD_NOT_GIVEN: _("The card meant for new customers was not given: {reason}."),
    EFFECTS_WAITING: _("Points processing failed; it will be tried again."),
    COUPON_NOT_GIVEN: _("The welcome coupon was not given: {reason}."),
    INCENTIVE_NOT_GIVEN: _("The coupon for who brought the customer was not given: {reason}."),
    LINE_LEFT_OUT: _("Line item {position} cannot be read; it was left out."),
    PAYMENT_MODE_UNKNOWN: _("The organization has no payment mode {mode}."),
    OUTLIER: _("The transaction is marked {status}: it earns nothing."),
    POINTS_NOT_TAKEN_BACK: _("{points} points of the bill were spent and could not be taken back."),
    PARTNER_LINKED_ALREADY: _(
        "The customer is linked to the partner program {name} already; nothing changed."
    ),
    PARTNER_TIER_UNCHANGED: _("The tier in the partner program {name} is the same already."),
    PROMOTION_UNKNOWN: _("The organization has no promotion {name}."),
    REFERRAL_CODE_UNKNOWN: _(
        "Nobody passed on this referral code in a running campaign; it was left out."
    ),
}
