package hayloft.s3;

import hayloft.common.checksum.Digest;
import hayloft.common.checksum.DigestAlgorithm;
import hayloft.common.checksum.DigestPass;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.s3.checksum.ChecksumSource;
import hayloft.s3.checksum.ChecksumValue;
import hayloft.s3.checksum.RunningChecksum;
import io.netty.buffer.ByteBuf;
import java.util.List;

/// Computes digests with those of `hayloft.common.checksum`. Thread-safe.
public final class StreamDigests implements ChecksumSource {

  @Override
  public RunningChecksum start(ChecksumAlgorithm algorithm) {
    return new Running(ChecksumValue.digest(algorithm).start());
  }

  @Override
  public RunningChecksum startMd5() {
    return new Running(DigestAlgorithm.MD5.start());
  }

  private static final class Running implements RunningChecksum {

    private final Digest digest;
    private final DigestPass pass;

    Running(Digest digest) {
      this.digest = digest;
      this.pass = new DigestPass(List.of(digest));
    }

    @Override
    public void add(ByteBuf bytes) {
      pass.update(bytes);
    }

    @Override
    public byte[] value() {
      return digest.finish();
    }
  }
}
