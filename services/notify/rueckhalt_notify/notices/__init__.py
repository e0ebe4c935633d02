# SPDX-License-Identifier: EUPL-1.2
"""Who is told what about which responsibility: one row per person, contact and purpose."""
