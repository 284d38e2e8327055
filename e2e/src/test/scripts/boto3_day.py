"""A day with boto3: bodies, metadata, ranges, multipart, copies, versions, tags, checksums, conditions, both presigning kinds.

Reads ENDPOINT and the usual AWS_* credentials from the environment. Any surprise is an AssertionError.
"""
import hashlib
import io
import os
import secrets
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError


def client(**settings):
    return boto3.client("s3", endpoint_url=os.environ["ENDPOINT"], region_name="us-east-1",
                        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, **settings))


def refused(call):
    try:
        call()
    except ClientError as e:
        return e.response["ResponseMetadata"]["HTTPStatusCode"], e.response["Error"]["Code"]
    return 200, ""


s3 = client()
s3.create_bucket(Bucket="barn")

for size in 0, 1, 4096, 65_536, 65_537, 4 << 20, (4 << 20) + 1, 9_000_001:
    body = secrets.token_bytes(size)
    s3.put_object(Bucket="barn", Key=f"body/{size}", Body=body, Metadata={"size": str(size)}, ContentType="text/x-hay")
    got = s3.get_object(Bucket="barn", Key=f"body/{size}")
    assert got["Body"].read() == body, size
    assert got["ETag"] == f'"{hashlib.md5(body).hexdigest()}"' and got["ContentType"] == "text/x-hay"
    assert got["Metadata"] == {"size": str(size)}
    for first, last in (0, 0), (size // 2, size // 2 + 70_000), (max(size - 3, 0), size + 10):
        if first < size:
            part = s3.get_object(Bucket="barn", Key=f"body/{size}", Range=f"bytes={first}-{last}")["Body"].read()
            assert part == body[first:last + 1], (size, first, last)

big = secrets.token_bytes(33_333_333)
s3.upload_fileobj(io.BytesIO(big), "barn", "big", Config=TransferConfig(multipart_chunksize=5 << 20, multipart_threshold=5 << 20))
back = io.BytesIO()
s3.download_fileobj("barn", "big", back, Config=TransferConfig(multipart_chunksize=7 << 20, multipart_threshold=5 << 20))
assert back.getvalue() == big
assert s3.head_object(Bucket="barn", Key="big")["ETag"].endswith('-7"')

s3.copy_object(Bucket="barn", Key="copy", CopySource={"Bucket": "barn", "Key": "big"})
assert s3.get_object(Bucket="barn", Key="copy")["Body"].read() == big

for algorithm in "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256":
    try:
        put = s3.put_object(Bucket="barn", Key="sum", Body=b"hay" * 999, ChecksumAlgorithm=algorithm)
    except Exception as e:  # an SDK without the C runtime cannot compute some of them itself
        if "crt" in str(e).lower():
            continue
        raise
    head = s3.head_object(Bucket="barn", Key="sum", ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"], algorithm
assert refused(lambda: s3.put_object(Bucket="barn", Key="sum", Body=b"x", ChecksumCRC32="AAAAAA=="))[0] == 400

s3.put_object_tagging(Bucket="barn", Key="sum", Tagging={"TagSet": [{"Key": "colour", "Value": "straw"}]})
assert s3.get_object_tagging(Bucket="barn", Key="sum")["TagSet"] == [{"Key": "colour", "Value": "straw"}]

etag = s3.put_object(Bucket="barn", Key="if", Body=b"1")["ETag"]
assert refused(lambda: s3.put_object(Bucket="barn", Key="if", Body=b"2", IfNoneMatch="*")) == (412, "PreconditionFailed")
assert refused(lambda: s3.put_object(Bucket="barn", Key="if", Body=b"2", IfMatch='"0"')) == (412, "PreconditionFailed")
s3.put_object(Bucket="barn", Key="if", Body=b"2", IfMatch=etag)

for version in "s3v4", "s3":
    signer = client(signature_version=version)
    url = signer.generate_presigned_url("get_object", {"Bucket": "barn", "Key": "if"}, ExpiresIn=60)
    assert urllib.request.urlopen(url).read() == b"2", version

s3.put_bucket_versioning(Bucket="barn", VersioningConfiguration={"Status": "Enabled"})
made = [s3.put_object(Bucket="barn", Key="v", Body=b"%d" % i)["VersionId"] for i in range(3)]
s3.delete_object(Bucket="barn", Key="v")
assert refused(lambda: s3.get_object(Bucket="barn", Key="v")) == (404, "NoSuchKey")
assert s3.get_object(Bucket="barn", Key="v", VersionId=made[1])["Body"].read() == b"1"

assert refused(lambda: s3.put_bucket_lifecycle_configuration(Bucket="barn", LifecycleConfiguration={"Rules": [
    {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]})) == (501, "NotImplemented")

for page in s3.get_paginator("list_object_versions").paginate(Bucket="barn"):
    gone = [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in page.get("Versions", []) + page.get("DeleteMarkers", [])]
    assert not s3.delete_objects(Bucket="barn", Delete={"Objects": gone}).get("Errors")
s3.delete_bucket(Bucket="barn")
print("done")
