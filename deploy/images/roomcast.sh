#!/bin/sh
# The command `roomcast` of the images. What it runs is in APP_DIR (/opt/roomcast).
app=${APP_DIR:-/opt/roomcast}
exec deno run -A --no-check --cached-only --frozen --config "$app/deno.json" "$app/src/main.ts" "$@"
