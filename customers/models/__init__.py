"""What the customers app stores."""

from customers.models.association import Association
from customers.models.channel import Channel
from customers.models.company import Company
from customers.models.customer import Customer
from customers.models.field_definition import FieldDefinition, FieldOption, FieldTranslation
from customers.models.hierarchy import Hierarchy, HierarchyRole
from customers.models.identifier import Identifier, ProfileIdentifier
from customers.models.image import CustomerImage
from customers.models.interaction import Interaction
from customers.models.merge_journal import MergeJournal, MergeJournalRow
from customers.models.note import Note
from customers.models.one_time_code import OneTimeCode
from customers.models.preferences import Preferences
from customers.models.profile import Profile
from customers.models.search_key import SearchKey
from customers.models.source_account import SourceAccount
from customers.models.status import StatusChange, StatusLabel
from customers.models.subscription import (
    ScopedSubscription,
    Subscription,
    SubscriptionChange,
)
from customers.models.ticket import Ticket, TicketReply

__all__ = [
    "Association",
    "Channel",
    "Company",
    "Customer",
    "CustomerImage",
    "FieldDefinition",
    "FieldOption",
    "FieldTranslation",
    "Hierarchy",
    "HierarchyRole",
    "Identifier",
    "Interaction",
    "MergeJournal",
    "MergeJournalRow",
    "Note",
    "OneTimeCode",
    "Preferences",
    "Profile",
    "ProfileIdentifier",
    "ScopedSubscription",
    "SearchKey",
    "SourceAccount",
    "StatusChange",
    "StatusLabel",
    "Subscription",
    "SubscriptionChange",
    "Ticket",
    "TicketReply",
]
