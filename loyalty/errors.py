"""Every refusal of the loyalty app, with its sentence (contract, sections 5 to 7)."""

from crm.kernel.errors import DomainError
from crm.kernel.errors import mark_sentence as _


class CardUnknown(DomainError):
    """The organization has no such card."""

    code = "loyalty.card_unknown"
    message = _("The organization has no such card.")


class CardSeriesUnknown(DomainError):
    """The organization has no such card series, or a required series is missing."""

    code = "loyalty.card_series_unknown"
    message = _("The organization has no such card series, or none was named where one is needed.")


class CardSeriesInactive(DomainError):
    """The card series is inactive: its cards are neither generated nor issued."""

    code = "loyalty.card_series_inactive"
    message = _("Cards of this series are neither made nor issued any more.")


class CardSeriesInvalid(DomainError):
    """A setting of the series cannot be used (fact: ``field``)."""

    code = "loyalty.card_series_invalid"
    message = _("A setting of the series cannot be used ({field}).")


class CardSeriesCodeTaken(DomainError):
    """Another series of the organization has this code."""

    code = "loyalty.card_series_code_taken"
    message = _("Another series of the organization has this code.")


class CardConceptUnknown(DomainError):
    """The organization has no such concept."""

    code = "loyalty.card_concept_unknown"
    message = _("The organization has no such concept.")


class CardGenerationDisabled(DomainError):
    """The series does not generate numbers."""

    code = "loyalty.card_generation_disabled"
    message = _("The numbers of this series come from outside.")


class CardCountInvalid(DomainError):
    """The number of cards is zero or above the limit (fact: ``most``)."""

    code = "loyalty.card_count_invalid"
    message = _("So many cards cannot be made at once. At most {most}.")


class CardSpaceTooSmall(DomainError):
    """The series has too few numbers left (fact: ``left``)."""

    code = "loyalty.card_space_too_small"
    message = _("The series has too few numbers for so many more cards. {left} are left.")


class CardExternalRefused(DomainError):
    """The series does not accept external numbers."""

    code = "loyalty.card_external_refused"
    message = _("The series takes no numbers from outside.")


class CardNumberInvalid(DomainError):
    """The card number cannot be read."""

    code = "loyalty.card_number_invalid"
    message = _("The card number cannot be read.")


class CardExternalIdInvalid(DomainError):
    """The card's external id cannot be read, or is not the one the card has."""

    code = "loyalty.card_external_id_invalid"
    message = _("The card's external id cannot be read, or is not the one the card has.")


class CardEntityInvalid(DomainError):
    """The mapped entity is too long, or contains text that cannot be stored."""

    code = "loyalty.card_entity_invalid"
    message = _("What the card is mapped to cannot be kept: too long, or unwritable text.")


class CardNumberTaken(DomainError):
    """The organization has a card with this number already."""

    code = "loyalty.card_number_taken"
    message = _("The organization has a card of this number already.")


class CardExternalIdTaken(DomainError):
    """Another card of the organization has this external id."""

    code = "loyalty.card_external_id_taken"
    message = _("Another card of the organization has this external id.")


class CardOfOtherSeries(DomainError):
    """The card belongs to another series than the one named."""

    code = "loyalty.card_of_other_series"
    message = _("The card belongs to another series than the one named.")


class CardTaken(DomainError):
    """Another customer holds the card."""

    code = "loyalty.card_taken"
    message = _("Another customer holds the card.")


class CardForNonLoyalty(DomainError):
    """Cards are only issued to loyalty customers (1013)."""

    code = "loyalty.card_for_non_loyalty"
    message = _("Only loyalty customers get cards.")


class CardNotHeld(DomainError):
    """The customer does not hold the card, or it is not issued."""

    code = "loyalty.card_not_held"
    message = _("The customer does not hold the card, or nobody does.")


class CardTransitionRefused(DomainError):
    """The status transition is not allowed (facts: ``present``, ``wanted``)."""

    code = "loyalty.card_transition_refused"
    message = _("The status cannot follow the present one.")


class CardLimitReached(DomainError):
    """The customer reached the card limit of the series (fact: ``limit``)."""

    code = "loyalty.card_limit_reached"
    message = _("The customer has as many cards of the series as they may. At most {limit}.")


class CardLabelUnknown(DomainError):
    """The organization has no such card label (fact: ``label``)."""

    code = "loyalty.card_label_unknown"
    message = _("The organization has no such card label. {label}")


