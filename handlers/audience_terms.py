"""The words in which officers name an audience, folded and without spaces, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storage.models import Ownership, Position, SchoolType
from storage.recipients import About


class Own(StrEnum):
    """What "xã mình", "toàn tỉnh" and "đơn vị mình" claim the officer's own unit to be."""

    COMMUNE = "commune"
    PROVINCE = "province"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Term:
    """What some words restrict.

    `school`: the name of a school may follow. `got`: the announcement that is named is one people
    received, in place of one they have not seen. `everybody`: all of those named beside it, and
    only where nobody is named all the staff.
    """

    positions: tuple[Position, ...] = ()
    types: tuple[SchoolType, ...] = ()
    ownership: tuple[Ownership, ...] = ()
    about: About | None = None
    own: Own | None = None
    core: bool = False
    officers: bool = False
    school: bool = False
    got: bool = False
    everybody: bool = False


STAFF = (Position.TEACHER, Position.PRINCIPAL, Position.DEPUTY)
MANAGERS = (Position.PRINCIPAL, Position.DEPUTY)
_MEANINGS: dict[Term, str] = {
    Term(positions=(Position.TEACHER,)):
        "giaovien gv giaovienmamnon gvmn thayco thaycogiao quythayco cacthayco cogiao giaovienmn"
        " teacher teachers",
    Term(positions=MANAGERS):
        "canboquanly cbql cbqly canboql cbquanly quanly bangiamhieu bgh lanhdaotruong"
        " lanhdaocactruong canboquanli canboquanlygiaoduc manager managers",
    Term(positions=(Position.PRINCIPAL,)): "hieutruong ht hieutruongcactruong principal principals",
    Term(positions=(Position.DEPUTY,)):
        "hieupho phohieutruong pht hieuphocactruong deputy deputies deputyprincipals",
    Term(positions=(Position.PRINCIPAL,), types=(SchoolType.GROUP,)): "chunhom chunhomtre",
    Term(everybody=True):
        "tatca moinguoi toanthe tatcamoinguoi toanbo hetthay all everybody everyone",
    Term(positions=STAFF):
        "giaovienvacbql gvvacbql canbogiaovien cbgv canbogiaoviennhanvien allstaff",
    Term(core=True): "cotcan corestaff core",
    Term(core=True, positions=(Position.TEACHER,)): "giaoviencotcan gvcotcan gvcc coreteachers",
    Term(core=True, positions=MANAGERS): "canboquanlycotcan cbqlcotcan",
    Term(officers=True):
        "canbocacxa canbocacxaphuong canboxa canboxaphuong congchucxa congchuccacxa canbophutrach"
        " canbophutrachcacxa canbovhxh canbovhxhcacxa vhxhcacxa phongvhxh phongvhxhcacxa"
        " congchucphutrach canbocacphuong officers communeofficers",
    Term(types=(SchoolType.PRESCHOOL,), school=True): "truongmamnon truongmn preschools",
    Term(types=(SchoolType.KINDERGARTEN,), school=True): "truongmaugiao truongmg kindergartens",
    Term(types=(SchoolType.CRECHE,), school=True): "nhatre truongnhatre creches",
    Term(types=(SchoolType.GROUP,), school=True): "nhomtre nhomtredoclap ntdl nhomtregiadinh",
    Term(types=(SchoolType.CLASS,), school=True):
        "lopmaugiao lopmaugiaodoclap lopmgdoclap lopmg lmg lopmgdl lopmamnondoclap",
    Term(types=(SchoolType.GROUP, SchoolType.CLASS), school=True):
        "nhomlop nhomlopdoclap cosodoclap nhomtrelopmaugiaodoclap cacnhomlopdoclap",
    Term(school=True): "truong cactruong mn mg cosomamnon coso schools school",
    Term(ownership=(Ownership.PRIVATE,)): "tuthuc ngoaiconglap danlap ngoaicl private",
    Term(ownership=(Ownership.PUBLIC,)): "conglap public",
    Term(about=About.MISSING):
        "chuadangky chuadk chuadangki chuadki chuaghiten khongdangky khongdangki kodangky kodk"
        " khongdk chuaghidanh chuadangkyhoc chuadangkydu chuaco chuacoten chuacotentrong"
        " notregistered notregisteredfor",
    Term(about=About.REGISTERED):
        "dadangky dadk dadangki dadki dangky dangki dki dk daghiten cocho coten cotentrong dacocho"
        " thamgia thamdu hocvien hocvienlop registered registeredfor",
    Term(about=About.WAITING):
        "dangcho chocho dangchocho trongdanhsachcho danhsachcho hangcho chotrong waiting"
        " waitingfor dangxephang",
    Term(about=About.UNANSWERED):
        "chuatraloi khongtraloi kotraloi chuaphanhoi khongphanhoi chuabaolai chuaxacnhan imlang"
        " chuaxem chuadoc chuathay chuabamdaxem notanswered unanswered notseen",
    Term(about=About.ATTENDED):
        "dadu dathamdu dathamgia dahoc cothamdu comat dacomat dahocxong codu attended present",
    Term(about=About.ABSENT):
        "vang vangmat davang davangmat bivang vangbuoi vangco khongdu kodu khongthamdu kothamdu"
        " khongden koden khongcomat bohoc absent",
    Term(about=About.COMPLETED):
        "dahoanthanh hoanthanh dathoanthanh datyeucau duoccongnhan completed",
    Term(about=About.NOT_COMPLETED):
        "chuahoanthanh khonghoanthanh kohoanthanh chuadatyeucau chuaduoccongnhan notcompleted",
    Term(got=True): "danhan danhanduoc dadoc daxem received",
    Term(own=Own.COMMUNE):
        "xaminh xatoi xaem xata xanay xacuatoi xacuaminh trongxa toanxa caxa phuongminh phuongtoi"
        " phuongem trongphuong toanphuong caphuong phuongnay xacuaem mycommune",
    Term(own=Own.PROVINCE): "toantinh catinh trongtinh tinhminh tinhta khaptinh wholeprovince",
    Term(own=Own.ANY):
        "donviminh donvitoi diaban trendiaban diabanminh toandiaban trongdonvi cuaminh cuatoi"
        " mydistrict myunit",
}  # fmt: skip
TERMS = {words: term for term, said in _MEANINGS.items() for words in said.split()}

