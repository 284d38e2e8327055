package hayloft.cli.server;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import hayloft.cli.logging.Logging;
import hayloft.cli.ProgramVersion;
import hayloft.cli.admin.AdminRooms;
import hayloft.cli.admin.Administration;
import hayloft.cli.admin.LiveRooms;
import hayloft.cli.admin.SecretKeys;
import hayloft.cli.admin.StoreFacts;
import hayloft.cli.config.Variables;
import hayloft.cli.logging.Logging;
import hayloft.cli.memory.MemoryPlan;
import hayloft.cli.memory.MemoryTable;
import hayloft.common.directory.DataDirectory;
import hayloft.common.directory.DiskSpace;
import hayloft.common.directory.NamedFault;
import hayloft.common.directory.OwnerOnly;
import hayloft.common.directory.StoreDirectories;
import hayloft.common.health.HealthHandler;
import hayloft.common.health.Readiness;
import hayloft.common.http.HostAndPort;
import hayloft.common.http.EventLoops;
import hayloft.common.http.HttpHandler;
import hayloft.common.http.HttpServer;
import hayloft.common.http.HttpServerConfig;
import hayloft.common.http.JsonAnswer;
import hayloft.common.http.KnownHosts;
import hayloft.common.http.PortRoutes;
import hayloft.common.http.SiteGuard;
import hayloft.common.log.EventLog;
import hayloft.common.log.LogLine;
import hayloft.common.metrics.FigureSources;
import hayloft.common.metrics.MemoryFigures;
import hayloft.common.metrics.MetricsPage;
import hayloft.common.metrics.OtlpExport;
import hayloft.common.metrics.OtlpTarget;
import hayloft.common.metrics.ProcessFigures;
import hayloft.common.placement.NodeAddress;
import hayloft.common.token.FileIdAccess;
import hayloft.common.volume.NeedleDraft;
import hayloft.filer.CatalogConfig;
import hayloft.filer.User;
import hayloft.filer.VolumeCatalog;
import hayloft.filer.body.BodyConfig;
import hayloft.filer.commit.LeaseConfig;
import hayloft.filer.keystore.KeyStoreConfig;
import hayloft.filer.keystore.RocksStore;
import hayloft.filer.users.StoreKey;
import hayloft.master.Master;
import hayloft.master.MasterConfig;
import hayloft.master.http.BlobAssigner;
import hayloft.master.http.MasterHttp;
import hayloft.master.placement.PlacementConfig;
import hayloft.s3.GatewayConfig;
import hayloft.s3.ReadySwitch;
import hayloft.s3.S3Gateway;
import hayloft.s3.SignatureGate;
import hayloft.s3.StreamDigests;
import hayloft.s3.auth.AuthConfig;
import hayloft.s3.auth.Authenticator;
import hayloft.s3.auth.Secret;
import hayloft.s3.record.AccessLog;
import hayloft.s3.record.RequestRecords;
import hayloft.s3.record.SlowRequestLog;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.http.VolumeHttp;
import hayloft.volume.store.VolumeStore;
import hayloft.volume.store.VolumeStoreConfig;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/// Every role in one process: builds the rooms in order and wires them together; the only class that knows them all.
/// Confined to the thread that starts it and, after that, the one that closes it.
final class StandaloneServer implements Closeable {

  private static final EventLog LOG = EventLog.of(StandaloneServer.class);

  private static final Duration LOOPS_ANSWER_WITHIN = Duration.ofSeconds(2);
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final int ADMIN_CONNECTIONS = 1024;
  private static final int PORTS = 5;
  private static final int PROBE_BYTES = 1 << 20;
  private static final String PROBE = "write-probe.sst";
  /// By the names of files that the key store makes when it is opened, which is what disks and tests that fail on some
  /// files go by; to the key store they are none of its own.
  private static final List<String> CATALOG_PROBES = List.of(PROBE, "MANIFEST-probe", "OPTIONS-probe",
      "write-probe.dbtmp");
  private static final String UNTIL_STARTED_AGAIN = " until it starts again, which it does by itself once the disk"
      + " takes writes";
  private static final Duration BETWEEN_PROGRESS_LINES = Duration.ofSeconds(2);

