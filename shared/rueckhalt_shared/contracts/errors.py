# SPDX-License-Identifier: EUPL-1.2
"""What can be wrong with an event. Messages name fields and codes, never what somebody wrote."""


class InvalidEvent(ValueError):
    """A producer's event breaks its own contract; nothing is published."""


class Unreadable(Exception):
    """What arrived is no envelope of ours, or its data breaks the contract of its type."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class UnknownType(Unreadable):
    """The type, or its major version, is not in this registry."""
