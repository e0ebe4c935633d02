# SPDX-License-Identifier: EUPL-1.2
"""How a notice leaves the house: attempts, retries, SMTP."""
