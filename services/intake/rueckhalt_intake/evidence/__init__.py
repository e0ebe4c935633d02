# SPDX-License-Identifier: EUPL-1.2
"""Evidence: files of an incident. The original stays sealed, staff see a cleaned view of it."""