class CouponSeriesUnknown(DomainError):
    """The organization has no such coupon series."""

    code = "loyalty.coupon_series_unknown"
    message = _("The organization has no such coupon series.")


class CouponSeriesInactive(DomainError):
    """The coupon series is inactive."""

    code = "loyalty.coupon_series_inactive"
    message = _("No coupons of this series are issued any more.")


class CouponSeriesExpired(DomainError):
    """The coupon series has expired."""

    code = "loyalty.coupon_series_expired"
    message = _("The last day of the series is over.")


class CouponSeriesUsedUp(DomainError):
    """The coupon series reached its issue limit (fact: ``limit``)."""

    code = "loyalty.coupon_series_used_up"
    message = _("As many coupons of the series as there may be were issued.")


class CouponSeriesInvalid(DomainError):
    """A rule of the series cannot be used (fact: ``field``)."""

    code = "loyalty.coupon_series_invalid"
    message = _("A rule of the coupon series cannot be used ({field}).")


class CouponSeriesCodeTaken(DomainError):
    """Another coupon series of the organization has this code."""

    code = "loyalty.coupon_series_code_taken"
    message = _("Another coupon series of the organization has this code.")


class CouponHeld(DomainError):
    """The customer holds a coupon of the series already and may hold only one."""

    code = "loyalty.coupon_held"
    message = _("The customer holds a coupon of the series and may not have two.")


class CouponUserLimitReached(DomainError):
    """The customer reached the coupon limit of the series (fact: ``limit``)."""

    code = "loyalty.coupon_user_limit_reached"
    message = _("The customer had as many coupons of the series as they may.")


class CouponTooSoon(DomainError):
    """The customer's last coupon of the series is too recent (fact: ``days``)."""

    code = "loyalty.coupon_too_soon"
    message = _("The customer's last coupon of the series is not long enough ago.")


class CouponTransactionInvalid(DomainError):
    """The transaction number is too long, or contains characters that cannot be stored."""

    code = "loyalty.coupon_transaction_invalid"
    message = _(
        "The number of the transaction is too long, or holds characters that cannot be kept."
    )


class CouponCodeInvalid(DomainError):
    """The code given is invalid."""

    code = "loyalty.coupon_code_invalid"
    message = _("The code given cannot be one.")


class CouponCodeTaken(DomainError):
    """Another coupon of the organization has the code given."""

    code = "loyalty.coupon_code_taken"
    message = _("Another coupon of the organization has the code given.")


class CouponUnknown(DomainError):
    """The organization has no such coupon."""

    code = "loyalty.coupon_unknown"
    message = _("The organization has no such coupon.")


class CouponNotYours(DomainError):
    """The coupon was issued to another customer and is not transferable."""

    code = "loyalty.coupon_not_yours"
    message = _("The coupon was issued to somebody else and cannot be handed on.")


class CouponRevoked(DomainError):
    """The coupon was revoked."""

    code = "loyalty.coupon_revoked"
    message = _("The coupon was taken back.")


class CouponExpired(DomainError):
    """The coupon has expired."""

    code = "loyalty.coupon_expired"
    message = _("The coupon is over.")


class CouponNotYetActive(DomainError):
    """The coupon cannot be redeemed yet."""

    code = "loyalty.coupon_not_yet_active"
    message = _("The coupon cannot be redeemed yet.")


class CouponRedeemed(DomainError):
    """The coupon has no redemptions left."""

    code = "loyalty.coupon_redeemed"
    message = _("The coupon was redeemed as often as it may be.")


class CouponNotHere(DomainError):
    """The coupon cannot be redeemed at this store or till."""

    code = "loyalty.coupon_not_here"
    message = _("The coupon is not redeemed at this place.")


class CouponNotNow(DomainError):
    """The coupon cannot be redeemed on this day or at this hour."""

    code = "loyalty.coupon_not_now"
    message = _("The coupon is not redeemed on this day or at this hour.")


class CouponItemsMissing(DomainError):
    """The coupon is good for some items only, and the bill does not tell its items."""

    code = "loyalty.coupon_items_missing"
    message = _("The coupon is good for some items only: send the line items of the bill.")


class CouponNotForItems(DomainError):
    """The coupon is good for none of the bill's items."""

    code = "loyalty.coupon_not_for_items"
    message = _("The coupon is not good for any item of the bill.")


