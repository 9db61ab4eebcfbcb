"""What v1.1 says of requests and their decisions; the catalogue takes it in."""

from crm.dialects.catalogue_entry import Entry

APPROVALS: dict[str, Entry] = {
    "approvals.base_type_invalid": Entry(
        9008, 200, "There is no request of the base type {base_type}."
    ),
    "approvals.customer_missing": Entry(9019, 200, "The request names no customer."),
    "approvals.customer_unknown": Entry(9011, 200, "The customer of the request is unknown."),
    "approvals.identity_change_not_filed": Entry(
        1041, 200, "The change could not be filed: {reason}"
    ),
    "approvals.merge_needs_approval": Entry(
        409, 200, "Merging with customer {survivor_id} needs an approved request."
    ),
    "approvals.new_email_invalid": Entry(
        9001, 200, "The new email address cannot be used, or is taken."
    ),
    "approvals.new_external_id_invalid": Entry(
        9002, 200, "The new external id cannot be used, or is taken."
    ),
    "approvals.new_mobile_invalid": Entry(
        9003, 200, "The new mobile number cannot be used, or is taken."
    ),
    "approvals.new_value_missing": Entry(9024, 200, "The new value is missing."),
    "approvals.old_value_not_held": Entry(
        9012, 200, "The customer does not have the old value, or it is missing."
    ),
    "approvals.own_request": Entry(403, 200, "Who filed a request cannot decide it."),
    "approvals.plan_blocked": Entry(400, 200, "It cannot be done: {blockers}"),
    "approvals.plan_changed": Entry(
        409, 200, "What the decision was made on has changed since the preview."
    ),
    "approvals.points_invalid": Entry(
        400, 200, "The points cannot be read, or are not more than zero."
    ),
    "approvals.request_decided": Entry(
        409, 200, "The request is no longer pending: {status} by {by}."
    ),
    "approvals.request_unknown": Entry(9013, 200, "There is no such request."),
    "approvals.same_request_pending": Entry(
        9028, 200, "The same request is waiting for a decision: {request_id}."
    ),
    "approvals.signatory_missing": Entry(
        403, 200, "A request needs somebody who signs it: the log-in stands for nobody."
    ),
    "approvals.survivor_is_victim": Entry(
        9029, 200, "A customer cannot be merged with themselves."
    ),
    "approvals.survivor_merged": Entry(9027, 200, "The surviving customer was merged already."),
    "approvals.survivor_pending": Entry(
        9026, 200, "A merge of the surviving customer is waiting for a decision."
    ),
    "approvals.target_unknown": Entry(9007, 200, "The target customer is missing or unknown."),
    "approvals.transaction_claimed": Entry(
        9028, 200, "Another request for this transaction is waiting for a decision: {request_id}."
    ),
    "approvals.type_invalid": Entry(9006, 200, "There is no request of this type."),
    "approvals.value_too_long": Entry(9005, 200, "The {field} is too long, or cannot be kept."),
    "approvals.victim_merged": Entry(9023, 200, "The customer was merged already."),
    "approvals.victim_pending": Entry(
        9018, 200, "A merge of this customer is waiting for a decision."
    ),
}
