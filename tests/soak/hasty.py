"""The production program, but what a dead process had in hand comes back in SOAK_LEASE seconds."""

from __future__ import annotations

import os
from datetime import timedelta

from bot.__main__ import main
from storage import outbox

if __name__ == "__main__":
    outbox.LEASE = timedelta(seconds=float(os.environ["SOAK_LEASE"]))
    main(["run"])
