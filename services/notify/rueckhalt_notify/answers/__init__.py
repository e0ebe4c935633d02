# SPDX-License-Identifier: EUPL-1.2
"""The single-use link of a notice: a page that shows, a button that acts."""
