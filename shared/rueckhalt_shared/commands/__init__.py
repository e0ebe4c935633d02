# SPDX-License-Identifier: EUPL-1.2
"""The commands of `rueckhalt` and of each service alone. Exit 0 fine, 1 findings, 2 unusable."""
