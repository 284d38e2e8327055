package hayloft.common.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class ClientTextTest {

  @Test
  void aLongTextIsCutAndSaysSo() {
    String longest = "ÿ".repeat(ClientText.MOST_CHARS);
    assertSame(longest, ClientText.of(longest).toString());
    assertFalse(ClientText.of(longest).isCut());
    ClientText cut = ClientText.of(longest + "ÿ");
    assertEquals(longest + "…", cut.toString());
    assertTrue(cut.isCut());
    assertFalse(ClientText.of("its own…").isCut());
  }

  @Test
  void aCutLeavesNoHalfOfACharacter() {
    String text = "a".repeat(ClientText.MOST_CHARS - 1) + "\ud83d\ude00";
    assertEquals("a".repeat(ClientText.MOST_CHARS - 1) + "…", ClientText.of(text).toString());
  }

  @Test
  void aCutShowsNoCredential() {
    String before = "a".repeat(ClientText.MOST_CHARS - 30) + "?X-Amz-Signature=";
    assertEquals(before + "...…", ClientText.of(before + "s".repeat(64)).toString());
    assertEquals("?Signature=...", ClientText.of("?Signature=abc").toString());
  }
}
