package hayloft.cli.server;

import hayloft.cli.config.WrongConfigurationException;
import hayloft.common.directory.DurableFile;
import hayloft.common.directory.OwnerOnly;
import hayloft.filer.users.StoreKey;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Where the key that seals the secrets of a store is kept. Stateless.
///
/// The file is the bare key and carries no checksum: a sealed secret tells another key from its own, and every store
/// has one of the administrator's, which is opened at each start.
final class StoreKeyFile {

  private static final String VARIABLE = "HAYLOFT_STORE_KEY";

  private StoreKeyFile() {}

  /// From the environment, else from the file. A new store gets a new key, which is durable on return.
  ///
  /// @param mayGenerate whether no secret can have been sealed yet
  /// @throws IOException if there is no usable key; the message says what to do
  static StoreKey find(Map<String, String> environment, Path file, boolean mayGenerate) throws IOException {
    String set = environment.getOrDefault(VARIABLE, "");
    if (!set.isEmpty()) {
      return parse(set);
    }
    Optional<byte[]> there = DurableFile.readIfThere(file);
    if (there.isPresent()) {
      return read(there.get(), file);
    }
    if (!mayGenerate) {
      throw new WrongConfigurationException(
          "the store's key " + file + " is missing, and without it the secrets in the store cannot be read. Restore it"
              + " from a backup, or set " + VARIABLE);
    }
    byte[] bytes = new byte[StoreKey.BYTES];
    new SecureRandom().nextBytes(bytes);
    DurableFile.replace(file, bytes);
    return new StoreKey(bytes, file.toString());
  }

  /// Looks at the variable alone, before anything is made.
  static void requireFit(Map<String, String> environment) throws IOException {
    String set = environment.getOrDefault(VARIABLE, "");
    if (!set.isEmpty()) {
      parse(set);
    }
  }

  private static StoreKey parse(String text) throws IOException {
    try {
      byte[] bytes = text.length() == 2 * StoreKey.BYTES
          ? HexFormat.of().parseHex(text)
          : Base64.getDecoder().decode(text);
      if (bytes.length == StoreKey.BYTES) {
        return new StoreKey(bytes, VARIABLE);
      }
    } catch (IllegalArgumentException e) {
      throw new WrongConfigurationException(
          VARIABLE + " must be 32 bytes in hex or base64, as openssl rand -hex 32 prints", e);
    }
    throw new WrongConfigurationException(
        VARIABLE + " must be 32 bytes in hex or base64, as openssl rand -hex 32 prints");
  }

  private static StoreKey read(byte[] bytes, Path file) throws IOException {
    if (bytes.length != StoreKey.BYTES) {
      throw new WrongConfigurationException(
          file + " has " + bytes.length + " bytes where " + StoreKey.BYTES + " belong. Restore it from a backup");
    }
    Set<PosixFilePermission> permissions = OwnerOnly.beyondOwner(file);
    if (!permissions.isEmpty()) {
      throw new WrongConfigurationException(
          file + " can be read by others than its owner (" + permissions + "). Run chmod 600 on it");
    }
    return new StoreKey(bytes, file.toString());
  }
}
