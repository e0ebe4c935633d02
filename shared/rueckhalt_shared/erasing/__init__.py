# SPDX-License-Identifier: EUPL-1.2
"""Erasure in every service: rows gone, tombstone set, receipt said, traces swept, nothing back."""
