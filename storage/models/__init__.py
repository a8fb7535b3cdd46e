"""The tables; importing this package knows them all."""

from storage.models.audit import AuditEntry
from storage.models.messages import Attachment, Connection, Message, Utterance
from storage.models.notices import Delivery, Notice, NoticePart
from storage.models.org import Contact, Node, Person, PersonPost, Room
from storage.models.outbox import Lease, OutboxItem
from storage.models.tickets import Correction, Serial, Ticket, TicketEvent, TicketReport

__all__ = [
    "Attachment",
    "AuditEntry",
    "Connection",
    "Contact",
    "Correction",
    "Delivery",
    "Lease",
    "Message",
    "Node",
    "Notice",
    "NoticePart",
    "OutboxItem",
    "Person",
    "PersonPost",
    "Room",
    "Serial",
    "Ticket",
    "TicketEvent",
    "TicketReport",
    "Utterance",
]
