"""What an announcement may never carry: accounts, requests for money, secrets, identity, links.

Whoever takes over an officer's account writes with the office's name. So a text is read as a
swindler would disguise it: without accents, with spaces or marks between letters, with digits
for letters, with what cannot be seen. Sentences an office does write ("kinh phí do Sở chi trả",
"không chuyển tiền cho ai", "mang theo CCCD") have to pass.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from storage import spelling
from storage.phones import phone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from handlers.chat import Chat


class Objection(StrEnum):
    """Why a text is not sent, in the order in which it is said."""

    ACCOUNT = "account"  # a bank account or card, or a request for one
    MONEY = "money"  # people are to pay or transfer
    SECRET = "secret"  # noqa: S105 - a reason, no secret: passwords and one-time codes asked for
    IDENTITY = "identity"  # an identity number, or a request to send one
    LINK = "link"  # a link, or a name on a platform, off the allow-list


# Letters of other scripts that look like ours.
_LOOKALIKES = str.maketrans("асеорхуікмтвнѕјԁοαιρυν", "aceopxyikmtbhsjdoaipuv")
_LEET = str.maketrans("013457@$", "oieastas")
_AMOUNT = re.compile(
    r"(?<![\w/])\d[\d.,]*\s*(?:k|nghìn|ngàn|nghin|ngan|tr|triệu|trieu|đồng|dong|đ|d|vnđ|vnd)"
    r"(?![\w]|/c)|(?<![\w.])[1-9]\d{0,2}(?:\.\d{3})+(?![\w.]\d|/)"
)
SUM = "xsum"
# Words that lose what they mean with their accents, and are no part of a request.
_INNOCENT = frozenset(
    ("đồng", "đông", "động", "đống", "dòng", "dông", "thứ", "thư", "thú", "thủ", "thử", "thụ",
     "chuyên", "chuyện", "chuyến", "tiến", "tiện", "tiên", "tiễn", "trà", "quý", "quỷ", "quỳ",
     "phì", "đúng", "dùng", "dụng", "ông")
)  # fmt: skip
_DENYING = {"đừng": "khong", "chớ": "khong", "ko": "khong", "hông": "khong"}
_PHRASES = re.compile(
    r"\b(?:(?:kinh|chi|mien|cong tac) phi|tien (?:do|hanh|ich|tien|si|de|trinh|bo)"
    r"|(?:uu|dau|truoc) tien|(?:hoi|cong|hop|hoat|lao|van|hanh|tac|chu|khoi) dong"
    r"|dong (?:chi|nghiep|bo|y|phuc|thoi|hanh|gia|nam|nhat)|dien thoai|gui xe"
    r"|thu (?:[2-7]|hai|ba|tu|nam|sau|bay|ky|tuc))\b"
)
_PAPERS = (
    r"(?!(?:danh sach|bang|ho so|bao cao|chung tu|hoa don|giay|phieu|don|ke hoach|file|bieu"
    r"|to trinh|quyet toan|du toan|y kien|so lieu)\b)"
)
_PAID = rf"(?:tien|phi|le phi|hoc phi|quy|{SUM})"
_TRANSFER = re.compile(r"\bc ?h ?u ?y ?[ea] ?n ?k ?h ?o ?[ae] ?n\b|\bbanking\b")
_MONEY = re.compile(
    rf"\b(?:chuyen|nop|dong|gop|nap|ung ho|quyen gop|dat coc|ck)(?: {_PAPERS}\S+){{0,4}}? {_PAID}\b"
    rf"|\bgui(?: {_PAPERS}\S+)? {_PAID}\b|\b(?:ung|tra)(?: \S+)? (?:tien|{SUM})\b"
    rf"|\bthanh toan(?: {_PAPERS}\S+){{0,3}}? {_PAID}\b|\bthu (?:tien|phi|le phi|hoc phi)\b"
    rf"|\bthu(?: \S+){{0,3}}? {SUM}\b|\bmua(?: \S+){{0,4}}? {SUM}\b|\bmua the (?:cao|nap|dien)\b"
)
# What the office pays, and papers about money.
_OFFICE_PAYS = re.compile(
    r"\b(?:chi|da|ho so|bang|chung tu|giay|phieu|thu tuc|duoc|viec|khoan|muc|dinh|ve|tac|tong|cac)$"
)
_ACCOUNT = re.compile(
    rf"\b(?:stk|s t k|so tk|{' ?'.join('sotaikhoan')}|tk ngan hang|tai khoan (?:ngan hang|nhan)"
    r"|so the|vi (?:momo|dien tu)|momo|zalopay|viettel ?pay|vietcombank|vcb|agribank"
    r"|vietinbank|bidv|mb ?bank|techcombank|sacombank|vpbank|tpbank|acb)\b"
)
_PASSWORD = re.compile(rf"\b(?:{' ?'.join('matkhau')}|password|mk|ma pin)\b")
_CODE = re.compile(r"\b(?:otp|o t p|ma xac (?:thuc|nhan|minh))\b")
_MEETING = re.compile(r"\b(?:zoom|meet|meeting|teams|phong hop|phong zoom|wifi|truc tuyen|id)\b")
_IDENTITY = (
    r"(?:cccd|c c c d|cc cd|cmnd|cmt|can cuoc|chung minh (?:nhan dan|thu)|so dinh danh|ho chieu)"
)
_ASKED = (
    r"(?:gui|chup|cung cap|nhan|nhap|doc|khai|dien|cho xin|xin|cho biet|scan|quet|nop|tai len"
    r"|up|upload|photo|cap nhat|chia se|inbox)"
)
_GIVE = re.compile(rf"\b{_ASKED}\b")
_SHOW_IDENTITY = re.compile(
    rf"\b{_ASKED}\b(?: (?!(?:mang|dem|xuat trinh|chuan bi)\b)\S+){{0,12}}? {_IDENTITY}\b"
    rf"|\b{_IDENTITY}\b(?: \S+){{0,5}}? (?:gui|chup|nop|up)(?: \S+)? (?:ve|cho|qua|len|vao)\b"
)
_HAS_IDENTITY = re.compile(rf"\b{_IDENTITY}\b")
_MAY_FOLLOW_NO = (
    r"bao gio|duoc|nen|can|phai|bi|thu|yeu cau|de nghi|hoi|cung cap|gui|nop|dong|chia se|tiet lo"
    r"|doc|cho|ai|bat ky|bat cu|nguoi|la|ma|so|va|hoac|hay|mat khau|otp|stk|tai khoan|ngan hang"
    r"|so tai khoan|chuyen khoan|chuyen tien|chuyen|tien|cccd|cmnd|can cuoc|vao|nhan|co|viec|them"
    r"|cac|mot|khoan|tro ly|se|nao|phi|xac thuc|anh|thong tin|nhap|bam|duong dan"
)
_DENIED = re.compile(rf"(?:^|(\S+) )khong(?: (?:{_MAY_FOLLOW_NO}))*$")
# "Ai không nộp …" is a threat, and no refusal.
_THREAT = frozenset(("ai", "neu", "nao", "hop", "ma"))
_SPELT = re.compile(r"(?:\b(?:khong|mot|hai|ba|bon|nam|sau|bay|tam|chin)\b ?){7,}")
_DATES = re.compile(
    r"\b(?:0?[1-9]|[12]\d|3[01])[./ -](?:0?[1-9]|1[0-2])[./ -](?:19|20)\d\d\b"
    r"|\b(?:19|20)\d\d ?[-–] ?(?:19|20)\d\d\b"
)
_NUMBER = re.compile(r"(?<![\w/])\+?\d(?:[ ._-]?\d){5,}(?![\w]|/\w)")
_BEFORE = 40  # characters before a number that say what it is
_CONTACT = re.compile(r"(?:dt|sdt|dien thoai|lien he|hotline|zalo|so may)[\s:.]*$")
_OTHER_NUMBER = re.compile(r"\b(?:ma so thue|mst|ma truong|ma qhns|ma don vi)\b")

_TLD = (
    r"com|net|org|info|vn|xyz|top|shop|site|online|link|app|club|pro|biz|gov|edu|cn|ru|ly|gl|cc"
    r"|page|dev|click|live|store|work|icu|vip|tk|ml|cf|asia|cloud|tech|space|website|blog|name"
    r"|sbs|cfd|bond|buzz|fun|lol|cyou|rest|monster|quest|autos|world|today|life|news|win|bid|loan"
    r"|trade|stream|party|download|support|services|center|finance|money|cash|bank|gift|sale|market"
    r"|express|global|group|team|solutions|systems|network|agency|company|email|social|media|video"
    r"|digital|mobi|zone|zip|mov|host|press|help|art|tel|inc|ltd|gle|goo|xn--\w+"
)
# Endings that are also everyday syllables count only with something behind them.
_LOOSE = (
    r"me|co|io|to|in|be|ai|la|ws|id|gd|us|uk|tv|de|fr|eu|jp|kr|sg|hk|tw|th|my|ph|sh|so|nu|im|li"
    r"|ms|mn|am|fm|vc|ag|sc|st|pw|is|pt|es|it|nl|pl|se|no|dk|ch|au|ca|br|mx|za|su|st|ga|gq|lc|rs"
)
_HIDDEN_DOT = re.compile(
    rf"\s*(?:\[\.\]|\(\.\)|\{{\.\}}|[\[(](?:dot|chấm|cham)[\])]|\s(?:dot|chấm|cham)\s)\s*"
    rf"(?=(?:{_TLD}|{_LOOSE})\b)|\s+\.\s*(?=(?:{_TLD}|{_LOOSE})\b)|\s*\.\s+(?=(?:{_TLD}|{_LOOSE})/)",
    re.IGNORECASE,
)
_HOST = re.compile(
    rf"(?<![\w@.-])((?:[\w-]+\.)+(?:{_TLD}))(?![\w-]|\.\w)"
    rf"|(?<![\w@.-])((?:[\w-]+\.)+(?:{_LOOSE}))(?=/\S)"
    r"|(?<![\w@.-])((?:t|m|wa|fb|zalo|telegram)\.(?:me|dog))(?![\w-])"
)
_URL = re.compile(r"\b([a-z][a-z0-9+]*)\s*:\s*//\s*([^\s/?#]*)|\bwww\.([\w.-]+)")
_NAMED = re.compile(r"(?<![\w.])@\s?[a-z]\w{2,}|(?:tg|zalo|intent)://")
# A host by its numbers; those of a sum have groups of zeros.
_ADDRESS = re.compile(r"(?<![\w.])(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})(?=[:/]\S)")
_MAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")


def objections(text: str, sites: Iterable[str]) -> list[Objection]:
    """Why this text may not be sent, in the order of `Objection`; nothing where it may.

    `sites` are the hosts that may be linked to, each with everything below it. Nothing is looked
    up: the same text always gets the same answer.
    """
    plain = _plain(text)
    sentences = [words for one in _sentences(plain) for words in _readings(one)]
    found = _numbers(plain)
    found |= {
        objection
        for words in sentences
        for objection, speaks in (
            (Objection.ACCOUNT, _asks_account(words)),
            (Objection.MONEY, _asks_money(words)),
            (Objection.SECRET, _asks_secret(words)),
            (Objection.IDENTITY, _allowed_not(_SHOW_IDENTITY, words)),
        )
        if speaks
    }
    listed = tuple(site.lower() for site in sites)
    # As it stands as well: a host with a letter that only looks like one of ours is another host.
    if any(_links(one, listed) for one in (plain, _standing(text))):
        found.add(Objection.LINK)
    return [objection for objection in Objection if objection in found]


def words(chat: Chat, found: Sequence[Objection]) -> str:
    """Why the text is not sent, and why that is good for everybody."""
    *others, last = [_named(chat, objection) for objection in found]
    what = chat._("{others} and {last}", others=", ".join(others), last=last) if others else last
    return chat._(
        "Not sent: the text has {what}. The assistant sends no such messages, so that people can"
        " trust it.",
        what=what,
    )


def _named(chat: Chat, objection: Objection) -> str:
    match objection:
        case Objection.ACCOUNT:
            return chat._("an account number or a request for one")
        case Objection.MONEY:
            return chat._("a request to transfer money")
        case Objection.SECRET:
            return chat._("a request for passwords or OTPs")
        case Objection.IDENTITY:
            return chat._("an ID card's number or a request for it")
        case Objection.LINK:
            return chat._("a link that is not on the Department's list")
        case _:
            assert_never(objection)


def _plain(text: str) -> str:
    """One form for what looks the same: no disguise of letters, nothing invisible, lower case."""
    return _standing(text).translate(_LOOKALIKES)


def _standing(text: str) -> str:
    """The text in lower case, with nothing invisible; every dot that ends a label is a dot."""
    shown = spelling.clean(unicodedata.normalize("NFKC", text), lines=True).lower()
    return shown.replace("。", ".")


def _sentences(plain: str) -> list[str]:
    # "Không, …" begins a sentence; what follows is not denied.
    apart = re.sub(r"\b(không|khong|ko)\s*,", ".\n", plain)
    return [one for one in re.split(r"(?<=[.!?;])\s+|[\n!?;]+", apart) if one.strip()]


def _readings(sentence: str) -> set[str]:
    """The sentence as folded words, sums as one word; and again with digits read as letters."""
    typed = re.findall(r"\w+(?:[@$]\w+)*", _AMOUNT.sub(f" {SUM} ", sentence).replace("_", " "))
    lettered = [one if one.isdecimal() else one.translate(_LEET) for one in typed]
    readings = {
        _PHRASES.sub("_", " ".join("_" if one in _INNOCENT else _word(one) for one in tokens))
        for tokens in (typed, lettered)
    }
    # No accent makes an innocent word of the first half of "chuyển khoản".
    whole = " ".join(_word(one) for one in lettered)
    return readings | {whole} if _TRANSFER.search(whole) else readings


def _word(typed: str) -> str:
    return _DENYING.get(typed) or spelling.fold(typed)


def _allowed_not(pattern: re.Pattern[str], sentence: str) -> bool:
    """True where the pattern occurs, and is not what people are told not to do."""
    return any(not _denied(sentence[: found.start()]) for found in pattern.finditer(sentence))


def _denied(before: str) -> bool:
    found = _DENIED.search(before.rstrip())
    return found is not None and found[1] not in _THREAT


def _asks_money(sentence: str) -> bool:
    asked = [*_MONEY.finditer(sentence), *_TRANSFER.finditer(sentence)]
    before = [sentence[: found.start()].rstrip() for found in asked]
    return any(not _denied(said) and not _OFFICE_PAYS.search(said) for said in before)


def _asks_account(sentence: str) -> bool:
    return bool(_GIVE.search(sentence)) and _allowed_not(_ACCOUNT, sentence)


def _asks_secret(sentence: str) -> bool:
    if _allowed_not(_CODE, sentence):
        return True
    if not _GIVE.search(sentence) or _MEETING.search(sentence):
        return False
    return _allowed_not(_PASSWORD, sentence)


def _numbers(plain: str) -> set[Objection]:
    """What the numbers of a text are: accounts, identity cards."""
    found = {Objection.ACCOUNT} if _SPELT.search(spelling.fold(plain)) else set[Objection]()
    undated = _DATES.sub(" · ", plain)
    for number in _NUMBER.finditer(undated):
        before = spelling.fold(undated[max(0, number.start() - _BEFORE) : number.start()])
        if objection := _number(number[0], before, undated[number.end() :].lstrip()):
            found.add(objection)
    return found


def _number(written: str, before: str, after: str) -> Objection | None:
    digits = re.sub(r"\D", "", written)
    account = _ACCOUNT.search(before) or _TRANSFER.search(before)
    if account and not _CONTACT.search(before):
        return Objection.ACCOUNT
    if _telephone(written) or _sum(written, after):
        return None
    if _HAS_IDENTITY.search(before) and len(digits) in (9, 12):
        return Objection.IDENTITY
    if len(digits) == 12 and digits.startswith("0"):
        return Objection.IDENTITY
    if len(digits) < 8 or _MEETING.search(before) or _OTHER_NUMBER.search(before):
        return None
    return Objection.ACCOUNT


def _telephone(written: str) -> bool:
    """True for phone numbers, also several, and with an extension."""
    if phone(written):
        return True
    first, *rest = re.split(r"[-_]", written)
    return bool(phone(first)) and all(phone(one) or len(one) <= 4 for one in rest)


def _sum(written: str, after: str) -> bool:
    if re.match(r"(?:đồng|dong|đ|d|vnđ|vnd|k|nghìn|triệu)\b", after):
        return True
    return all(
        re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3}){1,2}", one) for one in re.split("[-_ ]", written)
    )


def _links(plain: str, sites: tuple[str, ...]) -> bool:
    """True where a text leads to a host off the list, or to somebody on a platform."""
    text = _HIDDEN_DOT.sub(".", plain)
    if _NAMED.search(_MAIL.sub(" ", text)) or _ADDRESS.search(text):
        return True
    for scheme, authority, www in _URL.findall(text):
        # What stands before "@" is no host, whatever it looks like.
        if "@" in authority or (scheme and scheme not in ("http", "https")):
            return True
        if not _listed(authority.split(":")[0] if scheme else www, sites):
            return True
    hosts = [found[0] for found in _HOST.finditer(text)]
    hosts += [found[1] for found in _MAIL.finditer(text)]
    return not all(_listed(host, sites) for host in hosts)


def _listed(host: str, sites: tuple[str, ...]) -> bool:
    name = host.rstrip(".,;:!?)\"'")
    return name.isascii() and any(name == site or name.endswith(f".{site}") for site in sites)