class CouponBillOutOfRange(DomainError):
    """The bill amount is too small or too large for the coupon (facts: ``least``, ``most``)."""

    code = "loyalty.coupon_bill_out_of_range"
    message = _(
        "The bill is too small or too large for the coupon. It takes bills from {least} to {most}."
    )


class CouponRedemptionLimitReached(DomainError):
    """The customer or the series reached the redemption limit (fact: ``limit``)."""

    code = "loyalty.coupon_redemption_limit_reached"
    message = _("The customer, or all together, redeemed as many of the series as may be.")


class CouponRedeemedTooSoon(DomainError):
    """The customer's last redemption in the series is too recent (fact: ``days``)."""

    code = "loyalty.coupon_redeemed_too_soon"
    message = _("The customer's last redemption in the series is not long enough ago.")


class CouponExcluded(DomainError):
    """Another coupon of the same bill excludes this one."""

    code = "loyalty.coupon_excluded"
    message = _("The coupon cannot be combined with another one on the same bill.")


class CouponRepeated(DomainError):
    """The same coupon was named twice for one bill."""

    code = "loyalty.coupon_repeated"
    message = _("The coupon was named twice for one bill.")


class CouponMissing(DomainError):
    """No coupon was named, or too many for one bill (fact: ``most``)."""

    code = "loyalty.coupon_missing"
    message = _("No coupon was named, or more than {most} for one bill.")


class CouponRedemptionUnknown(DomainError):
    """The organization has no such redemption of a coupon."""

    code = "loyalty.coupon_redemption_unknown"
    message = _("The organization has no such redemption of a coupon.")


class CouponRedemptionReactivated(DomainError):
    """The redemption was taken back before."""

    code = "loyalty.coupon_redemption_reactivated"
    message = _("The redemption of the coupon was taken back before.")


class CouponStatusUnknown(DomainError):
    """There is no such coupon status."""

    code = "loyalty.coupon_status_unknown"
    message = _("The status asked for is none of the known ones.")


class InsufficientPoints(DomainError):
    """The customer has too few points (facts: ``available``, ``asked``)."""

    code = "loyalty.insufficient_points"
    message = _("The member has fewer points to spend. {available} can be spent.")


class PointsInvalid(DomainError):
    """The points are not a number of at most three decimals, or out of range."""

    code = "loyalty.points_invalid"
    message = _(
        "The points are no number of at most three decimals, too many, or not what is needed here."
    )


class AmountInvalid(DomainError):
    """An amount of money cannot be read, or is negative or too large (fact: ``field``)."""

    code = "loyalty.amount_invalid"
    message = _("An amount of money cannot be read, or is negative or too large ({field}).")


class LedgerTextInvalid(DomainError):
    """A text is too long, or cannot be stored (facts: ``field``, ``longest``)."""

    code = "loyalty.ledger_text_invalid"
    message = _("A text is too long, or cannot be kept ({field}).")


class LedgerDateInvalid(DomainError):
    """A date lies too far in the future (fact: ``field``)."""

    code = "loyalty.ledger_date_invalid"
    message = _("A date lies too far in the future ({field}).")


class ProgramUnknown(DomainError):
    """The organization has no such active program, or no default program."""

    code = "loyalty.program_unknown"
    message = _(
        "The organization has no such active program, or no default one where none was named."
    )


class NotEnrolled(DomainError):
    """The customer is not enrolled in the program (facts: ``customer_id``, ``program_id``)."""

    code = "loyalty.not_enrolled"
    message = _("The customer is not enrolled in the program.")


class MarkedAsFraud(DomainError):
    """A customer marked as fraud is refused redemption, goodwill and transfers (618)."""

    code = "loyalty.marked_as_fraud"
    message = _("A customer marked as fraud is refused redemption, goodwill and transfers.")


class ConfirmedAsFraud(DomainError):
    """A customer who is confirmed as fraud earns nothing (618)."""

    code = "loyalty.confirmed_as_fraud"
    message = _("A customer who is confirmed as fraud earns no points.")


class TransferToSelf(DomainError):
    """Points cannot be transferred to the same customer."""

    code = "loyalty.transfer_to_self"
    message = _("Points cannot be transferred to the customer who gives them.")


class ReferenceUsedOtherwise(DomainError):
    """The reference was used for another movement already."""

    code = "loyalty.reference_used_otherwise"
    message = _("The caller's reference belongs to another movement already.")


class TransactionTypeInvalid(DomainError):
    """There is no such transaction type."""

    code = "loyalty.transaction_type_invalid"
    message = _("The type of the transaction is none of the known ones.")


