# SPDX-License-Identifier: EUPL-1.2
"""The public start page: five doors for whoever was attacked, and the choice of the town."""
