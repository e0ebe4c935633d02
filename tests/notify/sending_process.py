# SPDX-License-Identifier: EUPL-1.2
"""A process that sends what is due and ends: the one that a crash test kills.

Arguments: database address, port of the mail server, file of the master key. It imports no more
than it needs.
"""

import sys
from pathlib import Path

from rueckhalt_notify.delivery.mailers import Relay, SmtpMailer
from rueckhalt_notify.delivery.sender import Letterhead, Sender
from rueckhalt_notify.notices.domain import Policy
from rueckhalt_notify.vault import opening
from rueckhalt_notify.vault.master_key import Source
from rueckhalt_shared.database import Database

database = Database(sys.argv[1], "notify", context={"policy": Policy()})
opening.install(database, Source(path=Path(sys.argv[3])))
relay = Relay(host="127.0.0.1", port=int(sys.argv[2]), tls="none", sender="r@musterstadt.example")
letterhead = Letterhead(sender=relay.sender, domain="musterstadt.example", base_url="https://x")
sender = Sender(SmtpMailer(relay), letterhead)
while sender.run(database):
    pass
sender.close()
database.dispose()
