# SPDX-License-Identifier: EUPL-1.2
"""Calendars at an address, of a person or a unit, fetched for when they are away."""
