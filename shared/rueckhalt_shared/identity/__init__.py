# SPDX-License-Identifier: EUPL-1.2
"""Who may come in: accounts, sessions, roles and signed requests of one installation."""