# Also the beginning of a name, Vàng Anh: read only as it is accented here, or before a code.
ACCENTED = {"vang": ("vắng",)}

# What says that something is to be sent to many.
OPENERS = frozenset(
    ("guithongbao", "guithongbaochung", "guitinnhan", "guitinchung", "guitin", "guiloinhan",
     "guithongbaogiup", "thongbao", "thongbaochung", "thongbaogiup", "nhantin", "nhantinchung",
     "soanthongbao", "vietthongbao", "phatthongbao", "rathongbao", "taothongbao", "soantin",
     "baotin", "guigiupthongbao", "guingaythongbao", "announce", "notify", "sendanannouncement",
     "sendannouncement", "sendamessage")
)  # fmt: skip
# These say so only with "cho" behind them, and only as they are accented here, if they are.
WEAK = {
    "bao": ("báo", "bao"),
    "gui": ("gửi", "gui", "gởi", "gởì"), "goi": ("gởi", "goi"), "nhan": ("nhắn", "nhan"),
    "send": ("send",), "tell": ("tell",), "message": ("message",), "write": ("write",),
}  # fmt: skip
POLITE = frozenset(
    ("xin", "nho", "hay", "giup", "toi", "em", "minh", "muon", "can", "cho", "tro", "ly", "troly",
     "oi", "ban", "anh", "chi", "da", "vang", "a", "vui", "long", "please", "i", "want", "to")
)  # fmt: skip
# Words that carry no meaning of their own in such a sentence.
FILLING = frozenset(
    ("cho", "toi", "den", "cac", "nhung", "nguoi", "ai", "o", "tai", "thuoc", "cua", "trong", "va",
     "la", "dang", "duoc", "dc", "giup", "nhe", "nha", "a", "voi", "lop", "khoa", "tap", "huan",
     "taphuan", "ma", "quy", "ve", "xa", "phuong", "don", "vi", "nao", "day", "cong", "tac", "gium",
     "mam", "non", "mn", "hien", "tren", "ay", "gui", "tin", "to", "the", "of", "in", "for", "who",
     "are", "is", "people", "and", "at")
)  # fmt: skip
