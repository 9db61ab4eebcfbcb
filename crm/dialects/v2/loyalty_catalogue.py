"""What v2 says of loyalty's refusals and notices; the catalogue takes it in."""

from crm.dialects.catalogue_entry import Entry

LOYALTY: dict[str, Entry] = {
    "loyalty.amount_invalid": Entry(
        400, 400, "An amount of money cannot be read, or is negative or too large ({field})."
    ),
    "loyalty.campaign_not_running": Entry(
        1203, 400, "The campaign does not run, or none was named and none is the default."
    ),
    "loyalty.campaign_unknown": Entry(1202, 400, "The campaign token is unknown."),
    "loyalty.card_concept_unknown": Entry(400, 400, "The organization has no such concept."),
    "loyalty.card_count_invalid": Entry(
        400, 400, "So many cards cannot be made at once. At most {most}."
    ),
    "loyalty.card_entity_invalid": Entry(
        400, 400, "What the card is mapped to cannot be kept: too long, or unwritable text."
    ),
    "loyalty.card_external_id_invalid": Entry(
        8013, 400, "The card's external id cannot be read, or is not the one the card has."
    ),
    "loyalty.card_external_id_taken": Entry(
        409, 409, "Another card of the organization has this external id."
    ),
    "loyalty.card_external_refused": Entry(400, 400, "The series takes no numbers from outside."),
    "loyalty.card_generation_disabled": Entry(
        400, 400, "The numbers of this series come from outside."
    ),
    "loyalty.card_label_unchanged": Entry(3039, 200, "The card has this label already."),
    "loyalty.card_label_unknown": Entry(
        400, 400, "The organization has no such card label. {label}"
    ),
    "loyalty.card_limit_reached": Entry(
        409, 409, "The customer has as many cards of the series as they may. At most {limit}."
    ),
    "loyalty.card_not_given": Entry(
        91104, 200, "The card meant for new customers was not given: {reason}."
    ),
    "loyalty.card_not_held": Entry(
        8013, 400, "The customer does not hold the card, or nobody does."
    ),
    "loyalty.card_number_invalid": Entry(8013, 400, "The card number cannot be read."),
    "loyalty.card_number_taken": Entry(
        409, 409, "The organization has a card of this number already."
    ),
    "loyalty.card_of_other_series": Entry(
        8013, 400, "The card belongs to another series than the one named."
    ),
    "loyalty.card_series_code_taken": Entry(
        409, 409, "Another series of the organization has this code."
    ),
    "loyalty.card_series_inactive": Entry(
        400, 400, "Cards of this series are neither made nor issued any more."
    ),
    "loyalty.card_series_invalid": Entry(
        400, 400, "A setting of the series cannot be used ({field})."
    ),
    "loyalty.card_series_unknown": Entry(
        404, 404, "The organization has no such card series, or none was named where one is needed."
    ),
    "loyalty.card_space_too_small": Entry(
        400, 400, "The series has too few numbers for so many more cards. {left} are left."
    ),
    "loyalty.card_taken": Entry(8008, 409, "Another customer holds the card."),
    "loyalty.card_transition_refused": Entry(400, 400, "The status cannot follow the present one."),
    "loyalty.card_unknown": Entry(8013, 400, "The organization has no such card."),
    "loyalty.card_unknown.read": Entry(404, 404, "The organization has no such card."),
    "loyalty.coupon_bill_out_of_range": Entry(
        400,
        400,
        "The bill is too small or too large for the coupon. It takes bills from {least} to {most}.",
    ),
    "loyalty.coupon_code_invalid": Entry(400, 400, "The code given cannot be one."),
    "loyalty.coupon_code_taken": Entry(
        409, 409, "Another coupon of the organization has the code given."
    ),
    "loyalty.coupon_expired": Entry(400, 400, "The coupon is over."),
    "loyalty.coupon_held": Entry(
        409, 409, "The customer holds a coupon of the series and may not have two."
    ),
    "loyalty.coupon_not_given": Entry(91105, 200, "The welcome coupon was not given: {reason}."),
    "loyalty.coupon_not_here": Entry(400, 400, "The coupon is not redeemed at this place."),
    "loyalty.coupon_not_now": Entry(
        400, 400, "The coupon is not redeemed on this day or at this hour."
    ),
    "loyalty.coupon_not_yet_active": Entry(400, 400, "The coupon cannot be redeemed yet."),
    "loyalty.coupon_not_yours": Entry(
        400, 400, "The coupon was issued to somebody else and cannot be handed on."
    ),
    "loyalty.coupon_redeemed": Entry(409, 409, "The coupon was redeemed as often as it may be."),
    "loyalty.coupon_redeemed_too_soon": Entry(
        409, 409, "The customer's last redemption in the series is not long enough ago."
    ),
    "loyalty.coupon_redemption_limit_reached": Entry(
        409, 409, "The customer, or all together, redeemed as many of the series as may be."
    ),
    "loyalty.coupon_resent": Entry(
        700, 200, "The customer holds a coupon of the series; it was answered again."
    ),
    "loyalty.coupon_revoked": Entry(400, 400, "The coupon was taken back."),
    "loyalty.coupon_series_expired": Entry(400, 400, "The last day of the series is over."),
    "loyalty.coupon_series_inactive": Entry(
        400, 400, "No coupons of this series are issued any more."
    ),
    "loyalty.coupon_series_unknown": Entry(404, 404, "The organization has no such coupon series."),
    "loyalty.coupon_series_used_up": Entry(
        409, 409, "As many coupons of the series as there may be were issued."
    ),
    "loyalty.coupon_status_unknown": Entry(
        400, 400, "The status asked for is none of the known ones."
    ),
    "loyalty.coupon_too_soon": Entry(
        409, 409, "The customer's last coupon of the series is not long enough ago."
    ),
    "loyalty.coupon_transaction_invalid": Entry(
        400,
        400,
        "The number of the transaction is too long, or holds characters that cannot be kept.",
    ),
    "loyalty.coupon_unknown": Entry(404, 404, "The organization has no such coupon."),
    "loyalty.coupon_user_limit_reached": Entry(
        409, 409, "The customer had as many coupons of the series as they may."
    ),
    "loyalty.effects_waiting": Entry(
        19223, 200, "Points processing failed; it will be tried again."
    ),
    "loyalty.enrolled_already": Entry(
        1023, 200, "The customer is enrolled in program {program_id} already; nothing changed."
    ),
    "loyalty.enrollment_refused": Entry(
        19223, 200, "Points processing failed: not enrolled in program {program_id}."
    ),
    "loyalty.incentive_not_given": Entry(
        91106, 200, "The coupon for who brought the customer was not given: {reason}."
    ),
    "loyalty.insufficient_points": Entry(
        409, 409, "The member has fewer points to spend. {available} can be spent."
    ),
    "loyalty.invitation_limit_reached": Entry(
        409, 409, "The customer invited as many people as they may. At most {limit}."
    ),
    "loyalty.invitee_invalid": Entry(
        400, 400, "Not invited: the identifier, name or date cannot be read. {identifier}"
    ),
    "loyalty.invitee_is_customer": Entry(409, 409, "Not invited: a customer already. {identifier}"),
    "loyalty.invitee_is_referrer": Entry(
        1204, 400, "Not invited: nobody refers themselves. {identifier}"
    ),
    "loyalty.ledger_date_invalid": Entry(400, 400, "A date lies too far in the future ({field})."),
    "loyalty.ledger_text_invalid": Entry(
        400, 400, "A text is too long, or cannot be kept ({field})."
    ),
    "loyalty.marked_as_fraud": Entry(
        618, 400, "A customer marked as fraud is refused redemption, goodwill and transfers."
    ),
    "loyalty.not_enrolled": Entry(409, 409, "The customer is not enrolled in the program."),
    "loyalty.points_expired": Entry(
        91103,
        200,
        "The end of the points in program {program_id} is in the past: they expired at once.",
    ),
    "loyalty.points_invalid": Entry(
        400,
        400,
        "The points are no number of at most three decimals, too many, or not what is needed here.",
    ),
    "loyalty.program_unknown": Entry(
        404,
        404,
        "The organization has no such active program, or no default one where none was named.",
    ),
    "loyalty.reference_used_otherwise": Entry(
        409, 409, "The caller's reference belongs to another movement already."
    ),
    "loyalty.referral_code_unknown": Entry(
        1205, 200, "Nobody passed on this referral code in a running campaign; it was left out."
    ),
    "loyalty.referral_type_unsupported": Entry(
        1206, 400, "The referral was not added: its type is not supported."
    ),
    "loyalty.referrer_not_eligible": Entry(
        1204, 400, "The customer cannot take part in the referral program."
    ),
    "loyalty.referrer_not_found": Entry(
        1205, 400, "The customer does not take part in this campaign."
    ),
    "loyalty.registered_too_recently": Entry(
        409, 409, "The customer was registered less than {hours} hours ago."
    ),
    "loyalty.retro_disabled": Entry(400, 400, "Retro transactions are switched off."),
    "loyalty.return_exceeds_purchase": Entry(
        409, 409, "More comes back than was bought. {left} is left to return."
    ),
    "loyalty.store_unknown": Entry(1150, 400, "The organization has no such store."),
    "loyalty.tier_expired": Entry(
        91102, 200, "The end of the tier in program {program_id} is in the past."
    ),
    "loyalty.tier_unknown": Entry(
        91101, 200, "Program {program_id} has no tier {tier}; the lowest was given."
    ),
    "loyalty.transaction_ambiguous": Entry(
        400, 400, "Several transactions have this number; pass the id of one."
    ),
    "loyalty.transaction_entity_unknown": Entry(
        400, 400, "The store or till of the transaction is unknown."
    ),
    "loyalty.transaction_known": Entry(409, 409, "The store has entered this number already."),
    "loyalty.transaction_needs_customer": Entry(
        400, 400, "Only what nobody was interested in can be entered without a customer."
    ),
    "loyalty.transaction_not_claimable": Entry(
        409, 409, "Only a NOT_INTERESTED transaction can be claimed; this is {type}."
    ),
    "loyalty.transaction_number_missing": Entry(400, 400, "A transaction needs a number."),
    "loyalty.transaction_of_another": Entry(
        409, 409, "The transaction belongs to another customer."
    ),
    "loyalty.transaction_returned": Entry(
        409, 409, "Goods of the transaction came back; it cannot be claimed."
    ),
    "loyalty.transaction_too_old": Entry(409, 409, "The transaction is older than {days} days."),
    "loyalty.transaction_type_invalid": Entry(
        400, 400, "The type of the transaction is none of the known ones."
    ),
    "loyalty.transaction_unknown": Entry(
        404, 404, "There is no such transaction, or it is no purchase of this customer."
    ),
    "loyalty.transfer_to_self": Entry(
        400, 400, "Points cannot be transferred to the customer who gives them."
    ),
}
