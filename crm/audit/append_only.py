"""Database triggers that make the audit log append-only."""

from crm.kernel.append_only import AppendOnly, AppendOnlyTable

LOG = AppendOnly(
    "audit_refuses_change",
    "the audit log is append-only",
    [AppendOnlyTable(name) for name in ("audit_event", "audit_seal", "audit_sealedevent")],
)
install_triggers, remove_triggers, lifted_triggers = LOG.install, LOG.remove, LOG.lifted
