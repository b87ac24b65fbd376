"""People with phones who do whatever people do: mostly what the screen suggests, often not."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.assistant import router
from tests.names import NAMES

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable, Sequence

    from bot.simulator import Simulator
    from bot.simulator.telegram_phone import Phone
    from tests.soak.province import Somebody

    Update = dict[str, Any]

WORDS = (
    "menu", "lich", "lịch tập huấn", "cua toi", "của tôi", "viec", "việc", "doi", "đổi", "huy",
    "dang ky", "tro giup", "du lieu cua toi", "dung chung may nay",
    "thang 12 co lop nao o tuy duc ko", "thong ke L12 theo huyện cũ", "thống kê", "thong ke l7",
    "huy L12", "hủy L7", "huy oi mai chi ban", "ko dc dk", "đăng ký L8", "hoi nguoi phu trach",
    "lop kể chuyện con cho khong", "so cuu", "chuyen tien cho toi", "mat khau la gi", "TB-0141",
    "ngon ngu", "english", "xoá dữ liệu", "danh sách", "goi toi la cô", "em khong di duoc a",
    "MOI-VHXH-2739", "MOI-SGGT-2739", "moi-vhxh-0000", "12345678", "0900000001", "123456",
    "đi đâu", "khi nao hoc", "mang gi", "o dau", "mn hoa cuc dak buk so", "truong mn hoa cuc",
    "xã Tuy Đức", "nhóm trẻ", "1 Đồng ý", "đúng", "không", "00", "99", "-1", "０", "٣",
)  # fmt: skip
COURTESIES = ("cảm ơn", "dạ", "vâng ạ", "ok", "👍", "🙏🙏", "da vang", "cam on nhieu a", "🌹")
ARGUMENTS = (
    "", "0", "1", "2", "12", "7", "8", "999", "4294967296", "99999999999999999999", "-1", "x",
    "٣", "2026-12-01", "2026-13-45", "0000-00-00", "-", "1+2", "any", "next", "%s", "../..",
    "1;2", "NaN",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Doing:
    """One thing a person did: its updates as the platform would send them.

    `courtesy`: it may be met with silence, as thanks are the second time a day. `spoken_to`: it
    was said to the assistant in private, so that it must be answered.
    """

    updates: tuple[Update, ...]
    courtesy: bool = False
    spoken_to: bool = True


class Crowd:
    """Everybody's phones on one simulator, and what each of them may do next.

    The simulator's own queue is cut off: what is done comes back from `act`.
    """

    def __init__(
        self, simulator: Simulator, rng: random.Random, people: Sequence[Somebody]
    ) -> None:
        self._rng = rng
        self._people = people
        self._done: list[Update] = []
        simulator.telegram.update = self._catch  # type: ignore[method-assign] # nothing is queued
        self.phones = [simulator.phone(one.name, number=one.number, started=True) for one in people]
        strangers = [
            simulator.phone(name, language_code=language, number=f"+8491{number:07d}", started=True)
            for number, name in enumerate(NAMES)
            for language in ("vi", "en")
        ]
        self.somebody: dict[int, Somebody] = {
            phone.id: one for phone, one in zip(self.phones, people, strict=True)
        }
        self.phones += strangers
        self.group = simulator.group("Trường MN Hoa Cúc")

    def _catch(self, _: object, content: Update) -> int:
        self._done.append(content)
        return 1

    async def act(self, phone: Phone) -> Doing:
        """Something this person does now."""
        roll = self._rng.random()
        shown = [one for one in phone.messages if one.rows]
        if phone.keyboard and roll < 0.6:
            return await self._identify(phone)
        if shown and roll < 0.5:
            return await self._press(phone)
        acts: list[tuple[float, Callable[[Phone], Awaitable[Doing]]]] = [
            (30, self._say), (12, self._digits), (14, self._code), (6, self._name),
            (8, self._forge), (5, self._old), (4, self._contact), (5, self._other),
            (3, self._courtesy), (5, self._odd), (2, self._start), (3, self._aside),
            (1, self._block),
        ]  # fmt: skip
        chosen = self._rng.choices([act for _, act in acts], [weight for weight, _ in acts])[0]
        return await chosen(phone)

    async def _did(
        self, action: Awaitable[Any], *, courtesy: bool = False, spoken_to: bool = True
    ) -> Doing:
        self._done.clear()
        await action
        return Doing(tuple(self._done), courtesy, spoken_to)

    async def _identify(self, phone: Phone) -> Doing:
        somebody = self.somebody.get(phone.id)
        roll = self._rng.random()
        if roll < 0.15:
            return await self._did(phone.share_contact(phone.person.number or "0911111111"))
        if roll < 0.3 or somebody is None:
            return await self._did(phone.say(self._rng.choice(("1", "0", "Quay lại", "2"))))
        code = somebody.code
        return await self._did(phone.say(code if roll < 0.6 else f"{code[:4]} {code[4:]}"))

    async def _press(self, phone: Phone) -> Doing:
        with_buttons = [one for one in phone.messages if one.rows]
        # The newest screen, mostly; a notice may stand below it.
        shown = (
            with_buttons[-1] if self._rng.random() < 0.8 else self._rng.choice(with_buttons[-3:])
        )
        button = self._rng.choice(shown.buttons)
        if self._rng.random() < 0.5:  # forward rather than back
            button = shown.buttons[0]
        return await self._did(phone.press(button.data, message=shown))

    async def _say(self, phone: Phone) -> Doing:
        words = self._rng.choice(WORDS)
        twist = self._rng.random()
        if twist < 0.1:
            words = unicodedata.normalize("NFD", words)
        elif twist < 0.2:
            words = words.upper()
        elif twist < 0.25:
            words = f"\u202e{words}\u200f \u2066"
        elif twist < 0.3:
            words = f"/{words}"
        return await self._did(phone.say(words))

    async def _digits(self, phone: Phone) -> Doing:
        top = 9 if self._rng.random() < 0.75 else 99
        return await self._did(phone.say(str(self._rng.randint(0, top))))

    async def _code(self, phone: Phone) -> Doing:
        number = self._rng.choice(
            (3, 5, 7, 7, 8, 8, 9, 9, 12, 12, 13, 14, 15, 17, 18, 20, 21, 22, 99)
        )
        shape = self._rng.choice(("L{}", "l {}", "L{}", "huy L{}", "dang ky L{}", "/start L{}"))
        return await self._did(phone.say(shape.format(number)))

    async def _name(self, phone: Phone) -> Doing:
        name = self._rng.choice((self._rng.choice(self._people).name, self._rng.choice(NAMES)))
        return await self._did(phone.say(name))

    async def _forge(self, phone: Phone) -> Doing:
        action = self._rng.choice((*router.actions, "nothing", ""))
        arguments = [self._rng.choice(ARGUMENTS) for _ in range(self._rng.choice((0, 1, 1, 2, 3)))]
        mark = self._rng.choice(
            ("s0", "s1", "s3", "n1", "n9", f"s{self._rng.randint(0, 60)}", "", "|")
        )
        data = " ".join((f"{mark}|{action}", *arguments))[:64]
        self._done.clear()
        phone.forge(data, message=self._rng.randint(1, 400))
        return Doing(tuple(self._done))

    async def _old(self, phone: Phone) -> Doing:
        with_buttons = [one for one in phone.messages if one.rows]
        if not with_buttons:
            return await self._digits(phone)
        shown = self._rng.choice(with_buttons)
        return await self._did(phone.press(self._rng.choice(shown.buttons).data, message=shown))

    async def _contact(self, phone: Phone) -> Doing:
        other = self._rng.choice(self._people)
        owner = self._rng.choice((0, phone.id, self._rng.choice(self.phones).id))
        number = other.number or "0912345678"
        return await self._did(phone.share_contact(number, owner))

    async def _other(self, phone: Phone) -> Doing:
        act = self._rng.choice(
            (
                phone.voice,
                phone.photo,
                lambda: phone.photo("L12"),
                lambda: phone.location(12.2, 107.5),
                lambda: phone.document("danh sách.xlsx", b"PK"),
            )
        )
        return await self._did(act())

    async def _courtesy(self, phone: Phone) -> Doing:
        if self._rng.random() < 0.3:
            return await self._did(phone.sticker(), courtesy=True)
        return await self._did(phone.say(self._rng.choice(COURTESIES)), courtesy=True)

    async def _odd(self, phone: Phone) -> Doing:
        """Texts only a machine or a small child would send."""
        length = self._rng.choice((1, 5, 80, 300, 2001, 4096, 9000))
        alphabet = self._rng.choice(
            ("a", "đ", "\u0301e", "\u202e\u05d0", "\x07\x1bx", "😀z", "a\n", "\u202e\uff11")
        )
        text = (alphabet * length)[:length]
        return await self._did(phone.say(f"{text}q"))

    async def _start(self, phone: Phone) -> Doing:
        payload = self._rng.choice(("", "L12", "L7", "l99", "x" * 64, "MOI-VHXH-2739", "-_-"))
        return await self._did(phone.start(payload))

    async def _aside(self, phone: Phone) -> Doing:
        """What is not said to the assistant: in a group, an edit, a channel, another's business."""
        said = await self._did(
            phone.say(
                self._rng.choice(("chào cả nhà", "/lich", "/menu@taphuan_bot", "L12")),
                group=self.group,
            )
        )
        message = said.updates[0]["message"]
        kind = self._rng.choice(
            ("message", "edited_message", "channel_post", "edited_channel_post", "inline_query")
        )
        content: Any = message
        if kind == "inline_query":
            content = {"id": "1", "from": message["from"], "query": "x", "offset": ""}
        return Doing(({kind: content},), spoken_to=False)

    async def _block(self, phone: Phone) -> Doing:
        """Keep the assistant out, and let it in again."""
        await phone.block()
        return await self._did(phone.unblock(), spoken_to=False)
