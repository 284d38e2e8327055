package hayloft.filer.mutation;

import hayloft.common.volume.Subject;
import hayloft.common.volume.SubjectHash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Hashes of subjects as volumes note them, made from what a needle is about instead of from its meta: the same bytes
/// that [MutationCodec] writes at the beginning of an envelope. Stateless.
public final class Subjects {

  private Subjects() {}

  public static long ofObject(long bucketId, String key) {
    return ofObject(bucketId, key.getBytes(StandardCharsets.UTF_8));
  }

  public static long ofObject(long bucketId, byte[] key) {
    var out = new FieldWriter(16 + key.length);
    out.number(MutationCodec.BUCKET, bucketId);
    out.bytes(MutationCodec.KEY, key);
    return hash(out);
  }

  public static long ofUpload(long upload) {
    var out = new FieldWriter(16);
    out.number(MutationCodec.UPLOAD, upload);
    return hash(out);
  }

  public static long ofBucket(String name) {
    var out = new FieldWriter(16 + name.length());
    out.text(MutationCodec.BUCKET_NAME, name);
    return hash(out);
  }

  public static long ofUser(String id) {
    var out = new FieldWriter(16 + id.length());
    out.text(MutationCodec.USER, id);
    return hash(out);
  }

  public static long ofVolume(int volume) {
    var out = new FieldWriter(16);
    out.number(MutationCodec.VOLUME, volume);
    return hash(out);
  }

  /// The hash of what an encoded mutation is about; [SubjectHash#NONE] if it does not tell.
  public static long of(byte[] meta) {
    Subject subject = MutationCodec.subject(meta);
    return subject.isNone()
        ? SubjectHash.NONE
        : SubjectHash.of(ByteBuffer.wrap(meta, subject.fromBytes(), subject.lengthBytes()));
  }

  private static long hash(FieldWriter subject) {
    byte[] bytes = subject.toBytes();
    return SubjectHash.of(ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, Subject.MAX_LENGTH_BYTES)));
  }
}
