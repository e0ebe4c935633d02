#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Runs once, in an empty database server: one role and one database per service, and one for keys.
set -eu
psql -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --file /run/secrets/postgres_init
