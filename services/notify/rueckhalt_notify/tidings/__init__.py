# SPDX-License-Identifier: EUPL-1.2
"""Neutral mails to whoever reported: intake asks for each one, nothing of it stays."""
