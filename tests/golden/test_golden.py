"""The golden conversations, replayed over HTTP on all three channels, by digits, words, buttons.

`GOLDEN=write` writes the scripts anew with what was heard, for their author to read and judge.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.golden import script
from tests.golden.stage import stage

SCRIPTS = sorted(Path(__file__).parent.glob("*.txt"))
# A draft as people will get it, with the choices they will have.
PREVIEW, OF_A_LETTER = "Xem trước TB-", re.compile(r"[1-9]\d ")
WRITE = os.environ.get("GOLDEN") == "write"


WIRES = [
    ("telegram polling", "digits"),
    ("telegram webhook", "buttons"),
    ("zalo_bot polling", "digits"),
    ("zalo_bot polling", "words"),
    ("zalo_bot webhook", "digits"),
    ("zalo_oa webhook", "digits"),
    ("zalo_oa webhook", "words"),
    ("zalo_oa webhook", "buttons"),
]


# Scripts that name a platform for each phone play on all of them at once.
MIXED = [path for path in SCRIPTS if " @" in path.read_text("utf-8")]
# How events come is the channel's affair alone: what it brings to one talk it brings to all.
BROUGHT = ("zalo_bot webhook", "digits")


def wires(path: Path) -> list[tuple[str, str]]:
    """How a script is played."""
    if path in MIXED:
        return WIRES[:2]
    with_hooks = path.stem in ("g1_first_contact", "g5_moved")
    return [each for each in WIRES if each != BROUGHT or with_hooks]


RUNS = [
    pytest.param(path, wire, hand, id=f"{path.stem}-{wire}-{hand}")
    for path in SCRIPTS
    for wire, hand in wires(path)
]


@pytest.mark.parametrize(("path", "wire", "hand"), RUNS)
async def test_the_conversation_is_as_written(
    path: Path, wire: str, hand: str, sample_file: Path, tmp_path: Path
) -> None:
    steps = script.read(path)
    if WRITE:
        for step in steps:
            step.expected = step.expected or [""]
    async with stage(sample_file, tmp_path, wire, hand) as on_stage:
        try:
            await on_stage.play(steps)
        finally:
            if WRITE:
                script.write(path, steps, on_stage.heard)
    if not WRITE:
        heard = {step.number: on_stage.heard.get(step.number, "") for step in steps}
        assert heard == {step.number: "\n".join(step.expected) for step in steps}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_the_voice_is_kept(path: Path) -> None:
    """At most 300 characters before the choices, 56 in one; only choices begin with a digit."""
    for step in script.read(path):
        if step.expected and step.expected[0].startswith(PREVIEW):
            # It shows the choices of others, which stand above what is said about them.
            step.expected = [line for line in step.expected if not OF_A_LETTER.match(line)]
        choices = [line for line in step.expected if line[:1].isdecimal()]
        words = [line for line in step.expected if not line[:1].isdecimal()]
        assert len("\n".join(words)) <= 300, (path.stem, step.number)
        assert all(len(line) <= 56 + 3 for line in choices), (path.stem, step.number)
        assert step.expected == words + choices, (path.stem, step.number)