  private final ServerConfig config;
  private final Watching watching;
  private final Map<String, String> environment;
  private final Readiness readiness;
  private final int startsAgain;
  private final FigureSources figures = new FigureSources();
  private final MetricsPage metrics;
  private volatile Optional<AccessLog> accessLog = Optional.empty();
  /// What is open besides the ports, the last opened first.
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final List<HttpServer> ports = new ArrayList<>();
  private final List<Map.Entry<String, String>> endpoints = new ArrayList<>();
  private List<DataDirectory> dataDirectories = List.of();
  /// Holds requests during the start.
  private volatile Optional<ReadySwitch> waiting = Optional.empty();
  private String credentialsPlace = "";
  private final CompletableFuture<Void> startHelps = new CompletableFuture<>();
  private Optional<CertificateInForce> certificate = Optional.empty();

  StandaloneServer(ServerConfig config, Watching watching, Map<String, String> environment, Readiness readiness) {
    this(config, watching, environment, readiness, 0);
  }

  private StandaloneServer(ServerConfig config, Watching watching, Map<String, String> environment, Readiness readiness,
      int startsAgain) {
    this.config = config;
    this.watching = watching;
    this.metrics = new MetricsPage(figures, watching.metricsToken());
    this.environment = environment;
    this.readiness = readiness;
    this.startsAgain = startsAgain;
  }

