package hayloft.common.token;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FileIdAccessTest {

  private static final String FILE = "3,01637037d6";

  private final FileTokens tokens = new FileTokens("secret", InstantSource.fixed(Instant.EPOCH));
  private final FileIdAccess access = new FileIdAccess.ByToken(tokens);
  private final String token = tokens.signForAll(Duration.ofHours(1));

  private void assertAllowed(boolean expected, String query, String... authorization) {
    var headers = new DefaultHttpHeaders().add(HttpHeaderNames.AUTHORIZATION, List.of(authorization));
    var target = new QueryStringDecoder("/dir/assign" + query);
    assertEquals(expected, access.allowsAll(headers, target), query);
    assertEquals(expected, access.allows(headers, target, FILE), query);
  }

  @Test
  void aTokenIsInTheHeaderOrInTheQuery() {
    assertAllowed(true, "", "Bearer " + token);
    assertAllowed(true, "", "bearer  " + token);
    assertAllowed(true, "?jwt=" + token);
    assertAllowed(true, "?jwt=" + token + "&jwt=" + token);
    assertAllowed(false, "");
    assertAllowed(false, "?jwt=" + token, "Bearer x");
  }

  @Test
  void ofSeveralTokensNoneCounts() {
    assertAllowed(false, "?jwt=" + token + "&jwt=x");
    assertAllowed(false, "?jwt=x&jwt=" + token);
    assertAllowed(false, "?jwt=" + token + "&jwt=");
    assertAllowed(false, "", "Bearer " + token, "Bearer x");
    assertAllowed(false, "", "Bearer x", "Bearer " + token);
    assertAllowed(false, "", "Bearer " + token, "Basic x");
    assertAllowed(false, "?jwt=" + token, "Basic x", "Basic y");
  }
}
