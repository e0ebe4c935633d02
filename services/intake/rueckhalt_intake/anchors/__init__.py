# SPDX-License-Identifier: EUPL-1.2
"""Heads of the audit that lie outside."""
