"""The golden conversations as files: who says what, and what has to stand on whose phone.

= mai H'Mai Byă            a phone and its owner's display name
= mai H'Mai Byă @zalo_oa   the same on one certain platform, whatever the others are on
mai> L12                   mai writes; the lines that follow are the whole answer
  first line of the answer
  1 Đồng ý
mai> [press Đồng ý]        a button by its label or digit; [sticker], [voice], [contact +84…],
                           [start L12], [block], [unblock]
mai> [noi]                 the newest code for linking accounts, which reads NOI-… in answers
mai> dạ                    no lines: silence
mai!                       a message nobody asked for, on mai's phone
  its lines
* days 2                   time passes (days, hours)
* move 12 2026-12-13 07:30 sạt lở quốc lộ
* known bich principal     bich is known already by the name of the phone, and principal
* asked 12                 principals have to agree to L12
* teachers gv 12 13 9 1    13 teachers of xã Tuy Đức lack a seat in L12: 9 of them have an account
                           and want announcements, 1 has one and does not; the phone of the first
                           is gv, and the next announcement is TB-0141
# a remark
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Step:
    """One line of a script, with the lines expected after it."""

    number: int
    kind: str  # "phone", "says", "hears", "happens"
    who: str
    words: str
    expected: list[str] = field(default_factory=list)


def read(path: Path) -> list[Step]:
    """The steps of a script; raises ValueError for a line it does not know."""
    steps: list[Step] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("  "):
            steps[-1].expected.append(line[2:])
        else:
            steps.append(_step(number, line))
    return steps


def _step(number: int, line: str) -> Step:
    if line.startswith("= "):
        who, _, name = line[2:].partition(" ")
        return Step(number, "phone", who, name)
    if line.startswith("* "):
        return Step(number, "happens", "", line[2:])
    who, mark, words = line.partition("> ")
    if mark:
        return Step(number, "says", who, words)
    if line.endswith("!"):
        return Step(number, "hears", line[:-1], "")
    raise ValueError(f"line {number}: {line}")


def write(path: Path, steps: list[Step], heard: dict[int, str]) -> None:
    """Write the script anew with what was really heard at each step (for its author to read)."""
    lines: list[str] = []
    remarks = _remarks(path)
    for step in steps:
        lines += remarks.pop(step.number, [])
        lines.append(_line(step))
        lines += [f"  {line}" for line in heard.get(step.number, "").splitlines()]
    lines += [line for block in remarks.values() for line in block]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(step: Step) -> str:
    match step.kind:
        case "phone":
            return f"= {step.who} {step.words}"
        case "happens":
            return f"* {step.words}"
        case "says":
            return f"{step.who}> {step.words}"
        case _:
            return f"{step.who}!"


def _remarks(path: Path) -> dict[int, list[str]]:
    """Remarks and blank lines by the number of the step they stand before."""
    found: dict[int, list[str]] = {}
    waiting: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            waiting.append(line)
        elif not line.startswith("  "):
            found[number] = waiting
            waiting = []
    if waiting:
        found[1_000_000] = waiting
    return found
