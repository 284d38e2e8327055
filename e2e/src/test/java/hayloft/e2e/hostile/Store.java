package hayloft.e2e.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.e2e.S3Requests;
import hayloft.e2e.ServerProcess;
import hayloft.e2e.SignatureV4;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// A server with two users: ann, who works, and eve, whose keys are right and whose intentions are not. It has 512 MiB.
/// Confined to the test that started it.
final class Store implements AutoCloseable {

  static final String ANNS_SECRET = "annsecretkey1234";
  static final String EVES_SECRET = "evesecretkey1234";
  static final String VOLUME_SECRET = "volumes' secret of the hostile tests";
  static final long MEMORY_BYTES = 512L << 20;

  private final ServerProcess server;

  private Store(ServerProcess server) {
    this.server = server;
  }

  static Store start(Path temp, String... flags) throws IOException {
    Path users = Files.createFile(temp.resolve("users.json"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(users, "[" + user("ann", ANNS_SECRET) + "," + user("eve", EVES_SECRET) + "]");
    List<String> all = new ArrayList<>(
        List.of("--admin-port", "0", "--memory", "512MiB", "--users", users.toString()));
    all.addAll(List.of(flags));
    return new Store(ServerProcess.start(temp.resolve("data"), temp.resolve("data.log"),
        Map.of("HAYLOFT_VOLUME_SECRET", VOLUME_SECRET), all.toArray(String[]::new)));
  }

  private static String user(String id, String secret) {
    return "{\"id\":\"" + id + "\",\"displayName\":\"" + id + "\",\"accessKey\":\"" + id
        + "accesskey\",\"secretKey\":\""
        + secret + "\",\"admin\":false}";
  }

  ServerProcess server() {
    return server;
  }

  S3Requests ann() {
    return new S3Requests(server.endpoint(), "annaccesskey", ANNS_SECRET);
  }

  S3Requests eve() {
    return new S3Requests(server.endpoint(), "eveaccesskey", EVES_SECRET);
  }

  SignatureV4 evesSignature() {
    return new SignatureV4(server.endpoint().getAuthority(), "eveaccesskey", EVES_SECRET);
  }

  /// A JSON Web Token for all file ids, ten minutes long.
  static String token(String secret) {
    Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
    String signed = base64.encodeToString("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(UTF_8)) + "."
        + base64.encodeToString(("{\"exp\":" + (Instant.now().getEpochSecond() + 600) + "}").getBytes(UTF_8));
    return signed + "." + base64.encodeToString(SignatureV4.hmac(secret.getBytes(UTF_8), signed));
  }

  /// Lines of the log that are none of the server's own, and errors.
  List<String> oddLines() throws IOException {
    return server.log().lines().filter(line -> !line.matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z (INFO|WARN) hayloft\\..*")
        && !line.startsWith("SLF4J(W): ") && !line.startsWith("hayloft: only ") || line.startsWith(Mutator.FORGED))
        .toList();
  }

  @Override
  public void close() throws InterruptedException {
    server.close();
  }
}
