"""What every test in a browser is marked with."""

from __future__ import annotations

import pytest

# One browser serves all tests, and it belongs to the loop it was started in.
BROWSER = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),
]
