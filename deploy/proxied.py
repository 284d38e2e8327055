"""What test-proxies does through a proxy, with boto3: NAME PORT CA_FILE GO_FILE.

The last step writes until GO_FILE, which this makes, is taken away: meanwhile the server is restarted.
"""
import hashlib
import http.client
import os
import socket
import ssl
import sys
import threading
import time

import boto3
from botocore.config import Config

name, port, ca, go = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
real = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **named: real(
    "127.0.0.1" if str(host).endswith("s3.example.com") else host, *rest, **named)
endpoint = f"https://s3.example.com:{port}"


def client(style):
    return boto3.client(
        "s3", endpoint_url=endpoint, verify=ca, region_name="us-east-1",
        aws_access_key_id=os.environ["HAYLOFT_ROOT_USER"], aws_secret_access_key=os.environ["HAYLOFT_ROOT_PASSWORD"],
        config=Config(s3={"addressing_style": style}, retries={"mode": "standard", "max_attempts": 10}))


KEYS = ["plain", "a//b", "/a", "ä ö+%2F", "a%2fb", "?&=#;:@", "trailing/", "a/b//", "~*'()!", "\\back"]
# Clients' own HTTP libraries take some of these out of a path: they are sent here as they are spelled.
SPELLED = ["a//b", "a/./b", "a/../b", "ä ö+%2F", "%2e%2e/x", "a;b"]

for style in ["path", "virtual"]:
    s3, bucket = client(style), f"{name}-{style}"
    s3.create_bucket(Bucket=bucket)
    keys = KEYS
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode(), Metadata={"a_b": "c"})
    for key in keys:
        got = s3.get_object(Bucket=bucket, Key=key)
        meta = {named.lower(): value for named, value in got["Metadata"].items()}  # proxies may write names anew
        assert got["Body"].read() == key.encode() and meta == {"a_b": "c"}, (key, got)
        assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(key.encode()), key
    listed = [row["Key"] for row in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert sorted(listed) == sorted(keys), listed
    assert [row["Key"] for row in s3.list_objects_v2(Bucket=bucket, Prefix="a//")["Contents"]] == ["a//b"]
    assert [row["Key"] for row in s3.list_objects_v2(Bucket=bucket, Prefix="ä ö+%2")["Contents"]] == ["ä ö+%2F"]

    whole = os.urandom(12 << 20)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="a//large")["UploadId"]
    parts = [{"PartNumber": n + 1, "ETag": s3.upload_part(
        Bucket=bucket, Key="a//large", UploadId=upload, PartNumber=n + 1, Body=whole[n * 6 << 20:(n + 1) * 6 << 20])["ETag"]}
        for n in range(2)]
    s3.complete_multipart_upload(Bucket=bucket, Key="a//large", UploadId=upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket=bucket, Key="a//large")["Body"].read() == whole
    ranged = s3.get_object(Bucket=bucket, Key="a//large", Range="bytes=5000000-7000000")
    assert ranged["Body"].read() == whole[5000000:7000001] and ranged["ResponseMetadata"]["HTTPStatusCode"] == 206
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "ä ö+%2F"})
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == "ä ö+%2F".encode()

    trust = ssl.create_default_context(cafile=ca)
    host = f"{bucket}.s3.example.com" if style == "virtual" else "s3.example.com"
    line = http.client.HTTPSConnection(host, port, context=trust)

    def presigned(operation, key, **more):
        url = s3.generate_presigned_url(operation, Params={"Bucket": bucket, "Key": key})
        line.request({"put": "PUT", "get": "GET", "hea": "HEAD", "del": "DELETE"}[operation[:3]], url.split(f":{port}", 1)[1], **more)
        answer = line.getresponse()
        return answer.status, answer.read()

    for key in SPELLED:
        assert presigned("put_object", key, body=key.encode())[0] == 200, key
    for key in SPELLED:
        assert presigned("get_object", key) == (200, key.encode()), key
        assert presigned("head_object", key) == (200, b""), key
        if key not in keys:
            assert key in [row["Key"] for row in s3.list_objects_v2(Bucket=bucket)["Contents"]], key
            assert presigned("delete_object", key)[0] == 204, key

    # a body of unknown length, in chunks, and one that is asked for first
    status, said = presigned("put_object", "chunks", body=iter([b"a" * 70000, b"b" * 70000]), encode_chunked=True,
                             headers={"Transfer-Encoding": "chunked", "Expect": "100-continue"})
    assert status == 200, said
    assert presigned("get_object", "chunks") == (200, b"a" * 70000 + b"b" * 70000)
    line.close()

    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    left = sorted(row["Key"] for row in s3.list_objects_v2(Bucket=bucket)["Contents"])
    assert left == ["a//large", "chunks", "copy"], left
    print(f"test-proxies: {name}, {style} style: {len(keys)} keys, multipart, ranges, presigned, chunks", flush=True)

s3, bucket, written, faults, begun = client("path"), f"{name}-path", {}, [], threading.Event()
until = time.monotonic() + 60


def write(writer):
    number = 0
    try:
        while (not begun.is_set() or os.path.exists(go)) and time.monotonic() < until:
            key, body = f"during/{writer}/{number}", os.urandom(4096)
            s3.put_object(Bucket=bucket, Key=key, Body=body)
            written[key] = hashlib.sha256(body).digest()
            number += 1
            if writer == 0 and number == 20:
                open(go, "w").close()
                begun.set()
    except Exception as fault:
        faults.append(fault)


writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
for writer in writers:
    writer.start()
for writer in writers:
    writer.join()
assert not faults, faults
for key, digest in written.items():
    assert hashlib.sha256(s3.get_object(Bucket=bucket, Key=key)["Body"].read()).digest() == digest, key
print(f"test-proxies: {name}, a restart: {len(written)} objects put by 4 clients meanwhile, all there", flush=True)
