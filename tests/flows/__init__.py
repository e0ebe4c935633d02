# SPDX-License-Identifier: EUPL-1.2
"""The whole way: a report, its responsible person, the notice, the month."""
