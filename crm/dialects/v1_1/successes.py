"""What v1.1 says of an item that was done, by the operation; the catalogue takes it in."""

from crm.dialects.catalogue_entry import Entry

SUCCESSES: dict[str, Entry] = {
    "done.coupons.retrieved": Entry(1000, 200, "The coupons were retrieved."),
    "done.customer.retrieved": Entry(1000, 200, "The customer was retrieved."),
    "done.redemptions.retrieved": Entry(1000, 200, "The redemptions were retrieved."),
    "done.transactions.retrieved": Entry(1000, 200, "The transactions were retrieved."),
    "done.customers.registered": Entry(1000, 200, "The customer was registered."),
    "done.customers.updated": Entry(1000, 200, "The customer was updated."),
    "done.goodwill_request.added": Entry(9100, 200, "The goodwill request was filed."),
    "done.identity_change.requested": Entry(
        1040, 200, "The change of the identifier was filed as a request."
    ),
    "done.interactions.retrieved": Entry(1000, 200, "The interactions were retrieved."),
    "done.referrals.invited": Entry(1000, 200, "The referrals were invited."),
    "done.referrals.retrieved": Entry(1000, 200, "The referral statistics were retrieved."),
    "done.request.added": Entry(9000, 200, "The request was filed."),
    "done.request.approved": Entry(9000, 200, "The request was approved."),
    "done.request.rejected": Entry(9000, 200, "The request was rejected."),
    "done.requests.retrieved": Entry(9000, 200, "The requests were retrieved."),
    "done.invitee.added": Entry(100, 200, "Invitee added successfully."),
    "done.notes.retrieved": Entry(1000, 200, "The notes were retrieved."),
    "done.notes.written": Entry(200, 200, "The notes were added or updated."),
    "done.preferences.retrieved": Entry(200, 200, "The preferences were retrieved."),
    "done.preferences.updated": Entry(200, 200, "The preferences were updated."),
    "done.subscriptions.retrieved": Entry(1000, 200, "The subscriptions were retrieved."),
    "done.subscriptions.updated": Entry(1000, 200, "The subscription was updated."),
    "done.tickets.reported": Entry(1300, 200, "The ticket was added."),
    "done.tickets.retrieved": Entry(1300, 200, "The tickets were retrieved."),
}
