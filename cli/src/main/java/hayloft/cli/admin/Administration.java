package hayloft.cli.admin;

import hayloft.common.http.KnownHosts;
import hayloft.common.http.PortRoutes;
import hayloft.s3.auth.AccessKeys;
import hayloft.s3.auth.Secret;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Everything behind the admin port, put together. Thread-safe.
public final class Administration implements AutoCloseable {

  private final AdminPort port;
  private final DamageNames names;

  private Administration(AdminPort port, DamageNames names) {
    this.port = port;
    this.names = names;
  }

  /// Begins to log damage by the names of objects, too.
  ///
  /// @param auditLog file of the audit log; made at the first line
  /// @param hosts that the port is known as
  /// @param routes requests are counted there
  public static Administration open(AdminRooms rooms, LiveRooms live, StoreFacts facts, Path auditLog,
      InstantSource clock,
      KnownHosts hosts, int port, PortRoutes routes) {
    AccessKeys keys = accessKey -> rooms.catalog().findSigner(accessKey)
        .flatMap(user -> user.secretOf(accessKey)).map(Secret::new);
    var gate = new AdminGate(keys, facts.region(), rooms.catalog(), clock, hosts, port);
    var log = new AdminLog(auditLog, clock);
    var lock = new AdminLock(clock);
    var jobs = new Jobs(clock);
    var watches = new Watches();
    var names = new DamageNames(rooms.catalog(), rooms.volumes());
    List<AdminCommand> all = new ArrayList<>();
    all.addAll(new ClusterCommands(rooms, facts, lock, log, jobs, names, clock).commands());
    all.addAll(new LevelCommands(rooms.directories()).commands());
    all.addAll(new LiveCommands(live, watches).commands());
    all.addAll(new LogCommands().commands());
    all.addAll(new LockCommands(lock).commands());
    all.addAll(new VolumeCommands(rooms, names).commands());
    all.addAll(new BucketCommands(rooms.catalog(), facts.region()).commands());
    all.addAll(new UploadCommands(rooms.catalog(), clock).commands());
    all.addAll(new BucketRights(rooms.catalog()).commands());
    var users = new UserCommands(rooms.catalog(), facts.rootUser());
    all.addAll(users.commands());
    all.addAll(new UserTransfer(rooms.catalog(), users).commands());
    all.addAll(new TreeCommands(rooms.catalog()).commands());
    all.addAll(new CatCommand(rooms.catalog()).commands());
    all.addAll(new VersionCommands(rooms.catalog(), clock).commands());
    all.addAll(new CatalogCommands(rooms).commands());
    Map<String, AdminCommand> byName = new LinkedHashMap<>();
    all.forEach(command -> byName.put(command.name(), command));
    names.watch();
    return new Administration(new AdminPort(gate, log, lock, jobs, watches, byName, routes), names);
  }

  public AdminPort port() {
    return port;
  }

  /// Cancels jobs and waits for them; to be called before the rooms close.
  @Override
  public void close() {
    try {
      port.close();
    } finally {
      names.close();
    }
  }
}
