package hayloft.cli.server;

import static java.lang.System.Logger.Level.INFO;

import hayloft.common.directory.StoreDirectories;
import hayloft.common.health.Readiness;
import hayloft.filer.User;
import hayloft.master.Master;
import hayloft.master.MasterConfig;
import hayloft.master.placement.PlacementConfig;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/// Every role in one process: builds the rooms in order and wires them together; the only class that knows them all.
/// Confined to the thread that starts it and, after that, the one that closes it.
final class StandaloneServer implements Closeable {

  private static final System.Logger LOG = System.getLogger(StandaloneServer.class.getName());

  private final ServerConfig config;
  private final Map<String, String> environment;
  private final Readiness readiness;
  /// What is open, the last opened first.
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  StandaloneServer(ServerConfig config, Map<String, String> environment, Readiness readiness) {
    this.config = config;
    this.environment = environment;
    this.readiness = readiness;
  }

  /// Opens everything; on return it serves. After a failure, [#close] still has to be called.
  void start() throws IOException {
    List<User> users = config.users().isPresent() ? UsersFile.read(config.users().get()) : List.of();
    StoreDirectories directories = opened(StoreDirectories.open(config.directories(), config.whenEmpty()));
    StoreKey.find(environment, directories.first().storeKey(), directories.isNew());
    RootCredentials root = RootCredentials.find(environment, directories.first().credentials());
    if (root.generated()) {
      System.err.println("hayloft: root credentials were generated and are kept in " + directories.first().credentials()
          + "\nhayloft:   access key " + root.accessKey() + "\nhayloft:   secret key " + root.secretKey());
    }
    LOG.log(INFO, "store.opened id={0} directories={1} new={2}", directories.storeId(), directories.all().size(),
        directories.isNew());

    readiness.starting("opening the master");
    var placement = PlacementConfig.DEFAULTS.withVolumeLimitBytes(config.volumeLimitBytes());
    opened(Master.open(directories.first().master(), new MasterConfig(placement, MasterConfig.DEFAULTS.snapshotEvery()),
        InstantSource.system()));
    LOG.log(INFO, "users.read count={0}", users.size());
  }

  private <T extends AutoCloseable> T opened(T room) {
    open.push(room);
    return room;
  }

  /// For standard output: the word `ready` and where each role listens.
  String readyLine() {
    return "hayloft ready s3=" + url(config.s3()) + " master=" + url(config.master()) + " volume="
        + url(config.volume())
        + " filer=" + url(config.filer());
  }

  /// Where a client on this machine reaches it.
  private static String url(InetSocketAddress address) {
    String host = address.getAddress().isAnyLocalAddress() ? "127.0.0.1" : address.getAddress().getHostAddress();
    return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  /// Closes in the opposite order; every room is closed, whatever others throw.
  @Override
  public void close() throws IOException {
    IOException failure = null;
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        if (failure == null) {
          failure = new IOException("could not close cleanly: " + e.getMessage(), e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
