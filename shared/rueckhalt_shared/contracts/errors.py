# SPDX-License-Identifier: EUPL-1.2
"""What can be wrong with an event. Messages name fields and codes, never what somebody wrote."""


class InvalidEvent(ValueError):
    """A producer's event breaks its own contract; nothing is published."""


class Fault(Exception):
    """An exception that says in `fault` what is wrong, in fixed words, fields and codes.

    `fault` may be stored beside an event; the message of an exception may not, whoever raised it
    may have put content into it.
    """

    fault: str = ""


class Unreadable(Fault):
    """What arrived is no envelope of ours, or its data breaks the contract of its type."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = self.fault = cause


class UnknownType(Unreadable):
    """The type, or its major version, is not in this registry."""
