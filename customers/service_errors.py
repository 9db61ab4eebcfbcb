"""Every reason why a note, a ticket or a preference is not kept or shown, by name."""

from crm.kernel.errors import DomainError


class NotesNotWritten(DomainError):
    """None of the notes can be kept (1037; fact: ``field``, what is wrong with the first)."""

    code = "customers.notes_not_written"


class NoteInvalid(DomainError):
    """A note lacks its associate or date, or holds what cannot be kept (fact: ``field``)."""

    code = "customers.note_invalid"


class NotesNone(DomainError):
    """The customer has no such notes (1028)."""

    code = "customers.notes_none"


class TicketSubjectMissing(DomainError):
    """A ticket needs a subject (1303)."""

    code = "customers.ticket_subject_missing"


class TicketSubjectTaken(DomainError):
    """The customer has a ticket with this subject that is not over (1301; fact: ``ticket``)."""

    code = "customers.ticket_subject_taken"


class TicketCodeTaken(DomainError):
    """Another ticket of the organization has this code."""

    code = "customers.ticket_code_taken"


class TicketInvalid(DomainError):
    """Something said of a ticket cannot be read or kept (1302; fact: ``field``)."""

    code = "customers.ticket_invalid"


class TicketAssigneeUnknown(DomainError):
    """Tickets are assigned to active members of the organization's staff only."""

    code = "customers.ticket_assignee_unknown"


class TicketUnknown(DomainError):
    """The organization has no such ticket."""

    code = "customers.ticket_unknown"


class TicketChangedMeanwhile(DomainError):
    """Somebody changed or answered the ticket after the page was opened that says what to do."""

    code = "customers.ticket_changed_meanwhile"


class TicketFilterInvalid(DomainError):
    """Tickets cannot be told apart by this value (fact: ``field``)."""

    code = "customers.ticket_filter_invalid"


class PreferencesNotUpdated(DomainError):
    """Nothing of what was given can be kept as a preference (1030)."""

    code = "customers.preferences_not_updated"


class PreferencesNone(DomainError):
    """The customer has set no preferences (1031)."""

    code = "customers.preferences_none"
