package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.filer.User;
import hayloft.filer.users.StoreKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Root credentials, the store's key and the users file.
final class SecretsTest {

  @TempDir
  private Path directory = Path.of("");

  private Path credentials() {
    return directory.resolve("credentials.json");
  }

  private Path key() {
    return directory.resolve("store.key");
  }

  @Test
  void rootCredentialsAreGeneratedOnceForTheirOwnerOnly() throws IOException {
    RootCredentials made = RootCredentials.find(Map.of(), credentials());
    assertTrue(made.generated());
    assertEquals(20, made.accessKey().length());
    assertEquals(40, made.secretKey().length());
    assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(credentials()));
    assertEquals(new RootCredentials(made.accessKey(), made.secretKey(), credentials().toString(), false),
        RootCredentials.find(Map.of(), credentials()));
    assertFalse(made.toString().contains(made.secretKey()));
  }

  @Test
  void damagedRootCredentialsAreToldAndOldOrEditedOnesNeedNoSum() throws IOException {
    RootCredentials made = RootCredentials.find(Map.of(), credentials());
    String text = Files.readString(credentials());
    Files.writeString(credentials(), text.replace(made.secretKey(), "x" + made.secretKey().substring(1)));
    var refusal = assertThrows(IOException.class, () -> RootCredentials.find(Map.of(), credentials()));
    assertTrue(("" + refusal.getMessage()).startsWith(credentials() + " is damaged: its checksum says "),
        refusal.toString());
    assertTrue(("" + refusal.getMessage()).contains("remove it to have new ones generated"), refusal.toString());
    Files.writeString(credentials(), "{\"accessKey\": \"me\", \"secretKey\": \"mine\"}");
    assertEquals("mine", RootCredentials.find(Map.of(), credentials()).secretKey());
    Files.writeString(credentials(), "{\"accessKey\": \"me\"}");
    assertThrows(IOException.class, () -> RootCredentials.find(Map.of(), credentials()));
    Files.writeString(credentials(), "");
    refusal = assertThrows(IOException.class, () -> RootCredentials.find(Map.of(), credentials()));
    assertTrue(("" + refusal.getMessage()).startsWith(credentials() + " is damaged: it is empty"), refusal.toString());
  }

  @Test
  void theEnvironmentSetsRootCredentialsInThisOrder() throws IOException {
    var all = Map.of("HAYLOFT_ROOT_USER", "a", "HAYLOFT_ROOT_PASSWORD", "1", "AWS_ACCESS_KEY_ID", "b",
        "AWS_SECRET_ACCESS_KEY", "2");
    assertEquals(new RootCredentials("a", "1", "HAYLOFT_ROOT_USER", false), RootCredentials.find(all, credentials()));
    var minio = Map.of("MINIO_ROOT_USER", "c", "MINIO_ROOT_PASSWORD", "3");
    assertEquals(new RootCredentials("c", "3", "MINIO_ROOT_USER", false), RootCredentials.find(minio, credentials()));
    assertFalse(Files.exists(credentials()));
    assertThrows(IllegalArgumentException.class,
        () -> RootCredentials.find(Map.of("HAYLOFT_ROOT_USER", "a"), credentials()));
  }

  @Test
  void theStoreKeyIsMadeForANewStoreOnly() throws IOException {
    assertThrows(IOException.class, () -> StoreKeyFile.find(Map.of(), key(), false));
    StoreKey made = StoreKeyFile.find(Map.of(), key(), true);
    assertEquals(StoreKey.BYTES, Files.size(key()));
    assertEquals(made, StoreKeyFile.find(Map.of(), key(), false));
  }

  @Test
  void theStoreKeyIsReadFromTheEnvironmentInHexAndBase64() throws IOException {
    byte[] bytes = new byte[StoreKey.BYTES];
    bytes[5] = 77;
    assertEquals(new StoreKey(bytes),
        StoreKeyFile.find(Map.of("HAYLOFT_STORE_KEY", HexFormat.of().formatHex(bytes)), key(), false));
    assertEquals(new StoreKey(bytes),
        StoreKeyFile.find(Map.of("HAYLOFT_STORE_KEY", Base64.getEncoder().encodeToString(bytes)), key(), false));
    assertThrows(IOException.class, () -> StoreKeyFile.find(Map.of("HAYLOFT_STORE_KEY", "short"), key(), true));
  }

  @Test
  void aStoreKeyThatOthersCanReadOrThatIsCutIsRefused() throws IOException {
    StoreKeyFile.find(Map.of(), key(), true);
    Files.setPosixFilePermissions(key(), PosixFilePermissions.fromString("rw-r-----"));
    var refusal = assertThrows(IOException.class, () -> StoreKeyFile.find(Map.of(), key(), true));
    assertTrue(refusal.toString().contains("chmod 600"), refusal.toString());
    Files.write(key(), new byte[31]);
    assertThrows(IOException.class, () -> StoreKeyFile.find(Map.of(), key(), true));
  }

  @Test
  void theUsersFileIsReadAndItsMistakesAreNamed() throws IOException {
    Path file = directory.resolve("users.json");
    Files.writeString(file, """
        [{"id": "alice", "displayName": "Alice", "accessKey": "A", "secretKey": "s", "admin": true},
         {"id": "bob", "accessKey": "B", "secretKey": "t"}]""");
    assertEquals(List.of(new User("alice", "Alice", "A", "s", true), new User("bob", "bob", "B", "t", false)),
        UsersFile.read(file));
    refused(file, "[{\"id\": \"alice\", \"accessKey\": \"A\"}]", "user 1 (alice) has no secretKey");
    refused(file, "{}", "must be a list");
    refused(file, "[", "is not JSON");
    refused(file,
        "[{\"id\":\"a\",\"accessKey\":\"A\",\"secretKey\":\"s\"},"
            + "{\"id\":\"b\",\"accessKey\":\"A\",\"secretKey\":\"s\"}]",
        "have one access key");
  }

  private static void refused(Path file, String json, String expected) throws IOException {
    Files.writeString(file, json);
    var refusal = assertThrows(IOException.class, () -> UsersFile.read(file));
    assertTrue(refusal.toString().contains(expected), refusal.toString());
  }
}