  /// Opens everything; on return it serves. After a failure, [#close] still has to be called.
  ///
  /// Ports listen first, so that probes see a start that takes long; what they serve comes when it is there.
  void start() throws IOException {
    InstantSource clock = InstantSource.system();
    List<User> users = config.users().isPresent() ? UsersFile.read(config.users().get()) : List.of();
    StoreDirectories directories = opened(StoreDirectories.open(config.directories(), config.whenEmpty()));
    DiskDefaults disks = DiskDefaults.of(directories.all());
    // Its log is locked too, and a process that does not have all locks changes nothing.
    long volumeLimitBytes = config.volumeLimitBytes().orElse(disks.volumeLimitBytes());
    Master master = opened(openMaster(directories, disks.volumesPerStream(), volumeLimitBytes, clock));
    StoreKey key = StoreKeyFile.find(environment, directories.first().storeKey(), directories.isNew());
    RootCredentials root = RootCredentials.find(environment, directories.first().credentials());
    dataDirectories = directories.all();
    credentialsPlace = root.place();
    if (root.generated()) {
      tellOf(root, directories.first().credentials());
    }
    warnOfWeakSecrets(root, users, config.access());
    LOG.info("store.opened").with("id", directories.storeId()).with("directories", directories.all().size())
        .with("new", directories.isNew()).say();
    Exposure.warn(config, watching.secretFiles());
    if (config.admin().isInClear(config.tls().isPresent())) {
      LOG.warning("admin.withoutTls").with("address", config.admin().address().getAddress().getHostAddress())
          .with("advice", "give --tls-cert and --tls-key, or leave --admin-bind out").say();
    }

    MemoryPlan memory = config.memory();
    new MemoryTable(memory).log();
    figures.add(new ProcessFigures(ProgramVersion.numberAndCommit()));
    figures.add(new StoreFigures(readiness, config.durability(), startsAgain));
    RequestRecords records = openRecords();
    otlpTarget(directories).ifPresent(target -> opened(OtlpExport.start(target, figures)));
    EventLoops loops = opened(EventLoops.start());
    if (config.tls().isPresent()) {
      certificate = Optional.of(opened(CertificateInForce.start(config.tls().get(), clock)));
    }
    GatewayConfig gatewayConfig = GatewayConfig.DEFAULTS.on(config.domains(), config.region(), config.durability());
    ReadySwitch s3 = new ReadySwitch(gatewayConfig, readiness, records);
    waiting = Optional.of(s3);
    RolePort masterPort = rolePort("master");
    RolePort volumePort = rolePort("volume");
    RolePort filerPort = rolePort("filer");
    HttpServerConfig http = HttpServerConfig.DEFAULTS.withMaxBufferedBytes(memory.connectionBytes());
    listen("s3", config.s3(), http.withMaxConnections(config.maxConnections()), s3, loops);
    HttpServer s3Port = ports.getLast();
    // all ports live from one memory: what strangers may have of five together must leave enough
    HttpServerConfig ofRoles = http.withMaxHeapBytes(http.maxHeapBytes() / 2);
    HttpServerConfig ofSmallAnswers = ofRoles.withMaxBufferedBytes(memory.smallPortBytes());
    String masterAddress = HostAndPort.of(listen(masterPort, config.master(), ofSmallAnswers, loops));
    InetSocketAddress volumeAddress = listen(volumePort, config.volume(),
        ofRoles.withMaxBufferedBytes(memory.volumePortBytes()), loops);
    listen(filerPort, config.filer(), ofSmallAnswers, loops);

    RolePort adminPort = rolePort("admin");
    InetSocketAddress adminAddress = listenForAdministrators(adminPort,
        ofSmallAnswers.withMaxConnections(ADMIN_CONNECTIONS), loops);

    readiness.starting("opening volumes");
    String volumeHost = HostAndPort.of(volumeAddress);
    VolumeStore volumes = opened(VolumeStore.open(
        VolumeStoreConfig.DEFAULTS.withMinFreeBytes(config.minFreeBytes().orElse(disks.minFreeBytes()))
            .withCompaction(config.compaction()).withScrub(config.scrub()),
        folders(directories), new NodeAddress(directories.first().id().toString(), volumeHost, volumeHost,
            "DefaultDataCenter", "DefaultRack"),
        directories.storeId(), clock, loops.allocator()));
    figures.add(volumes.figures());

    figures.add(master.figures());
    master.register(volumes);
    open.push(master::rest); // it creates and seals volumes: not while they are closed
    FileIdAccess fileIds = config.access().fileIds(clock);
    BlobAssigner assigner = new BlobAssigner(master);
    masterPort.handler().serve(new MasterHttp(master, assigner, masterAddress, fileIds, masterPort.routes()));
    filerPort.handler().serve(
        exchange -> JsonAnswer.error(exchange, 404, "the catalog's port has /healthz, /readyz and /metrics only"));

    readiness.starting("opening the catalog");
    CatalogConfig catalogConfig = CatalogConfig.defaults(directories.storeId().toString(), config.durability())
        .withLeases(LeaseConfig.DEFAULTS.withVolumesPerStream(disks.volumesPerStream()))
        .withCollector(config.collector())
        .withMemory(KeyStoreConfig.DEFAULTS.withMemory(memory.keyStoreBytes(), memory.writeBufferBytes()),
            BodyConfig.DEFAULTS.withMemoryBytes(memory.bodyBytes()).forVolumesOf(volumeLimitBytes));
    VolumeCatalog catalog = opened(VolumeCatalog.open(catalogConfig, directories.first().catalog(),
        volumes, master, key, clock, new ReplayReport(readiness, BETWEEN_PROGRESS_LINES), loops.memory()));
    CompletableFuture.anyOf(catalog.startHelps(), master.startHelps()).thenRun(() -> startHelps.complete(null));
    readiness.watch(() -> halted(master, catalog));
    UserSetup.apply(catalog, root, users);
    figures.add(catalog.figures());
    if (watching.bucketFigures() > 0) {
      figures.add(opened(BucketFigures.start(catalog, clock, watching.bucketFigures())));
    }
    figures.add(new MemoryFigures(loops.memory(), () -> catalog.storeSizes().memoryBytes(),
        catalogConfig.keyStore().memoryBytes()));

    volumePort.handler()
        .serve(
            new VolumeHttp(volumes, volumes, volumes, assigner, catalog::markDead, config.durability(), fileIds, clock,
                memory.blobUploadBytes(), largestBlobBytes(volumeLimitBytes), volumePort.routes()));

    AuthConfig signatures = new AuthConfig(config.region(), false, config.signatureV2(), AuthConfig.DEFAULTS.maxSkew());
    Authenticator authenticator = new Authenticator(
        accessKey -> secretOf(catalog, accessKey), signatures,
        clock);
    Administration administration = opened(Administration.open(new AdminRooms(catalog, volumes, master, directories),
        new LiveRooms(records.taps(), () -> s3Port.underWay(LOOPS_ANSWER_WITHIN)),
        new StoreFacts(directories.storeId().toString(), config.directories(), endpoints, config.durability(),
            config.region(), UserSetup.ROOT_ID, config.scrub().period(), clock.instant()),
        config.admin().log().orElse(directories.first().path().resolve("admin.log")), clock,
        hostsOf(config.admin().address()), adminAddress.getPort(), adminPort.routes()));
    adminPort.handler().serve(administration.port());
    s3.open(
        new S3Gateway(catalog, new SignatureGate(authenticator), new StreamDigests(), gatewayConfig, clock, records));
  }

