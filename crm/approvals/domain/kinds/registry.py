"""The registry of request kinds."""

from crm.approvals import errors
from crm.approvals.domain.kinds import Kinds, RequestKind
from crm.approvals.domain.kinds.address_change import AddressChange
from crm.approvals.domain.kinds.goodwill_coupon import GoodwillCoupon
from crm.approvals.domain.kinds.goodwill_points import GoodwillPoints
from crm.approvals.domain.kinds.identifier_change import IdentifierChange
from crm.approvals.domain.kinds.merge import Merge
from crm.approvals.domain.kinds.merge_undo import MergeUndo
from crm.approvals.domain.kinds.mobile_reallocation import MobileReallocation
from crm.approvals.domain.kinds.retro_transaction import RetroTransaction
from crm.approvals.models import Request

KINDS: Kinds = {
    Request.Kind.MOBILE: IdentifierChange("mobile", errors.NewMobileInvalid),
    Request.Kind.EMAIL: IdentifierChange("email", errors.NewEmailInvalid),
    Request.Kind.EXTERNAL_ID: IdentifierChange("externalId", errors.NewExternalIdInvalid),
    Request.Kind.ADDRESS: AddressChange(),
    Request.Kind.MOBILE_REALLOC: MobileReallocation(),
    Request.Kind.POINTS: GoodwillPoints(),
    Request.Kind.COUPON: GoodwillCoupon(),
    Request.Kind.RETRO: RetroTransaction(),
    Request.Kind.MERGE: Merge(),
    Request.Kind.MERGE_UNDO: MergeUndo(),
}


def get_kind(code: str) -> RequestKind:
    """Return the kind for a base type.

    Raises:
        RequestBaseTypeInvalid: the base type is unknown.
    """
    kind = KINDS.get(code)
    if kind is None:
        raise errors.RequestBaseTypeInvalid(base_type=code)
    return kind
