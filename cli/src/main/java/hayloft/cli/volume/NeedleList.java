package hayloft.cli.volume;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.ShownText;
import hayloft.common.CommitSequence;
import hayloft.common.volume.NeedleKind;
import hayloft.filer.mutation.MalformedMutationException;
import hayloft.volume.inspect.Damage;
import hayloft.volume.inspect.VolumeFile;
import hayloft.volume.needle.NeedleHead;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.Locale;

/// Prints a line for each needle as it comes, and for each damage at the end. Confined to one thread.
final class NeedleList implements VolumeFile.Visitor {

  private final VolumeFile file;
  private final boolean json;
  private final PrintWriter out;
  private final BucketNames buckets = new BucketNames();
  private boolean losses;

  NeedleList(VolumeFile file, boolean json, PrintWriter out) {
    this.file = file;
    this.json = json;
    this.out = out;
  }

  boolean hasLosses() {
    return losses;
  }

  @Override
  public void needle(NeedleHead head, long offset, ByteBuffer meta) {
    String state = file.dead().contains(head.key()) ? "dead" : "live";
    String kind = head.kind().name().toLowerCase(Locale.ROOT);
    byte[] bytes = new byte[meta.remaining()];
    meta.get(bytes);
    String about = about(head, bytes);
    if (json) {
      ObjectNode line = JsonNodeFactory.instance.objectNode().put("offset", offset).put("kind", kind)
          .put("fileId", head.id().toString()).put("sequence", CommitSequence.text(head.sequence()))
          .put("metaBytes", head.metaBytes()).put("dataBytes", head.dataBytes()).put("state", state)
          .put("about", about);
      out.println(line);
    } else {
      out.println(String.format(Locale.ROOT, "%12d  %-6s  %-22s  %-12s  %6d + %-9d  %s  %s", offset, kind, head.id(),
          CommitSequence.text(head.sequence()), head.metaBytes(), head.dataBytes(), state,
          ShownText.of(about)));
    }
  }

  private String about(NeedleHead head, byte[] meta) {
    if (head.kind() == NeedleKind.BLOB) {
      return "";
    }
    try {
      Meaning meaning = Meaning.of(meta, buckets);
      return meaning.detail().path("mutation").asText() + " " + Subject.of(meta).name(buckets);
    } catch (MalformedMutationException e) {
      return "not understood: " + e.getMessage();
    }
  }

  @Override
  public void damage(Damage damage) {
    losses |= damage.weight() == Damage.Weight.LOST;
    String weight = damage.weight().name().toLowerCase(Locale.ROOT);
    if (json) {
      out.println(JsonNodeFactory.instance.objectNode().put("offset", damage.offset()).put("damage", weight)
          .put("key", Long.toHexString(damage.key())).put("bytes", damage.lengthBytes()).put("what", damage.what()));
    } else {
      out.println(String.format(Locale.ROOT, "%12d  damaged (%s)  key 0x%x  %d bytes  %s", damage.offset(), weight,
          damage.key(), damage.lengthBytes(), damage.what()));
    }
  }
}
