#!/usr/bin/env bash
# rclone sync of a real tree there and back: TREE (a folder) to ENDPOINT. Works in the current folder.
set -euo pipefail
export RCLONE_CONFIG=$PWD/none RCLONE_CONFIG_X_TYPE=s3 RCLONE_CONFIG_X_PROVIDER=Other RCLONE_CONFIG_X_ENDPOINT=$ENDPOINT \
  RCLONE_CONFIG_X_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID RCLONE_CONFIG_X_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY \
  RCLONE_CONFIG_X_REGION=us-east-1 RCLONE_CONFIG_X_FORCE_PATH_STYLE=true
: >none
for name in "${!AWS_@}"; do unset "$name"; done
rclone -q mkdir x:tree
time rclone -q --transfers 16 --checkers 16 sync "$TREE" x:tree/t
time rclone -q --checkers 16 check "$TREE" x:tree/t
time rclone -q --transfers 16 --checkers 16 sync x:tree/t back
diff -r "$TREE" back
rclone -q --transfers 16 --checkers 16 sync "$TREE" x:tree/t
rclone -q purge x:tree
echo "done: $(find "$TREE" -type f | wc -l) files"
