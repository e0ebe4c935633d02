# SPDX-License-Identifier: EUPL-1.2
"""Signed heads of the audit, on their way to whoever supervises."""
