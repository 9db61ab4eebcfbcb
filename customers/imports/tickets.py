"""The import of tickets: new ones are opened, known codes are changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.imports.columns import ChoiceColumn, Column, NameColumn
from crm.imports.customer_columns import build_customer_columns
from crm.imports.file_import import CREATE, UNCHANGED, UPDATE
from crm.imports.operation_import import CUSTOMER_CELL, CUSTOMER_COLUMN, OperationImport
from crm.imports.operations.staged_rows import Key
from crm.imports.parsed_rows import ParsedRow, RowEffect
from crm.imports.readings import CellFormats
from crm.imports.row_import import NOTHING_DIFFERS
from crm.kernel.staff_texts import staff_text
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Ticket
from customers.operations.tickets.open import open_ticket
from customers.operations.tickets.update import TicketChange, change_ticket
from customers.queries.tickets import find_tickets_by_code
from customers.rules.tickets import NewTicket

CODE, SUBJECT = "code", "subject"
# What a row of a known ticket changes.
CHANGED = ("status", "priority", "type", "reported_from", "department")


class TicketImport(OperationImport):
    """Opens tickets, and changes those whose code is known."""

    key = "tickets"
    singular = "ticket"
    plural = "tickets"
    permission = "customers.import_customers"
    subject = "customers.ticket"
    example = ["Mobile", "Code", "Subject", "Message", "Status", "Priority", "Department"]
    hints = [
        staff_text("Each row is one ticket of a customer. Without a code, it gets one."),
        staff_text("A row with a known code changes status, priority, type and department."),
    ]
    required_columns = [CUSTOMER_COLUMN, (SUBJECT, staff_text("Map a column to the subject."))]
    required_cells = [CUSTOMER_CELL, (SUBJECT, staff_text("Give the subject."))]
    repeats = {CODE: (CODE, "code")}
    fault_targets = {
        errors.TicketSubjectMissing: SUBJECT,
        errors.TicketSubjectTaken: SUBJECT,
        errors.TicketCodeTaken: CODE,
    }

    @classmethod
    def column_groups(
        cls, org: Organization, formats: CellFormats
    ) -> Mapping[str, Sequence[Column]]:
        return {
            staff_text("Customer"): build_customer_columns(),
            staff_text("Ticket"): [
                NameColumn(CODE, staff_text("Code"), "ticketcode ticket ticketno"),
                Column(SUBJECT, staff_text("Subject"), "title"),
                Column("message", staff_text("Message"), "text description body"),
                ChoiceColumn("status", staff_text("Status"), Ticket.Status.choices, "ticketstatus"),
                ChoiceColumn("priority", staff_text("Priority"), Ticket.Priority.choices),
                ChoiceColumn("type", staff_text("Type"), Ticket.Type.choices, "tickettype"),
                ChoiceColumn(
                    "reported_from", staff_text("Reported from"), Ticket.ReportedFrom.choices
                ),
                Column("department", staff_text("Department"), "dept team"),
            ],
        }

    def list_keys(self, origin: Origin, parsed: ParsedRow) -> Sequence[Key]:
        return [(CODE, parsed.values[CODE])] if CODE in parsed.values else []

    def act(self, origin: Origin, rows: Sequence[ParsedRow]) -> list[RowEffect]:
        codes = {row.values[CODE] for row in rows if CODE in row.values}
        self._known = find_tickets_by_code(org_id=origin.org.pk, codes=codes)
        return super().act(origin, rows)

    def write_row(self, origin: Origin, customer_id: int, row: ParsedRow) -> RowEffect:
        known = self._known.get(row.values.get(CODE, ""))
        if known is None or known.customer_id != customer_id:
            opened = open_ticket(
                origin=origin, ticket=NewTicket(customer_id=customer_id, **row.values)
            )
            after = {"customer": customer_id, SUBJECT: row.values[SUBJECT]}
            return RowEffect(CREATE, opened.ticket_id, None, after)
        values = {name: row.values[name] for name in CHANGED if name in row.values}
        changes: dict[str, Any] = {
            name: value for name, value in values.items() if getattr(known, name) != value
        }
        if not changes:
            return RowEffect(UNCHANGED, known.pk, remarks=[("", NOTHING_DIFFERS)])
        before = {name: getattr(known, name) for name in changes}
        change_ticket(origin=origin, change=TicketChange(ticket_id=known.pk, **changes))
        return RowEffect(UPDATE, known.pk, before, changes)
