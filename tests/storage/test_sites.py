"""Where announcements may link to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage import sites
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database


@pytest.mark.parametrize(
    ("site", "kept"),
    [
        ("moet.gov.vn", "moet.gov.vn"),
        (" Lamdong.GOV.VN. ", "lamdong.gov.vn"),
        ("taphuan.csdl-2.edu.vn", "taphuan.csdl-2.edu.vn"),
        ("Giáodục.vn", "xn--giodc-yqa4094c.vn"),
        ("a.b", "a.b"),
    ],
)
def test_how_a_host_is_kept(site: str, kept: str) -> None:
    assert sites.host(site) == kept
    assert sites.host(kept) == kept


@pytest.mark.parametrize(
    "site",
    [
        "", " ", "vn", ".vn", "a..vn", "https://moet.gov.vn", "moet.gov.vn/tin", "moet.gov.vn:443",
        "a@moet.gov.vn", "moet.gov.vn?x", "*.gov.vn", "-a.vn", "a-.vn", "a_b.vn", "10.0.0.1",
        "::1", "a b.vn", "a.vn\nb.vn", f"{'a' * 64}.vn", f"{'a.' * 130}vn", "a\u3002b\u3002",
    ],
)  # fmt: skip
def test_what_is_no_host_is_refused_with_a_sentence(site: str) -> None:
    with pytest.raises(ValueError, match=r"^'.*\.$"):
        sites.host(site)


async def test_added_hosts_follow_the_built_in_ones(either: Database) -> None:
    def work(db: Connection) -> None:
        assert sites.allowed(db) == ("gov.vn", "moet.edu.vn")
        for site in ("zoom.us", "Temis.CSDL.edu.vn", "gov.vn", "zoom.us"):
            sites.allow(db, site, MONDAY)
        assert sites.allowed(db) == ("gov.vn", "moet.edu.vn", "temis.csdl.edu.vn", "zoom.us")
        assert sites.forbid(db, "ZOOM.us")
        assert not sites.forbid(db, "zoom.us")
        assert sites.allowed(db) == ("gov.vn", "moet.edu.vn", "temis.csdl.edu.vn")
        with pytest.raises(ValueError, match="always allowed"):
            sites.forbid(db, "gov.vn")
        with pytest.raises(ValueError, match="https"):
            sites.allow(db, "https://zoom.us", MONDAY)
        with pytest.raises(ValueError, match="open to everybody"):
            sites.allow(db, "COM.vn", MONDAY)

    await either.turn(work)
