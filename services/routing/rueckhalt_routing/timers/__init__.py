# SPDX-License-Identifier: EUPL-1.2
"""What falls due in routing: kept in the database, claimed by lease, done exactly once."""
