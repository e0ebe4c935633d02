# SPDX-License-Identifier: EUPL-1.2
"""Ways to reach a person or a partner organisation, and whether they work."""
