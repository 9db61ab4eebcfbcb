"""Codes of v2's reference that no path produces, by number.

Who builds a path that says one of them moves it to the catalogue.
"""

from crm.dialects.catalogue_entry import Reserved

RESERVED: dict[int, Reserved] = {
    816: Reserved("customer_not_in_organization", 404, "The organization has no such customer."),
    1000: Reserved("success", 200, "The request was carried out."),
    1001: Reserved("mobile_invalid", 400, "Not registered: the mobile number cannot be read."),
    1002: Reserved("email_invalid", 400, "Not registered: the email address cannot be read."),
    1003: Reserved("external_id_invalid", 400, "Not registered: the external id cannot be used."),
    1007: Reserved(
        "no_valid_identifier",
        400,
        "Not registered: no usable mobile number, email address or external id.",
    ),
    1008: Reserved("external_id_not_registered", 400, "The external id could not be registered."),
    1009: Reserved(
        "mlm_not_joined", 400, "The customer could not be added to the referral network."
    ),
    1010: Reserved("points_not_updated", 400, "The points of the customer could not be updated."),
    1011: Reserved("customer_unknown", 404, "No customer is known by this identifier."),
    1012: Reserved(
        "customer_not_found",
        404,
        "No customer is known by this mobile number, email address or external id.",
    ),
    1013: Reserved("not_in_program", 400, "The customer is not in the loyalty program."),
    1014: Reserved("registered_already", 409, "The customer is registered already."),
    1016: Reserved("email_taken", 409, "Not registered: another customer has the email address."),
    1018: Reserved("custom_field_not_updated", 400, "The custom field could not be updated."),
    1019: Reserved(
        "email_alone",
        400,
        "With an email address, a mobile number or external id is required to register.",
    ),
    1020: Reserved(
        "no_loyalty_customer", 400, "The customer is not registered for the loyalty program."
    ),
    1021: Reserved("validation_code_invalid", 400, "The validation code is wrong."),
    1024: Reserved("profile_not_updated", 400, "The profile of the customer could not be updated."),
    1025: Reserved(
        "mandatory_fields_differ",
        400,
        "The mandatory fields do not match, so the identity was not updated.",
    ),
    1026: Reserved("too_few_fields_match", 400, "Fewer optional fields match than are required."),
    1027: Reserved("verification_field_unknown", 400, "The field to verify by does not exist."),
    1029: Reserved("preferences_not_read", 400, "The preferences could not be read."),
    1032: Reserved("mobile_taken", 409, "Another customer has the mobile number."),
    1033: Reserved("external_id_taken", 409, "Another customer has the external id."),
    1038: Reserved("external_id_refused", 400, "The external id could not be registered."),
    1041: Reserved("change_not_requested", 400, "The identity change could not be filed."),
    1042: Reserved(
        "identifier_invalid", 400, "The mobile number, email address or external id cannot be used."
    ),
    1044: Reserved(
        "details_not_permitted", 403, "The log-in may not see the details of this customer."
    ),
    1045: Reserved(
        "non_loyalty_without_identifier",
        400,
        "A non-loyalty customer needs a mobile number or an email address.",
    ),
    1046: Reserved(
        "loyalty_downgrade", 400, "A loyalty customer cannot become a non-loyalty customer."
    ),
    1051: Reserved(
        "no_recommendations", 400, "There are no transactions or recommendations for the customer."
    ),
    1052: Reserved("transactions_success", 200, "The transactions were read."),
    1053: Reserved("preferred_store_unknown", 200, "The preferred store is unknown."),
    1061: Reserved("recommendations_success", 200, "The recommendations were read."),
    1062: Reserved("test_control_invalid", 400, "The test and control status is invalid."),
    1088: Reserved(
        "points_not_issued", 500, "The points could not be issued; please tell support."
    ),
    1099: Reserved("tracker_not_read", 400, "The tracker data of the customer could not be read."),
    1104: Reserved(
        "subscription_identifier_invalid", 400, "The identifier is missing or cannot be used."
    ),
    1107: Reserved("campaign_id_invalid", 400, "The campaign id is invalid."),
    1108: Reserved("outbox_id_invalid", 400, "The outbox id is invalid."),
    1109: Reserved("subscriptions_failed", 400, "The subscriptions could not be read or changed."),
    1110: Reserved("subscriptions_not_updated", 400, "The subscriptions could not be updated."),
    1222: Reserved("referral_failed", 500, "The referral system failed."),
    1300: Reserved("ticket_success", 200, "The ticket was added, or read."),
    8059: Reserved(
        "index_not_updated", 500, "The customer could not be put into the search index."
    ),
    8062: Reserved("loyalty_not_read", 500, "The loyalty points could not be read."),
    8063: Reserved("segmentation_not_read", 500, "The segments could not be read."),
    8067: Reserved(
        "merged_already", 409, "The customer was found in another source and is merged already."
    ),
    10001: Reserved("customer_not_added", 400, "The customer could not be added."),
    10002: Reserved(
        "customer_not_updated", 400, "The details of the customer could not be updated."
    ),
    91001: Reserved("points_not_read", 200, "The points could not be read."),
    91002: Reserved("subscriptions_not_read", 200, "The subscriptions could not be read."),
    91003: Reserved("not_validated", 200, "The validation failed."),
    91004: Reserved("segments_not_read", 200, "The segments could not be read."),
    91009: Reserved("survivor_answered", 200, "The customer was merged; this is the survivor."),
    91010: Reserved("downgrade_not_configured", 400, "No downgrade strategy is configured."),
    91011: Reserved("lowest_slab", 200, "The customer is in the lowest tier already."),
    91012: Reserved("highest_slab", 200, "The customer is in the highest tier already."),
    91013: Reserved(
        "upgrade_criteria_not_read", 200, "The criteria for a tier upgrade could not be read."
    ),
    91014: Reserved(
        "renewal_criteria_not_read", 200, "The criteria for a tier renewal could not be read."
    ),
    91016: Reserved("no_wechat_profile", 200, "The customer has no WECHAT profile."),
    91017: Reserved("no_web_engage_profile", 200, "The customer has no WEB_ENGAGE profile."),
    91018: Reserved(
        "wechat_notifications_not_loaded", 200, "The WeChat notifications could not be loaded."
    ),
    91019: Reserved(
        "web_engage_notifications_not_loaded",
        200,
        "The Web Engage notifications could not be loaded.",
    ),
}
