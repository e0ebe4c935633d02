# SPDX-License-Identifier: EUPL-1.2
"""Rollups: the counts of a municipality's month, kept up to date with every fact."""
