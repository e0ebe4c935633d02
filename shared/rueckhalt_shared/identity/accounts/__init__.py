# SPDX-License-Identifier: EUPL-1.2
"""Accounts of people: names, roles, password, second factor, one-time links."""