class TransactionNumberMissing(DomainError):
    """A transaction needs a number."""

    code = "loyalty.transaction_number_missing"
    message = _("A transaction needs a number.")


class TransactionKnown(DomainError):
    """The store has a transaction with this number already (fact: ``transaction_id``)."""

    code = "loyalty.transaction_known"
    message = _("The store has entered this number already.")


class TransactionUnknown(DomainError):
    """There is no such transaction, or it is not a purchase of this customer."""

    code = "loyalty.transaction_unknown"
    message = _("There is no such transaction, or it is no purchase of this customer.")


class TransactionNeedsCustomer(DomainError):
    """Only a not-interested transaction can be entered without a customer."""

    code = "loyalty.transaction_needs_customer"
    message = _("Only what nobody was interested in can be entered without a customer.")


class TransactionEntityUnknown(DomainError):
    """The store or till of the transaction is unknown."""

    code = "loyalty.transaction_entity_unknown"
    message = _("The store or till of the transaction is unknown.")


class ReturnExceedsPurchase(DomainError):
    """The return exceeds the rest of the purchase (fact: ``left``)."""

    code = "loyalty.return_exceeds_purchase"
    message = _("More comes back than was bought. {left} is left to return.")


# --- Claiming transactions (contract, section 6) ------------------------------------------------


class RetroDisabled(DomainError):
    """The organization does not allow claims of not-interested transactions."""

    code = "loyalty.retro_disabled"
    message = _("Retro transactions are switched off.")


class TransactionOfAnother(DomainError):
    """The transaction belongs to another customer."""

    code = "loyalty.transaction_of_another"
    message = _("The transaction belongs to another customer.")


class TransactionHasOwner(DomainError):
    """A transaction of the customer's own needs no claim: claims are for those of nobody."""

    code = "loyalty.transaction_has_owner"
    message = _("The transaction belongs to this customer already.")


class TransactionNotClaimable(DomainError):
    """Only a not-interested transaction can be claimed (fact: ``type``)."""

    code = "loyalty.transaction_not_claimable"
    message = _("Only a NOT_INTERESTED transaction can be claimed; this is {type}.")


class TransactionReturned(DomainError):
    """Goods of the transaction were returned, so it cannot be claimed."""

    code = "loyalty.transaction_returned"
    message = _("Goods of the transaction came back; it cannot be claimed.")


class TransactionTooOld(DomainError):
    """The transaction is too old to be claimed (fact: ``days``)."""

    code = "loyalty.transaction_too_old"
    message = _("The transaction is older than {days} days.")


class TransactionAmbiguous(DomainError):
    """Several stores have a transaction with this number; its id is needed."""

    code = "loyalty.transaction_ambiguous"
    message = _("Several transactions have this number; pass the id of one.")


class RegisteredTooRecently(DomainError):
    """The customer registered too recently to claim transactions (fact: ``hours``)."""

    code = "loyalty.registered_too_recently"
    message = _("The customer was registered less than {hours} hours ago.")


# --- Referrals ----------------------------------------------------------------------------------


class CampaignUnknown(DomainError):
    """The organization has no referral campaign of this token (1202)."""

    code = "loyalty.campaign_unknown"
    message = _("The campaign token is unknown.")


class CampaignNotRunning(DomainError):
    """The campaign is inactive, has not begun or has ended; or there is no default campaign."""

    code = "loyalty.campaign_not_running"
    message = _("The campaign does not run, or none was named and none is the default.")


class ReferrerNotEligible(DomainError):
    """The customer is marked as fraud and cannot invite others (1204)."""

    code = "loyalty.referrer_not_eligible"
    message = _("The customer cannot take part in the referral program.")


class ReferrerNotFound(DomainError):
    """The customer has no referral code in the campaign (1205)."""

    code = "loyalty.referrer_not_found"
    message = _("The customer does not take part in this campaign.")


class ReferralTypeUnsupported(DomainError):
    """Only mobiles and emails can be invited (1206)."""

    code = "loyalty.referral_type_unsupported"
    message = _("The referral was not added: its type is not supported.")


class InviteeInvalid(DomainError):
    """The invitee's identifier, name or date is invalid (fact: ``identifier``)."""

    code = "loyalty.invitee_invalid"
    message = _("Not invited: the identifier, name or date cannot be read. {identifier}")


