package hayloft.filer.losses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.filer.rows.LostTruth;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Does what is advised help?
final class LossesTest {

  @Test
  void volumesAreDroppedAndStatesAreGivenUp() {
    String ofVolume = Losses.advice(List.of(LostTruth.ofVolume(3)));
    assertTrue(ofVolume.contains("volume.drop -missing"), ofVolume);
    assertEquals(-1, ofVolume.indexOf("catalog.giveup"), ofVolume);
    String ofState = Losses.advice(List.of(LostTruth.ofTail(3, 64, 1)));
    assertTrue(ofState.contains("catalog.giveup"), ofState);
    assertEquals(-1, ofState.indexOf("volume.drop"), ofState);
  }
}
