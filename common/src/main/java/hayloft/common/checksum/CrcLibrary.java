package hayloft.common.checksum;

import hayloft.common.log.EventLog;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.Checksum;
import software.amazon.awssdk.crt.checksums.CRC64NVME;

/// CRC-64/NVME by AWS's native library, which multiplies without carries (PCLMULQDQ, VPCLMULQDQ, PMULL): 30 to 50 GB/s,
/// where tables reach 2. Java has no intrinsic for it.
///
/// Loading takes 0.1 s and 9 MiB, so nobody waits for it: whoever needs the first sum starts it on a thread of its own
/// and goes on with [Crc64Nvme]. That stays so for good where the library cannot be loaded: with musl, or without its
/// directory in `java.library.path`. It is never unpacked into a temporary directory.
/// [aws-crt](https://github.com/awslabs/aws-crt-java)
final class CrcLibrary {

  private static final EventLog LOG = EventLog.of(CrcLibrary.class);
  private static final String NAME = "aws-crt-jni";

  private static final AtomicBoolean WANTED = new AtomicBoolean();
  private static volatile boolean loaded;

  private CrcLibrary() {}

  static Checksum startCrc64Nvme() {
    return isLoaded() ? new CRC64NVME() : new Crc64Nvme();
  }

  private static boolean isLoaded() {
    if (!loaded && !WANTED.get() && WANTED.compareAndSet(false, true)) {
      Thread.ofPlatform().daemon().name("crc-library").start(CrcLibrary::load);
    }
    return loaded;
  }

  /// Whether it is there now.
  static boolean load() {
    try {
      System.loadLibrary(NAME); // else the class below would look for it in its jar and call programs to do so
      loaded = new CRC64NVME().getValue() == 0;
    } catch (LinkageError | RuntimeException e) {
      LOG.info("checksum.slow").with("algorithm", "CRC64NVME").with("library", NAME).with("reason", e.getMessage())
          .say();
    }
    return loaded;
  }
}
