# SPDX-License-Identifier: EUPL-1.2
"""Summaries: the figures of a month or a year, for those who may see them exactly and for all."""
