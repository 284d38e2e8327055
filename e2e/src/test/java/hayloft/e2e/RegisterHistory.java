package hayloft.e2e;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A history of one key and the question whether it is linearizable: whether each step can be given an instant between
/// its start and its end such that a plain variable, changed at those instants, would have answered the same.
///
/// The search is Wing and Gong's with Lowe's memory of configurations (Testing for linearizability, 2017): take any
/// step that no other finished before, apply it, go on; a set of done steps with the same value is tried only once.
final class RegisterHistory {
  /// The value of a key that does not exist.
  static final String ABSENT = "-";

  /// @param apply the value after the step, or null if the step could not have been answered so on this value
  record Step(String what, long start, long end, UnaryOperator<@Nullable String> apply) {
    @Override
    public String toString() {
      return what + "@" + start + "-" + end;
    }
  }

  private record Configuration(BitSet done, String value) {}

  private final List<Step> steps;

  RegisterHistory(List<Step> steps) {
    this.steps = new ArrayList<>(steps);
    this.steps.sort(Comparator.comparingLong(Step::start));
  }

  static Step put(long start, long end, String value) {
    return new Step("put " + value, start, end, now -> value);
  }

  static Step delete(long start, long end) {
    return new Step("delete", start, end, now -> ABSENT);
  }

  static Step get(long start, long end, String seen) {
    return new Step("get " + seen, start, end, now -> seen.equals(now) ? now : null);
  }

  /// `If-None-Match: *`.
  static Step create(long start, long end, String value, int status) {
    return new Step("create " + value + " " + status, start, end, now -> switch (status) {
      case 200 -> ABSENT.equals(now) ? value : null;
      case 412 -> ABSENT.equals(now) ? null : now;
      default -> null;
    });
  }

  /// `If-Match`.
  static Step replace(long start, long end, String expected, String value, int status) {
    return new Step("replace " + expected + " by " + value + " " + status, start, end, now -> switch (status) {
      case 200 -> expected.equals(now) ? value : null;
      case 404 -> ABSENT.equals(now) ? now : null;
      case 412 -> expected.equals(now) || ABSENT.equals(now) ? null : now;
      default -> null;
    });
  }

  boolean isLinearizable() {
    return search(new BitSet(steps.size()), ABSENT, new HashSet<>());
  }

  private boolean search(BitSet done, String value, Set<Configuration> tried) {
    if (done.cardinality() == steps.size()) {
      return true;
    }
    if (!tried.add(new Configuration((BitSet) done.clone(), value))) {
      return false;
    }
    long firstEnd = Long.MAX_VALUE;
    for (int i = done.nextClearBit(0); i < steps.size(); i = done.nextClearBit(i + 1)) {
      firstEnd = Math.min(firstEnd, steps.get(i).end());
    }
    for (int i = done.nextClearBit(0); i < steps.size(); i = done.nextClearBit(i + 1)) {
      Step step = steps.get(i);
      if (step.start() > firstEnd) {
        return false; // this one and all behind it began after another, not yet done, had ended
      }
      String next = step.apply().apply(value);
      if (next != null) {
        done.set(i);
        if (search(done, next, tried)) {
          return true;
        }
        done.clear(i);
      }
    }
    return false;
  }
}
