#!/bin/sh
# Brings every service of deploy/compose.yaml to the version that deploy/.env names, one at a time and in the order of
# docs/deploy.md, so that nobody who listens is dropped. Each is ready again before the next goes.
set -eu
cd "$(dirname "$0")"
services=$(docker compose config --services | sort)

# matching <pattern>: the services of that name
matching() {
  for service in $services; do
    # shellcheck disable=SC2254
    case $service in $1) echo "$service" ;; esac
  done
}

renew() {
  echo "$1…"
  docker compose up --detach --no-deps --wait "$1"
}

docker compose build
for pattern in etcd redis rooms users 'gateway-*' 'edge-*' 'mixer-*'; do
  for service in $(matching "$pattern"); do renew "$service"; done
done
# The manager hands its rooms over while its Janus still serves.
for manager in $(matching 'janus-manager-*'); do
  docker compose stop "$manager"
  renew "janus-${manager#janus-manager-}"
  renew "$manager"
done
renew web-server
