"""Every refusal and notice that v1.1 can speak, by the domain's name; nothing else spells a code.

An item's refusal travels in an answer of HTTP 200; what the transport refuses (reading,
authentication, limits) has a status of its own. A code that equals an HTTP status is ours,
because the reference has none; so are 91100 and 91106.
"""

from crm.dialects.catalogue_entry import Entry
from crm.dialects.v1_1.approvals_catalogue import APPROVALS
from crm.dialects.v1_1.loyalty_catalogue import LOYALTY
from crm.dialects.v1_1.successes import SUCCESSES

_CORE: dict[str, Entry] = {
    "customers.account_id_missing": Entry(400, 200, "The source has several accounts."),
    "customers.associated_till_unknown": Entry(
        91020, 200, "The till to register the customer at is unknown."
    ),
    "customers.association_taken": Entry(
        409,
        200,
        "The customer has another role, parent or company already; update them to change that.",
    ),
    "customers.channel_email_invalid": Entry(
        1002, 200, "The email address of a channel cannot be read."
    ),
    "customers.channel_invalid": Entry(1101, 200, "The channel type is invalid."),
    "customers.channel_mobile_invalid": Entry(
        1001, 200, "The mobile number of a channel cannot be read."
    ),
    "customers.combined": Entry(1000, 200, "The customer was known elsewhere and was updated."),
    "customers.company_inactive": Entry(
        409, 200, "The company {external_id} takes in nobody any more."
    ),
    "customers.company_invalid": Entry(
        400, 200, "The company's external id is missing or cannot be used."
    ),
    "customers.customer_merged": Entry(
        91009, 200, "The customer was merged; customer {survivor_id} is the survivor."
    ),
    "customers.customer_unknown": Entry(1011, 200, "No customer has this id."),
    "customers.email_invalid": Entry(1002, 200, "The email address cannot be read."),
    "customers.email_missing": Entry(1039, 200, "An email address is required."),
    "customers.email_missing_for_loyalty": Entry(1048, 200, "Loyalty needs an email address."),
    "customers.embed_unknown": Entry(400, 200, "There is nothing to embed by this name: {name}."),
    "customers.extended_field_invalid": Entry(
        91015, 200, "Left out: the extended field {name} is unknown or its value does not fit."
    ),
    "customers.external_id_invalid": Entry(1003, 200, "The external id cannot be used."),
    "customers.external_id_missing": Entry(1043, 200, "An external id is required."),
    "customers.external_id_missing_for_loyalty": Entry(1049, 200, "Loyalty needs an external id."),
    "customers.field_invalid": Entry(
        1017, 200, "Left out: the custom field {name} is unknown or its value does not fit."
    ),
    "customers.field_missing": Entry(1017, 200, "The custom field {name} is required."),
    "customers.hierarchy_cycle": Entry(
        409, 200, "A customer would stand above themselves in the hierarchy."
    ),
    "customers.hierarchy_order_broken": Entry(
        409,
        200,
        "The role {role} breaks the order of the hierarchy: a parent stands right above.",
    ),
    "customers.hierarchy_role_unknown": Entry(
        400, 200, "The hierarchy has no such role, or none was named: {code}"
    ),
    "customers.hierarchy_unknown": Entry(400, 200, "There is no such hierarchy: {code}"),
    "customers.identifier_held_in_source": Entry(
        91007, 200, "Left out: another customer has the identifier."
    ),
    "customers.identifier_invalid": Entry(
        1042, 200, "The mobile number, email address or external id cannot be used."
    ),
    "customers.identifier_left_out": Entry(91007, 200, "Left out: somebody else has the {kind}."),
    "customers.identifier_missing": Entry(1015, 200, "No identifier was passed."),
    "customers.identifier_missing.subscriptions": Entry(
        1104, 200, "No identifier was passed, or none that can be read."
    ),
    "customers.identifier_not_found": Entry(
        1012, 200, "No customer is known by this mobile number, email address or external id."
    ),
    "customers.identifier_not_held": Entry(1042, 200, "The customer does not have the identifier."),
    "customers.identifier_registered": Entry(1014, 200, "The customer is registered already."),
    "customers.identifier_taken": Entry(9005, 200, "Another customer has this {kind}."),
    "customers.identifier_unchanged": Entry(91006, 200, "The {kind} cannot be updated here."),
    "customers.identifiers_of_several_customers": Entry(
        91007, 200, "Left out: another customer has the identifier."
    ),
    "customers.image_link_refused": Entry(403, 200, "The link has expired, or is not one."),
    "customers.image_missing": Entry(
        400, 200, "Pass exactly one picture, as the file of the form's field file."
    ),
    "customers.image_too_large": Entry(
        413,
        200,
        "A picture has at most {megabytes} MiB and {megapixels} million pixels.",
    ),
    "customers.image_unreadable": Entry(
        400, 200, "The file is no picture: a JPEG, PNG, GIF or WebP that is whole."
    ),
    "customers.interaction_invalid": Entry(
        400, 200, "The interaction cannot be kept: see its {field}."
    ),
    "customers.interaction_reference_taken": Entry(
        400, 200, "The reference stands for another interaction."
    ),
    "customers.last_identifier": Entry(
        1042, 200, "The customer would be left without any identifier."
    ),
    "customers.loyalty_downgrade": Entry(
        1046, 200, "A loyalty customer cannot become a non-loyalty customer."
    ),
    "customers.merge_requested": Entry(
        1040,
        200,
        "Nothing was changed: the merge with customer {survivor_id} waits for an approver, as "
        "request {request_id}.",
    ),
    "customers.merge_undo_blocked": Entry(409, 200, "The merge cannot be undone: {blockers}"),
    "customers.merge_undone": Entry(409, 200, "The merge was undone before."),
    "customers.merge_unknown": Entry(404, 200, "There is no such merge."),
    "customers.merged": Entry(
        91009, 200, "The customer was merged; customer {survivor_id} is the survivor."
    ),
    "customers.mobile_invalid": Entry(1001, 200, "The mobile number cannot be read."),
    "customers.mobile_missing": Entry(1006, 200, "A mobile number is required."),
    "customers.mobile_missing_for_loyalty": Entry(1047, 200, "Loyalty needs a mobile number."),
    "customers.name_invalid": Entry(
        1024, 200, "A name is too long or holds characters that no name has."
    ),
    "customers.no_identifier": Entry(
        1007, 200, "Not registered: no usable mobile number, email address or external id."
    ),
    "customers.no_profile_in_source": Entry(
        1012, 200, "The customer has no profile in this source account."
    ),
    "customers.note_invalid": Entry(1037, 200, "A note cannot be kept: see its {field}."),
    "customers.notes_none": Entry(1028, 200, "The customer has no such notes."),
    "customers.notes_not_written": Entry(
        1037, 200, "The notes could not be added or updated: {field}."
    ),
    "customers.notes_partly": Entry(1036, 200, "Some notes could not be added or updated."),
    "customers.preferences_none": Entry(1031, 200, "The customer has set no preferences."),
    "customers.preferences_not_updated": Entry(1030, 200, "The preferences could not be updated."),
    "customers.preferences_partly": Entry(1035, 200, "Some preferences could not be updated."),
    "customers.preferred_store_unknown": Entry(1004, 200, "The preferred store is unknown."),
    "customers.primary_unchanged": Entry(
        91005, 200, "The primary identifier is not updated: {kind}."
    ),
    "customers.query_malformed": Entry(
        400, 400, "The query cannot be understood at character {position}: {reason}."
    ),
    "customers.reason_invalid": Entry(
        400, 200, "The reason is too long (at most {longest} characters) or cannot be kept."
    ),
    "customers.reason_missing": Entry(400, 200, "Pass a reason for the change."),
    "customers.registration_date_invalid": Entry(
        1034, 200, "The registration date cannot be read or is outside the allowed span."
    ),
    "customers.search_capped": Entry(
        91100, 200, "More customers match than were counted: the count is a lower bound."
    ),
    "customers.search_partial": Entry(
        91106,
        200,
        "ENDS and custom fields were looked for among the first {most} customers only; "
        "add a condition that narrows the search.",
    ),
    "customers.search_text_invalid": Entry(
        400, 200, "The search text must have 1 to 100 characters."
    ),
    "customers.source_account_shared": Entry(
        91007, 200, "Left out: another customer has the identifier."
    ),
    "customers.source_account_twice": Entry(400, 200, "The source account is named twice."),
    "customers.source_account_unknown": Entry(400, 200, "There is no such source account."),
    "customers.source_missing": Entry(400, 200, "A change must name its source."),
    "customers.status_label_unknown": Entry(400, 200, "There is no such status label."),
    "customers.subscription_channel_invalid": Entry(1101, 200, "The channel type is invalid."),
    "customers.subscription_priority_invalid": Entry(1102, 200, "The priority is invalid."),
    "customers.subscription_scope_invalid": Entry(1103, 200, "The scope is invalid."),
    "customers.subscription_scopes_several": Entry(1105, 200, "Only one scope can be passed."),
    "customers.subscription_status_invalid": Entry(
        1106, 200, "The subscription status is invalid."
    ),
    "customers.subscription_unit_unknown": Entry(
        91022, 200, "The subscription of {channel} and priority {priority} was not updated."
    ),
    "customers.ticket_assignee_unknown": Entry(1302, 200, "The ticket cannot be assigned to them."),
    "customers.ticket_changed_meanwhile": Entry(
        409, 200, "Somebody else changed the ticket meanwhile."
    ),
    "customers.ticket_code_taken": Entry(1302, 200, "Another ticket has the code {ticket}."),
    "customers.ticket_filter_invalid": Entry(
        400, 200, "Tickets cannot be told apart by this {field}."
    ),
    "customers.ticket_invalid": Entry(1302, 200, "The ticket could not be kept: see its {field}."),
    "customers.ticket_subject_missing": Entry(1303, 200, "The ticket needs a subject."),
    "customers.ticket_subject_taken": Entry(
        1301, 200, "The customer has a ticket with this subject already."
    ),
    "customers.ticket_unknown": Entry(404, 200, "There is no such ticket."),
    "request.batch_too_large": Entry(
        1060, 400, "The batch holds more items than allowed: at most {most}."
    ),
    "request.invalid": Entry(400, 400, "The request is invalid. {detail}"),
    "request.media_type_unsupported": Entry(
        415, 415, "The body must be XML or JSON, not {media_type}."
    ),
    "request.method_not_allowed": Entry(405, 405, "{method} is not possible here."),
    "request.not_acceptable": Entry(406, 406, "This dialect answers XML and JSON only."),
    "request.not_found": Entry(404, 404, "There is no such resource."),
    "request.throttled": Entry(429, 429, "Too many requests; try again in {seconds} seconds."),
    "request.too_large": Entry(413, 413, "The body is larger than {megabytes} MiB."),
    "server.failed": Entry(500, 500, "Something went wrong on our side; request id {request_id}."),
    "server.unavailable": Entry(
        503, 503, "The service is not available now; try again in {seconds} seconds."
    ),
    "tenancy.attribution_unknown": Entry(
        91021, 400, "The entity to attribute the change to is unknown."
    ),
    "tenancy.credential_refused": Entry(401, 401, "The log-in is unknown or its secret is wrong."),
    "tenancy.credential_unknown": Entry(404, 200, "There is no such log-in."),
    "tenancy.entity_unknown": Entry(404, 200, "There is no such organization entity."),
    "tenancy.idempotency_key_invalid": Entry(
        400, 400, "The Idempotency-Key must be 1 to 255 printable ASCII characters."
    ),
    "tenancy.idempotency_key_reused": Entry(
        422, 422, "The Idempotency-Key was used for another request."
    ),
    "tenancy.idempotency_key_running": Entry(
        409, 409, "The first request with this Idempotency-Key is still running."
    ),
    "tenancy.log_in_guessed": Entry(
        429, 429, "Too many wrong log-ins; try again in {seconds} seconds."
    ),
    "tenancy.log_in_invalid": Entry(400, 200, "The log-in cannot be used."),
    "tenancy.log_in_taken": Entry(409, 200, "The log-in is taken."),
    "tenancy.organization_code_taken": Entry(400, 200, "Another organization has this code."),
    "tenancy.scope_missing": Entry(403, 403, "The log-in lacks the scope {scope}."),
    "tenancy.scope_unknown": Entry(400, 200, "There is no scope {scope}."),
    "tenancy.secret_too_short": Entry(
        400, 200, "The secret must have at least {shortest} characters."
    ),
    "tenancy.setting_invalid": Entry(400, 200, "The setting {name} cannot have this value."),
    "tenancy.setting_unknown": Entry(404, 200, "There is no setting {name}."),
    "tenancy.username_taken": Entry(400, 200, "Somebody else logs in by this name."),
}

CATALOGUE: dict[str, Entry] = dict(sorted((_CORE | LOYALTY | APPROVALS | SUCCESSES).items()))
