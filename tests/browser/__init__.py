# SPDX-License-Identifier: EUPL-1.2
"""The pages in a real browser."""
