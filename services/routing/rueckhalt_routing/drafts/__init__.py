# SPDX-License-Identifier: EUPL-1.2
"""Plans in the making: kept, edited, checked, signed, and published by a second person."""
