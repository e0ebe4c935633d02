# SPDX-License-Identifier: EUPL-1.2
"""Writes the golden files that are missing. One that exists is a promise and stays.

python -m tests.contracts.write_golden
"""

import json
from pathlib import Path

from rueckhalt_shared.contracts import asyncapi
from tests.contracts.examples import EXAMPLES, GROWN, envelope_of, golden_name

GOLDEN = Path(__file__).parent / "golden"
DOCUMENT = Path(__file__).parent / "asyncapi.json"


def pretty(value: object) -> str:
    """JSON that a person can compare."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write what is missing; the AsyncAPI document follows the code."""
    for event in EXAMPLES + GROWN:
        path = GOLDEN / f"{golden_name(event)}.json"
        if not path.exists():
            path.write_text(pretty(json.loads(envelope_of(event).to_json())), "utf-8")
    DOCUMENT.write_text(pretty(asyncapi.document()), "utf-8")


if __name__ == "__main__":
    main()
