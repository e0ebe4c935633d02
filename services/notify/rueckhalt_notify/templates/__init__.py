# SPDX-License-Identifier: EUPL-1.2
"""Texts of notices: files with a frozen version, filled without any logic."""
