"""Courses after the models of both plans, dated around the day they are loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from storage.models.courses import CourseKind, CourseState, Modality, Mode, Precision
from storage.models.people import Position
from storage.models.registrations import Standing
from storage.models.units import SchoolType
from storage.sample import plans
from storage.sample.days import session, summer
from storage.spelling import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.sample.days import Calendar

STAFF = {"positions": ["GV", "HT", "PHT"]}
TEACHERS = {"positions": [Position.TEACHER.value]}
MANAGERS = {"positions": [Position.PRINCIPAL.value, Position.DEPUTY.value]}
CORE = {**STAFF, "core": True}
GROUPS = [SchoolType.GROUP.value, SchoolType.CLASS.value, SchoolType.CRECHE.value]
KRONG_NO = 15  # a former district
PROVINCE = 1

# A day of training: eight tiết, in tenths.
_DAY = 80
_SO = "Sở GDĐT Lâm Đồng"
_SO_PHONE = "+842630000000"
_TUY_DUC_PHONE = "+842610000000"
_SEATED, _WAITING, _ASKED = Standing.SEATED, Standing.WAITING, Standing.ASKED
_GIVEN_UP, _NOMINATED, _ENDED = Standing.GIVEN_UP, Standing.NOMINATED, Standing.ENDED


@dataclass(frozen=True, slots=True)
class Draft:
    """A course, its sessions, and how many stand where in the order of their turns."""

    number: int
    title: str
    short: str
    sessions: tuple[dict[str, Any], ...]
    kind: CourseKind = CourseKind.TRAINING
    modality: Modality = Modality.IN_PERSON
    mode: Mode = Mode.FREE
    state: CourseState = CourseState.OPEN
    audience: Mapping[str, Any] = field(default_factory=lambda: STAFF)
    seats: int | None = None
    school_limit: int | None = None
    unit_id: int = PROVINCE
    office: str = f"Phòng GDMN, {_SO}"
    phone: str = _SO_PHONE
    contact: str = ""
    lead: str = _SO
    bring: str = ""
    note: str = ""
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    standings: Mapping[Standing, int] = field(default_factory=dict[Standing, int])
    hours: int = 0
    completion: Mapping[str, Any] = field(default_factory=dict[str, Any])
    core_plan: bool = False

    def row(self, course_id: int, contacts: Mapping[str, int]) -> dict[str, Any]:
        """The row for the table; `turns` counts everybody who ever asked."""
        return {
            "id": course_id, "number": self.number, "title": self.title, "short": self.short,
            "folded": fold(f"{self.title} {self.short}"), "kind": self.kind,
            "modality": self.modality, "mode": self.mode, "state": self.state,
            "unit_id": self.unit_id, "audience": dict(self.audience), "seats": self.seats,
            "school_limit": self.school_limit, "turns": sum(self.standings.values()), "fee": 0,
            "note": self.note, "bring": self.bring, "lead": self.lead,
            "contact_id": contacts.get(self.contact), "contact_name": self.contact,
            "contact_office": self.office, "contact_phone": self.phone,
            "opens_at": self.opens_at, "closes_at": self.closes_at,
            "hours": self.hours, "completion": dict(self.completion),
        }  # fmt: skip

    def programmes(self, today: date) -> list[int]:
        """The plan of the year in which it takes place, and the one for core staff."""
        later = [day for s in self.sessions if (day := s["first_day"]) and day.year > today.year]
        yearly = plans.NEXT_YEAR if later else plans.THIS_YEAR
        return [yearly, plans.CORE] if self.core_plan else [yearly]

    def days(self) -> set[date]:
        """Days on which its people are busy, as far as they are settled."""
        return {session["first_day"] for session in self.sessions if session["starts_at"]}


def drafts(on: Calendar) -> list[Draft]:
    """Courses L3 to L22, in the order of their numbers; then L2, whose list came in last."""
    others = sorted(
        [
            *_past(on),
            *_near(on),
            *_same_day(on),
            *_this_month(on),
            *_stories(on),
            *_next_month(on),
            *_chosen(on),
            *_later(on),
            *_unseen(on),
        ],
        key=lambda draft: draft.number,
    )
    return [*others, _managers(on)]


def _past(on: Calendar) -> list[Draft]:
    weeks = [on.saturday - timedelta(weeks=9), on.saturday - timedelta(weeks=6)]
    return [
        Draft(
            3, "Phòng, chống dịch bệnh trong trường mầm non", "Phòng dịch",
            (on.held(weeks[0], "Hội trường UBND xã Đức Lập", "Xã Đức Lập"),),
            state=CourseState.CLOSED, seats=60, closes_at=on.closing(weeks[0]), hours=_DAY,
            standings={_GIVEN_UP: 2, _SEATED: 48},
        ),
        Draft(
            4, "Xây dựng môi trường giáo dục lấy trẻ làm trung tâm", "Lấy trẻ làm trung tâm",
            (on.held(weeks[1], "Trường MN Hoa Cúc", "Xã Tuy Đức"),),
            kind=CourseKind.FOSTERING, state=CourseState.CLOSED, seats=40,
            closes_at=on.closing(weeks[1]), standings={_SEATED: 33}, hours=_DAY,
            completion={"result": "passed"},
        ),
    ]  # fmt: skip


def _managers(on: Calendar) -> Draft:
    """The one nearly all principals and deputies were at, in the summer: what KPI3 counts."""
    days = [on.saturday - timedelta(weeks=weeks) for weeks in (20, 19)]
    return Draft(
        2, "Tự đánh giá và kiểm định chất lượng giáo dục mầm non", "Kiểm định chất lượng",
        tuple(on.held(day, "Nhà văn hóa phường Bắc Gia Nghĩa", "Phường Bắc Gia Nghĩa")
              for day in days),
        kind=CourseKind.FOSTERING, state=CourseState.CLOSED, audience=MANAGERS,
        closes_at=on.closing(days[0]), standings={_GIVEN_UP: 4, _SEATED: 226},
        hours=2 * _DAY, completion={"result": "score"},
    )  # fmt: skip


def _near(on: Calendar) -> list[Draft]:
    tomorrow, soon = on.today + timedelta(days=1), on.today + timedelta(days=8)
    return [
        Draft(
            5, "Vệ sinh an toàn thực phẩm ở bếp ăn trường mầm non", "An toàn thực phẩm",
            (on.held(tomorrow, "Nhà văn hóa phường Nam Gia Nghĩa", "Phường Nam Gia Nghĩa"),),
            audience={**STAFF, "units": _gia_nghia(on)}, seats=50, bring="giấy bút",
            closes_at=on.at(on.today, 23, 59), standings={_GIVEN_UP: 1, _SEATED: 31},
        ),
        Draft(
            6, "Tăng cường tiếng Việt cho trẻ em vùng dân tộc thiểu số", "Tiếng Việt cho trẻ",
            (on.held(soon, "Hội trường UBND xã Krông Nô", "Xã Krông Nô"),),
            kind=CourseKind.FOSTERING, audience={**TEACHERS, "units": [KRONG_NO]}, seats=45,
            closes_at=on.at(on.today - timedelta(days=1), 17), standings={_SEATED: 41},
        ),
    ]  # fmt: skip


def _same_day(on: Calendar) -> list[Draft]:
    """The course everybody tries, and one that overlaps with it."""
    tuy_duc = "Phòng VH-XH xã Tuy Đức"
    return [
        Draft(
            12, "Sơ cứu, phòng tránh tai nạn cho trẻ", "Sơ cứu",
            (on.held(on.saturday, "Hội trường UBND xã Tuy Đức", "Xã Tuy Đức"),),
            seats=40, unit_id=on.units["Xã Tuy Đức"], note="có hỗ trợ ăn trưa", bring="giấy bút",
            office=tuy_duc, phone=_TUY_DUC_PHONE, contact="Lê Văn Tình", lead=tuy_duc,
            closes_at=on.closing(on.saturday), standings={_GIVEN_UP: 1, _SEATED: 26},
        ),
        Draft(
            13, "Kỹ năng giao tiếp với cha mẹ trẻ", "Giao tiếp với cha mẹ",
            (on.held(on.saturday, "Nhà văn hóa phường Bắc Gia Nghĩa", "Phường Bắc Gia Nghĩa",
                     hours=(13.5, 17)),),
            audience={**STAFF, "units": _gia_nghia(on)}, seats=45,
            closes_at=on.closing(on.saturday), standings={_SEATED: 18},
        ),
    ]  # fmt: skip


def _this_month(on: Calendar) -> list[Draft]:
    return [
        Draft(
            10, "Quản trị trường mầm non theo chuẩn hiệu trưởng", "Quản trị trường",
            (on.held(on.after(12), "Hội trường UBND xã Kiến Đức", "Xã Kiến Đức"),),
            kind=CourseKind.FOSTERING, audience=MANAGERS, seats=60,
            closes_at=on.closing(on.after(12)), standings={_GIVEN_UP: 1, _SEATED: 22},
        ),
        Draft(
            11, "Vai trò và nhiệm vụ của đội ngũ cốt cán", "Đội ngũ cốt cán",
            (on.held(on.after(14), "Nhà văn hóa phường Đông Gia Nghĩa", "Phường Đông Gia Nghĩa"),),
            kind=CourseKind.FOSTERING, audience=CORE, seats=40,
            closes_at=on.closing(on.after(14)), standings={_SEATED: 12},
            core_plan=True,
        ),
        Draft(
            15, "Ứng dụng công nghệ thông tin trong chăm sóc, giáo dục trẻ", "CNTT",
            (on.online(on.after(7), "L15"),), modality=Modality.ONLINE, seats=200,
            closes_at=on.closing(on.after(7)), standings={_GIVEN_UP: 2, _SEATED: 57},
        ),
    ]  # fmt: skip


def _stories(on: Calendar) -> list[Draft]:
    """A full one with a queue, one with a single seat left, one for private groups."""
    stories, play, care = (on.after(days) for days in (28, 35, 29))
    return [
        Draft(
            7, "Kể chuyện và đọc sách cùng trẻ", "Kể chuyện",
            (on.held(stories, "Trường MN Hoa Cúc", "Xã Tuy Đức"),), seats=30,
            closes_at=on.closing(stories), standings={_GIVEN_UP: 1, _SEATED: 30, _WAITING: 7},
        ),
        Draft(
            8, "Làm đồ chơi từ vật liệu địa phương", "Làm đồ chơi",
            (on.held(play, "Hội trường UBND xã Quảng Tân", "Xã Quảng Tân"),), seats=25,
            bring="kéo, keo dán", closes_at=on.closing(play), standings={_SEATED: 24},
        ),
        Draft(
            20, "Chăm sóc trẻ dưới 36 tháng tuổi ở nhóm trẻ, lớp độc lập", "Chăm sóc trẻ nhỏ",
            (on.held(care, "Nhà văn hóa phường Bắc Gia Nghĩa", "Phường Bắc Gia Nghĩa"),),
            audience={**STAFF, "types": GROUPS, "ownership": ["private"]}, seats=30,
            closes_at=on.closing(care), standings={_SEATED: 12},
        ),
    ]  # fmt: skip


def _next_month(on: Calendar) -> list[Draft]:
    parents = on.after(42)
    return [
        Draft(
            9, "Giáo dục kỷ luật tích cực, hai buổi", "Kỷ luật tích cực",
            (on.held(parents, "Hội trường UBND xã Đắk Mil", "Xã Đắk Mil", hours=(7.5, 11)),
             on.held(on.after(49), "Hội trường UBND xã Đắk Mil", "Xã Đắk Mil", hours=(7.5, 11))),
            kind=CourseKind.FOSTERING, mode=Mode.PRINCIPAL, audience=TEACHERS, seats=35,
            school_limit=2, closes_at=on.closing(parents), standings={_SEATED: 10, _ASKED: 6},
        ),
        Draft(
            16, "Hội thảo quản lý trường mầm non sau sắp xếp đơn vị hành chính", "Hội thảo quản lý",
            (on.held(on.after(33), "Hội trường UBND phường Nam Gia Nghĩa", "Phường Nam Gia Nghĩa")
             | {"link": "https://taphuan.example/l16"},),
            kind=CourseKind.WORKSHOP, modality=Modality.BLENDED, audience=MANAGERS,
            closes_at=on.closing(on.after(33)), standings={_SEATED: 19},
        ),
    ]  # fmt: skip


def _chosen(on: Calendar) -> list[Draft]:
    """Only for those whom officers send; their dates are not settled to the hour."""
    year, visit = summer(on.saturday), on.after(96)
    july, august = date(year, 7, 1), date(year, 8, 31)
    return [
        Draft(
            14, "Bồi dưỡng giáo viên, cán bộ quản lý cốt cán theo tiếp cận mới", "Cốt cán hè",
            (session(Precision.MONTHS, july, august),), kind=CourseKind.FOSTERING,
            mode=Mode.NOMINATED, audience=CORE, seats=20, lead="Cục NGCBQL",
            note="5 ngày, không kể thời gian đi lại", core_plan=True,
            standings={_SEATED: 3, Standing.EXCUSED: 1, _NOMINATED: 6},
        ),
        Draft(
            17, "Tham quan, trao đổi kinh nghiệm trường mầm non ngoài tỉnh", "Tham quan học tập",
            (session(Precision.DAY, visit, visit + timedelta(days=2)),), kind=CourseKind.VISIT,
            mode=Mode.NOMINATED, audience={**MANAGERS, "core": True}, seats=12,
            core_plan=True,
        ),
    ]  # fmt: skip


def _later(on: Calendar) -> list[Draft]:
    autumn = on.after(280)
    return [
        Draft(
            18, "Giao lưu chuyên môn giữa các trường mầm non trong tỉnh", "Giao lưu chuyên môn",
            (session(Precision.UNSET, None, None),), kind=CourseKind.EXCHANGE, seats=80,
            standings={_SEATED: 9},
        ),
        Draft(
            19, "Bồi dưỡng thường xuyên đầu năm học", "BDTX đầu năm học",
            (on.online(autumn, "L19"),), kind=CourseKind.FOSTERING, modality=Modality.ONLINE,
            opens_at=on.at(autumn - timedelta(days=90), 8), closes_at=on.closing(autumn),
        ),
    ]  # fmt: skip


def _unseen(on: Calendar) -> list[Draft]:
    """A draft that only officers see, and a course that was cancelled."""
    return [
        Draft(
            21, "Phát hiện sớm trẻ có nhu cầu đặc biệt", "Nhu cầu đặc biệt",
            (session(Precision.UNSET, None, None),), state=CourseState.DRAFT, seats=40,
        ),
        Draft(
            22, "Múa hát dân gian cho trẻ", "Múa hát dân gian",
            (on.held(on.after(34), "Hội trường UBND xã Nam Dong", "Xã Nam Dong"),),
            state=CourseState.CANCELLED, seats=30, closes_at=on.closing(on.after(34)),
            standings={_ENDED: 8},
        ),
    ]  # fmt: skip


def _gia_nghia(on: Calendar) -> list[int]:
    return [on.units[f"Phường {side} Gia Nghĩa"] for side in ("Bắc", "Nam", "Đông")]
