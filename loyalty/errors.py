"""The errors of the loyalty app (contract, sections 5 and 7)."""

from crm.kernel.errors import DomainError


class CardUnknown(DomainError):
    """The organization has no such card."""

    code = "loyalty.card_unknown"


class CardSeriesUnknown(DomainError):
    """The organization has no such card series, or a required series is missing."""

    code = "loyalty.card_series_unknown"


class CardSeriesInactive(DomainError):
    """The card series is inactive: its cards are neither generated nor issued."""

    code = "loyalty.card_series_inactive"


class CardSeriesInvalid(DomainError):
    """A setting of the series cannot be used (fact: ``field``)."""

    code = "loyalty.card_series_invalid"


class CardSeriesCodeTaken(DomainError):
    """Another series of the organization has this code."""

    code = "loyalty.card_series_code_taken"


class CardConceptUnknown(DomainError):
    """The organization has no such concept."""

    code = "loyalty.card_concept_unknown"


class CardGenerationDisabled(DomainError):
    """The series does not generate numbers."""

    code = "loyalty.card_generation_disabled"


class CardCountInvalid(DomainError):
    """The number of cards is zero or above the limit (fact: ``most``)."""

    code = "loyalty.card_count_invalid"


class CardSpaceTooSmall(DomainError):
    """The series has too few numbers left (fact: ``left``)."""

    code = "loyalty.card_space_too_small"


class CardExternalRefused(DomainError):
    """The series does not accept external numbers."""

    code = "loyalty.card_external_refused"


class CardNumberInvalid(DomainError):
    """The card number cannot be read."""

    code = "loyalty.card_number_invalid"


class CardExternalIdInvalid(DomainError):
    """The card's external id cannot be read, or is not the one the card has."""

    code = "loyalty.card_external_id_invalid"


class CardEntityInvalid(DomainError):
    """The mapped entity is too long, or contains text that cannot be stored."""

    code = "loyalty.card_entity_invalid"


class CardNumberTaken(DomainError):
    """The organization has a card with this number already."""

    code = "loyalty.card_number_taken"


class CardExternalIdTaken(DomainError):
    """Another card of the organization has this external id."""

    code = "loyalty.card_external_id_taken"


class CardOfOtherSeries(DomainError):
    """The card belongs to another series than the one named."""

    code = "loyalty.card_of_other_series"


class CardTaken(DomainError):
    """Another customer holds the card."""

    code = "loyalty.card_taken"


class CardNotHeld(DomainError):
    """The customer does not hold the card, or it is not issued."""

    code = "loyalty.card_not_held"


class CardTransitionRefused(DomainError):
    """The status transition is not allowed (facts: ``present``, ``wanted``)."""

    code = "loyalty.card_transition_refused"


class CardLimitReached(DomainError):
    """The customer reached the card limit of the series (fact: ``limit``)."""

    code = "loyalty.card_limit_reached"


class CardLabelUnknown(DomainError):
    """The organization has no such card label (fact: ``label``)."""

    code = "loyalty.card_label_unknown"


class CouponSeriesUnknown(DomainError):
    """The organization has no such coupon series."""

    code = "loyalty.coupon_series_unknown"


class CouponSeriesInactive(DomainError):
    """The coupon series is inactive."""

    code = "loyalty.coupon_series_inactive"


class CouponSeriesExpired(DomainError):
    """The coupon series has expired."""

    code = "loyalty.coupon_series_expired"


class CouponSeriesUsedUp(DomainError):
    """The coupon series reached its issue limit (fact: ``limit``)."""

    code = "loyalty.coupon_series_used_up"


class CouponHeld(DomainError):
    """The customer holds a coupon of the series already and may hold only one."""

    code = "loyalty.coupon_held"


class CouponUserLimitReached(DomainError):
    """The customer reached the coupon limit of the series (fact: ``limit``)."""

    code = "loyalty.coupon_user_limit_reached"


class CouponTooSoon(DomainError):
    """The customer's last coupon of the series is too recent (fact: ``days``)."""

    code = "loyalty.coupon_too_soon"


class CouponTransactionInvalid(DomainError):
    """The transaction number is too long, or contains characters that cannot be stored."""

    code = "loyalty.coupon_transaction_invalid"


class CouponCodeInvalid(DomainError):
    """The code given is invalid."""

    code = "loyalty.coupon_code_invalid"