  /// A person sees the generated credentials once; a log that programs collect is no place for a secret.
  private static void tellOf(RootCredentials generated, Path file) {
    if (Logging.isOnlyJson()) {
      LOG.info("credentials.generated").with("accessKey", generated.accessKey()).with("in", file).say();
    } else {
      System.err.println("hayloft: root credentials were generated and are kept in " + file + "\nhayloft:   access key "
          + generated.accessKey() + "\nhayloft:   secret key " + generated.secretKey());
    }
  }

  private static void warnOfWeakSecrets(RootCredentials root, List<User> users, PortAccess access) {
    access.weakness().ifPresent(why -> LOG.warning("fileIds.weakSecret").with("from", Variables.VOLUME_SECRET)
        .with("reason", "it " + why).say());
    SecretKeys.weakness(root.accessKey(), root.secretKey())
        .ifPresent(why -> LOG.warning("user.weakSecret").with("id", UserSetup.ROOT_ID)
            .with("from", root.place()).with("reason", "it " + why).say());
    users.forEach(
        user -> SecretKeys.weakness(user.accessKey(), user.secretKey()).ifPresent(why -> LOG.warning("user.weakSecret")
            .with("id", user.id()).with("from", "--users").with("reason", "it " + why).say()));
  }

  private static Master openMaster(StoreDirectories directories, int volumesPerStream, long volumeLimitBytes,
      InstantSource clock) throws IOException {
    PlacementConfig placement = PlacementConfig.DEFAULTS.withOpenVolumes(volumesPerStream)
        .withVolumeLimitBytes(volumeLimitBytes);
    return Master.open(directories.first().master(),
        new MasterConfig(placement, MasterConfig.DEFAULTS.snapshotEvery()), clock);
  }

  /// Why nothing is changed any more, for anybody to read: no paths, which the log names.
  private static Optional<String> halted(Master master, VolumeCatalog catalog) {
    if (catalog.isStopped()) {
      return Optional.of(catalog.gaveWay()
          ? "another process has taken the catalog over: only reads are answered here"
          : "the catalog has stopped after a fault: only reads are answered" + UNTIL_STARTED_AGAIN);
    }
    if (catalog.isWithoutFence()) {
      return Optional.of("a directory of volumes cannot be written to, so nothing can be changed;"
          + " the log says which (epoch.notFenced), and it is tried again");
    }
    return master.isStopped()
        ? Optional
            .of("the master has stopped after a fault of its disk: no volumes and no ids are given out, and changes"
                + " go on only as long as those last that there are," + UNTIL_STARTED_AGAIN)
        : Optional.empty();
  }

  /// Of a volume a sixteenth is held back, and something is around the blob.
  private static int largestBlobBytes(long volumeLimitBytes) {
    return (int) Math.min(NeedleDraft.MAX_DATA_BYTES, volumeLimitBytes - volumeLimitBytes / 8);
  }

  /// Opened before everything that logs requests, so that it is closed behind it.
  private RequestRecords openRecords() throws IOException {
    if (watching.accessLog().isPresent()) {
      accessLog = Optional.of(opened(AccessLog.open(watching.accessLog().get(), watching.accessLogFormat())));
    }
    Optional<SlowRequestLog> slowLog = watching.slowRequest().map(threshold -> opened(new SlowRequestLog(threshold)));
    RequestRecords records = new RequestRecords(accessLog, slowLog);
    figures.add(records);
    return records;
  }

