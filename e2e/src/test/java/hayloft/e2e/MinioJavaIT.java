package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.minio.BucketExistsArgs;
import io.minio.GetObjectArgs;
import io.minio.ListObjectsArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveBucketArgs;
import io.minio.RemoveObjectArgs;
import io.minio.Result;
import io.minio.StatObjectArgs;
import io.minio.messages.Item;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A round trip with minio-java: the signed streaming bodies, multipart of unknown length, listing, ranges, removal.
class MinioJavaIT {

  @TempDir
  Path temp;

  @Test
  void objectsComeBackAsTheyWent() throws Exception {
    byte[] small = "hay".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    byte[] big = new byte[17_000_000];
    new Random(1).nextBytes(big);
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"));
        MinioClient minio = MinioClient.builder().endpoint(server.endpoint().toString())
            .credentials(ServerProcess.ACCESS_KEY, ServerProcess.SECRET_KEY).build()) {
      minio.makeBucket(MakeBucketArgs.builder().bucket("barn").build());
      assertTrue(minio.bucketExists(BucketExistsArgs.builder().bucket("barn").build()));
      minio.putObject(PutObjectArgs.builder().bucket("barn").object("a/small ü")
          .stream(new ByteArrayInputStream(small), (long) small.length, -1L).build());
      minio.putObject(PutObjectArgs.builder().bucket("barn").object("a/big")
          .stream(new ByteArrayInputStream(big), -1L, 5L << 20).build());
      assertEquals(big.length,
          minio.statObject(StatObjectArgs.builder().bucket("barn").object("a/big").build()).size());
      try (InputStream in = minio.getObject(GetObjectArgs.builder().bucket("barn").object("a/small ü").build())) {
        assertArrayEquals(small, in.readAllBytes());
      }
      try (InputStream in = minio.getObject(GetObjectArgs.builder().bucket("barn").object("a/big").build())) {
        assertArrayEquals(big, in.readAllBytes());
      }
      try (InputStream in = minio.getObject(
          GetObjectArgs.builder().bucket("barn").object("a/big").offset(16_999_990L).length(10L).build())) {
        assertArrayEquals(java.util.Arrays.copyOfRange(big, 16_999_990, big.length), in.readAllBytes());
      }
      List<String> names = new ArrayList<>();
      for (Result<Item> item : minio.listObjects(ListObjectsArgs.builder().bucket("barn").recursive(true).build())) {
        names.add(item.get().objectName());
      }
      assertEquals(List.of("a/big", "a/small ü"), names);
      for (String name : names) {
        minio.removeObject(RemoveObjectArgs.builder().bucket("barn").object(name).build());
      }
      minio.removeBucket(RemoveBucketArgs.builder().bucket("barn").build());
      assertFalse(minio.bucketExists(BucketExistsArgs.builder().bucket("barn").build()));
    }
  }
}
