package hayloft.cli.bench;

import java.util.ArrayList;
import java.util.List;

/// Whose turn it is in a comparison. Immutable.
///
///     warm up A, warm up B; A B, B A, A B, B A ...
///
/// Both are warm before either is measured, and so is what drives them: the first measurement would pay for all of it.
/// Who goes first changes with each round, so what grows by the way does so for both.
///
/// @param isMeasured false while it is warmed up
record Turn(Side side, boolean isMeasured) {

  /// The endpoint that is named first, and the one that it is compared with.
  enum Side {
    A,
    B
  }

  static List<Turn> ofRounds(int rounds) {
    List<Turn> turns = new ArrayList<>();
    turns.add(new Turn(Side.A, false));
    turns.add(new Turn(Side.B, false));
    for (int round = 0; round < rounds; round++) {
      turns.add(new Turn(round % 2 == 0 ? Side.A : Side.B, true));
      turns.add(new Turn(round % 2 == 0 ? Side.B : Side.A, true));
    }
    return turns;
  }
}
