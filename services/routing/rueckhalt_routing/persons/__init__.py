# SPDX-License-Identifier: EUPL-1.2
"""The people and partners of the plans, and what is known of their reachability."""
