# SPDX-License-Identifier: EUPL-1.2
"""Papers to print and sign: complaint, accident notice, block of the register, house ban."""
