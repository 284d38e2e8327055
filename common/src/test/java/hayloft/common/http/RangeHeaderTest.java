package hayloft.common.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hayloft.common.ByteRange;
import hayloft.common.http.RangeHeader.Selection;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RangeHeaderTest {

  @ParameterizedTest
  @CsvSource({"bytes=0-0,10,0-1", "bytes=0-,10,0-10", "bytes=4-7,10,4-8", "bytes=4-100,10,4-10", "bytes=-3,10,7-10",
      "bytes=-100,10,0-10", "bytes=9-9,10,9-10", "bytes=10-,10,none", "bytes=10-20,10,none", "bytes=-0,10,none",
      "bytes=0-,0,none", "bytes=-1,0,none", "bytes=5-4,10,whole", "'bytes=0-1,3-4',10,whole", "bytes=,10,whole",
      "bytes=-,10,whole", "bytes=a-b,10,whole", "bytes=1,10,whole", "lines=0-1,10,whole", "BYTES=0-1,10,0-2",
      "bytes = 0-1,10,whole", "bytes=99999999999999999999-,10,none", "bytes=1-99999999999999999999,10,1-10",
      "bytes=+1-2,10,whole"})
  void selectsAsS3Does(String header, long sizeBytes, String expected) {
    assertEquals(expected, switch (RangeHeader.select(header, sizeBytes)) {
      case Selection.Whole _ -> "whole";
      case Selection.Unsatisfiable _ -> "none";
      case Selection.Part(ByteRange range) -> range.from() + "-" + range.to();
    });
  }
}
