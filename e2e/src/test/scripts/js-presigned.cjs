// What the URLs say that the JavaScript SDK presigns is done: it moves headers into the query, and whoever uses the URL sends none.
// Needs @aws-sdk/client-s3 and @aws-sdk/s3-request-presigner on NODE_PATH.
const assert = require("node:assert/strict");
const { createHash } = require("node:crypto");
const {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CopyObjectCommand, CreateBucketCommand,
  CreateMultipartUploadCommand, DeleteObjectsCommand, GetObjectCommand, GetObjectTaggingCommand, HeadObjectCommand,
  ListPartsCommand, PutObjectCommand, S3Client, UploadPartCommand, UploadPartCopyCommand,
} = require("@aws-sdk/client-s3");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");

const Bucket = "presigned";
const s3 = new S3Client({ endpoint: process.env.ENDPOINT, region: process.env.AWS_DEFAULT_REGION, forcePathStyle: true });
const sha256 = (text) => createHash("sha256").update(text).digest("base64");
const Key = "full ü+";

/** Uses the URL of a command; expects a status, or a status and a code of S3's. */
async function use(expected, method, command, body, options = {}) {
  const url = await getSignedUrl(s3, command, { expiresIn: 300, ...options });
  const answer = await fetch(url, { method, body });
  const text = await answer.text();
  const code = /<Code>(.*)<\/Code>/.exec(text);
  assert.equal(`${answer.status}${code ? ` ${code[1]}` : ""}`, expected, `${command.constructor.name} ${url}: ${text}`);
  return { answer, text };
}
const head = (key) => s3.send(new HeadObjectCommand({ Bucket, Key: key, ChecksumMode: "ENABLED" }));
const isMissing = (key) => assert.rejects(head(key), (e) => e.$metadata.httpStatusCode === 404);

