# SPDX-License-Identifier: EUPL-1.2
"""The language can be used alone: it needs marshmallow and the standard library."""

import subprocess
import sys

PROGRAM = """
import sys
import rueckhalt_shared.contracts
import rueckhalt_shared.contracts.asyncapi
foreign = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
print(*sorted(name for name in foreign if not name.startswith("_")))
"""


def test_importing_the_contracts_brings_marshmallow_and_nothing_else():
    run = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    assert set(run.stdout.split()) <= {"marshmallow", "rueckhalt_shared"}
