"""Database triggers that make the points ledger append-only, and the only way to lift them."""

from crm.kernel.append_only import AppendOnly, AppendOnlyTable

LEDGER = AppendOnly(
    "loyalty_refuses_change",
    "the points ledger is append-only",
    [
        # All columns but ``enrollment_id``: a merge moves entries to another enrollment.
        AppendOnlyTable(
            "loyalty_pointsentry",
            "id, org_id, kind, points, delayed, purchases, shortfall, transaction_id, "
            "transaction_number, reference, notes, happened_at, recorded_at, entered_by_id",
        ),
        AppendOnlyTable("loyalty_pointsallocation", "id, entry_id, lot_id, points"),
    ],
)
install_triggers, remove_triggers, lifted_triggers = LEDGER.install, LEDGER.remove, LEDGER.lifted
