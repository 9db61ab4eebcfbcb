"""Every refusal to file or decide a request, by name (contract, sections 5.3 and 6)."""

from crm.kernel.errors import DomainError
from crm.kernel.errors import mark_sentence as _


class RequestTypeInvalid(DomainError):
    """The request type is unknown (9006)."""

    code = "approvals.type_invalid"
    message = _("There is no request of this type.")


class RequestBaseTypeInvalid(DomainError):
    """The base type is unknown for this type, or switched off (9008; fact: ``base_type``)."""

    code = "approvals.base_type_invalid"
    message = _("There is no request of the base type {base_type}.")


class RequestCustomerMissing(DomainError):
    """The request names no customer (9019)."""

    code = "approvals.customer_missing"
    message = _("The request names no customer.")


class RequestCustomerUnknown(DomainError):
    """The customer does not exist in the organization (9011)."""

    code = "approvals.customer_unknown"
    message = _("The customer of the request is unknown.")


class OldValueNotHeld(DomainError):
    """The old value is missing, or the customer does not have it (9012)."""

    code = "approvals.old_value_not_held"
    message = _("The customer does not have the old value, or it is missing.")


class NewValueMissing(DomainError):
    """The new value is missing (9024)."""

    code = "approvals.new_value_missing"
    message = _("The new value is missing.")


class NewEmailInvalid(DomainError):
    """The new email address is invalid, or another customer has it (9001)."""

    code = "approvals.new_email_invalid"
    message = _("The new email address cannot be used, or is taken.")


class NewExternalIdInvalid(DomainError):
    """The new external id is invalid, or another customer has it (9002)."""

    code = "approvals.new_external_id_invalid"
    message = _("The new external id cannot be used, or is taken.")


class NewMobileInvalid(DomainError):
    """The new mobile number is invalid, or another customer has it (9003)."""

    code = "approvals.new_mobile_invalid"
    message = _("The new mobile number cannot be used, or is taken.")


class ValueTooLong(DomainError):
    """A value is too long, or contains characters that cannot be stored (9005; fact: ``field``)."""

    code = "approvals.value_too_long"
    message = _("The {field} is too long, or cannot be kept.")


class TargetUnknown(DomainError):
    """The target customer is missing or unknown (9007)."""

    code = "approvals.target_unknown"
    message = _("The target customer is missing or unknown.")


class VictimPending(DomainError):
    """A merge of this customer is pending (9018)."""

    code = "approvals.victim_pending"
    message = _("A merge of this customer is waiting for a decision.")


class SurvivorPending(DomainError):
    """A merge of the survivor is pending (9026)."""

    code = "approvals.survivor_pending"
    message = _("A merge of the surviving customer is waiting for a decision.")


class VictimMerged(DomainError):
    """The victim is already merged (9023)."""

    code = "approvals.victim_merged"
    message = _("The customer was merged already.")


class SurvivorMerged(DomainError):
    """The survivor is already merged into another customer (9027)."""

    code = "approvals.survivor_merged"
    message = _("The surviving customer was merged already.")


class SurvivorIsVictim(DomainError):
    """A customer cannot be merged with themselves (9029)."""

    code = "approvals.survivor_is_victim"
    message = _("A customer cannot be merged with themselves.")


class MergeNeedsApproval(DomainError):
    """The change would merge two customers, which needs approval here (fact: ``survivor_id``)."""

    code = "approvals.merge_needs_approval"
    message = _("Merging with customer {survivor_id} needs an approved request.")


class SameRequestPending(DomainError):
    """The same request is already pending (9028; fact: ``request_id``)."""

    code = "approvals.same_request_pending"
    message = _("The same request is waiting for a decision: {request_id}.")


class TransactionClaimed(DomainError):
    """Another customer's request for this transaction is pending (9028; ``request_id``)."""

    code = "approvals.transaction_claimed"
    message = _("Another request for this transaction is waiting for a decision: {request_id}.")


class PointsAskedInvalid(DomainError):
    """The points are not a number above zero."""

    code = "approvals.points_invalid"
    message = _("The points cannot be read, or are not more than zero.")


class RequestUnknown(DomainError):
    """The request does not exist in the organization (9013)."""

    code = "approvals.request_unknown"
    message = _("There is no such request.")


class RequestDecided(DomainError):
    """The request is already decided (facts: ``status``, ``by``, ``at``)."""

    code = "approvals.request_decided"
    message = _("The request is no longer pending: {status} by {by}.")


class OwnRequest(DomainError):
    """The checker filed the request; nobody may decide their own (four-eyes principle)."""

    code = "approvals.own_request"
    message = _("Who filed a request cannot decide it.")


class PlanChanged(DomainError):
    """The plan has changed since the preview that the checker saw."""

    code = "approvals.plan_changed"
    message = _("What the decision was made on has changed since the preview.")


class PlanBlocked(DomainError):
    """The plan has blockers (fact: ``blockers``, as sentences)."""

    code = "approvals.plan_blocked"
    message = _("It cannot be done: {blockers}")


class IdentityChangeNotFiled(DomainError):
    """The request to change an identifier was refused, in v1.1 (1041; fact: ``reason``)."""

    code = "approvals.identity_change_not_filed"
    message = _("The change could not be filed: {reason}")


class SignatoryMissing(DomainError):
    """The caller acts as no entity, so nobody could sign the request or decision."""

    code = "approvals.signatory_missing"
    message = _("A request needs somebody who signs it: the log-in stands for nobody.")
