# SPDX-License-Identifier: EUPL-1.2
"""`rueckhalt-notify web|worker|serve|db|import|notices …`."""

from rueckhalt_notify.app import service
from rueckhalt_shared.cli import run_service


def main() -> None:
    """The entry point."""
    run_service(service)


if __name__ == "__main__":
    main()
