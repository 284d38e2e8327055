package hayloft.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.s3.ModelTable.Member;
import hayloft.s3.routing.S3Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// What every value that S3's model lets a client send is answered with: `values.txt` against the gateway, and
/// `inputs.txt` for what must be in it.
class InputTableTest {

  private static final Map<String, List<Member>> INPUTS = ModelTable.members("inputs.txt");

  /// Kinds of values that each member has to be tried with.
  private static final Set<String> KINDS = Set.of("empty", "repeated", "padded", "malformed");

  /// Blanks around a header's value are gone before anybody here sees it.
  private static final Set<String> KINDS_IN_HEADERS = Set.of("empty", "repeated", "malformed");

  /// Parts of the path: there is one of each, and it cannot be empty.
  private static final Set<String> KINDS_IN_PATH = Set.of("padded", "malformed");

  /// A row, for one operation and one member.
  private record Case(String operation, Member member, String kind, String value, String expected) {
    String name() {
      return operation + " " + member + ", " + kind + ": " + value;
    }
  }

  private static Map<String, Sample> samples() {
    Map<String, Sample> samples = new LinkedHashMap<>();
    for (String[] cells : ModelTable.rows("requests.txt")) {
      samples.put(cells[0], Sample.of(cells));
    }
    return samples;
  }

  private static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (String[] row : ModelTable.rows("values.txt")) {
      assertEquals(5, row.length, () -> String.join(" | ", row));
      String[] member = row[1].split(" ");
      List<Case> meant = new ArrayList<>();
      INPUTS.forEach((operation, members) -> {
        if (!row[0].equals("*") && !List.of(row[0].split(" ")).contains(operation)) {
          return;
        }
        if (member[0].equals("document")) {
          if (members.stream().anyMatch(one -> one.place().equals("body") && !one.name().equals("(bytes)"))) {
            meant.add(new Case(operation, new Member("document", ""), row[2], row[3], row[4]));
          }
          return;
        }
        members.stream().filter(one -> one.place().equals(member[0]) && one.fits(member[1]))
            .forEach(one -> meant.add(new Case(operation, one, row[2], row[3], row[4])));
      });
      assertTrue(!meant.isEmpty(), () -> "no operation has what this row is about: " + String.join(" | ", row));
      cases.addAll(meant);
    }
    return cases;
  }

  @Test
  void everyInputOfEveryOperationIsInTheTable() {
    List<Case> cases = cases();
    Set<String> missing = new TreeSet<>();
    for (S3Operation operation : new TestStore().gateway.operations()) {
      for (Member member : INPUTS.getOrDefault(operation.awsName(), List.of())) {
        if (member.name().equals("content-length")) {
          continue; // the head's parser judges it
        }
        for (String kind : kinds(member.place())) {
          if (cases.stream().noneMatch(one -> one.operation().equals(operation.awsName())
              && one.member().equals(member) && one.kind().startsWith(kind))) {
            missing.add(member + " " + kind + " of " + operation.awsName());
          }
        }
      }
    }
    assertEquals(Set.of(), missing);
  }

  private static Set<String> kinds(String place) {
    return switch (place) {
      case "uri" -> KINDS_IN_PATH;
      case "header" -> KINDS_IN_HEADERS;
      default -> KINDS;
    };
  }

  @Test
  void everyOperationOfTheModelIsTried() {
    Set<String> standing = new TreeSet<>();
    new TestStore().gateway.operations().forEach(one -> standing.add(one.awsName()));
    standing.removeIf(name -> name.endsWith("BucketDurability") || name.equals("PostObject")); // not in the model
    assertEquals(standing, INPUTS.keySet());
    assertEquals(standing, new TreeSet<>(samples().keySet()));
  }

  @TestFactory
  Stream<DynamicTest> plainRequestsSucceed() {
    return samples().entrySet().stream()
        .map(one -> DynamicTest.dynamicTest(one.getKey(),
            () -> assertEquals(2, new Barn().send(one.getValue()).status() / 100)));
  }

  @TestFactory
  Stream<DynamicTest> valuesAreAnsweredAsTheTableSays() {
    Map<String, Sample> samples = samples();
    Map<String, Integer> usual = new HashMap<>();
    samples.forEach((operation, sample) -> usual.put(operation, new Barn().send(sample).status()));
    return cases().stream().map(one -> DynamicTest.dynamicTest(one.name(), () -> {
      Sample sample = Objects.requireNonNull(samples.get(one.operation()), one.operation());
      Barn barn = new Barn();
      FakeExchange answer = barn.send(sample.with(one.member(), one.value()));
      String ok = String.valueOf(usual.get(one.operation()));
      barn.assertAnswered(one.expected().replaceFirst("^ok", ok), sample, answer);
    }));
  }
}
