package hayloft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ByteSizeTest {

  @ParameterizedTest
  @CsvSource({"4096, 4096", "0, 0", "30GB, 30000000000", "64MiB, 67108864", "64mb, 64000000", "1.5 GiB, 1610612736",
      "2k, 2000",
      "1T, 1000000000000", "7B, 7"})
  void sizesAreReadAsPeopleWriteThem(String text, long bytes) {
    assertEquals(bytes, ByteSize.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "GB", "3x", "-1", "1.5", "1..5GB", "99999999999TB", "3 GB more"})
  void whatIsNoSizeIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> ByteSize.parse(text));
  }

  @ParameterizedTest
  @CsvSource({"0, 0 B", "999, 999 B", "1000, 1.0 kB", "1500000000, 1.5 GB", "999600, 1.0 MB", "123456789012, 123 GB",
      "9223372036854775807, 9223 PB"})
  void sizesAreWrittenForPeople(long bytes, String text) {
    assertEquals(text, ByteSize.text(bytes));
  }
}
