# SPDX-License-Identifier: EUPL-1.2
"""Accounts of other people: whoever lets colleagues in does it here."""
