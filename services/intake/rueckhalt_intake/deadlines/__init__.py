# SPDX-License-Identifier: EUPL-1.2
"""Deadlines of an incident: until when somebody may still apply, complain or secure evidence."""
