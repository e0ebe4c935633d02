# SPDX-License-Identifier: EUPL-1.2
"""gunicorn for one service, for those who start it themselves.

    gunicorn -c deploy/gunicorn.conf.py 'rueckhalt_shared.wsgi:app("intake")'

The values are those of `rueckhalt-intake web`; what may differ comes from the environment.
"""

import os

from rueckhalt_shared.webserver import STANDARD

globals().update({name: value for name, value in STANDARD.items() if value is not None})

bind = os.environ.get("GUNICORN_BIND", "127.0.0.1:8080")
threads = int(os.environ.get("RUECKHALT_THREADS") or 8)
# More than one process: caches and limits are per process, so put the limits into the proxy.
workers = int(os.environ.get("RUECKHALT_PROCESSES") or 1)
