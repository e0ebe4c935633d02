# SPDX-License-Identifier: EUPL-1.2
"""Who is there and who is on duty: absences, changes of a rota, crises; what changes daily."""