class InviteeIsCustomer(DomainError):
    """The invitee is a customer already; the campaign does not allow it (fact: ``identifier``)."""

    code = "loyalty.invitee_is_customer"
    message = _("Not invited: a customer already. {identifier}")


class InviteeIsReferrer(DomainError):
    """The invitee is the referrer (fact: ``identifier``)."""

    code = "loyalty.invitee_is_referrer"
    message = _("Not invited: nobody refers themselves. {identifier}")


class InvitationLimitReached(DomainError):
    """The customer reached the invitation limit of the campaign (fact: ``limit``)."""

    code = "loyalty.invitation_limit_reached"
    message = _("The customer invited as many people as they may. At most {limit}.")


class StoreUnknown(DomainError):
    """The organization has no such store (1150)."""

    code = "loyalty.store_unknown"
    message = _("The organization has no such store.")


class CodeRequired(DomainError):
    """The program redeems points only with a code that was sent to the customer."""

    code = "loyalty.code_required"
    message = _("A code that was sent to the customer is needed to redeem.")


class RedemptionTooSmall(DomainError):
    """The program redeems no fewer points at once (fact: ``least``)."""

    code = "loyalty.redemption_too_small"
    message = _("At least {least} points are redeemed at once.")


class RedemptionTooLarge(DomainError):
    """The program redeems no more points at once (fact: ``most``)."""

    code = "loyalty.redemption_too_large"
    message = _("At most {most} points are redeemed at once.")


class RedemptionNotMultiple(DomainError):
    """The program redeems multiples only (fact: ``multiple``)."""

    code = "loyalty.redemption_not_multiple"
    message = _("Points are redeemed in multiples of {multiple}.")


class BalanceTooSmallToRedeem(DomainError):
    """The program redeems only from a larger balance (fact: ``least``)."""

    code = "loyalty.balance_too_small_to_redeem"
    message = _("A balance of {least} points is needed to redeem.")


class LifetimePointsTooFew(DomainError):
    """The customer has not earned enough points so far to redeem (fact: ``least``)."""

    code = "loyalty.lifetime_points_too_few"
    message = _("{least} lifetime points are needed to redeem.")


class PurchasesTooFew(DomainError):
    """The customer has not bought enough so far to redeem (fact: ``least``)."""

    code = "loyalty.purchases_too_few"
    message = _("Lifetime purchases of {least} are needed to redeem.")


class RedemptionUnknown(DomainError):
    """The organization has no such redemption of points."""

    code = "loyalty.redemption_unknown"
    message = _("The organization has no such redemption of points.")


class RedemptionReversed(DomainError):
    """The redemption was reversed before, as a whole."""

    code = "loyalty.redemption_reversed"
    message = _("The redemption was reversed already.")


class ReversalTooLarge(DomainError):
    """Less of the redemption is left to reverse (fact: ``left``)."""

    code = "loyalty.reversal_too_large"
    message = _("Only {left} points of the redemption are left to reverse.")


class RedemptionOfAnother(DomainError):
    """Another customer redeemed these points."""

    code = "loyalty.redemption_of_another"
    message = _("Another customer redeemed these points.")


class OutlierStatusInvalid(DomainError):
    """The outlier status of the transaction is none of the known ones."""

    code = "loyalty.outlier_status_invalid"
    message = _("The outlier status is none of the known ones.")


class TransactionDateTooEarly(DomainError):
    """The billing date is further back than the organization accepts (fact: ``days``)."""

    code = "loyalty.transaction_date_too_early"
    message = _("The billing date is more than {days} days ago.")


class TransactionDateTooLate(DomainError):
    """The billing date is further ahead than the organization accepts."""

    code = "loyalty.transaction_date_too_late"
    message = _("The billing date is in the future.")


class PurchaseCancelled(DomainError):
    """The bill was cancelled."""

    code = "loyalty.purchase_cancelled"
    message = _("The bill was cancelled; nothing of it can be returned.")


class PurchaseReturned(DomainError):
    """Everything of the bill was returned."""

    code = "loyalty.purchase_returned"
    message = _("Everything of the bill was returned already.")


class ReturnByLines(DomainError):
    """Earlier returns of the bill were by line items."""

    code = "loyalty.return_by_lines"
    message = _("Line items of the bill were returned; an amount cannot be returned as well.")


class ReturnByAmount(DomainError):
    """Earlier returns of the bill were by amount."""

    code = "loyalty.return_by_amount"
    message = _("An amount of the bill was returned; line items cannot be returned as well.")


