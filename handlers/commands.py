"""The lists of commands that platforms show beside the text field, by role and language."""

from __future__ import annotations

from handlers import text
from storage.models import Called
from storage.parts import Part


def _(sentence: str) -> str:
    """Mark a sentence for the catalogue; it is translated when somebody's list is made."""
    return sentence


# (Vietnamese name, English name, what it does), in the order they are shown.
SCHEDULE = ("lich", "schedule", _("Training schedule"))
REGISTER = ("dangky", "register", _("Register for a training"))
MINE = ("cuatoi", "mine", _("My trainings"))
CANCEL = ("huy", "cancel", _("Give a seat back"))
REMINDERS = ("nhac", "reminders", _("Reminders of trainings"))
PROFILE = ("dulieu", "mydata", _("My details and my data"))
LINK = ("noi", "link", _("Link another account"))
LANGUAGE = ("ngonngu", "language", _("Language"))
HELP = ("trogiup", "help", _("Help"))
WORK = ("viec", "work", _("What is to be done today"))
ANNOUNCE = ("thongbao", "announce", _("Announcements to teachers and managers"))
COURSES = ("lop", "courses", _("Trainings of the office"))
ROSTER = ("nhapds", "roster", _("Bring in a list of staff"))
INVITE = ("moi", "invite", _("Invite officers"))
JOURNAL = ("nhatky", "journal", _("Who has decided what"))
CHECK_IN = ("diemdanh", "checkin", _("Check in to a training"))
HOURS = ("gio", "hours", _("Periods that count for the year"))
STAFF = ("danhsach", "staff", _("List of the school"))
REPORTS = ("baocao", "report", _("Yearly reports of communes"))
STATISTICS = ("thongke", "statistics", _("Figures and indicators"))

TAKING_PART = (SCHEDULE, REGISTER, MINE, CANCEL)
LISTS = {
    Part.STRANGER: (SCHEDULE, HELP, LANGUAGE),
    Part.TEACHER: (*TAKING_PART, CHECK_IN, HOURS, REMINDERS, PROFILE, LINK, HELP, LANGUAGE),
    Part.PRINCIPAL: (
        WORK,
        STAFF,
        STATISTICS,
        *TAKING_PART,
        CHECK_IN,
        HOURS,
        REMINDERS,
        PROFILE,
        LINK,
        HELP,
        LANGUAGE,
    ),
    Part.OFFICER: (
        WORK,
        COURSES,
        STATISTICS,
        REPORTS,
        ANNOUNCE,
        ROSTER,
        INVITE,
        JOURNAL,
        SCHEDULE,
        PROFILE,
        LINK,
        HELP,
        LANGUAGE,
    ),
}


def menu_for(part: Part, language: str) -> list[tuple[str, str]]:
    """Names and descriptions of the commands a person of this part sees, in their language.

    Vietnamese names are unaccented, as platforms take only a-z; English ones are aliases that
    do the same.
    """
    return [
        (
            english if language == "en" else vietnamese,
            text.say(language, Called.TEACHER, description),
        )
        for vietnamese, english, description in LISTS[part]
    ]
