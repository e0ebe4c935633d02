# SPDX-License-Identifier: EUPL-1.2
"""Keys of municipal systems, as pages."""