async function puts() {
  await use("200", "PUT", new PutObjectCommand({
    Bucket, Key, Metadata: { colour: "green", note: "a b+c/d&e=f" }, ACL: "public-read", StorageClass: "STANDARD_IA",
    Tagging: "k=v&k2=a%20b",
  }), "hay");
  const seen = await head(Key);
  assert.deepEqual(seen.Metadata, { colour: "green", note: "a b+c/d&e=f" });
  assert.equal(seen.StorageClass, "STANDARD_IA");
  assert.equal(seen.ContentLength, 3);
  const tags = (await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;
  assert.deepEqual(tags.map((tag) => `${tag.Key}=${tag.Value}`).sort(), ["k2=a b", "k=v"]);
  assert.equal(await (await fetch(`${process.env.ENDPOINT}/${Bucket}/${encodeURIComponent(Key)}`)).text(), "hay");

  await use("200", "PUT", new PutObjectCommand({ Bucket, Key: "summed", ChecksumSHA256: sha256("hay") }), "hay");
  assert.equal((await head("summed")).ChecksumSHA256, sha256("hay"));
  await use("400 BadDigest", "PUT", new PutObjectCommand({ Bucket, Key: "no", ChecksumSHA256: sha256("hay") }), "straw");
  await use("400 BadDigest", "PUT", new PutObjectCommand({ Bucket, Key: "no", Body: "hay" }), "hoy");
  await use("200", "PUT", new PutObjectCommand({ Bucket, Key: "signed body", Body: "hay" }), "hay");
  await use("403 AccessDenied", "PUT", new PutObjectCommand({ Bucket, Key: "no", ExpectedBucketOwner: "123" }), "hay");
  await use("400 InvalidStorageClass", "PUT", new PutObjectCommand({ Bucket, Key: "no", StorageClass: "ATTIC" }), "hay");
  const moved = { hoistableHeaders: new Set(["x-amz-server-side-encryption"]) };
  await use("501 NotImplemented", "PUT", new PutObjectCommand({ Bucket, Key: "no", ServerSideEncryption: "AES256" }), "hay", moved);
  await use("501 NotImplemented", "PUT", new PutObjectCommand({ Bucket, Key: "no", WebsiteRedirectLocation: "/" }), "hay");
  const unknown = new PutObjectCommand({ Bucket, Key: "no" });
  unknown.middlewareStack.add((next) => (args) => {
    args.request.headers["x-amz-hay-colour"] = "green";
    return next(args);
  }, { step: "build" });
  const { text } = await use("501 NotImplemented", "PUT", unknown, "hay");
  assert.match(text, /x-amz-hay-colour/);
  await isMissing("no");
}

async function reads() {
  const got = await use("200", "GET", new GetObjectCommand({ Bucket, Key, ResponseContentType: "text/css" }));
  assert.equal(got.text, "hay");
  assert.equal(got.answer.headers.get("content-type"), "text/css");
  assert.ok(got.answer.headers.get("x-amz-checksum-crc64nvme"), "the SDK asks for it with x-amz-checksum-mode");
  await use("200", "HEAD", new HeadObjectCommand({ Bucket, Key }));
  await use("403 AccessDenied", "GET", new GetObjectCommand({ Bucket, Key, ExpectedBucketOwner: "123" }));
}

async function copies() {
  const CopySource = `${Bucket}/${encodeURIComponent(Key)}`;
  await use("200", "PUT", new CopyObjectCommand({ Bucket, Key: "copy", CopySource }));
  assert.deepEqual((await head("copy")).Metadata, { colour: "green", note: "a b+c/d&e=f" });
  await use("200", "PUT", new CopyObjectCommand({
    Bucket, Key: "new", CopySource, MetadataDirective: "REPLACE", Metadata: { a: "b" }, TaggingDirective: "REPLACE",
  }));
  const copy = await head("new");
  assert.deepEqual([copy.Metadata, copy.TagCount, copy.ContentLength], [{ a: "b" }, undefined, 3]);
  await use("412 PreconditionFailed", "PUT", new CopyObjectCommand({ Bucket, Key: "no", CopySource, CopySourceIfMatch: '"0"' }));
  await use("404 NoSuchKey", "PUT", new CopyObjectCommand({ Bucket, Key: "no", CopySource: `${Bucket}/none` }));
  await isMissing("no");
}

async function uploads() {
  const begun = await use("200", "POST", new CreateMultipartUploadCommand({ Bucket, Key: "parts", Metadata: { a: "b" } }));
  const UploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun.text)[1];
  const first = await use("200", "PUT", new UploadPartCommand({ Bucket, Key: "parts", UploadId, PartNumber: 1 }), "h".repeat(5 << 20));
  const second = await use("200", "PUT", new UploadPartCopyCommand({
    Bucket, Key: "parts", UploadId, PartNumber: 2, CopySource: `${Bucket}/summed`, CopySourceRange: "bytes=1-2",
  }));
  const Parts = [first.answer.headers.get("etag"), /<ETag>(.*)<\/ETag>/.exec(second.text)[1].replaceAll("&quot;", '"')]
    .map((ETag, i) => ({ ETag, PartNumber: i + 1 }));
  assert.equal((await s3.send(new ListPartsCommand({ Bucket, Key: "parts", UploadId }))).Parts.length, 2);
  const document = Parts.map((part) => `<Part><PartNumber>${part.PartNumber}</PartNumber><ETag>${part.ETag}</ETag></Part>`);
  await use("200", "POST", new CompleteMultipartUploadCommand({ Bucket, Key: "parts", UploadId, MultipartUpload: { Parts } }),
    `<CompleteMultipartUpload>${document.join("")}</CompleteMultipartUpload>`, { unsignableHeaders: new Set(["content-length"]) });
  const whole = await head("parts");
  assert.deepEqual([whole.ContentLength, whole.Metadata], [(5 << 20) + 2, { a: "b" }]);
  await use("404 NoSuchUpload", "DELETE", new AbortMultipartUploadCommand({ Bucket, Key: "parts", UploadId: "none" }));
}

async function deletes() {
  const order = new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "copy" }] } });
  const sdks = '<?xml version="1.0" encoding="UTF-8"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>copy</Key></Object></Delete>';
  await use("400 BadDigest", "POST", order, sdks.replace("copy", "copy".toUpperCase()));
  await use("200", "POST", order, sdks);
  await isMissing("copy");
}

(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
  await puts();
  await reads();
  await copies();
  await uploads();
  await deletes();
})().catch((e) => {
  console.error(e);
  process.exit(1);
});
