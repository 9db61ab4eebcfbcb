"""What v1.1 says of an item that was done, by the operation; the catalogue takes it in."""

from crm.dialects.entry import Entry

SUCCESSES: dict[str, Entry] = {
    "done.subscriptions.retrieved": Entry(1000, 200, "The subscriptions were retrieved."),
    "done.subscriptions.updated": Entry(1000, 200, "The subscription was updated."),
}
