# SPDX-License-Identifier: EUPL-1.2
"""Figures of speed, memory and losses; see `python -m tests.bench --help`."""
