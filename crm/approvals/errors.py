"""Every reason a request is not filed or not decided, by name (contract, sections 5.3 and 6)."""

from crm.kernel.errors import DomainError


class RequestTypeInvalid(DomainError):
    """There is no such type of request (9006)."""

    code = "approvals.type_invalid"


class RequestBaseTypeInvalid(DomainError):
    """The type has no such base type, or it is switched off (9008; fact: ``base_type``)."""

    code = "approvals.base_type_invalid"


class RequestCustomerMissing(DomainError):
    """The request names no customer (9019)."""

    code = "approvals.customer_missing"


class RequestCustomerUnknown(DomainError):
    """The organization has no such customer (9011)."""

    code = "approvals.customer_unknown"


class OldValueNotHeld(DomainError):
    """The customer does not have the old value, or it is needed and missing (9012)."""

    code = "approvals.old_value_not_held"


class NewValueMissing(DomainError):
    """The new value is missing (9024)."""

    code = "approvals.new_value_missing"


class NewEmailInvalid(DomainError):
    """The new email address cannot be read, or somebody has it (9001)."""

    code = "approvals.new_email_invalid"


class NewExternalIdInvalid(DomainError):
    """The new external id cannot be read, or somebody has it (9002)."""

    code = "approvals.new_external_id_invalid"


class NewMobileInvalid(DomainError):
    """The new mobile number cannot be read, or somebody has it (9003)."""

    code = "approvals.new_mobile_invalid"


class ValueTooLong(DomainError):
    """A value is too long, or holds characters that cannot be kept (9005; fact: ``field``)."""

    code = "approvals.value_too_long"


class TargetUnknown(DomainError):
    """The target customer is missing or unknown (9007)."""

    code = "approvals.target_unknown"


class VictimPending(DomainError):
    """A merge of this customer waits for a decision (9018)."""

    code = "approvals.victim_pending"


class SurvivorPending(DomainError):
    """A merge of the surviving customer waits for a decision (9026)."""

    code = "approvals.survivor_pending"


class VictimMerged(DomainError):
    """The customer was merged already (9023)."""

    code = "approvals.victim_merged"


class SurvivorMerged(DomainError):
    """The surviving customer was merged already (9027)."""

    code = "approvals.survivor_merged"


class SurvivorIsVictim(DomainError):
    """A customer cannot be merged with themselves (9029)."""

    code = "approvals.survivor_is_victim"


class MergeNeedsApproval(DomainError):
    """Two customers would merge, which the organization has asked for (fact: ``survivor_id``)."""

    code = "approvals.merge_needs_approval"


class SameRequestPending(DomainError):
    """The same request waits for a decision (9028; fact: ``request_id``)."""

    code = "approvals.same_request_pending"


class TransactionClaimed(DomainError):
    """Another customer's request for this bill waits for a decision (9028; ``request_id``)."""

    code = "approvals.transaction_claimed"


class PointsAskedInvalid(DomainError):
    """The points cannot be read, or are not more than zero."""

    code = "approvals.points_invalid"


class RequestUnknown(DomainError):
    """The organization has no such request (9013)."""

    code = "approvals.request_unknown"


class RequestDecided(DomainError):
    """Somebody decided before (facts: ``status``, ``by``, ``at``)."""

    code = "approvals.request_decided"


class OwnRequest(DomainError):
    """Who filed a request does not decide it: four eyes, whichever door."""

    code = "approvals.own_request"


class PlanChanged(DomainError):
    """What the decision was made on has changed since the preview; look again."""

    code = "approvals.plan_changed"


class PlanBlocked(DomainError):
    """Something stands in the way (fact: ``blockers``, in words)."""

    code = "approvals.plan_blocked"


class IdentityChangeNotFiled(DomainError):
    """A change of an identifier could not be filed, in v1.1 (1041; fact: ``reason``)."""

    code = "approvals.identity_change_not_filed"


class SignatoryMissing(DomainError):
    """Requests are filed and decided by somebody; a staff user needs an entity for that."""

    code = "approvals.signatory_missing"
