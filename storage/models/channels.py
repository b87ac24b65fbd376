"""The ways to people: their standing, what passes over them, what it costs, and their keys."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class ChannelState(StrEnum):
    """Whether a channel carries messages, and if not, who has to do something about it."""

    READY = "ready"
    REFUSED = "refused"  # the platform no longer accepts our token
    EXHAUSTED = "exhausted"  # a quota or the money is used up
    HALTED = "halted"  # verification, a package, a permission or an approved template is missing


class Channel(Base):
    """A channel of this installation, as the running program last described it.

    A channel without a row runs and is free. `terms` are its prices and limits
    (`storage.channels.Terms`); `polled_at` is when it was last listened to.
    """

    __tablename__ = "channels"

    name: Mapped[str] = mapped_column(primary_key=True)
    running: Mapped[bool]
    state: Mapped[ChannelState]
    reason: Mapped[str] = mapped_column(default="")
    since: Mapped[datetime]
    terms: Mapped[dict[str, Any]]
    polled_at: Mapped[datetime | None]


class InboxEvent(Base):
    """What a platform brought, as it came, until its turn is committed; then the row goes.

    For wires that want their 200 at once or forget what was read. `key` is the platform's id of
    the event, so that a repeated delivery is one row.
    """

    __tablename__ = "inbox_events"
    __table_args__ = (Index("ix_inbox_events_channel_key", "channel", "key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    key: Mapped[str]
    body: Mapped[str]
    received_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)


class Spending(Base):
    """Messages and đồng of one channel, day (local) and kind of message."""

    __tablename__ = "spending"

    channel: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    messages: Mapped[int] = mapped_column(default=0)
    cost: Mapped[int] = mapped_column(default=0)


class Pace(Base):
    """How far one channel account is ahead of its limit; see `storage.paces`.

    `at` is when the row was last moved, `ahead` and `hold` are microseconds counted from then: what
    the messages sent take, and how long the platform wants nothing at all.
    """

    __tablename__ = "paces"

    account: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    ahead: Mapped[int] = mapped_column(BigInteger)
    hold: Mapped[int] = mapped_column(BigInteger)


class ReplyRate(Base):
    """How many answers a second one process spoke lately on one channel."""

    __tablename__ = "reply_rates"

    channel: Mapped[str] = mapped_column(primary_key=True)
    process: Mapped[str] = mapped_column(primary_key=True)
    rate: Mapped[float]
    at: Mapped[datetime]


class TokenState(StrEnum):
    """Whether the pair can be used."""

    GOOD = "good"
    UNCERTAIN = "uncertain"  # a refresh was sent and its answer lost: the pair may be spent
    LOST = "lost"  # the platform refuses the refresh token: an administrator has to log in anew


class OaToken(Base):
    """The rotating pair of one Official Account app. Each refresh token works exactly once.

    Whoever refreshes holds the row (`holder`, until `held_until`), so that no two processes spend
    one token. `generation` counts the pairs.
    """

    __tablename__ = "oa_tokens"

    app_id: Mapped[str] = mapped_column(primary_key=True)
    access: Mapped[str]
    refresh: Mapped[str]
    generation: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime]
    state: Mapped[TokenState]
    holder: Mapped[str] = mapped_column(default="")
    held_until: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class LinkCode(Base):
    """A one-time code by which a person adds another account; only its digest is kept."""

    __tablename__ = "link_codes"

    digest: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PhoneCode(Base):
    """A code on its way to the number the roster has for a person, to be typed on an account.

    `code` is emptied once it is used, wrong too often or too old.
    """

    __tablename__ = "phone_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    phone: Mapped[str]
    code: Mapped[str]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
