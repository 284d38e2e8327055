package hayloft.s3.auth;

/// How the bytes of a body are framed and what vouches for them, by `x-amz-content-sha256`.
/// [Signature calculations: transferring the
/// payload](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html)
public sealed interface PayloadCheck {

  /// Plain bytes that nothing in the signature covers.
  record Unsigned() implements PayloadCheck {}

  /// Plain bytes with this SHA-256, 64 hex digits in lower case.
  record Sha256(String hex) implements PayloadCheck {}

  /// aws-chunked; each chunk is signed in a chain that begins with the request's signature.
  ///
  /// @param trailer trailer fields follow, and are signed too
  record SignedChunks(ChunkSeed seed, boolean trailer) implements PayloadCheck {}

  /// aws-chunked without signatures; trailer fields follow.
  record UnsignedChunks() implements PayloadCheck {}
}
