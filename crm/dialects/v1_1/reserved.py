"""Codes of v1.1's reference that no path produces, by number.

Who builds a path that says one of them moves it to the catalogue.
"""

from crm.dialects.catalogue_entry import Reserved

RESERVED: dict[int, Reserved] = {
    816: Reserved("customer_not_in_organization", 200, "The organization has no such customer."),
    1005: Reserved("mobile_not_registered", 200, "The mobile number could not be registered."),
    1008: Reserved("external_id_not_registered", 200, "The external id could not be registered."),
    1009: Reserved(
        "mlm_not_joined", 200, "The customer could not be added to the referral network."
    ),
    1010: Reserved("points_not_updated", 200, "The points of the customer could not be updated."),
    1013: Reserved("not_in_program", 200, "The customer is not in the loyalty program."),
    1016: Reserved("email_taken", 200, "Not registered: another customer has the email address."),
    1018: Reserved("custom_field_not_updated", 200, "The custom field could not be updated."),
    1019: Reserved(
        "email_alone",
        200,
        "With an email address, a mobile number or external id is required to register.",
    ),
    1020: Reserved(
        "no_loyalty_customer", 200, "The customer is not registered for the loyalty program."
    ),
    1021: Reserved("validation_code_invalid", 200, "The validation code is wrong."),
    1025: Reserved(
        "mandatory_fields_differ",
        200,
        "The mandatory fields do not match, so the identity was not updated.",
    ),
    1026: Reserved("too_few_fields_match", 200, "Fewer optional fields match than are required."),
    1027: Reserved("verification_field_unknown", 200, "The field to verify by does not exist."),
    1029: Reserved("preferences_not_read", 200, "The preferences could not be read."),
    1032: Reserved("mobile_taken", 200, "Another customer has the mobile number."),
    1033: Reserved("external_id_taken", 200, "Another customer has the external id."),
    1038: Reserved("external_id_refused", 200, "The external id could not be registered."),
    1044: Reserved(
        "details_not_permitted", 200, "The log-in may not see the details of this customer."
    ),
    1045: Reserved(
        "non_loyalty_without_identifier",
        200,
        "A non-loyalty customer needs a mobile number or an email address.",
    ),
    1050: Reserved("recommendations_success", 200, "The recommendations were read."),
    1051: Reserved(
        "no_recommendations", 200, "There are no transactions or recommendations for the customer."
    ),
    1053: Reserved("preferred_store_unknown", 200, "The preferred store is unknown."),
    1061: Reserved("fraud_status_invalid", 200, "The fraud status is invalid."),
    1062: Reserved("test_control_invalid", 200, "The test and control status is invalid."),
    1086: Reserved(
        "points_processing_failed_1086", 200, "The points engine could not finish its part."
    ),
    1087: Reserved(
        "points_processing_failed_1087", 200, "The points engine could not finish its part."
    ),
    1088: Reserved(
        "points_not_issued", 200, "The points could not be issued; please tell support."
    ),
    1089: Reserved(
        "points_processing_failed_1089", 200, "The points engine could not finish its part."
    ),
    1090: Reserved(
        "points_processing_failed_1090", 200, "The points engine could not finish its part."
    ),
    1091: Reserved(
        "points_processing_failed_1091", 200, "The points engine could not finish its part."
    ),
    1092: Reserved(
        "points_processing_failed_1092", 200, "The points engine could not finish its part."
    ),
    1093: Reserved(
        "points_processing_failed_1093", 200, "The points engine could not finish its part."
    ),
    1094: Reserved(
        "points_processing_failed_1094", 200, "The points engine could not finish its part."
    ),
    1095: Reserved(
        "points_processing_failed_1095", 200, "The points engine could not finish its part."
    ),
    1096: Reserved(
        "points_processing_failed_1096", 200, "The points engine could not finish its part."
    ),
    1097: Reserved(
        "points_processing_failed_1097", 200, "The points engine could not finish its part."
    ),
    1098: Reserved(
        "points_processing_failed_1098", 200, "The points engine could not finish its part."
    ),
    1099: Reserved("tracker_not_read", 200, "The tracker data of the customer could not be read."),
    1107: Reserved("campaign_id_invalid", 200, "The campaign id is invalid."),
    1108: Reserved("outbox_id_invalid", 200, "The outbox id is invalid."),
    1109: Reserved("subscriptions_failed", 200, "The subscriptions could not be read or changed."),
    1110: Reserved("subscriptions_not_updated", 200, "The subscriptions could not be updated."),
    1222: Reserved("referral_failed", 200, "The referral system failed."),
    10001: Reserved("customer_not_added", 200, "The customer could not be added."),
    10002: Reserved(
        "customer_not_updated", 200, "The details of the customer could not be updated."
    ),
    91001: Reserved("points_not_read", 200, "The points could not be read."),
    91002: Reserved("subscriptions_not_read", 200, "The subscriptions could not be read."),
    91003: Reserved("not_validated", 200, "The validation failed."),
    91004: Reserved("segments_not_read", 200, "The segments could not be read."),
    91010: Reserved("downgrade_not_configured", 200, "No downgrade strategy is configured."),
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
