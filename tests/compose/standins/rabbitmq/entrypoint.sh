#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# What docker-compose.yml expects of the official image: it starts as root, works as rabbitmq,
# reads /etc/rabbitmq/conf.d and keeps everything in /var/lib/rabbitmq.
set -eu
if [ "$(id -u)" = 0 ]; then
    chown rabbitmq:rabbitmq /var/lib/rabbitmq
    exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups sh "$0"
fi
export HOME=/var/lib/rabbitmq RABBITMQ_LOGS=-
exec /usr/lib/rabbitmq/bin/rabbitmq-server
