# SPDX-License-Identifier: EUPL-1.2
"""The standing proof: the certificate of the plan in force, and the gaps somebody must close."""
