"""Builds the Word templates of the reports that ship: `python -m tests.report_templates`.

What ships is the two files in `bot/pages`, which an office may open in Word and change; this only
sets out their layout after NĐ 30/2020: A4, margins 20/20/30/15 mm, Times New Roman 13-14.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT as VERTICAL
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from bot.made.packing import packed

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGES = Path(__file__).parents[1] / "bot" / "pages"
FONT = "Times New Roman"
MADE = datetime(2026, 1, 1, tzinfo=UTC)
NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"


def fonts(style: Any, size: float) -> None:
    style.font.name, style.font.size = FONT, Pt(size)
    for part in ("w:eastAsia", "w:cs", "w:hAnsi"):
        style.element.rPr.rFonts.set(qn(part), FONT)


def begun() -> Any:
    book = Document()
    section = book.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.header_distance = Mm(10)
    normal = book.styles["Normal"]
    fonts(normal, 14)
    normal.paragraph_format.space_after = Pt(0)
    section.different_first_page_header_footer = True
    number(section.header.paragraphs[0])
    return book


def number(paragraph: Any) -> None:
    """The number of the page, in the middle above the text."""
    paragraph.alignment = ALIGN.CENTER
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)
    run.font.size = Pt(13)


def line(
    where: Any, text: str = "", *, size: float = 14, bold: bool = False, italic: bool = False,
    align: Any = ALIGN.CENTER, before: float = 0, after: float = 0, indent: float = 0,
) -> Any:  # fmt: skip
    paragraph = where.add_paragraph()
    paragraph.alignment = align
    form = paragraph.paragraph_format
    form.space_before, form.space_after = Pt(before), Pt(after)
    if indent:
        form.first_line_indent = Mm(indent)
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)
    return paragraph


def rule(where: Any, left: float, right: float) -> None:
    """A thin line below what stands above, drawn in from both sides (mm)."""
    paragraph = line(where, size=2)
    paragraph.paragraph_format.left_indent = Mm(left)
    paragraph.paragraph_format.right_indent = Mm(right)
    paragraph.paragraph_format.line_spacing = Pt(3)
    borders, top = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap",
        "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:rPr",
    )  # fmt: skip


def body(book: Any, text: str, **given: Any) -> Any:
    return line(book, text, **{"align": ALIGN.JUSTIFY, "indent": 10, "after": 6, **given})


def caption(book: Any, text: str) -> None:
    body(book, text, italic=True, before=8).paragraph_format.keep_with_next = True


def heading(book: Any, text: str) -> None:
    line(book, text, bold=True, align=ALIGN.LEFT, before=6, after=6, indent=10).paragraph_format \
        .keep_with_next = True  # fmt: skip


def columns(where: Any, *widths: float) -> Any:
    table = where.add_table(rows=1, cols=len(widths))
    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    unsplit(table)
    for at, width in enumerate(widths):
        table.columns[at].width = Mm(width)
        for cell in table.columns[at].cells:
            cell.width = Mm(width)
            cell.paragraphs[0]._p.getparent().remove(cell.paragraphs[0]._p)
    return table


def unsplit(table: Any) -> None:
    """No row of it is cut in two by the end of a page."""
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def head(book: Any, above: Sequence[str], office: str, letters: str, dated: str, *, short: float,
         ) -> None:  # fmt: skip
    """Who writes on the left, the country and its motto on the right."""
    left, right = columns(book, 68, 97).rows[0].cells
    for one in above:
        line(left, one, size=13)
    line(left, office, size=13, bold=True)
    rule(left, short, short)
    line(left, f"Số:         /{letters}", size=13, before=4)
    line(right, NATION, size=12.5, bold=True)
    line(right, MOTTO, size=13.5, bold=True)
    rule(right, 17, 17)
    line(right, dated, size=13.5, italic=True, before=4)


def title(book: Any, about: str) -> None:
    line(book, "BÁO CÁO", bold=True, before=16)
    line(book, about, bold=True)
    rule(book, 62, 62)


def foot(book: Any, receivers: Sequence[str], signs: Sequence[str]) -> None:
    """Who receives it on the left; who signs on the right, with room for it."""
    line(book, size=6)
    left, right = columns(book, 75, 90).rows[0].cells
    line(left, "Nơi nhận:", size=12, bold=True, italic=True, align=ALIGN.LEFT)
    for one in receivers:
        line(left, f"- {one}", size=11, align=ALIGN.LEFT)
    for one in signs:
        line(right, one, bold=True)
    for _ in range(4):
        line(right)


def cell_text(cell: Any, text: str, *, bold: bool = False, align: Any = ALIGN.CENTER) -> None:
    for paragraph in list(cell.paragraphs):
        paragraph._p.getparent().remove(paragraph._p)
    line(cell, text, size=12, bold=bold, align=align, before=2, after=2)
    cell.vertical_alignment = VERTICAL.CENTER


def grid(book: Any, rows: str, spec: Sequence[tuple[str, float, str, Any]]) -> None:
    """A table with a heading that is repeated on each page, and a row for each of `rows`."""
    table = book.add_table(rows=4, cols=len(spec))
    table.style, table.autofit, table.alignment = "Table Grid", False, WD_TABLE_ALIGNMENT.CENTER
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(mark)
    unsplit(table)
    for at, (name, width, field, align) in enumerate(spec):
        table.columns[at].width = Mm(width)
        for row in table.rows:
            row.cells[at].width = Mm(width)
        cell_text(table.cell(0, at), name, bold=True)
        cell_text(table.cell(1, at), f"{{%tr for d in {rows} %}}" if at == 0 else "")
        cell_text(table.cell(2, at), field, align=align)
        cell_text(table.cell(3, at), "{%tr endfor %}" if at == 0 else "")


def each(book: Any, texts: str) -> None:
    """A paragraph for each of `texts`."""
    body(book, f"{{%p for doan in {texts} %}}")
    body(book, "{{ doan }}")
    body(book, "{%p endfor %}")


def optional(book: Any, rows: str, name: str, spec: Sequence[tuple[str, float, str, Any]]) -> None:
    """A table with its caption, where there is anything to stand in it."""
    body(book, f"{{%p if {rows} %}}")
    caption(book, name)
    grid(book, rows, spec)
    body(book, "{%p endif %}")


INDICATORS = (
    ("STT", 14, "{{ d.stt }}", ALIGN.CENTER),
    ("Chỉ tiêu", 50, "{{ d.ten }}", ALIGN.LEFT),
    ("Tổng số", 18, "{{ d.tong }}", ALIGN.RIGHT),
    ("Đạt", 18, "{{ d.dat }}", ALIGN.RIGHT),
    ("Tỷ lệ", 18, "{{ d.ty_le }}", ALIGN.RIGHT),
    ("Mục tiêu", 18, "{{ d.muc_tieu }}", ALIGN.RIGHT),
    ("Ghi chú", 29, "{{ d.ghi_chu }}", ALIGN.LEFT),
)
COURSES = (
    ("STT", 14, "{{ d.stt }}", ALIGN.CENTER),
    ("Lớp tập huấn", 62, "{{ d.ten }}", ALIGN.LEFT),
    ("Thuộc diện", 20, "{{ d.tong }}", ALIGN.RIGHT),
    ("Hoàn thành", 21, "{{ d.dat }}", ALIGN.RIGHT),
    ("Tỷ lệ", 18, "{{ d.ty_le }}", ALIGN.RIGHT),
    ("Ghi chú", 30, "{{ d.ghi_chu }}", ALIGN.LEFT),
)
DISTRICTS = (
    ("Nội dung", 62, "{{ d.ten }}", ALIGN.LEFT),
    ("Địa bàn huyện cũ", 43, "{{ d.huyen }}", ALIGN.LEFT),
    ("Tổng số", 20, "{{ d.tong }}", ALIGN.RIGHT),
    ("Đạt", 20, "{{ d.dat }}", ALIGN.RIGHT),
    ("Tỷ lệ", 20, "{{ d.ty_le }}", ALIGN.RIGHT),
)
UNITS = (
    ("STT", 14, "{{ d.stt }}", ALIGN.CENTER),
    ("Đơn vị", 55, "{{ d.ten }}", ALIGN.LEFT),
    ("Tổng số", 22, "{{ d.tong }}", ALIGN.RIGHT),
    ("Đạt", 22, "{{ d.dat }}", ALIGN.RIGHT),
    ("Tỷ lệ", 20, "{{ d.ty_le }}", ALIGN.RIGHT),
    ("Ghi chú", 32, "{{ d.ghi_chu }}", ALIGN.LEFT),
)
STATED = (
    "Tỷ lệ = số đạt (hoàn thành) chia cho tổng số (thuộc diện). Người đã nghỉ việc, người đang"
    " nghỉ dài ngày không tính vào tổng số. “Số khai”: đơn vị tự khai, không tính từ danh sách."
)


def results(book: Any) -> None:
    """The two tables every report has."""
    heading(book, "II. KẾT QUẢ THỰC HIỆN")
    optional(book, "chi_tieu", "Bảng 1. Kết quả thực hiện các chỉ tiêu", INDICATORS)
    optional(book, "lop", "Bảng 2. Kết quả các lớp tập huấn, bồi dưỡng", COURSES)


def said(book: Any) -> None:
    """How the tables are meant, and the two texts that are written."""
    body(book, STATED, italic=True, size=12, before=6)
    heading(book, "III. KHÓ KHĂN, VƯỚNG MẮC")
    each(book, "kho_khan")
    heading(book, "IV. ĐỀ XUẤT, KIẾN NGHỊ")
    each(book, "de_xuat")


def commune() -> Any:
    book = begun()
    head(book, (), "ỦY BAN NHÂN DÂN", "BC-UBND",
         "{{ dia_danh }}, ngày      tháng {{ thang }} năm {{ nam }}", short=20)  # fmt: skip
    left = book.tables[0].rows[0].cells[0]
    second = line(left, "{{ don_vi|upper }}", size=13, bold=True)
    left.paragraphs[0]._p.addnext(second._p)
    title(book, "{{ trich_yeu }}")
    line(book, "Kính gửi: Sở Giáo dục và Đào tạo {{ tinh }}.", before=8, after=8)
    each(book, "can_cu")
    heading(book, "I. TÌNH HÌNH CHUNG")
    each(book, "tinh_hinh")
    results(book)
    optional(book, "huyen_cu", "Bảng 3. Kết quả theo địa bàn huyện cũ", DISTRICTS)
    said(book)
    foot(book, ("Sở GDĐT {{ tinh }};", "Lưu: VT, VH-XH."), ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"))
    return book


def department() -> Any:
    book = begun()
    head(book, ("ỦY BAN NHÂN DÂN", "{{ tinh|upper }}"), "SỞ GIÁO DỤC VÀ ĐÀO TẠO", "BC-SGDĐT",
         "{{ dia_danh }}, ngày      tháng {{ thang }} năm {{ nam }}", short=16)  # fmt: skip
    title(book, "{{ trich_yeu }}")
    line(book, "Kính gửi: Ủy ban nhân dân {{ tinh }}.", before=8, after=8)
    each(book, "can_cu")
    heading(book, "I. TÌNH HÌNH CHUNG")
    each(book, "tinh_hinh")
    body(book, "{%p if chua_nop %}")
    body(book, "Đơn vị chưa nộp báo cáo: {{ chua_nop }}.")
    body(book, "{%p endif %}")
    results(book)
    said(book)
    foot(book, ("UBND {{ tinh }};", "Bộ GDĐT;", "Lưu: VT, GDMN."), ("GIÁM ĐỐC",))
    for number_, name, rows in (
        ("I", "THEO ĐỊA BÀN HUYỆN CŨ", "huyen_cu"), ("II", "THEO XÃ, PHƯỜNG", "xa"),
    ):  # fmt: skip
        body(book, f"{{%p if {rows} %}}")
        line(book, f"PHỤ LỤC {number_}", bold=True).paragraph_format.page_break_before = True
        line(book, f"KẾT QUẢ {name}", bold=True, after=6)
        body(book, f"{{%p for muc in {rows} %}}")
        body(book, "{{ muc.ten }}", bold=True, before=8).paragraph_format.keep_with_next = True
        grid(book, "muc.dong", UNITS)
        body(book, "{%p endfor %}")
        body(book, "{%p endif %}")
    return book


def write(book: Any, path: Path) -> None:
    known = book.core_properties
    known.author = known.title = known.comments = known.last_modified_by = ""
    known.created = known.modified = MADE
    book.save(path)
    path.write_bytes(packed(path.read_bytes()))


if __name__ == "__main__":
    write(commune(), PAGES / "bao_cao_xa.docx")
    write(department(), PAGES / "bao_cao_so.docx")
