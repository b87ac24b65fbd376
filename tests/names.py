"""Forty full names as people write them; every screen must give them back as they came."""

from __future__ import annotations

import unicodedata

NAMES: tuple[str, ...] = (
    # Kinh, with and without a middle name, and names that fold to each other
    "Nguyễn Thị Hoa",
    "Nguyễn Thị Hòa",
    "Lê Thị Út",
    "Phạm Thị Bích",
    "Trần Thị Nhàn",
    "Võ Thị Loan",
    "Đặng Thị Ánh Tuyết",
    "Huỳnh Thị Mai",
    "Nguyễn Huy",
    "Trịnh Thị Thúy Ái",
    "Công Tằng Tôn Nữ Huyền Trân",
    "Lê Đỗ",
    # Ê Đê
    "H'Mai Byă",
    "Y Bhĩm Niê",
    "H'Nghia Êban",
    "Y Wơn Mlô",
    "H’Bluễ Kñul",
    "H'Yŭk Čil",
    # M'Nông
    "H'Sương Niê",
    "Điểu Thị Nga",
    "Điểu K’Rứ",
    "H`Rŏng Bŭ Ŏng",
    "Y'Thịnh",
    # Mạ, K'Ho
    "K'Brôi",
    "Ka Hiền",
    "K’Thị Ka Brẹ",
    # H'Mông
    "Giàng A Páo",
    "Vàng Thị Mỷ",
    "Sùng Thị Dợ",
    # Tày, Nùng, Dao, Thái
    "Nông Thị Lường",
    "Hoàng Thị Slao",
    "Bế Thị Phương",
    "Triệu Mùi Ghển",
    "Lò Thị Pâng",
    # capitals only, one word, hyphen, decomposed letters
    "NGUYỄN THỊ KIM CHI",
    "H'MAI BYĂ",
    "Thủy",
    "Nguyễn Thị Anh-Thư",
    unicodedata.normalize("NFD", "Đỗ Thị Hường"),
    unicodedata.normalize("NFD", "H’Điệp Byă"),
)
