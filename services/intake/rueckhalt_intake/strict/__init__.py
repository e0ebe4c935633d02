# SPDX-License-Identifier: EUPL-1.2
"""Reports that only the holders of a role key open, each with their own passphrase (mode B)."""
