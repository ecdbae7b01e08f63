#!/bin/sh
# The command `roomcast` of the images. What it runs is in APP_DIR (/opt/roomcast), and may do what its command needs, no
# more: src/permissions/ says what that is.
set -eu
app=${APP_DIR:-/opt/roomcast}
flags=$(deno run --no-prompt --no-check --cached-only --frozen --config "$app/deno.json" \
  --allow-read '--allow-env=ROOMCAST_*,PATH' --ignore-env "$app/src/permissions/print.ts" "$@")
# One flag a line.
IFS='
'
set -f
# shellcheck disable=SC2086
exec deno run --no-check --cached-only --frozen --config "$app/deno.json" $flags "$app/src/main.ts" "$@"
