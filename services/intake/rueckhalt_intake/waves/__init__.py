# SPDX-License-Identifier: EUPL-1.2
"""A wave of reports: nothing is refused, what is above the limits waits for a person to look."""
