#!/bin/sh
# Makes the secrets that deploy/compose.yaml and deploy/kubernetes/ name, at random; those that are there already stay.
#
#     deploy/secrets.sh [folder]     default: deploy/secrets
#
# REDIS_HOST, where it is not `redis`, says where roles reach Redis.
#
# Nobody else on this machine can enter the folder; the containers' own user can read the files that it is given.
set -eu
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
chmod 700 "$folder"

random() {
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

# put <file>: writes standard input to it, all at once
put() {
  cat >"$folder/$1.new"
  chmod 444 "$folder/$1.new"
  mv "$folder/$1.new" "$folder/$1"
}

# keep <file>: the same, unless it is there
keep() {
  [ ! -e "$folder/$1" ] || return 0
  put "$1"
  echo "made $folder/$1"
}

for name in janus_api_secret janus_admin_key turn_secret grafana_password; do
  random | keep "$name"
done

# coturn takes it from a file of its own.
rm -f "$folder/turnserver_conf"
printf 'static-auth-secret=%s\n' "$(cat "$folder/turn_secret")" | keep turnserver_conf >/dev/null

hash_of() {
  printf %s "$1" | sha256sum | cut -d ' ' -f 1
}

if [ ! -e "$folder/redis_url" ] || [ ! -e "$folder/redis_acl" ]; then
  rm -f "$folder/redis_url" "$folder/redis_acl" "$folder/redis_backup_password"
  password=$(random)
  printf 'redis://roomcast:%s@%s:6379' "$password" "${REDIS_HOST:-redis}" | keep redis_url
  # Redis itself is given no more than the password's hash.
  printf 'user default off\nuser roomcast on #%s ~* &* +@all -@admin -@dangerous +info\n' "$(hash_of "$password")" |
    keep redis_acl
fi

# Who makes backups may copy all that Redis holds, and do nothing else.
if [ ! -e "$folder/redis_backup_password" ]; then
  password=$(random)
  acl=$(grep -v '^user backup ' "$folder/redis_acl")
  printf '%s\nuser backup on #%s +psync +sync +replconf\n' "$acl" "$(hash_of "$password")" | put redis_acl
  printf %s "$password" | keep redis_backup_password
fi
