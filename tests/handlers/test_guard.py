"""The content guard: a table of texts that are refused, disguised or not, and of office talk."""

from __future__ import annotations

import time
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import guard
from handlers.guard import Objection, objections
from handlers.text import say
from storage.models import Called

if TYPE_CHECKING:
    from handlers.chat import Chat

ACCOUNT, MONEY, SECRET, IDENTITY, LINK = Objection
SITES = ("gov.vn", "moet.edu.vn")
REFUSED = [
    (
        "Hủy lịch trực trưa để chị em dự L12. Ai dự chuyển 50.000đ tiền nước vào STK 0123456789",
        [ACCOUNT, MONEY],
    ),
    ("Ai du chuyen 50k tien nuoc nhe", [MONEY]),
    ("Chuyển khoản cho kế toán trước ngày 09/12", [MONEY]),
    ("c h u y ể n k h o ả n 50.000đ cho cô Út", [MONEY]),
    ("chuyển.khoản giúp tôi nhé", [MONEY]),
    ("chuyen_khoan som giup", [MONEY]),
    ("ch\u200buyển kho\u200bản trước 5/12", [MONEY]),
    ("CHUYỂN KHOẢN gấp", [MONEY]),
    ("chuyẳn khoẳn trước 5/12", [MONEY]),
    ("chuyen kh0an truoc 5/12", [MONEY]),
    ("Mỗi người đóng 200k tiền tài liệu", [MONEY]),
    ("Nộp 100.000 đồng lệ phí cho thủ quỹ", [MONEY]),
    ("Đề nghị nộp tiền ăn trưa tại bàn đón tiếp", [MONEY]),
    ("Ủng hộ quỹ 50.000đ/người", [MONEY]),
    ("Thu 30.000đ mỗi người", [MONEY]),
    ("Thanh toán tiền tài liệu 50.000đ cho cô Hoa", [MONEY]),
    ("STK: 1903 4567 8901 2 Techcombank", [ACCOUNT]),
    ("Tài khoản 19034567890123", [ACCOUNT]),
    ("s.t.k 0912345678", [ACCOUNT]),
    ("momo 0912345678 nhé", [ACCOUNT]),
    ("Gửi số tài khoản ngân hàng của thầy cô về Sở", [ACCOUNT]),
    ("so tai khoan 0 1 2 3 4 5 6 7 8 9", [ACCOUNT]),
    ("STK:\n0123456789", [ACCOUNT]),
    ("S Ố T À I K H O Ả N 0123456789", [ACCOUNT]),
    ("ＳＴＫ ０１２３４５６７８９", [ACCOUNT]),
    ("Nhắn mã OTP cho tôi", [SECRET]),
    ("ma o.t.p vua nhan doc cho toi", [SECRET]),
    ("Cung cấp mật khẩu tài khoản CSDL ngành về Sở", [SECRET]),
    ("gui m4t khau cho toi", [SECRET]),
    ("Gửi ảnh chụp CCCD hai mặt về Zalo", [IDENTITY]),
    ("Chụp căn cước gửi về xã", [IDENTITY]),
    ("Số CCCD của cô Út: 067193001234", [IDENTITY]),
    ("cung cap so cccd truoc 5/12", [IDENTITY]),
    ("CCCD chụp rõ hai mặt rồi gửi về Sở", [IDENTITY]),
    ("Gửi họ tên, năm sinh, số CCCD về Sở", [IDENTITY]),
    ("Đăng ký tại https://bit.ly/abc", [LINK]),
    ("vào bit . ly/abc để đăng ký", [LINK]),
    ("hxxp://dangky.gov.vn", [LINK]),
    ("dangky-lamdong.com", [LINK]),
    ("dang ky o abc[.]com", [LINK]),
    ("abc chấm com", [LINK]),
    ("Liên hệ @trolytaphuan", [LINK]),
    ("t.me/taphuan", [LINK]),
    ("zalo.me/0912345678", [LINK]),
    ("zalo . me/0912345678", [LINK]),
    ("https://gov.vn.evil.com/x", [LINK]),
    ("https://gov.vn@evil.com", [LINK]),
    ("www.laodong.vn", [LINK]),
    ("gửi về pgd@gmail.com", [LINK]),
    ("https://docs.google.com/forms/d/abc", [LINK]),
    ("Ai không nộp tiền trước 5/12 sẽ bị gạch tên", [MONEY]),
    ("Không, chuyển tiền cho cô Út", [MONEY]),
    ("ѕтк 0123456789", [ACCOUNT]),
    ("không một hai ba bốn năm sáu bảy tám chín", [ACCOUNT]),
    ("Mọi người ck cho mình 500k nhé", [MONEY]),
    ("Các cô chuyển tiền quỹ cho cô Hoa trước thứ 6", [MONEY]),
    ("Thầy cô nạp thẻ điện thoại 100k rồi gửi mã cho tôi", [MONEY]),
    ("Vui lòng bấm vào http://bit.ly/xyz", [LINK]),
    ("Truy cập sgd-lamdong.top để xác nhận", [LINK]),
    ("Kết bạn zalo: zalo.me/g/abcxyz", [LINK]),
    ("Nhắn tele @abc_def để nhận quà", [LINK]),
    ("Chuyen tien vao tk 0123 456 789 MB", [ACCOUNT, MONEY]),
    ("gửi tôi mã xác thực 6 số vừa nhận", [SECRET]),
    ("Đọc mã OTP giúp em", [SECRET]),
    ("chụp 2 mặt căn cước công dân gửi em", [IDENTITY]),
    ("067193001234", [IDENTITY]),
    ("9704 1234 5678 9012", [ACCOUNT]),
    ("stk. 0123.456.789 (Agribank)", [ACCOUNT]),
    ("ủng hộ mỗi người 100.000đ", [MONEY]),
    ("https://forms.gle/abc", [LINK]),
    ("bit.ly/abc", [LINK]),
    ("facebook.com/abc", [LINK]),
    ("Xin số tài khoản và tên ngân hàng của từng cô", [ACCOUNT]),
    ("Xem https://moet.gov.vn:!@103.1.2.3/x", [LINK]),
    ("Vào 103.1.2.3/dangky", [LINK]),
    ("Vào moet.gov.vn.dang-ky.sbs", [LINK]),
    ("Đăng ký tại dangky-moet.fun/l12", [LINK]),
    ("Vào evil。com", [LINK]),
    ("Vào https://mоet.gov.vn/l12", [LINK]),  # the first "o" is a Cyrillic one
]
OFFICE = [
    "Hỗ trợ tiền ăn 100.000 đồng/người/ngày",
    "kinh phí do Sở chi trả",
    "ngày 09/12/2026 lúc 7h30",
    "Công văn số 1234/SGDĐT-GDMN",
    "mang theo CCCD để làm thủ tục",
    "L12",
    "TB-0141",
    "Liên hệ cô Hoa 0912 345 678",
    "Liên hệ 0261 354 6789 hoặc 0912345678-0987654321",
    "Đề nghị thầy cô chưa đăng ký L12 trả lời trước ngày 09/12 để xã chuẩn bị hội trường.",
    "Không thu tiền, có hỗ trợ ăn trưa",
    "Tuyệt đối không chuyển tiền, không cung cấp mật khẩu, mã OTP, số tài khoản cho bất kỳ ai",
    "Kế hoạch năm học 2026-2027 và 2025 - 2026",
    "Từ 09/12/2026 - 10/12/2026, 7h30-16h30",
    "Chi hỗ trợ 1.000.000-2.000.000 đồng",
    "Xem https://lamdong.gov.vn/tin",
    "Xem moet.edu.vn và sgddt.lamdong.gov.vn.",
    "Gửi về sgddt@lamdong.gov.vn",
    "Nộp báo cáo kinh phí trước ngày 15/12",
    "Gửi danh sách nhận hỗ trợ tiền ăn về Sở",
    "Nộp hồ sơ thanh toán tiền tàu xe tại phòng kế toán",
    "Đóng góp ý kiến về dự thảo trước 05/12",
    "Thứ Hai, 30/11/2026, chuyển địa điểm sang hội trường UBND xã",
    "Dời lớp sang 18/12",
    "doi lop sang 18/12",
    "Zoom ID 812 3456 7890, mật khẩu phòng họp 123456",
    "Mời 1.234 giáo viên và cán bộ quản lý",
    "Hội trường.Đề nghị đi đúng giờ",
    "hoi truong.de nghi di dung gio",
    "Báo cáo tiến độ, đồng chí Hoa phụ trách, miễn phí",
    "Cơ quan cử 30 đ/c tham gia",
    "Các khoản thu học phí thực hiện theo Nghị quyết số 81/2021/NĐ-CP",
    "Quét mã QR tại cửa để điểm danh",
    "Cảnh giác lừa đảo: Trợ lý không bao giờ hỏi mật khẩu, OTP, CCCD hay tiền",
    "Đừng bấm đường dẫn lạ, đừng chuyển tiền",
    "Bố.mẹ đưa trẻ đến lúc 7h15",
    "Điểm danh bằng mã 123456",
    "Tập trung ở TP Gia Nghĩa lúc 7h",
    "Mang theo điện thoại, CCCD",
    "Chi 50.000.000 đồng mua đồ chơi cho các điểm trường",
    "Lớp 5 tuổi: 12, 14, 23 trẻ",
    "Hop dong lao dong, hoat dong ngoai khoa",
    "Gửi xe đúng nơi, mang CCCD",
    "Đề nghị đổi mật khẩu tài khoản CSDL ngành",
    "Sở đã trả tiền ăn cho học viên",
    "Kính gửi các trường mầm non, đề nghị nộp báo cáo số liệu đầu năm trước 17h00 ngày 15/12/2026.",
    "Đề nghị các trường nộp hồ sơ thi đua về phòng VH-XH trước Thứ Sáu 11/12",
    "Sở GDĐT tổ chức tập huấn tại Trường MN Hoa Cúc, số 12 đường Hùng Vương, ĐT 02613 546 789",
    "Mỗi trường cử 02 giáo viên, 01 cán bộ quản lý tham gia; mang theo máy tính",
    "Theo Kế hoạch số 361/KH-BGDĐT ngày 07/04/2021 và Quyết định 33/QĐ-TTg",
    "Thời gian: 7h30 - 16h30, từ 12/12/2026 đến 13/12/2026",
    "Học viên được hỗ trợ tiền ăn, tiền tàu xe theo quy định",
    "Trả lời trước ngày 09/12 để xã chuẩn bị hội trường, cảm ơn thầy cô",
    "Chuyển lịch học từ Thứ Bảy sang Chủ Nhật; thu hồ sơ tại cửa",
    "Link học trực tuyến gửi trước 1 giờ: xem trong mục lịch",
    "Các cô nhớ gửi ảnh hoạt động về nhóm chung",
    "Gửi danh sách trước 30/11, nhận tài liệu tại bàn số 3",
    "Cô Hoa (0912.345.678) và cô Út (0987 654 321) trực điện thoại",
    "Nghỉ lễ 24/11, đi làm lại 25/11; chúc mừng Ngày Nhà giáo Việt Nam 20/11",
    "Bỏ phiếu tín nhiệm, nộp phiếu tại phòng họp",
    "Dự toán kinh phí năm 2027: 150.000.000 đồng do ngân sách cấp",
    "Trẻ 3-4 tuổi 120 cháu, 4-5 tuổi 130 cháu, 5-6 tuổi 145 cháu",
    "Đề nghị thầy cô nhập dữ liệu lên csdl.moet.edu.vn trước 5/12",
    "Đăng ký bằng cách nhắn L12 cho Trợ lý",
    "Không mang theo tiền, vàng; gửi xe miễn phí",
    "Phòng chống dịch: đeo khẩu trang, rửa tay",
    "Kiểm tra mặt, khẩu hình của trẻ khi phát âm",
]


