"""Errors of notes, tickets and preferences."""

from crm.kernel.errors import DomainError


class NotesNotWritten(DomainError):
    """None of the notes is valid (1037; fact: ``field``, of the first one)."""

    code = "customers.notes_not_written"


class NoteInvalid(DomainError):
    """A field of a note is missing or not valid (fact: ``field``)."""

    code = "customers.note_invalid"


class NotesNone(DomainError):
    """The customer has no such notes (1028)."""

    code = "customers.notes_none"


class TicketSubjectMissing(DomainError):
    """A ticket needs a subject (1303)."""

    code = "customers.ticket_subject_missing"


class TicketSubjectTaken(DomainError):
    """The customer has an open ticket with this subject (1301; fact: ``ticket``)."""

    code = "customers.ticket_subject_taken"


class TicketCodeTaken(DomainError):
    """Another ticket of the organization has this code."""

    code = "customers.ticket_code_taken"


class TicketInvalid(DomainError):
    """A field of a ticket is not valid (1302; fact: ``field``)."""

    code = "customers.ticket_invalid"


class TicketAssigneeUnknown(DomainError):
    """The assignee is not an active staff member of the organization."""

    code = "customers.ticket_assignee_unknown"


class TicketUnknown(DomainError):
    """The organization has no such ticket."""

    code = "customers.ticket_unknown"


class TicketChangedMeanwhile(DomainError):
    """The ticket was changed or answered after the page was opened."""

    code = "customers.ticket_changed_meanwhile"


class TicketFilterInvalid(DomainError):
    """The value of a ticket filter is not valid (fact: ``field``)."""

    code = "customers.ticket_filter_invalid"


class PreferencesNotUpdated(DomainError):
    """None of the preferences is valid (1030)."""

    code = "customers.preferences_not_updated"


class PreferencesNone(DomainError):
    """The customer has set no preferences (1031)."""

    code = "customers.preferences_none"
