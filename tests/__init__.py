# SPDX-License-Identifier: EUPL-1.2
"""All tests of Rückhalt, one folder per service and per kind of promise."""