@pytest.mark.parametrize(("text", "found"), REFUSED)
def test_what_a_swindler_would_write_is_refused(text: str, found: list[Objection]) -> None:
    assert objections(text, SITES) == found


@pytest.mark.parametrize("text", OFFICE)
def test_what_an_office_writes_passes(text: str) -> None:
    assert objections(text, SITES) == []


@pytest.mark.parametrize("text", [text for text in OFFICE if "đừng" not in text])
def test_office_talk_passes_typed_without_accents(text: str) -> None:
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))

    assert objections(f"Kinh gui cac truong,\n{bare}\nTran trong.", SITES) == []


def test_dung_without_its_accent_may_be_use_and_forbids_nothing() -> None:
    assert objections("Đừng chuyển khoản cho ai", SITES) == []
    assert objections("dung chuyen khoan cho thu quy", SITES) == [MONEY]
    assert objections("Dùng chuyển khoản cho thủ quỹ", SITES) == [MONEY]


@pytest.mark.parametrize(
    "piece", ["a.", "1 ", "gửi ", "chuyển ", "không ", "@", "0-", "s t k ", "http:"]
)
def test_long_texts_of_one_piece_are_read_at_once(piece: str) -> None:
    begun = time.thread_time()
    objections((piece * 2000)[:2000], SITES)

    assert time.thread_time() - begun < 1


