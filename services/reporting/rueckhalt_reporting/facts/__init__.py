# SPDX-License-Identifier: EUPL-1.2
"""Facts: what statistics may know about one incident, in codes, collected from the bus."""
