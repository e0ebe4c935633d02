# SPDX-License-Identifier: EUPL-1.2
"""The two-minute report: one question at a time, drafts, review, sending, the private log."""
