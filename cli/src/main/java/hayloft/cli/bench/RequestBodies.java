package hayloft.cli.bench;

import hayloft.cli.client.RequestSigner;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/// What requests of a run carry: the beginnings, of given sizes, of one row of random bytes that all share.
/// Thread-safe.
final class RequestBodies {

  private static final long SEED = 1;

  private final List<Integer> sizes;
  private final ByteBuf longest;
  private final Map<Integer, String> hashes;

  /// @param sizes in bytes; a size that comes twice is as good as one
  RequestBodies(List<Integer> sizes) {
    this.sizes = List.copyOf(sizes);
    byte[] bytes = new byte[sizes.stream().mapToInt(Integer::intValue).max().orElse(0)];
    new Random(SEED).nextBytes(bytes);
    longest = Unpooled.unreleasableBuffer(Unpooled.directBuffer(Math.max(1, bytes.length)).writeBytes(bytes));
    hashes = sizes.stream().distinct()
        .collect(Collectors.toMap(size -> size, size -> RequestSigner.sha256Hex(bytes, size)));
  }

  List<Integer> sizes() {
    return sizes;
  }

  /// @param size one of the sizes
  ByteBuf body(int size) {
    return longest.slice(0, size).retain();
  }

  /// SHA-256 of the body of that size in hex.
  String hash(int size) {
    String hash = hashes.get(size);
    if (hash == null) {
      throw new IllegalArgumentException("no body has " + size + " bytes");
    }
    return hash;
  }
}
