#!/usr/bin/env bash
# Bootstrap action: executes a script of the site's own on this node, if it is the file that the site's admins have named.
#
#   site_script.sh ADDRESS SHA256
#
#   ADDRESS   s3://bucket/key, readable by the clusters' role: below site/ in the deployment's own bucket, or where the policy
#             ClusterPolicyArn lets clusters read
#   SHA256    of the file, in 64 small hexadecimal digits. Another file is not executed: the bootstrap fails, and with it the
#             launch, because a script that somebody else put there would run as hadoop, who may become root
set -euo pipefail

die() {
    echo "site_script: $*" >&2
    exit 1
}

ADDRESS=${1:?site_script: the address of the script is missing}
SHA256=${2:?site_script: the hash of the script is missing}
[[ $ADDRESS == s3://* ]] || die "not an S3 address: $ADDRESS"
[[ $SHA256 =~ ^[0-9a-f]{64}$ ]] || die "not a SHA-256: $SHA256"
file=$(mktemp)
aws s3 cp --only-show-errors "$ADDRESS" "$file" || die "cannot read $ADDRESS"
sha256sum --check --status <<<"$SHA256  $file" ||
    die "$ADDRESS is not the file that the site settings name; an admin has to name the new one there"
exec bash "$file"
