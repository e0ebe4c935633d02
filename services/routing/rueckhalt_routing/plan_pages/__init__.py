# SPDX-License-Identifier: EUPL-1.2
"""The plan as its owner sees it: matrix, calendar, certificate, one case on trial, last year."""
