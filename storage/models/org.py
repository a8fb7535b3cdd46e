"""Places and people: the tree, its rooms, who holds which post, and the contacts that speak."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.types import Base, BigId, bytewise


class Node(Base):
    """A node of the tree of places; `path` is the chain of ids from the root, such as `/1/4/9/`."""

    __tablename__ = "nodes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("nodes.id"), index=True)
    level: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(128))
    dedicated: Mapped[bool] = mapped_column(default=False)
    path: Mapped[str] = mapped_column(bytewise(255), index=True)


class Person(Base):
    """Somebody of the staff; residents are only contacts."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64))


class PersonPost(Base):
    """A role that a person holds at a node."""

    __tablename__ = "posts"
    __table_args__ = (UniqueConstraint("person_id", "role", "node_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str] = mapped_column(String(32))
    node_id: Mapped[int] = mapped_column(ForeignKey("nodes.id"), index=True)


class Room(Base):
    """A WeChat group that one of our accounts is in; without a node it is waiting to be bound."""

    __tablename__ = "rooms"
    __table_args__ = (UniqueConstraint("account", "external_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(128))
    topic: Mapped[str] = mapped_column(String(255), default="")
    node_id: Mapped[int | None] = mapped_column(ForeignKey("nodes.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16), default="residents")
    gone_at: Mapped[datetime | None]


class Contact(Base):
    """Somebody who spoke to one of our accounts, as WeChat knows them; staff are linked to a person."""

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("account", "external_id"), Index("ix_contacts_person_id", "person_id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(128), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
