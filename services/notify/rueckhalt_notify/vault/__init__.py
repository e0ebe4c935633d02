# SPDX-License-Identifier: EUPL-1.2
"""Addresses at rest: sealed with a key per municipality, which notify's master key wraps."""
