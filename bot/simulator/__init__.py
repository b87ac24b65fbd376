"""A local Telegram with phones on a page: for the demo, the tests and the benchmarks.

It speaks the platform's wire, so the bot that runs against it is the production program with
another base URL. It listens on 127.0.0.1 only and reaches out to nothing but this machine.
"""

from bot.simulator.faults import Fault, Trouble
from bot.simulator.limits import Limits
from bot.simulator.people import Hint, Person
from bot.simulator.screen import Shown
from bot.simulator.server import Simulator
from bot.simulator.telegram_phone import Phone

__all__ = ["Fault", "Hint", "Limits", "Person", "Phone", "Shown", "Simulator", "Trouble"]
