"""Database triggers that make decisions append-only and keep a request's content."""

from crm.kernel.append_only import (
    POSTGRESQL,
    AppendOnly,
    AppendOnlyTable,
    Trigger,
    build_function,
)

DECISIONS = "approvals_decision"
REFUSAL = "a decision names the maker of its request"
MAKER_MATCHES = (
    "EXISTS (SELECT 1 FROM approvals_request r WHERE r.id = NEW.request_id "
    "AND r.org_id = NEW.org_id AND r.maker_caller_id = NEW.maker_caller_id "
    "AND r.maker_person_id = NEW.maker_person_id)"
)


class ApprovalTables(AppendOnly):
    """Also refuses a decision whose maker differs from its request's.

    So the constraint ``maker_is_not_checker`` compares the checker with the real maker.
    """

    def list_functions(self) -> list[str]:
        check = f"IF NOT {MAKER_MATCHES} THEN RAISE EXCEPTION '{REFUSAL}'; END IF; RETURN NEW;"
        return [*super().list_functions(), build_function("approvals_checks_maker", check)]

    def list_triggers(self, vendor: str) -> list[Trigger]:
        if vendor == POSTGRESQL:
            check = "FOR EACH ROW EXECUTE FUNCTION approvals_checks_maker()"
        else:
            check = f"WHEN NOT {MAKER_MATCHES} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        maker_check = Trigger(DECISIONS, f"{DECISIONS}_of_its_maker", "BEFORE INSERT", check)
        return [*super().list_triggers(vendor), maker_check]


APPROVALS = ApprovalTables(
    "approvals_refuses_change",
    "what was asked and decided is never changed",
    [
        AppendOnlyTable(DECISIONS),
        # All columns that never change after filing. ``customer_id`` may: a merge moves it.
        AppendOnlyTable(
            "approvals_request",
            "id, org_id, kind, old_value, new_value, points, payload, sameness, reason, comments, "
            "maker_id, maker_caller_id, maker_person_id, filed_at",
            trigger="approvals_request_as_asked",
            refuses_truncate=False,
        ),
    ],
)
install_triggers, remove_triggers = APPROVALS.install, APPROVALS.remove
lifted_triggers = APPROVALS.lifted
