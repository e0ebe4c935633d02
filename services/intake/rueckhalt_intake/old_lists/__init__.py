# SPDX-License-Identifier: EUPL-1.2
"""Old lists: what a municipality has kept in a spreadsheet so far becomes historic incidents."""
