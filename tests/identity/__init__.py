# SPDX-License-Identifier: EUPL-1.2
"""Tests of accounts, sessions, roles and signed requests."""
