# SPDX-License-Identifier: EUPL-1.2
"""Who looked at what: an append-only chain of hashes per municipality in each service."""
