package hayloft.common.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.http.ReadConditions.Verdict;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadConditionsTest {

  private static final Instant MODIFIED = Instant.parse("2026-01-02T03:04:05.678Z");
  private static final String AT = "Fri, 02 Jan 2026 03:04:05 GMT";
  private static final String BEFORE = "Fri, 02 Jan 2026 03:04:04 GMT";

  /// Columns: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since; `at` is the object's own second.
  @ParameterizedTest
  @CsvSource({"-,-,-,-,holds", "\"e\",-,-,-,holds", "e,-,-,-,holds", "*,-,-,-,holds", "\"x\",-,-,-,failed If-Match",
      "'\"x\", \"e\"',-,-,-,holds", "-,\"e\",-,-,unmodified If-None-Match", "-,*,-,-,unmodified If-None-Match",
      "-,W/\"e\",-,-,unmodified If-None-Match", "-,\"x\",-,-,holds", "-,-,at,-,unmodified If-Modified-Since",
      "-,-,before,-,holds", "-,-,-,at,holds", "-,-,-,before,failed If-Unmodified-Since", "-,-,nonsense,-,holds",
      "-,-,-,nonsense,holds",
      // If-Match is stronger than If-Unmodified-Since, If-None-Match than If-Modified-Since
      "\"e\",-,-,before,holds", "-,\"x\",at,-,holds", "-,\"e\",before,-,unmodified If-None-Match",
      "\"x\",\"e\",-,-,failed If-Match", "\"e\",\"e\",-,-,unmodified If-None-Match",
      "-,-,at,before,failed If-Unmodified-Since",
      // RFC 9110, 13.1.1 and 13.1.2: strongly and weakly
      "W/\"e\",-,-,-,failed If-Match", "W/e,-,-,-,failed If-Match", "'W/\"e\", \"e\"',-,-,-,holds",
      "'\"x\",W/\"e\"',-,-,-,failed If-Match", "-,'\"x\", W/\"e\"',-,-,unmodified If-None-Match",
      // a comma in quotes parts nothing
      "'\"a,*,b\"',-,-,-,failed If-Match", "'\"a,e,b\"',-,-,-,failed If-Match", "'\"a',-,-,-,failed If-Match"})
  void conditionsAreJudgedInTheOrderOfRfc9110(String match, String noneMatch, String modifiedSince,
      String unmodifiedSince, String expected) {
    HttpHeaders headers = new DefaultHttpHeaders();
    set(headers, "if-match", match);
    set(headers, "if-none-match", noneMatch);
    set(headers, "if-modified-since", modifiedSince);
    set(headers, "if-unmodified-since", unmodifiedSince);
    assertEquals(expected, text(ReadConditions.of(headers).judge("e", MODIFIED)));
  }

  @ParameterizedTest
  @CsvSource({"\"e\",true", "e,true", "W/\"e\",false", "\"x\",false", "*,false", "'\"x\", \"e\"',false", "'',false",
      "'Fri, 02 Jan 2026 03:04:05 GMT',true", "'Fri, 02 Jan 2026 03:04:06 GMT',false",
      "'Fri, 02 Jan 2026 03:04:04 GMT',false", "2026-01-02T03:04:05Z,false"})
  void aRangeNeedsTheVeryBytes(String ifRange, boolean holds) {
    HttpHeaders headers = new DefaultHttpHeaders();
    assertTrue(ReadConditions.rangeHolds(headers, "e", MODIFIED));
    headers.set("if-range", ifRange);
    assertEquals(holds, ReadConditions.rangeHolds(headers, "e", MODIFIED));
    headers.add("if-range", "\"e\"");
    assertEquals(ifRange.equals("\"e\""), ReadConditions.rangeHolds(headers, "e", MODIFIED), "a list is neither");
  }

  @Test
  void linesThatDifferAreOneListOfTagsAndNoDate() {
    HttpHeaders headers = new DefaultHttpHeaders();
    headers.add("if-none-match", "\"x\"").add("if-none-match", "\"e\"");
    assertEquals("unmodified If-None-Match", text(ReadConditions.of(headers).judge("e", MODIFIED)));
    headers.clear().add("if-modified-since", AT).add("if-modified-since", BEFORE);
    assertEquals("holds", text(ReadConditions.of(headers).judge("e", MODIFIED)));
    headers.clear().add("x-source-if-match", "\"x\"");
    assertEquals("failed x-source-If-Match", text(ReadConditions.of(headers, "x-source-").judge("e", MODIFIED)));
  }

  private static void set(HttpHeaders headers, String name, String value) {
    switch (value) {
      case "-" -> {
        // absent
      }
      case "at" -> headers.set(name, AT);
      case "before" -> headers.set(name, BEFORE);
      default -> headers.set(name, value);
    }
  }

  private static String text(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Holds _ -> "holds";
      case Verdict.NotModified(String header) -> "unmodified " + header;
      case Verdict.Failed(String header) -> "failed " + header;
    };
  }
}
