"""Database triggers that make the points ledger append-only, and the only way to lift them."""

from collections.abc import Iterator

from crm.kernel.append_only import AppendOnly, AppendOnlyTable, Trigger, build_function

ENTRIES = "loyalty_pointsentry"
IS_WITHDRAWN = (
    "EXISTS (SELECT 1 FROM loyalty_withdrawnmembership w WHERE w.enrollment_id = OLD.enrollment_id)"
)
MESSAGE = "the points ledger is append-only"


class LedgerTables(AppendOnly):
    """Entries of a membership that was withdrawn may go: ``WithdrawnMembership`` keeps them."""

    def list_functions(self) -> list[str]:
        check = f"IF {IS_WITHDRAWN} THEN RETURN OLD; END IF; RAISE EXCEPTION '{self.message}';"
        return [*super().list_functions(), build_function("loyalty_keeps_entries", check)]

    def _list_for_postgresql(self, table: AppendOnlyTable) -> Iterator[Trigger]:
        for trigger in super()._list_for_postgresql(table):
            if table.name != ENTRIES or "OR DELETE" not in trigger.event:
                yield trigger
                continue
            event = trigger.event.removesuffix(" OR DELETE")
            yield Trigger(table.name, trigger.name, event, trigger.action)
            keeps = "FOR EACH ROW EXECUTE FUNCTION loyalty_keeps_entries()"
            yield Trigger(table.name, f"{table.name}_no_delete", "BEFORE DELETE", keeps)

    def _list_for_sqlite(self, table: AppendOnlyTable) -> Iterator[Trigger]:
        for trigger in super()._list_for_sqlite(table):
            if table.name != ENTRIES or trigger.event != "BEFORE DELETE":
                yield trigger
                continue
            action = f"WHEN NOT {IS_WITHDRAWN} {trigger.action}"
            yield Trigger(table.name, trigger.name, trigger.event, action)


_TABLES = [
    # All columns but ``enrollment_id``: a merge moves entries to another enrollment.
    AppendOnlyTable(
        ENTRIES,
        "id, org_id, kind, points, delayed, purchases, shortfall, transaction_id, "
        "transaction_number, reference, notes, happened_at, recorded_at, entered_by_id",
    ),
    AppendOnlyTable("loyalty_pointsallocation", "id, entry_id, lot_id, points"),
]
# As the first migration installs them: there are no withdrawn memberships yet.
FIRST_LEDGER = AppendOnly("loyalty_refuses_change", MESSAGE, _TABLES)
LEDGER = LedgerTables("loyalty_refuses_change", MESSAGE, _TABLES)
install_triggers, remove_triggers, lifted_triggers = LEDGER.install, LEDGER.remove, LEDGER.lifted
