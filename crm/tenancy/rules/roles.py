"""The rights of the roles of staff: one table, given after every ``migrate``.

A right of a new page or model is declared here only; no migration is needed. The migrations that
gave rights before are history.
"""


def _list_rights(app: str, codenames: str) -> list[str]:
    return [f"{app}.{codename}" for codename in codenames.split()]


_LOYALTY_VIEWS = (
    *_list_rights(
        "loyalty",
        "view_card view_cardlabel view_cardseries view_coupon view_couponseries "
        "view_enrollment view_invitation view_partnerprogram view_partnertier view_paymentmode "
        "view_pointsentry view_program view_programgroup view_promotion view_referralcampaign "
        "view_tier view_transaction",
    ),
)
_SUPPORT = (
    *_LOYALTY_VIEWS,
    *_list_rights("approvals", "file_request view_request"),
    *_list_rights(
        "customers",
        "add_customer add_interaction add_note add_ticket change_customer change_preferences "
        "change_subscription change_ticket label_customer view_company view_customer "
        "view_interaction view_note view_preferences view_ticket view_ticketreply",
    ),
    *_list_rights("loyalty", "change_card issue_cards"),
)
_APPROVER = (
    *_SUPPORT,
    *_list_rights("approvals", "decide_request export_requests"),
    *_list_rights("audit", "view_event"),
    *_list_rights("customers", "mark_fraud undo_merge"),
    *_list_rights(
        "loyalty",
        "adjust_points enter_transactions issue_coupons link_partners reactivate_coupons "
        "redeem_coupons redeem_points return_transactions reverse_redemptions revoke_coupons "
        "transfer_points",
    ),
)
_IMPORT = (
    *_LOYALTY_VIEWS,
    *_list_rights("approvals", "export_requests import_requests view_request"),
    *_list_rights(
        "customers",
        "export_customers import_customers import_interactions view_customer view_interaction",
    ),
    *_list_rights("loyalty", "export_transactions import_cards import_coupons import_transactions"),
    *_list_rights("runs", "view_run"),
)
_ADMIN = (
    *_APPROVER,
    *_IMPORT,
    *_list_rights("audit", "view_seal"),
    *_list_rights(
        "customers",
        "add_company add_fielddefinition add_fieldoption add_fieldtranslation add_hierarchy "
        "add_hierarchyrole add_sourceaccount add_statuslabel change_company "
        "change_fielddefinition change_fieldoption change_fieldtranslation change_hierarchy "
        "change_hierarchyrole change_sourceaccount change_statuslabel delete_fieldoption "
        "delete_fieldtranslation export_tickets view_fielddefinition view_fieldoption "
        "view_fieldtranslation view_hierarchy view_hierarchyrole view_sourceaccount "
        "view_statuslabel",
    ),
    *_list_rights(
        "loyalty",
        "add_cardlabel add_cardseries add_couponseries add_partnerprogram add_partnertier "
        "add_paymentmode add_program add_programgroup add_promotion add_referralcampaign add_tier "
        "change_cardlabel change_cardseries change_couponseries change_partnerprogram "
        "change_partnertier change_paymentmode change_program change_programgroup "
        "change_promotion change_referralcampaign change_tier "
        "generate_cards",
    ),
    *_list_rights(
        "tenancy",
        "add_credential add_orgentity add_ratelimit add_staffuser change_credential "
        "change_organization change_orgentity change_ratelimit change_staffuser "
        "delete_ratelimit view_credential view_organization view_orgentity view_ratelimit "
        "view_staffuser",
    ),
)
# Reads, and changes nothing.
_AUDITOR = (
    *_LOYALTY_VIEWS,
    *_list_rights("approvals", "view_decision view_request"),
    *_list_rights("audit", "view_event view_seal view_sealedevent"),
    *_list_rights(
        "customers",
        "view_association view_channel view_company view_customer view_fielddefinition "
        "view_fieldoption view_fieldtranslation view_hierarchy view_hierarchyrole "
        "view_identifier view_interaction view_mergejournal view_mergejournalrow view_note "
        "view_preferences view_profile view_profileidentifier view_searchkey "
        "view_sourceaccount view_statuschange view_statuslabel view_subscription "
        "view_subscriptionchange view_ticket view_ticketreply",
    ),
    *_list_rights(
        "loyalty",
        "view_cardgeneration view_cardstatuschange view_couponredemption view_effect "
        "view_lineitem view_partnermembership view_pointsallocation view_pointslot "
        "view_pointstransfer view_tierchange",
    ),
    *_list_rights("runs", "view_run"),
    *_list_rights(
        "tenancy",
        "view_credential view_idempotencyreceipt view_idempotencyrecord view_organization "
        "view_orgentity view_ratelimit view_staffuser",
    ),
)

ROLES = {
    "support agent": frozenset(_SUPPORT),
    "approver": frozenset(_APPROVER),
    "import operator": frozenset(_IMPORT),
    "organization admin": frozenset(_ADMIN),
    "auditor": frozenset(_AUDITOR),
}
