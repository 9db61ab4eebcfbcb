"""Every refusal and notice that v2 can speak, by the domain's name; nothing else spells a code.

Where operations answer the same refusal with different codes, the second wording's name has a
third part, and the view that needs it says so (``V2View.wording``). A code that equals its HTTP
status is ours, because the reference has none; so are 91100 and 91106.
"""

from crm.dialects.catalogue_entry import Entry
from crm.dialects.v2.approvals_catalogue import APPROVALS
from crm.dialects.v2.loyalty_catalogue import LOYALTY

_CORE: dict[str, Entry] = {
    "customers.account_id_missing": Entry(
        8045, 400, "The source has several accounts: pass accountId."
    ),
    "customers.associated_till_unknown": Entry(
        91020, 400, "The till to associate the customer with is unknown."
    ),
    "customers.association_taken": Entry(
        409,
        409,
        "The customer has another role, parent or company already; update them to change that.",
    ),
    "customers.channel_email_invalid": Entry(
        8057, 400, "The email address of a communication channel cannot be read."
    ),
    "customers.channel_invalid": Entry(
        8010, 400, "The communication channel is of no known type, or has no usable value."
    ),
    "customers.channel_mobile_invalid": Entry(
        8058, 400, "The mobile number of a communication channel cannot be read."
    ),
    "customers.combined": Entry(
        8050, 200, "The customer is known in another source; the profile was added to them."
    ),
    "customers.company_inactive": Entry(
        409, 409, "The company {external_id} takes in nobody any more."
    ),
    "customers.company_invalid": Entry(
        400, 400, "The company's external id is missing or cannot be used."
    ),
    "customers.customer_merged": Entry(
        8069,
        410,
        "The customer was merged into customer {survivor_id}.",
        shown={"survivorId": "survivor_id"},
    ),
    "customers.customer_unknown": Entry(8009, 404, "No customer has this id."),
    "customers.customer_unknown.read": Entry(8015, 404, "No customer has this id."),
    "customers.email_invalid": Entry(8055, 400, "The email address cannot be read."),
    "customers.email_missing": Entry(1039, 400, "An email address is required."),
    "customers.email_missing_for_loyalty": Entry(1048, 400, "Loyalty needs an email address."),
    "customers.embed_unknown": Entry(400, 400, "There is nothing to embed by this name: {name}."),
    "customers.extended_field_invalid": Entry(
        91015,
        200,
        "The extended field {name} is unknown or its value does not fit; it was left out.",
    ),
    "customers.external_id_invalid": Entry(8064, 400, "The external id cannot be used."),
    "customers.external_id_missing": Entry(1043, 400, "An external id is required."),
    "customers.external_id_missing_for_loyalty": Entry(1049, 400, "Loyalty needs an external id."),
    "customers.field_invalid": Entry(
        1017, 200, "Left out: the custom field {name} is unknown or its value does not fit."
    ),
    "customers.field_missing": Entry(1017, 400, "The custom field {name} is required."),
    "customers.hierarchy_cycle": Entry(
        409, 409, "A customer would stand above themselves in the hierarchy."
    ),
    "customers.hierarchy_order_broken": Entry(
        409,
        409,
        "The role {role} breaks the order of the hierarchy: a parent stands right above.",
    ),
    "customers.hierarchy_role_unknown": Entry(
        400, 400, "The hierarchy has no such role, or none was named: {code}"
    ),
    "customers.hierarchy_unknown": Entry(400, 400, "There is no such hierarchy: {code}"),
    "customers.identifier_held_in_source": Entry(
        8008, 409, "Another customer has the identifier in this same source account."
    ),
    "customers.identifier_invalid": Entry(
        8013, 400, "The identifier cannot be used; see that its type is spelled right. {kind}"
    ),
    "customers.identifier_left_out": Entry(91007, 200, "Left out: somebody else has the {kind}."),
    "customers.identifier_missing": Entry(1015, 400, "No identifier was passed."),
    "customers.identifier_not_found": Entry(8015, 404, "No customer has this identifier."),
    "customers.identifier_not_held": Entry(
        8013, 400, "The identifier to remove is not registered in this source account."
    ),
    "customers.identifier_registered": Entry(
        8007, 409, "The identifier is registered already in this same source account."
    ),
    "customers.identifier_taken": Entry(8008, 409, "Another customer has this {kind}."),
    "customers.identifier_unchanged": Entry(
        91006, 200, "The {kind} was left as it is: this operation changes no identifiers."
    ),
    "customers.identifiers_of_several_customers": Entry(
        8053, 409, "The identifiers belong to several customers, who cannot be combined this way."
    ),
    "customers.image_link_refused": Entry(403, 403, "The link has expired, or is not one."),
    "customers.image_missing": Entry(
        400, 400, "Pass exactly one picture, as the file of the form's field file."
    ),
    "customers.image_too_large": Entry(
        413,
        413,
        "A picture has at most {megabytes} MiB and {megapixels} million pixels.",
    ),
    "customers.image_unreadable": Entry(
        400, 400, "The file is no picture: a JPEG, PNG, GIF or WebP that is whole."
    ),
    "customers.interaction_invalid": Entry(
        400, 400, "The interaction cannot be kept: see its {field}."
    ),
    "customers.interaction_reference_taken": Entry(
        409, 409, "The reference stands for another interaction."
    ),
    "customers.last_identifier": Entry(
        8013, 400, "The customer would be left without any identifier."
    ),
    "customers.loyalty_downgrade": Entry(
        8018, 400, "A loyalty customer cannot become a non-loyalty customer."
    ),
    "customers.merge_requested": Entry(
        1040,
        200,
        "Nothing was changed: the merge with customer {survivor_id} waits for an approver, as "
        "request {request_id}.",
    ),
    "customers.merge_undo_blocked": Entry(409, 409, "The merge cannot be undone: {blockers}"),
    "customers.merge_undone": Entry(409, 409, "The merge was undone before."),
    "customers.merge_unknown": Entry(404, 404, "There is no such merge."),
    "customers.merged": Entry(
        8051,
        200,
        "The identifier belongs to customer {survivor_id}, with whom this one was merged.",
    ),
    "customers.mobile_invalid": Entry(8056, 400, "The mobile number cannot be read."),
    "customers.mobile_missing": Entry(1006, 400, "A mobile number is required."),
    "customers.mobile_missing_for_loyalty": Entry(1047, 400, "Loyalty needs a mobile number."),
    "customers.name_invalid": Entry(
        400, 400, "A name is too long or holds characters that no name has."
    ),
    "customers.no_identifier": Entry(8013, 400, "No identifier was passed."),
    "customers.no_profile_in_source": Entry(
        8065, 404, "The customer has no profile in this source account."
    ),
    "customers.note_invalid": Entry(1037, 400, "A note cannot be kept: see its {field}."),
    "customers.notes_none": Entry(1028, 404, "The customer has no such notes."),
    "customers.notes_not_written": Entry(
        1037, 400, "The notes could not be added or updated: {field}."
    ),
    "customers.notes_partly": Entry(1036, 200, "Some notes could not be added or updated."),
    "customers.preferences_none": Entry(1031, 404, "The customer has set no preferences."),
    "customers.preferences_not_updated": Entry(1030, 400, "The preferences could not be updated."),
    "customers.preferences_partly": Entry(1035, 200, "Some preferences could not be updated."),
    "customers.preferred_store_unknown": Entry(1004, 200, "The preferred store is unknown."),
    "customers.primary_unchanged": Entry(
        91005, 200, "The primary identifier is not updated: {kind}."
    ),
    "customers.query_malformed": Entry(
        400, 400, "The query cannot be understood at character {position}: {reason}."
    ),
    "customers.reason_invalid": Entry(
        400, 400, "The reason is too long (at most {longest} characters) or cannot be kept."
    ),
    "customers.reason_missing": Entry(400, 400, "Pass a reason for the change."),
    "customers.registration_date_invalid": Entry(
        1034, 400, "The registration date cannot be read or lies in the future."
    ),
    "customers.search_capped": Entry(
        91100, 200, "More customers match than were counted: total is a lower bound."
    ),
    "customers.search_partial": Entry(
        91106, 200, "Only the first {most} customers were looked at: there may be more matches."
    ),
    "customers.search_text_invalid": Entry(
        400, 400, "The search text must have 1 to 100 characters."
    ),
    "customers.source_account_shared": Entry(
        8066,
        409,
        "The customers share a source account, so they cannot be combined.",
    ),
    "customers.source_account_twice": Entry(
        8011, 400, "The profiles name one source account twice, or another one than the query."
    ),
    "customers.source_account_unknown": Entry(8011, 400, "There is no such source account."),
    "customers.source_account_unknown.details": Entry(
        8012, 400, "There is no such source account."
    ),
    "customers.source_missing": Entry(8011, 400, "A change must name its source."),
    "customers.status_label_unknown": Entry(400, 400, "There is no such status label."),
    "customers.subscription_channel_invalid": Entry(
        1101, 400, "The channel cannot be subscribed to."
    ),
    "customers.subscription_priority_invalid": Entry(
        1102, 400, "The priority is neither TRANS nor BULK."
    ),
    "customers.subscription_scope_invalid": Entry(1103, 400, "The scope is unknown."),
    "customers.subscription_scopes_several": Entry(1105, 400, "Only one scope can be passed."),
    "customers.subscription_status_invalid": Entry(
        1106, 400, "The subscription is neither OPTIN nor OPTOUT."
    ),
    "customers.subscription_unit_unknown": Entry(
        91022,
        400,
        "The subscription of channel {channel} and priority {priority} was not changed:"
        " its org unit or source account is unknown.",
    ),
    "customers.ticket_assignee_unknown": Entry(1302, 400, "The ticket cannot be assigned to them."),
    "customers.ticket_changed_meanwhile": Entry(
        409, 409, "Somebody else changed the ticket meanwhile."
    ),
    "customers.ticket_code_taken": Entry(1302, 409, "Another ticket has the code {ticket}."),
    "customers.ticket_filter_invalid": Entry(
        400, 400, "Tickets cannot be told apart by this {field}."
    ),
    "customers.ticket_invalid": Entry(1302, 400, "The ticket could not be kept: see its {field}."),
    "customers.ticket_subject_missing": Entry(1303, 400, "The ticket needs a subject."),
    "customers.ticket_subject_taken": Entry(
        1301, 409, "The customer has a ticket with this subject already."
    ),
    "customers.ticket_unknown": Entry(404, 404, "There is no such ticket."),
    "request.batch_too_large": Entry(
        1060, 400, "The batch holds more items than allowed: at most {most}."
    ),
    "request.invalid": Entry(400, 400, "The request is invalid. {detail}"),
    "request.media_type_unsupported": Entry(415, 415, "The body must be JSON, not {media_type}."),
    "request.media_type_unsupported.form": Entry(
        415, 415, "The body must be multipart/form-data, not {media_type}."
    ),
    "request.method_not_allowed": Entry(405, 405, "{method} is not possible here."),
    "request.not_acceptable": Entry(406, 406, "This dialect answers JSON only."),
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
    "tenancy.credential_unknown": Entry(404, 404, "There is no such log-in."),
    "tenancy.entity_unknown": Entry(404, 404, "There is no such organization entity."),
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
    "tenancy.log_in_invalid": Entry(400, 400, "The log-in cannot be used."),
    "tenancy.log_in_taken": Entry(409, 409, "The log-in is taken."),
    "tenancy.organization_code_taken": Entry(409, 409, "Another organization has this code."),
    "tenancy.scope_missing": Entry(403, 403, "The log-in lacks the scope {scope}."),
    "tenancy.scope_unknown": Entry(400, 400, "There is no scope {scope}."),
    "tenancy.secret_too_short": Entry(
        400, 400, "The secret must have at least {shortest} characters."
    ),
    "tenancy.setting_invalid": Entry(400, 400, "The setting {name} cannot have this value."),
    "tenancy.setting_unknown": Entry(404, 404, "There is no setting {name}."),
    "tenancy.username_taken": Entry(409, 409, "Somebody else logs in by this name."),
}

CATALOGUE: dict[str, Entry] = dict(sorted((_CORE | LOYALTY | APPROVALS).items()))
