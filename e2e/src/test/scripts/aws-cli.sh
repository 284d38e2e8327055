#!/usr/bin/env bash
# A day with the AWS CLI. Reads ENDPOINT and the usual AWS_* credentials from the environment; works in the current folder.
set -euo pipefail
# version 1 of the CLI presigns with Signature Version 2 otherwise, which the server refuses by default
printf '[default]\ns3 =\n    signature_version = s3v4\n' >aws.conf
export AWS_CONFIG_FILE=$PWD/aws.conf
step() { echo "-- $*"; }
aws() { command aws --endpoint-url "$ENDPOINT" "$@"; }

mkdir tree && head -c 20000000 /dev/urandom >tree/big.bin && : >tree/empty && mkdir -p 'tree/sub dir/ü+%'
for i in $(seq 25); do echo "file $i" >"tree/sub dir/ü+%/f $i.txt"; done

step make a bucket and sync a tree there and back
aws s3 mb s3://barn
aws s3 sync --quiet tree s3://barn/tree/
aws s3 sync --quiet s3://barn/tree/ back
diff -r tree back
test -z "$(aws s3 sync tree s3://barn/tree/)"
test "$(aws s3 ls --recursive s3://barn/tree/ | wc -l)" = 27

step range read
aws s3api get-object --bucket barn --key tree/big.bin --range bytes=10000000-10000099 part >/dev/null
cmp part <(tail -c +10000001 tree/big.bin | head -c 100)

step copy and move on the server
aws s3 cp --quiet s3://barn/tree/big.bin s3://barn/copy.bin
aws s3 mv --quiet s3://barn/copy.bin s3://barn/moved.bin
aws s3 cp --quiet s3://barn/moved.bin - | cmp - tree/big.bin

step presigned URL
curl -fsS "$(aws s3 presign s3://barn/moved.bin)" | cmp - tree/big.bin

step versions
aws s3api put-bucket-versioning --bucket barn --versioning-configuration Status=Enabled
echo one >v && aws s3api put-object --bucket barn --key v --body v --output text --query VersionId >first
echo two >v && aws s3api put-object --bucket barn --key v --body v >/dev/null
aws s3api delete-object --bucket barn --key v >/dev/null
! aws s3api head-object --bucket barn --key v >/dev/null 2>&1
aws s3api get-object --bucket barn --key v --version-id "$(cat first)" got >/dev/null && test "$(cat got)" = one
test "$(aws s3api list-object-versions --bucket barn --prefix v --query 'length(Versions)')" = 2

step take it all away
# in one request: each start of the CLI costs more than all that the server does here
aws s3api list-object-versions --bucket barn --output json \
  --query '{Objects: [Versions,DeleteMarkers][].{Key: Key, VersionId: VersionId}, Quiet: `true`}' >all
test "$(aws s3api delete-objects --bucket barn --delete file://all --output text --query 'length(Errors || `[]`)')" = 0
aws s3 rb s3://barn
test -z "$(aws s3 ls)"
echo done
