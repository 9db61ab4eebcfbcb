"""What v2 says of requests and their decisions; the catalogue takes it in."""

from crm.dialects.catalogue_entry import Entry

APPROVALS: dict[str, Entry] = {
    "approvals.base_type_invalid": Entry(
        400, 400, "There is no request of the base type {base_type}."
    ),
    "approvals.customer_missing": Entry(8013, 400, "The request names no customer."),
    "approvals.customer_unknown": Entry(8009, 404, "The customer of the request is unknown."),
    "approvals.identity_change_not_filed": Entry(
        400, 400, "The change could not be filed: {reason}"
    ),
    "approvals.merge_needs_approval": Entry(
        409, 409, "Merging with customer {survivor_id} needs an approved request."
    ),
    "approvals.new_email_invalid": Entry(
        8055, 400, "The new email address cannot be used, or is taken."
    ),
    "approvals.new_external_id_invalid": Entry(
        8064, 400, "The new external id cannot be used, or is taken."
    ),
    "approvals.new_mobile_invalid": Entry(
        8056, 400, "The new mobile number cannot be used, or is taken."
    ),
    "approvals.new_value_missing": Entry(400, 400, "The new value is missing."),
    "approvals.old_value_not_held": Entry(
        8013, 400, "The customer does not have the old value, or it is missing."
    ),
    "approvals.own_request": Entry(403, 403, "Who filed a request cannot decide it."),
    "approvals.plan_blocked": Entry(409, 409, "It cannot be done: {blockers}"),
    "approvals.plan_changed": Entry(
        409, 409, "What the decision was made on has changed since the preview."
    ),
    "approvals.points_invalid": Entry(
        400, 400, "The points cannot be read, or are not more than zero."
    ),
    "approvals.request_decided": Entry(
        409, 409, "The request is no longer pending: {status} by {by}."
    ),
    "approvals.request_unknown": Entry(404, 404, "There is no such request."),
    "approvals.same_request_pending": Entry(
        409, 409, "The same request is waiting for a decision: {request_id}."
    ),
    "approvals.signatory_missing": Entry(
        403, 403, "A request needs somebody who signs it: the log-in stands for nobody."
    ),
    "approvals.survivor_is_victim": Entry(400, 400, "A customer cannot be merged with themselves."),
    "approvals.survivor_merged": Entry(8069, 410, "The surviving customer was merged already."),
    "approvals.survivor_pending": Entry(
        409, 409, "A merge of the surviving customer is waiting for a decision."
    ),
    "approvals.target_unknown": Entry(400, 400, "The target customer is missing or unknown."),
    "approvals.transaction_claimed": Entry(
        409, 409, "Another request for this transaction is waiting for a decision: {request_id}."
    ),
    "approvals.type_invalid": Entry(400, 400, "There is no request of this type."),
    "approvals.value_too_long": Entry(400, 400, "The {field} is too long, or cannot be kept."),
    "approvals.victim_merged": Entry(8069, 410, "The customer was merged already."),
    "approvals.victim_pending": Entry(
        409, 409, "A merge of this customer is waiting for a decision."
    ),
}
