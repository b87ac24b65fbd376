"""The one router that the conversations register with."""

from handlers.router import Router

router = Router()
