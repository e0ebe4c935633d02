# SPDX-License-Identifier: EUPL-1.2
"""Retention: deletion classes, and what is due by them."""
