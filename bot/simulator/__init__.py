"""A local Telegram and a local Zalo with phones on a page: for the demo, tests and benchmarks.

It speaks the platforms' wires, so the bot that runs against it is the production program with
other base URLs. It listens on 127.0.0.1 only and reaches out to nothing but this machine.
"""

from bot.simulator.faults import Fault, Trouble
from bot.simulator.limits import Limits
from bot.simulator.people import Hint, Person
from bot.simulator.phones import Phone
from bot.simulator.screen import Shown
from bot.simulator.server import Simulator
from bot.simulator.telegram_phone import Phone as TelegramPhone
from bot.simulator.zalo_bot_phone import ZaloBotPhone
from bot.simulator.zalo_bot_switches import Switches

__all__ = [
    "Fault",
    "Hint",
    "Limits",
    "Person",
    "Phone",
    "Shown",
    "Simulator",
    "Switches",
    "TelegramPhone",
    "Trouble",
    "ZaloBotPhone",
]
