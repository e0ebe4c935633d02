# SPDX-License-Identifier: EUPL-1.2
"""Which key a new report gets: one of the pool, or one that hangs on the role key."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rueckhalt_intake.incidents.domain import Account
from rueckhalt_intake.strict.domain import Rule, Told, is_strict
from rueckhalt_intake.strict.holding import RoleKeys
from rueckhalt_intake.vault.pool import IncidentKey


@dataclass(frozen=True)
class Strictness:
    """The rules of an installation; without any nothing is strict."""

    rules: Sequence[Rule] = ()
    role_keys: RoleKeys | None = None

    def key_for(self, municipality: str, account: Account) -> IncidentKey | None:
        """A key that hangs on the role key, where a rule fits; None else."""
        if not self.rules or self.role_keys is None or not self._fits(municipality, account):
            return None
        return self.role_keys.new_key(municipality)

    def note(self, municipality: str, account: Account, key: str) -> None:
        """A correction has made the report strict: its key follows as soon as it can."""
        if self.rules and self.role_keys is not None and self._fits(municipality, account):
            self.role_keys.expose(key, municipality)

    def follow(self, municipality: str, before: str, key: str) -> None:
        """A report gets another key: it stays among those that should hang on the role key."""
        if self.role_keys is not None and self.role_keys.is_exposed(before):
            self.role_keys.expose(key, municipality)

    def follow_all(self, municipality: str, keys: Iterable[str]) -> None:
        """Files that came before the report was strict: their keys hang on the role key, too."""
        if self.role_keys is not None:
            for key in keys:
                self.role_keys.expose(key, municipality)

    def _fits(self, municipality: str, account: Account) -> bool:
        told = Told(
            municipality=municipality,
            forms=account.forms,
            affected_groups=account.affected_groups,
            relation=account.relation,
            accuses_persons=bool(account.accused.persons),
            accused_unit=account.accused.unit,
        )
        return is_strict(self.rules, told)
