package hayloft.filer.uploads;

import hayloft.filer.CompleteOutcome;
import hayloft.filer.Part;
import hayloft.filer.PartChoice;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The parts that an upload is completed with, checked against what was uploaded. Immutable.
///
/// @param parts in order
record Completion(List<PartRow> parts) {

  private static final HexFormat HEX = HexFormat.of();

  /// What a choice of parts comes to.
  sealed interface Check {
    record Good(Completion completion) implements Check {}

    record Bad(CompleteOutcome why) implements Check {}
  }

  static Check check(List<PartChoice> choices, Map<Integer, PartRow> uploaded, UploadConfig config) {
    CompleteOutcome disorder = disorder(choices);
    if (disorder != null) {
      return new Check.Bad(disorder);
    }
    var chosen = new ArrayList<PartRow>();
    long sizeBytes = 0;
    for (PartChoice choice : choices) {
      PartRow row = uploaded.get(choice.number());
      if (row == null || !matches(choice, row.part())) {
        return new Check.Bad(new CompleteOutcome.InvalidPart(choice.number()));
      }
      chosen.add(row);
      sizeBytes += row.body().sizeBytes();
    }
    for (PartRow row : chosen.subList(0, chosen.size() - 1)) {
      if (row.body().sizeBytes() < config.minPartBytes()) {
        return new Check.Bad(new CompleteOutcome.PartTooSmall(row.part()));
      }
    }
    if (sizeBytes > config.maxObjectBytes()) {
      return new Check.Bad(new CompleteOutcome.TooLarge(sizeBytes));
    }
    return new Check.Good(new Completion(chosen));
  }

  private static @Nullable CompleteOutcome disorder(List<PartChoice> choices) {
    if (choices.isEmpty()) {
      return new CompleteOutcome.InvalidPart(0);
    }
    for (int i = 1; i < choices.size(); i++) {
      if (choices.get(i).number() <= choices.get(i - 1).number()) {
        return new CompleteOutcome.InvalidPartOrder();
      }
    }
    return null;
  }

  private static boolean matches(PartChoice choice, Part part) {
    return choice.etag().equals(part.etag()) && (choice.checksum().isEmpty()
        || choice.checksum().equals(part.checksum()) || choice.checksum().equals(part.defaultSum()));
  }

  /// The same numbers and ETags as an object's parts have.
  static boolean isSame(List<PartChoice> choices, List<Part> parts) {
    if (choices.size() != parts.size()) {
      return false;
    }
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      if (part.number() != choices.get(i).number() || !part.etag().equals(choices.get(i).etag())) {
        return false;
      }
    }
    return true;
  }

  long sizeBytes() {
    return parts.stream().mapToLong(row -> row.body().sizeBytes()).sum();
  }

  List<Part> table() {
    return parts.stream().map(PartRow::part).toList();
  }

  /// The MD5 of the parts' MD5s, and their number.
  String etag() {
    MessageDigest md5;
    try {
      md5 = MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("MD5 is part of every JDK", e);
    }
    for (PartRow row : parts) {
      md5.update(HEX.parseHex(row.body().etag()));
    }
    return HEX.formatHex(md5.digest()) + "-" + parts.size();
  }
}
