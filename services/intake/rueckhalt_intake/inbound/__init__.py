# SPDX-License-Identifier: EUPL-1.2
"""Arrivals: what came in from outside and a person still has to look at."""
