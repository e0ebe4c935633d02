# SPDX-License-Identifier: EUPL-1.2
"""The proof of a plan against everything that looks at each case on its own."""