class CouponCodeTaken(DomainError):
    """Another coupon of the organization has the code given."""

    code = "loyalty.coupon_code_taken"


class CouponUnknown(DomainError):
    """The organization has no such coupon."""

    code = "loyalty.coupon_unknown"


class CouponNotYours(DomainError):
    """The coupon was issued to another customer and is not transferable."""

    code = "loyalty.coupon_not_yours"


class CouponRevoked(DomainError):
    """The coupon was revoked."""

    code = "loyalty.coupon_revoked"


class CouponExpired(DomainError):
    """The coupon has expired."""

    code = "loyalty.coupon_expired"


class CouponNotYetActive(DomainError):
    """The coupon cannot be redeemed yet."""

    code = "loyalty.coupon_not_yet_active"


class CouponRedeemed(DomainError):
    """The coupon has no redemptions left."""

    code = "loyalty.coupon_redeemed"


class CouponNotHere(DomainError):
    """The coupon cannot be redeemed at this store or till."""

    code = "loyalty.coupon_not_here"


class CouponNotNow(DomainError):
    """The coupon cannot be redeemed on this day or at this hour."""

    code = "loyalty.coupon_not_now"


class CouponBillOutOfRange(DomainError):
    """The bill amount is too small or too large for the coupon (facts: ``least``, ``most``)."""

    code = "loyalty.coupon_bill_out_of_range"


class CouponRedemptionLimitReached(DomainError):
    """The customer or the series reached the redemption limit (fact: ``limit``)."""

    code = "loyalty.coupon_redemption_limit_reached"


class CouponRedeemedTooSoon(DomainError):
    """The customer's last redemption in the series is too recent (fact: ``days``)."""

    code = "loyalty.coupon_redeemed_too_soon"


class CouponStatusUnknown(DomainError):
    """There is no such coupon status."""

    code = "loyalty.coupon_status_unknown"


class InsufficientPoints(DomainError):
    """The customer has too few points (facts: ``available``, ``asked``)."""

    code = "loyalty.insufficient_points"


class PointsInvalid(DomainError):
    """The points are not a number of at most three decimals, or out of range."""

    code = "loyalty.points_invalid"


class AmountInvalid(DomainError):
    """An amount of money cannot be read, or is negative or too large (fact: ``field``)."""

    code = "loyalty.amount_invalid"


class LedgerTextInvalid(DomainError):
    """A text is too long, or cannot be stored (facts: ``field``, ``longest``)."""

    code = "loyalty.ledger_text_invalid"


class LedgerDateInvalid(DomainError):
    """A date lies too far in the future (fact: ``field``)."""

    code = "loyalty.ledger_date_invalid"


class ProgramUnknown(DomainError):
    """The organization has no such active program, or no default program."""

    code = "loyalty.program_unknown"


class NotEnrolled(DomainError):
    """The customer is not enrolled in the program (facts: ``customer_id``, ``program_id``)."""

    code = "loyalty.not_enrolled"


class MarkedAsFraud(DomainError):
    """A customer marked as fraud is refused redemption, goodwill and transfers (618)."""

    code = "loyalty.marked_as_fraud"


class TransferToSelf(DomainError):
    """Points cannot be transferred to the same customer."""

    code = "loyalty.transfer_to_self"


class ReferenceUsedOtherwise(DomainError):
    """The reference was used for another movement already."""

    code = "loyalty.reference_used_otherwise"


class TransactionTypeInvalid(DomainError):
    """There is no such transaction type."""

    code = "loyalty.transaction_type_invalid"


class TransactionNumberMissing(DomainError):
    """A transaction needs a number."""

    code = "loyalty.transaction_number_missing"


class TransactionKnown(DomainError):
    """The store has a transaction with this number already (fact: ``transaction_id``)."""

    code = "loyalty.transaction_known"


class TransactionUnknown(DomainError):
    """There is no such transaction, or it is not a purchase of this customer."""

    code = "loyalty.transaction_unknown"


class TransactionNeedsCustomer(DomainError):
    """Only a not-interested transaction can be entered without a customer."""

    code = "loyalty.transaction_needs_customer"


class TransactionEntityUnknown(DomainError):
    """The store or till of the transaction is unknown."""

    code = "loyalty.transaction_entity_unknown"


class ReturnExceedsPurchase(DomainError):
    """The return exceeds the rest of the purchase (fact: ``left``)."""

    code = "loyalty.return_exceeds_purchase"
