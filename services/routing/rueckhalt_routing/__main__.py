# SPDX-License-Identifier: EUPL-1.2
"""`rueckhalt-routing web|worker|serve|db|plan|assignments …`."""

from rueckhalt_routing.app import service
from rueckhalt_shared.cli import run_service


def main() -> None:
    """The entry point."""
    run_service(service)


if __name__ == "__main__":
    main()
