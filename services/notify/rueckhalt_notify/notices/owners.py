# SPDX-License-Identifier: EUPL-1.2
"""An office's id is made with its municipality's key: with another key it is another one."""

from rueckhalt_notify.notices import store
from rueckhalt_shared.database import Transaction


def rename(tx: Transaction, old: str, new: str) -> None:
    """The notices to an office follow its new id."""
    store.change_owner(tx, old, new)
