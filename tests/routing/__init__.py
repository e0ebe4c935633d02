# SPDX-License-Identifier: EUPL-1.2
"""Routing: the plan, decisions, escalation, answers."""
