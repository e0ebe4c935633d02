# SPDX-License-Identifier: EUPL-1.2
"""The published language: it may grow, but what was said once keeps its meaning."""
