# SPDX-License-Identifier: EUPL-1.2
"""Drills: a synthetic incident on the real way, and how long it took until somebody confirmed."""
