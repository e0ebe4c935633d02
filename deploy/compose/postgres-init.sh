#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Runs once, in an empty database server: one role and one database per service, and one for keys.
set -eu
psql -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --file /run/secrets/postgres_init
# Each of the eight processes keeps up to eleven idle connections to its own database, and some to that of
# the keys. It counts from the next start on, which the image makes after this script.
psql -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --command "ALTER SYSTEM SET max_connections = 250"