  /// Where figures are sent, if anywhere.
  private Optional<OtlpTarget> otlpTarget(StoreDirectories directories) {
    return watching.otlpEndpoint().map(endpoint -> new OtlpTarget(endpoint, watching.otlpInterval(),
        OtlpHeaders.of(environment),
        Map.of("service.name", "hayloft", "service.version", ProgramVersion.numberAndCommit(), "service.instance.id",
            directories.storeId().toString())));
  }

  /// After log files were renamed.
  void reopenLogs() {
    accessLog.ifPresent(AccessLog::reopen);
  }

  /// Asked for by every request: nearly all come with their user's first key, which costs no more than a comparison.
  private static Optional<Secret> secretOf(VolumeCatalog catalog, String accessKey) {
    Optional<User> user = catalog.findSigner(accessKey);
    return user.isPresent() && user.get().accessKey().equals(accessKey)
        ? Optional.of(new Secret(user.get().secretKey()))
        : user.flatMap(found -> found.secretOf(accessKey)).map(Secret::new);
  }

  private static List<VolumeStore.Folder> folders(StoreDirectories directories) throws IOException {
    List<VolumeStore.Folder> folders = new ArrayList<>();
    for (DataDirectory directory : directories.all()) {
      folders.add(new VolumeStore.Folder(new FileDisk(directory.volumes()), ""));
    }
    return folders;
  }

  /// A port other than S3's, which can listen before what it serves is there.
  ///
  /// @param routes by which its requests are counted
  private record RolePort(String role, PortRoutes routes, HealthHandler handler) {}

  private RolePort rolePort(String role) {
    var routes = new PortRoutes(role);
    figures.add(routes);
    return new RolePort(role, routes, new HealthHandler(readiness, routes));
  }

  private InetSocketAddress listen(RolePort port, InetSocketAddress address, HttpServerConfig limits, EventLoops loops)
      throws IOException {
    return listen(port.role(), address, limits,
        new SiteGuard(metrics.before(port.handler(), port.routes()), hostsOf(address), port.routes()), loops);
  }

  private KnownHosts hostsOf(InetSocketAddress address) {
    return new KnownHosts(address.getAddress(), Set.copyOf(config.access().knownHosts()),
        () -> certificate.stream().flatMap(CertificateInForce::names));
  }

  private InetSocketAddress listen(String role, InetSocketAddress address, HttpServerConfig limits, HttpHandler handler,
      EventLoops loops) throws IOException {
    HttpServer server;
    try {
      server = HttpServer.start(limits, address, handler, loops, certificate.map(CertificateInForce::tls));
    } catch (IOException e) {
      throw PortFault.of(role, address, e);
    }
    figures.add(server.figures(role));
    ports.add(server);
    endpoints.add(
        Map.entry(role, (certificate.isPresent() ? "https://" : "http://") + HostAndPort.of(server.localAddress())));
    return server.localAddress();
  }

  /// Unless a certain port was asked for, the usual one being taken, by another store of this machine, is no reason not
  /// to start.
  private InetSocketAddress listenForAdministrators(RolePort port, HttpServerConfig limits, EventLoops loops)
      throws IOException {
    InetSocketAddress wanted = config.admin().address();
    try {
      return listen(port, wanted, limits, loops);
    } catch (IOException e) {
      if (!config.admin().orAnyPort()) {
        throw e;
      }
      InetSocketAddress taken = listen(port, new InetSocketAddress(wanted.getAddress(), 0), limits, loops);
      LOG.info("admin.portTaken").with("usual", wanted.getPort()).with("instead", taken.getPort()).say();
      return taken;
    }
  }

  private <T extends AutoCloseable> T opened(T room) {
    open.push(room);
    return room;
  }

  /// Ends once catalog or master have stopped after a fault that a start gets over.
  CompletableFuture<Void> startHelps() {
    return startHelps;
  }

  /// One that is yet to be started, of the same store, on the ports that this one has got. If its start failed before
  /// it had them all, it was a successor itself.
  StandaloneServer successor() {
    List<Integer> had = ports.stream().map(port -> port.localAddress().getPort()).toList();
    return new StandaloneServer(had.size() == PORTS ? config.on(had) : config, watching, environment, readiness,
        startsAgain + 1);
  }

