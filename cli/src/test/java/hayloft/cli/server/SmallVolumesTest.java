package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.cli.volume.StoreOnDisk;
import hayloft.common.volume.VolumeStatus;
import hayloft.filer.Bucket;
import hayloft.filer.Versioning;
import java.io.IOException;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Objects that are larger than a volume may be.
final class SmallVolumesTest {

  @TempDir
  private Path directory = Path.of("");

  /// Chunks of more than what an empty volume takes filled one volume after the other with nothing: 503, then 507, and
  /// fifteen empty volumes.
  @ParameterizedTest
  @ValueSource(longs = {ServerConfig.LEAST_VOLUME_LIMIT_BYTES, (3 << 20) + 1, 4 << 20, 5_000_000, 8 << 20})
  void anObjectLargerThanAVolumeIsCutToFit(long volumeLimitBytes) throws IOException, NoSuchAlgorithmException {
    try (var store = new StoreOnDisk(directory, volumeLimitBytes)) {
      Bucket bucket = store.bucket("b", Versioning.UNVERSIONED);
      byte[] body = new byte[5_000_000];
      new Random(volumeLimitBytes).nextBytes(body);
      int objects = 3;
      for (int i = 0; i < objects; i++) {
        store.put(bucket, "large" + i, body);
      }
      store.put(bucket, "small", new byte[(int) Math.min(body.length, volumeLimitBytes / 5)]);
      List<VolumeStatus> volumes = store.volumes();
      long most = 2 * objects * body.length / volumeLimitBytes + 8;
      assertTrue(volumes.size() <= most, volumes.size() + " volumes, at most " + most + " expected: " + volumes);
      assertTrue(volumes.stream().noneMatch(volume -> volume.liveNeedles() == 0 && volume.unwritable().isPresent()),
          "an empty volume that takes nothing: " + volumes);
      assertTrue(volumes.stream().mapToLong(VolumeStatus::sizeBytes).sum() > (long) objects * body.length);
    }
  }
}
