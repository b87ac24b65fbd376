"""Papers that prove something, the keys that sign them, and files made for one officer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class SigningKey(Base):
    """An Ed25519 key pair of this installation (hex). The newest signs; all of them verify."""

    __tablename__ = "signing_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    public: Mapped[str] = mapped_column(unique=True)
    private: Mapped[str]
    made_at: Mapped[datetime]


class Paper(Base):
    """A "giấy xác nhận tham dự" of one person and course, with what it says word for word.

    `number` is printed on it and counts up within a year. `facts` is what was signed; a reprint
    says the same. A revoked one stays, and is said to be revoked.
    """

    __tablename__ = "papers"
    __table_args__ = (Index("ix_papers_course_id_person_id", "course_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    facts: Mapped[dict[str, Any]]
    key_id: Mapped[int] = mapped_column(ForeignKey("signing_keys.id"))
    signature: Mapped[str]
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    revoked_why: Mapped[str] = mapped_column(default="")


class Export(Base):
    """A file somebody asked for. It is made when it is fetched, within their rights of that day.

    `kind` names who makes it; `asked` are its arguments, ids and words of the program only.
    """

    __tablename__ = "exports"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    kind: Mapped[str]
    asked: Mapped[dict[str, Any]]
    at: Mapped[datetime]
