package hayloft.cli.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.CommitSequence;
import hayloft.common.volume.VolumeClient;
import hayloft.filer.VolumeCatalog;
import hayloft.filer.audit.NeedleAt;
import hayloft.filer.losses.Losses;
import hayloft.filer.rows.LostTruth;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Says whose truths are lost, where they were, and what helps. Immutable: what was lost when it was made.
///
/// @param owners what refers to bytes that are lost
/// @param volumes tell where their needles lie
record LossNames(List<Losses.Loss> losses, Map<NeedleAt, List<String>> owners, VolumeClient volumes) {

  /// Walks all rows if anything is lost.
  static LossNames of(VolumeCatalog catalog, VolumeClient volumes) throws IOException {
    List<Losses.Loss> losses = catalog.lostTruths();
    Set<NeedleAt> bytes = new HashSet<>();
    losses.stream().map(Losses.Loss::truth).filter(LostTruth::isChunk).forEach(lost -> bytes.add(at(lost)));
    return new LossNames(losses, bytes.isEmpty() ? Map.of() : catalog.ownersOf(bytes), volumes);
  }

  private static NeedleAt at(LostTruth lost) {
    return new NeedleAt(lost.volume(), lost.needleKey());
  }

  /// Those that are wanted.
  Set<LostTruth> truths(Predicate<LostTruth> wanted) {
    return losses.stream().map(Losses.Loss::truth).filter(wanted).collect(Collectors.toSet());
  }

  /// Adds those that are wanted.
  void describe(Predicate<LostTruth> wanted, ArrayNode into) {
    for (Losses.Loss loss : losses) {
      LostTruth lost = loss.truth();
      if (wanted.test(lost)) {
        ObjectNode json = into.addObject().put("what", what(lost)).put("whose", whose(loss))
            .put("volume", lost.volume())
            .put("offset", lost.offsetBytes()).put("bytes", lost.lengthBytes()).put("found", found(lost))
            .put("help", help(loss));
        if (lost.needleKey() != 0) {
          json.put("needle", at(lost).toString());
        }
        if (lost.sequence() != 0 && !lost.isTail()) {
          json.put("since", CommitSequence.text(lost.sequence()));
        }
      }
    }
  }

  private String found(LostTruth lost) {
    return lost.isWholeVolume() ? volumes.unreadable().getOrDefault(lost.volume(), lost.found()) : lost.found();
  }

  private static String what(LostTruth lost) {
    if (lost.isWholeVolume()) {
      return "volume";
    }
    if (lost.isChunk()) {
      return "bytes";
    }
    return lost.isBook() ? "book" : lost.isNameless() ? "unknown" : "state";
  }

  private String whose(Losses.Loss loss) {
    LostTruth lost = loss.truth();
    if (lost.isWholeVolume()) {
      return "whatever lay in volume " + lost.volume();
    }
    if (lost.isChunk()) {
      return String.join(", ", owners.getOrDefault(at(lost), List.of("no object that the catalog knows")));
    }
    if (lost.isBook()) {
      return "marks of the catalog itself";
    }
    return loss.name();
  }

  private String help(Losses.Loss loss) {
    LostTruth lost = loss.truth();
    if (lost.isWholeVolume()) {
      return (volumes.unreadable().containsKey(lost.volume())
          ? "put a good copy of its pack back and restart; or give it up: volume.drop -volumeId "
          : "put the volume's files back and restart; or give it up: volume.drop -volumeId ") + lost.volume();
    }
    String back = "put " + volumes.fileOf(lost.volume()) + " back from a copy and restart; or ";
    String giveUp = lost.needleKey() == 0
        ? "catalog.giveup -volumeId " + lost.volume()
        : "catalog.giveup -needle " + at(lost);
    if (lost.isChunk()) {
      return back + "upload the object again or delete it, then " + giveUp;
    }
    return lost.isNameless() || lost.isBook()
        ? back + giveUp
        : back + (loss.isOfObject() ? "overwrite or delete it; or " : "") + "take the older state: " + giveUp;
  }
}
