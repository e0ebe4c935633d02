# SPDX-License-Identifier: EUPL-1.2
"""The pages of those who are responsible: their incidents, and one of them."""
