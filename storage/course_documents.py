"""The documents of a course, as people who see the course may open them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from storage import attachments
from storage.models import Attachment, AttachmentState, CourseDocument

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.attachments import Attached

MOST = 8  # documents of one course

OF = (
    select(CourseDocument.attachment_id)
    .join(Attachment, Attachment.id == CourseDocument.attachment_id)
    .where(CourseDocument.course_id == bindparam("course_id"))
    .where(Attachment.state != AttachmentState.FAILED)
    .order_by(CourseDocument.number)
)


def of(db: Connection, course_id: int) -> list[Attached]:
    """The documents of a course in their order; what could not be fetched is none."""
    ids = db.execute(OF, {"course_id": course_id}).scalars().all()
    return [one for each in ids if (one := attachments.get(db, each))]


def ready(db: Connection, course_id: int) -> list[Attached]:
    """Those of them that can be handed out now."""
    return [one for one in of(db, course_id) if one.state is AttachmentState.READY]
