package hayloft.cli.volume;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.CommitSequence;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.NeedleKind;
import hayloft.filer.mutation.Envelope;
import hayloft.filer.mutation.MalformedMutationException;
import hayloft.volume.inspect.Damage;
import hayloft.volume.inspect.VolumeFile;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleReader;
import hayloft.volume.needle.NeedleScanner;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/// One needle, with everything that can be said of it. Stateless.
final class NeedleDump {

  private NeedleDump() {}

  /// Where a needle was found.
  ///
  /// @param offset -1 if it was not
  private record Place(long offset, BucketNames buckets) {}

  /// Returns whether the needle is there and whole.
  static boolean print(VolumeFile file, NeedleChoice choice, int dumpedBytes, boolean json, PrintWriter out)
      throws IOException {
    Place place = find(file, choice);
    ObjectNode document = JsonNodeFactory.instance.objectNode().put("file", file.path().toString());
    if (place.offset < 0) {
      document.put("found", false);
      out.println(json ? document.toPrettyString() : "no such needle in " + file.where());
      out.flush();
      return false;
    }
    byte[] first = file.bytes(place.offset, NeedleHead.BYTES);
    document.put("offset", place.offset);
    boolean whole;
    byte[] dumped;
    long dumpedFrom;
    try {
      NeedleHead head = NeedleHead.decode(ByteBuffer.wrap(first), file.superblock().salt(),
          file.where() + " at " + place.offset);
      describe(file, head, document);
      whole = content(file, head, place, document);
      dumpedFrom = place.offset + head.dataOffset();
      dumped = file.bytes(dumpedFrom, Math.min(dumpedBytes, head.dataBytes()));
    } catch (CorruptNeedleException | IllegalArgumentException e) {
      document.put("headSum", "wrong: " + e.getMessage());
      whole = false;
      dumpedFrom = place.offset;
      dumped = file.bytes(place.offset, Math.max(dumpedBytes, NeedleHead.BYTES));
    }
    if (json) {
      document.put("dumpedFrom", dumpedFrom).put("dump", HexFormat.of().formatHex(dumped));
      out.println(document.toPrettyString());
    } else {
      var text = new StringBuilder();
      Output.fields(document, text);
      Output.hexDump(dumped, dumpedFrom, text);
      out.print(text);
    }
    out.flush();
    return whole;
  }

  /// Looks for a key with a scan of all heads, which tells the names of buckets as well; for an offset only for those.
  private static Place find(VolumeFile file, NeedleChoice choice) throws IOException {
    var buckets = new BucketNames();
    long[] found = {-1};
    file.look(NeedleScanner.Depth.METAS, new VolumeFile.Visitor() {
      @Override
      public void needle(NeedleHead head, long offset, ByteBuffer meta) {
        if (choice instanceof NeedleChoice.Under(long key) && head.key() == key) {
          found[0] = offset;
        }
        if (head.kind() == NeedleKind.COMMIT) {
          byte[] bytes = new byte[meta.remaining()];
          meta.get(bytes);
          see(bytes);
        }
      }

      private void see(byte[] meta) {
        try {
          buckets.see(Envelope.read(meta), meta);
        } catch (MalformedMutationException _) { // told when it is the needle that is asked for
          return;
        }
      }

      @Override
      public void damage(Damage damage) {
        if (choice instanceof NeedleChoice.Under(long key) && damage.key() == key && found[0] < 0) {
          found[0] = damage.offset();
        }
      }
    });
    return new Place(choice instanceof NeedleChoice.At(long offset) ? offset : found[0], buckets);
  }

  private static void describe(VolumeFile file, NeedleHead head, ObjectNode document) {
    document.put("fileId", head.id().toString()).put("kind", head.kind().name().toLowerCase(Locale.ROOT))
        .put("volume", head.volume()).put("key", "0x" + Long.toHexString(head.key()))
        .put("sequence", CommitSequence.text(head.sequence()))
        .put("cookie", HexFormat.of().toHexDigits(head.cookie())).put("syncedBefore", head.syncedBefore())
        .put("metaBytes", head.metaBytes()).put("dataBytes", head.dataBytes()).put("recordBytes", head.recordBytes())
        .put("state", file.dead().contains(head.key()) ? "dead" : "live").put("headSum", "right");
  }

  /// Meta and data with their sums; returns whether these are right.
  private static boolean content(VolumeFile file, NeedleHead head, Place place, ObjectNode document)
      throws IOException {
    NeedleReader.Front front;
    try {
      front = file.front(head, place.offset);
    } catch (CorruptNeedleException e) {
      document.put("metaSum", "wrong: " + e.getMessage());
      return false;
    }
    byte[] meta = ByteBufUtil.getBytes(front.meta());
    front.meta().release();
    document.put("metaSum", "right");
    boolean whole = dataIsRight(file, head, place.offset, document);
    if (head.kind() != NeedleKind.BLOB) {
      try {
        document.setAll(Meaning.of(meta, place.buckets).detail());
      } catch (MalformedMutationException e) {
        document.put("mutation", "not understood: " + e.getMessage()).put("meta",
            HexFormat.of().formatHex(Arrays.copyOf(meta, Math.min(meta.length, 1024))));
      }
    }
    return whole;
  }

  private static boolean dataIsRight(VolumeFile file, NeedleHead head, long offset, ObjectNode document)
      throws IOException {
    int blocks = NeedleHead.blocks(head.dataBytes());
    try {
      Optional<ByteBuf> data = file.reader().read(head.id(), offset, head.recordBytes(), 0, head.dataBytes());
      data.ifPresent(ByteBuf::release);
      document.put("dataSums", blocks == 0 ? "no data" : "right, " + blocks + " of " + blocks);
      return true;
    } catch (CorruptNeedleException e) {
      document.put("dataSums", "wrong: " + e.getMessage());
      return false;
    }
  }
}
