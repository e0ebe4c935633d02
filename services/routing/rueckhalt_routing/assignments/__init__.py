# SPDX-License-Identifier: EUPL-1.2
"""Who is responsible for an incident, since when, until when, and why."""
