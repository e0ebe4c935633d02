# SPDX-License-Identifier: EUPL-1.2
"""Open311 GeoReport v2: others report to us by it, and we look at what others were told."""