def test_a_host_that_was_allowed_may_be_linked_with_all_below_it() -> None:
    assert objections("Xem https://tap-huan.example.com/a?b=1", SITES) == [LINK]
    assert objections("Xem https://tap-huan.example.com/a?b=1", (*SITES, "example.com")) == []
    assert objections("Xem https://badexample.com", (*SITES, "example.com")) == [LINK]


def test_the_sentence_names_everything_once() -> None:
    text = REFUSED[0][0]

    assert guard.words(_vietnamese(), objections(text, SITES)) == (
        "Chưa gửi được: nội dung có số tài khoản và lời đề nghị chuyển tiền. Trợ lý không gửi tin"
        " như vậy, để mọi người tin được Trợ lý."
    )
    every = guard.words(_vietnamese(), list(Objection))
    assert "số tài khoản, lời đề nghị chuyển tiền, " in every
    assert len(every) <= 300


def _vietnamese() -> Chat:
    class Speaks:
        def _(self, sentence: str, /, **fields: object) -> str:
            return say("vi", Called.ANH_CHI, sentence, **fields)

    return Speaks()  # type: ignore[return-value]  # only its words are used


@given(st.text(max_size=80))
def test_any_text_gets_an_answer(text: str) -> None:
    found = objections(text, SITES)

    assert found == [each for each in Objection if each in found]