  /// Whether a start would find all that it needs, as far as can be found out before: files of every kind that it
  /// writes can be written, and the catalog be opened. It would be wrong to end what answers reads for a start that
  /// fails, and both cannot be open at a time, since there is one catalog, and one process holds the locks. A
  /// catalog's folder that is missing a start makes anew.
  ///
  /// @throws IOException why not
  void probeWriting() throws IOException {
    DataDirectory first = dataDirectories.getFirst();
    probeWriting(first.master(), PROBE);
    if (Files.exists(first.catalog())) {
      for (String name : CATALOG_PROBES) {
        probeWriting(first.catalog(), name);
      }
      RocksStore.requireReadable(first.catalog());
    }
    for (DataDirectory directory : dataDirectories) {
      probeWriting(directory.path(), PROBE);
    }
  }

  private static void probeWriting(Path folder, String name) throws IOException {
    Path probe = folder.resolve(name);
    try (var file = OwnerOnly.open(probe, CREATE, TRUNCATE_EXISTING, WRITE)) {
      var bytes = ByteBuffer.allocate(PROBE_BYTES);
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(true);
    } catch (NoSuchFileException e) {
      throw new IOException(folder + " is missing: stop the server before you move it", e);
    } catch (IOException e) {
      throw NamedFault.of(probe, e);
    } finally {
      Files.deleteIfExists(probe);
    }
  }

  /// After a start that failed: nobody waits for it any longer, until it is closed.
  void endWaiting() {
    readiness.starting("the last try to start again after a fault has failed; the log says why"
        + " (server.notStartedAgain), and it is tried again");
    waiting.ifPresent(ReadySwitch::endWaiting);
  }

  /// For standard output: the word `ready` and where each role listens.
  String readyLine() {
    return "hayloft ready " + endpoints.stream().map(endpoint -> endpoint.getKey() + "=" + endpoint.getValue())
        .collect(Collectors.joining(" "));
  }

  /// Adds where the roles are found.
  LogLine tellEndpoints(LogLine line) {
    endpoints.forEach(endpoint -> line.with(endpoint.getKey(), endpoint.getValue()));
    return line;
  }

  /// @param configuration the file that was used
  Greeting greeting(Optional<Path> configuration) throws IOException {
    List<Greeting.Space> spaces = new ArrayList<>();
    for (DataDirectory directory : dataDirectories) {
      spaces.add(new Greeting.Space(directory.path(), DiskSpace.of(directory.path())));
    }
    return new Greeting(List.copyOf(endpoints), config.s3().getAddress().isAnyLocalAddress(), spaces,
        config.durability(), credentialsPlace, configuration);
  }

  /// Client connections on the S3 port from now on; those that are open stay.
  void limitConnections(int most) {
    ports.getFirst().limitConnections(most);
  }

  /// Reads the certificate again, for new connections.
  ///
  /// @return whether it can be changed at all: ports that were opened with TLS stay so, and so do those without
  boolean renewCertificate(Optional<TlsFiles> files) {
    if (certificate.isPresent() && files.isPresent()) {
      certificate.get().renew(files.get());
    }
    return certificate.isPresent() && files.isPresent();
  }

  /// First the ports, all at once: none accepts any more, and requests under way get [#GRACE] to end while everything
  /// that they need is still open. Then the rooms, in the opposite order; every room is closed, whatever others throw.
  @Override
  public void close() throws IOException {
    stopPorts();
    closeAll(open);
  }

  static void closeAll(Deque<AutoCloseable> open) throws IOException {
    IOException failure = null;
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Throwable e) { // an Error too: what stays open is in the way of the next start
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

  private void stopPorts() {
    List<Thread> stopping = new ArrayList<>();
    for (HttpServer port : ports) {
      try {
        stopping.add(Thread.ofPlatform().name("stop-port").start(() -> stop(port)));
      } catch (OutOfMemoryError _) { // no thread to be had: one after the other
        stop(port);
      }
    }
    boolean interrupted = false;
    for (Thread thread : stopping) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException _) { // stopping is bounded: it is waited for all the same
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void stop(HttpServer port) {
    try {
      port.stop(GRACE);
    } catch (RuntimeException | Error e) { // the others stop, and the rooms are closed
      LOG.error("server.portNotStopped").with("address", port.localAddress()).say(e);
    }
  }
}