class ReturnLinesMissing(DomainError):
    """A return by line items names none."""

    code = "loyalty.return_lines_missing"
    message = _("A return of line items needs line items.")


class LineNotInPurchase(DomainError):
    """The bill has no such line item (fact: ``item``)."""

    code = "loyalty.line_not_in_purchase"
    message = _("The bill has no line item {item}.")


class LineQuantityExceeds(DomainError):
    """Fewer of the item are left to return (facts: ``item``, ``left``)."""

    code = "loyalty.line_quantity_exceeds"
    message = _("Only {left} of {item} are left to return.")


class LineAmountExceeds(DomainError):
    """Less of the line item's amount is left to return (facts: ``item``, ``left``)."""

    code = "loyalty.line_amount_exceeds"
    message = _("Only {left} of the amount of {item} is left to return.")


class ReturnNeedsPurchase(DomainError):
    """The bill that is returned is unknown, and the organization takes no others."""

    code = "loyalty.return_needs_purchase"
    message = _("The bill that is returned is unknown.")


class RedemptionNotUsable(DomainError):
    """A redemption that the bill names is unknown, of somebody else, or used for another bill."""

    code = "loyalty.redemption_not_usable"
    message = _("A redemption is unknown, of somebody else, or was used for another bill.")


class ChangedMeanwhile(DomainError):
    """Some of it came back since the caller looked at it."""

    code = "loyalty.changed_meanwhile"
    message = _("Some of it came back meanwhile. Look at it again.")


class PartnerProgramUnknown(DomainError):
    """The organization has no such partner program (fact: ``name``)."""

    code = "loyalty.partner_program_unknown"
    message = _("The organization has no partner program {name}.")


class PartnerProgramAmbiguous(DomainError):
    """Several programs have a partner program of this name (fact: ``name``)."""

    code = "loyalty.partner_program_ambiguous"
    message = _("Several programs have a partner program {name}: name the program too.")


class PartnerProgramInactive(DomainError):
    """The partner program is inactive (fact: ``name``)."""

    code = "loyalty.partner_program_inactive"
    message = _("The partner program {name} is not active.")


class PartnerTierUnknown(DomainError):
    """The partner program has no such tier (facts: ``name``, ``tier``)."""

    code = "loyalty.partner_tier_unknown"
    message = _("The partner program {name} has no tier {tier}.")


class PartnerTierMissing(DomainError):
    """A tier-based partner program needs a tier (fact: ``name``)."""

    code = "loyalty.partner_tier_missing"
    message = _("The partner program {name} has tiers: name one, and when it expires.")


class PartnerDateInvalid(DomainError):
    """A date is missing, cannot be read, or is on the wrong side of now (fact: ``field``)."""

    code = "loyalty.partner_date_invalid"
    message = _("The date is missing, cannot be read, or is not in the right time ({field}).")


class PartnerMembershipIdInvalid(DomainError):
    """The membership id is missing, too long, or contains text that cannot be stored."""

    code = "loyalty.partner_membership_id_invalid"
    message = _("The membership id is missing, too long, or contains unwritable characters.")


class PartnerMembershipIdTaken(DomainError):
    """Another customer has this membership id in the partner program (fact: ``name``)."""

    code = "loyalty.partner_membership_id_taken"
    message = _("Another customer has this membership id in the partner program {name}.")


class PartnerLinked(DomainError):
    """The customer is linked to the partner program with other details.

    Facts: ``name``, and ``membership_id``, which the customer has there.
    """

    code = "loyalty.partner_linked"
    message = _("The customer is linked to the partner program {name} with other details.")


class PartnerNotLinked(DomainError):
    """The customer is not linked to the partner program (fact: ``name``)."""

    code = "loyalty.partner_not_linked"
    message = _("The customer is not linked to the partner program {name}.")


class PartnerUpdateTypeInvalid(DomainError):
    """There is no such type of update (fact: ``type``)."""

    code = "loyalty.partner_update_type_invalid"
    message = _("There is no such update of a partner's tier ({type}).")


class PartnerUpdateMismatch(DomainError):
    """The tier and its expiry are not what the type says (facts: ``type``, ``tier``)."""

    code = "loyalty.partner_update_mismatch"
    message = _("To {tier} is no {type} from the tier that the customer has.")


class EndPointDisabled(DomainError):
    """A test customer who does not take part there (fact: ``end_point``)."""

    code = "loyalty.end_point_disabled"
    message = _("The customer is a test customer without {end_point}.")
