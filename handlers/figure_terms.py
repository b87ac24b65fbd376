"""The words in which figures are asked for, as a Vietnamese office writes them, and their meaning.

They are written with their accents: typed without any they are the same words, typed with other
ones they are different words ("lớp cho trẻ" has nothing to do with "trễ").
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from handlers.audience_terms import Own
from storage import spelling
from storage.models.figures import SubjectKind
from storage.statistics import View


class Measure(StrEnum):
    """Which column of the counters is asked for."""

    EXPECTED = "expected"
    COMPLETED = "completed"
    MISSING = "missing"  # expected and not completed
    REGISTERED = "registered"
    UNREGISTERED = "unregistered"  # expected, with neither seat nor turn
    WAITING = "waiting"
    ATTENDED = "attended"
    NOT_ATTENDED = "not_attended"  # expected and not there
    ABSENT = "absent"  # held a seat and was not there
    EXCUSED = "excused"
    ON_TIME = "on_time"
    LATE = "late"
    FAILED = "failed"  # it was decided that they have not completed
    UNKNOWN = "unknown"  # data are missing
    ON_LEAVE = "on_leave"
    LEFT = "left"


class Want(StrEnum):
    """What is to be done with the figure."""

    FIGURE = "figure"
    NAMES = "names"  # who has not
    TARGET = "target"  # is it reached, and how many are lacking
    FORECAST = "forecast"
    COMPARISON = "comparison"
    PICTURE = "picture"
    BOOK = "book"  # an Excel file


@dataclass(frozen=True, slots=True)
class Term:
    """What some words say. `strong`: a question of figures by themselves; `asks`: beside others."""

    measure: Measure | None = None
    want: Want | None = None
    view: View | None = None
    kind: SubjectKind | None = None
    own: Own | None = None
    strong: bool = False
    asks: bool = False
    plain: bool = False  # says nothing more
    year: bool = False  # the year that runs, which says more only where nothing else is said
    every: bool = False  # the trainings of all programmes
    other: bool = False  # asks for something else: money, seats, something to be done


_MEANINGS: dict[Term, str] = {
    Term(strong=True):
        "thống kê, tỷ lệ, tỉ lệ, phần trăm, tiến độ, tình hình, số liệu, tổng hợp, statistics,"
        " figures, rate, percentage, số liệu thống kê, tiến độ thực hiện",
    Term(asks=True):
        "bao nhiêu, bao nhiêu người, mấy người, mấy giáo viên, số lượng, số người, có bao nhiêu,"
        " được bao nhiêu, bao nhiêu giáo viên, tổng số, kết quả, how many, bao nhiêu phần trăm,"
        " mấy phần trăm, mấy",
    Term(want=Want.TARGET, asks=True, kind=SubjectKind.INDICATOR): "chỉ tiêu đạt chưa",
    Term(kind=SubjectKind.INDICATOR, strong=True): "chỉ tiêu, các chỉ tiêu, indicator, mục tiêu",
    Term(plain=True):
        "báo cáo, báo cáo nhanh,"
        " tới nay, đến nay, tính đến nay, tính tới nay, hiện nay, hôm nay, tới giờ, đến giờ,"
        " bây giờ, đến thời điểm này, tới hôm nay, đến hôm nay",
    Term(plain=True, year=True): "năm nay",
    Term(kind=SubjectKind.COURSE, plain=True): "lớp, khóa, lớp tập huấn, khóa tập huấn, khoá",
    Term(kind=SubjectKind.GATHERING, plain=True): "chương trình, kế hoạch, đề án, programme",
    Term(kind=SubjectKind.GATHERING, every=True, asks=True):
        "các lớp, các lớp tập huấn, tất cả các lớp, mọi lớp, tất cả các lớp tập huấn, cả năm,"
        " toàn bộ các lớp, all trainings",
    Term(measure=Measure.EXPECTED):
        "phải học, phải dự, thuộc diện, đối tượng, diện phải học, diện học, expected",
    Term(measure=Measure.COMPLETED):
        "hoàn thành, đã hoàn thành, đã học, đã học xong, học xong, đã xong, đạt yêu cầu, completed,"
        " completion, đã đạt",
    Term(measure=Measure.MISSING):
        "chưa học, chưa hoàn thành, chưa xong, chưa học xong, chưa đạt, không hoàn thành,"
        " chưa được học, chưa được tập huấn, chưa được bồi dưỡng, chưa tập huấn, chưa bồi dưỡng,"
        " not completed, chưa có ai học, chưa ai học, chưa có ai hoàn thành, chưa ai hoàn thành,"
        " còn chưa học, còn chưa xong, chưa đi học",
    Term(measure=Measure.REGISTERED):
        "đăng ký, đã đăng ký, đăng kí, đã đăng kí, ghi tên, đã ghi tên, registered",
    Term(measure=Measure.UNREGISTERED):
        "chưa đăng ký, chưa đăng kí, không đăng ký, chưa ghi tên, còn chưa đăng ký,"
        " not registered, chưa có ai đăng ký, chưa ai đăng ký, không ai đăng ký",
    Term(measure=Measure.WAITING): "đang chờ, danh sách chờ, chờ chỗ, waiting",
    Term(measure=Measure.ATTENDED):
        "tham gia, đã tham gia, tham dự, đã tham dự, đã dự, dự, đi học, có mặt, đến học,"
        " attended, học",
    Term(measure=Measure.NOT_ATTENDED):
        "không dự, không tham gia, chưa tham gia, chưa dự, chưa tham dự, không tham dự",
    Term(measure=Measure.ABSENT):
        "vắng, vắng mặt, bỏ học, không đi học, đăng ký mà không đến, đăng ký nhưng vắng, absent",
    Term(measure=Measure.EXCUSED): "vắng có phép, có lý do, xin vắng, vắng có lý do, excused",
    Term(measure=Measure.ON_TIME): "đúng hạn, hoàn thành đúng hạn, kịp hạn, on time",
    Term(measure=Measure.LATE):
        "trễ, trễ hạn, muộn, quá hạn, hoàn thành trễ, hoàn thành trễ hạn, hoàn thành muộn,"
        " chậm, late",
    Term(measure=Measure.FAILED):
        "không đạt, không đạt yêu cầu, chưa đạt yêu cầu, bị trượt, thi trượt, not passed",
    Term(measure=Measure.UNKNOWN):
        "thiếu số liệu, thiếu dữ liệu, chưa có số liệu, chưa có dữ liệu, chưa rõ kết quả,"
        " chưa có kết quả, thiếu kết quả, chưa xác minh, missing data",
    Term(measure=Measure.ON_LEAVE):
        "nghỉ dài ngày, nghỉ thai sản, thai sản, nghỉ dài hạn, đang nghỉ dài ngày, on leave",
    Term(measure=Measure.LEFT): "nghỉ việc, đã nghỉ việc, đã nghỉ hưu, nghỉ hưu",
    Term(want=Want.NAMES, asks=True):
        "ai, những ai, người nào, những người nào, gồm những ai, là ai, giáo viên nào, ai còn,"
        " danh sách, who, còn ai, danh sách những người, thầy cô nào, nhắc, đôn đốc, nhắc nhở",
    Term(want=Want.TARGET, asks=True):
        "đạt chưa, đã đạt chưa, đạt được chưa, có đạt không, đạt không, đạt chỉ tiêu chưa,"
        " đạt mục tiêu chưa, còn thiếu bao nhiêu, thiếu bao nhiêu, còn thiếu mấy, còn thiếu,"
        " cần thêm bao nhiêu, cần bao nhiêu nữa, thiếu mấy, còn thiếu bao nhiêu người,"
        " cần thêm mấy, reached",
    Term(want=Want.FORECAST, asks=True):
        "kịp không, có kịp không, kịp hạn không, có kịp hạn không, liệu có kịp, có kịp,"
        " bao giờ xong, bao giờ đạt, khi nào đạt, khi nào xong, dự báo, dự kiến đạt, kịp không ạ,"
        " có kịp không ạ, kịp chưa, forecast, in time",
    Term(want=Want.COMPARISON, asks=True):
        "so với năm trước, so với năm ngoái, so với cùng kỳ, so với kỳ trước, so cùng kỳ,"
        " so với cùng kỳ năm trước, so với cùng kỳ năm ngoái, tăng hay giảm, so năm trước,"
        " so năm ngoái, so với năm học trước, cùng kỳ năm trước, cùng kỳ, compared,"
        " so sánh, với năm trước, với năm ngoái, so sánh với năm trước, so sánh với năm ngoái,"
        " so sánh với cùng kỳ",
    Term(want=Want.PICTURE, asks=True):
        "biểu đồ, ảnh biểu đồ, vẽ biểu đồ, hình biểu đồ, xem biểu đồ, bản đồ họa, chart",
    Term(want=Want.BOOK, asks=True):
        "excel, tệp excel, file excel, xuất excel, xuất file excel, bảng excel, bảng tính,"
        " tải excel, bản excel",
    Term(view=View.DISTRICT):
        "theo huyện cũ, theo huyện, theo từng huyện, theo các huyện, các huyện, từng huyện,"
        " mỗi huyện, các huyện cũ, từng huyện cũ, theo quận huyện, theo phòng giáo dục cũ,"
        " huyện cũ, huyện nào, theo đơn vị cũ, by former district, by district, huyện",
    Term(view=View.PROVINCE):
        "theo tỉnh cũ, theo tỉnh, từng tỉnh cũ, các tỉnh cũ, theo các tỉnh cũ, tỉnh cũ,"
        " by former province, by province",
    Term(view=View.COMMUNE):
        "theo xã, theo từng xã, các xã, từng xã, mỗi xã, theo các xã, theo phường, theo xã phường,"
        " các xã phường, xã nào, theo đơn vị, từng đơn vị, đơn vị nào, theo xã mới, by commune,"
        " xã phường nào, theo các xã phường",
    Term(view=View.SCHOOL):
        "theo trường, theo từng trường, các trường, từng trường, mỗi trường, theo các trường,"
        " trường nào, theo cơ sở, các cơ sở, by school",
    Term(own=Own.COMMUNE):
        "xã mình, xã tôi, xã em, xã ta, xã này, toàn xã, trong xã, phường mình, phường tôi,"
        " toàn phường, xã của tôi, xã của mình, trong phường, cả xã, cả phường",
    Term(own=Own.PROVINCE): "toàn tỉnh, cả tỉnh, trong tỉnh, tỉnh mình, tỉnh ta, toàn ngành",
    Term(own=Own.ANY):
        "trường mình, trường tôi, trường em, trường ta, trường của tôi,"
        " đơn vị mình, đơn vị tôi, địa bàn, trên địa bàn, bên mình, chỗ mình, địa bàn mình",
    Term(other=True):
        "bao nhiêu tiền, bao nhiêu chỗ, mấy chỗ, còn chỗ, mấy giờ, bao nhiêu tiết, mấy tiết,"
        " bao nhiêu buổi, mấy buổi, học phí, hủy, huỷ, xóa, xoá, dời, đổi, sửa, gửi, thông báo,"
        " mở lớp, tạo, thêm, nhập, nhập danh sách, mời, duyệt, đóng lớp, chuyển, mở đăng ký,"
        " đóng đăng ký, ở đâu, địa điểm, lịch, điểm danh, mã điểm danh, báo giúp, cancel, send,"
        " bao nhiêu ngày, mấy ngày, bao nhiêu lớp, mấy lớp, lớp nào, lớp gì, bao nhiêu trường,"
        " mấy trường, số điện thoại, liên hệ",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """A term, and its words with their accents."""

    words: str
    term: Term


def _key(words: str) -> str:
    return spelling.squeeze(words)


TERMS: dict[str, Said] = {
    _key(words): Said(words, term)
    for term, said in _MEANINGS.items()
    for words in (each.strip() for each in said.split(","))
}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WINDOW = max(len(said.words.split()) for said in TERMS.values())

# What is typed in place of whole words; the accents are those of the words.
SHORT: dict[str, str] = {
    "ko": "không", "hok": "không", "hong": "không", "khong": "không", "kg": "không",
    "dc": "được", "đc": "được", "bn": "bao nhiêu", "bnhieu": "bao nhiêu", "baonhieu": "bao nhiêu",
    "sl": "số lượng", "tl": "tỷ lệ", "tyle": "tỷ lệ", "tile": "tỷ lệ", "dk": "đăng ký",
    "đk": "đăng ký", "dangky": "đăng ký", "dki": "đăng ký", "dky": "đăng ký", "gv": "giáo viên",
    "cbql": "cán bộ quản lý", "ng": "người", "ngừ": "người", "trc": "trước", "tk": "thống kê",
    "thongke": "thống kê", "solieu": "số liệu", "hoanthanh": "hoàn thành", "tg": "tham gia",
    "hthanh": "hoàn thành", "chuahoc": "chưa học", "ctieu": "chỉ tiêu", "taphuan": "tập huấn",
    "vs": "với", "ds": "danh sách", "gvmn": "giáo viên", "xg": "xong",
    "chitieu": "chỉ tiêu", "huyencu": "huyện cũ",
}  # fmt: skip
# Another word for words of a title.
SAME: dict[str, str] = {
    "cong nghe thong tin": "cntt", "vsattp": "an toan thuc pham", "attp": "an toan thuc pham",
    "dai hoc": "trinh do", "bang cap": "trinh do", "ql": "quan ly", "can bo ql": "can bo quan ly",
    "gvcc": "cot can", "chuan giao vien": "chuan nghe nghiep", "trinh do dao tao": "trinh do",
    "hieu truong": "can bo quan ly", "xep loai kha": "muc kha", "kha tro len": "muc kha tro len",
    "loai kha": "muc kha", "dat chuan nghe nghiep": "chuan nghe nghiep",
    "kha": "muc kha tro len", "cao dang": "cao dang tro len", "bdtx": "bdtx dau nam hoc",
}  # fmt: skip
# Words that say nothing by themselves in such a sentence.
FILLING = _words(
    "cho xem xin hoi biet giup nhe nha a da vang oi voi la co cua o tai thuoc trong ve den nay"
    " hien nay bay gio hom nguoi giao vien thay cac nhung nao the gi sao cu moi xa phuong huyen"
    " thi tran tinh truong mn mg mam non tap huan boi duong khoa lop anh chi em tro ly troly dang"
    " duoc roi con thi ra va nhu tat ca toan bo hien tai muon can cap nhat moi nhat vay nhi ha"
    " ban ghi tinh so gdt may tren duoi ma chi rieng don vi khu vuc vung kpi"
    " nam thang ngay den het chuc danh nhan vien please show me the of in for how is are what by"
    " and at to as with this year tung gio luc day kia luon lam luong het nhanh lay phan tram"
    " that ai bao nhieu lan tong cong hang de thuc hien dat muc theo duoc hoc"
)
# Words that may turn a sentence around: with one of them not understood nothing is answered.
TURNING = _words("tru ngoai bo khong ko k chua except not without")
# At the end of a question these only make it one: "… có đạt không", "… xong chưa".
ENDING = _words("khong ko k chua")
# Whoever speaks of themselves asks for no figures.
SELF = _words("toi em minh tui")
# These name something although each of their words is generic.
PHRASES = frozenset(("can bo quan ly", "trinh do cao dang", "nha giao"))
# Generic words of titles: alone they name no training.
COMMON = _words(
    "tre tre em cho cua trong va voi tap huan boi duong giao vien can bo mam non truong nam hoc"
    " dau cac theo o tu den tro len muc dat duoc mau hai buoi cung tai hoc lop khoa day nhiem vu"
    " giua tinh ngoai so dich hop the tich cuc xay dung lam bep an dao nghe cham soc duoi thang"
    " tuoi vung dan toc mot nhung co chuan quan ly quan ly ngu do vai tro nhom doi nhap thong tin"
    " don vi hanh chinh sau giao duc nha"
)
