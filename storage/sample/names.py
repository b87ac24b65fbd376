"""Invented names, put together the way the peoples of the highlands form theirs."""

from __future__ import annotations

import csv
from collections import defaultdict
from typing import TYPE_CHECKING

from storage.unit_data import FOLDER

if TYPE_CHECKING:
    from random import Random

# How often a form of name occurs; words in braces are lists of `sample_words.csv`.
_FORMS = {
    "{family} {middle} {given}": 640,
    "{family} {man middle} {man}": 30,
    "{northern family} Thị {northern given}": 120,
    "H'{ede given} {ede clan}": 80,
    "Y {ede man} {ede clan}": 10,
    "Điểu Thị {mnong given}": 30,
    "Thị {mnong given}": 15,
    "H'{mnong given}": 25,
    "{hmong family} Thị {hmong given}": 30,
    "Ka {kho given}": 12,
    "K'{kho given}": 8,
}


class Names:
    """Draws names from the lists that are shipped."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._words: defaultdict[str, list[str]] = defaultdict(list)
        with (FOLDER / "sample_words.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                self._words[row["part"]].append(row["word"])

    def person(self, taken: set[str]) -> str:
        """A full name that is not taken yet, and is from now on."""
        while (name := self._person()) in taken:
            pass
        taken.add(name)
        return name

    def school(self, taken: set[str]) -> str:
        """A school's own name, "Hoa Sen", that is not taken yet, and is from now on."""
        name = self._rng.choice([word for word in self._words["school"] if word not in taken])
        taken.add(name)
        return name

    def _person(self) -> str:
        (form,) = self._rng.choices(list(_FORMS), list(_FORMS.values()))
        return form.format_map({part: self._rng.choice(self._words[part]) for part in self._words})
