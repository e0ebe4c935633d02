# SPDX-License-Identifier: EUPL-1.2
"""docker-compose.yml in real containers: `python -m tests.compose`, `make compose-test`."""
