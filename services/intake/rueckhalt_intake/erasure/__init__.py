# SPDX-License-Identifier: EUPL-1.2
"""Erasure: orders with their receipts, and the holds that stand in their way."""
