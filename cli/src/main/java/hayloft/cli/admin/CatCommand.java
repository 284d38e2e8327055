package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import hayloft.common.ByteRange;
import hayloft.filer.BodyReader;
import hayloft.filer.Bucket;
import hayloft.filer.Lookup;
import hayloft.filer.ObjectVersion;
import hayloft.filer.VersionSelector;
import hayloft.filer.VolumeCatalog;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// `fs.cat`: the bytes of an object, a piece for each request. Thread-safe.
final class CatCommand {

  /// Of one answer, which is a document in memory.
  private static final int MOST_BYTES = 1 << 20;

  private final VolumeCatalog catalog;

  CatCommand(VolumeCatalog catalog) {
    this.catalog = catalog;
  }

  List<AdminCommand> commands() {
    return List.of(AdminCommand.reads("fs.cat", this::cat));
  }

  private JsonNode cat(AdminCall call) throws IOException {
    Arguments arguments = call.arguments();
    TreePath path = TreePath.parse(arguments.text("path"));
    Optional<String> versionId = arguments.optionalText("versionId");
    Optional<String> sequence = arguments.optionalText("sequence");
    long offset = arguments.number("offset", 0, 0, Long.MAX_VALUE);
    long most = arguments.number("size", MOST_BYTES, 0, Long.MAX_VALUE);
    arguments.requireAllKnown();
    if (path.key().isEmpty()) {
      throw AdminRefusal.wrong("path must be /BUCKET/KEY, got " + path);
    }
    Bucket bucket = catalog.findBucket(path.bucket())
        .orElseThrow(() -> AdminRefusal.absent("there is no bucket " + path.bucket()));
    VersionSelector which = versionId.<VersionSelector>map(VersionSelector.Exactly::new).orElse(VersionSelector.LATEST);
    if (!(catalog.find(bucket, path.key(), which) instanceof Lookup.Found(ObjectVersion object))) {
      throw AdminRefusal.absent("there is no object " + path
          + versionId.map(id -> " with version id " + id).orElse(""));
    }
    String found = Long.toUnsignedString(object.sequence());
    if (sequence.isPresent() && !sequence.get().equals(found)) {
      throw AdminRefusal.conflict(path + " was replaced while it was read");
    }
    if (offset > object.sizeBytes()) {
      throw AdminRefusal.wrong("-offset must be at most " + object.sizeBytes() + ", the size of " + path + ", got "
          + offset);
    }
    int length = (int) Math.min(Math.min(most, MOST_BYTES), object.sizeBytes() - offset);
    return JsonNodeFactory.instance.objectNode().put("path", path.toString()).put("versionId", object.versionId())
        .put("sequence", found).put("sizeBytes", object.sizeBytes()).put("offset", offset)
        .put("data", read(object, offset, length));
  }

  private byte[] read(ObjectVersion object, long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    int at = 0;
    if (length == 0) {
      return bytes;
    }
    try (BodyReader body = catalog.read(object, new ByteRange(offset, offset + length))) {
      for (ByteBuf piece = body.next(); piece != null; piece = body.next()) {
        try {
          int count = piece.readableBytes();
          piece.readBytes(bytes, at, count);
          at += count;
        } finally {
          piece.release();
        }
      }
    }
    if (at != length) {
      throw new IOException("an object of " + object.sizeBytes() + " bytes ends at " + (offset + at));
    }
    return bytes;
  }
}
