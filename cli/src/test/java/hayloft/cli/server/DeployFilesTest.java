package hayloft.cli.server;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// The YAML files of deploy/ read as such, without an engine that would run them, and name each other rightly.
final class DeployFilesTest {

  private static final Path DEPLOY = Path.of("../deploy");

  static List<Path> yamlFiles() throws IOException {
    try (Stream<Path> files = Files.walk(DEPLOY)) {
      return files.filter(file -> file.toString().matches(".*\\.ya?ml") && !file.startsWith(DEPLOY.resolve("target")))
          .sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("yamlFiles")
  void everyFileIsYaml(Path file) throws IOException {
    assertTrue(read(file) instanceof Map<?, ?>, () -> file + " is no mapping");
  }

  /// A tag may become another image at any time.
  @Test
  void imagesOfOthersAreNamedByTheirDigest() throws IOException {
    Pattern image = Pattern.compile("(?m)^ARG JDK_IMAGE=(.*)$|_IMAGE:-([^}]*)}");
    List<String> names = new ArrayList<>();
    for (String file : List.of("Dockerfile", "docker-compose.yml", "docker-compose.observability.yml")) {
      image.matcher(Files.readString(DEPLOY.resolve(file))).results()
          .map(found -> found.group(1) == null ? found.group(2) : found.group(1))
          .filter(name -> !name.startsWith("hayloft:")).forEach(names::add);
    }
    assertEquals(4, names.size(), names::toString);
    for (String name : names) {
      assertTrue(name.matches("[a-z/-]+:[^@]+@sha256:[0-9a-f]{64}"), name);
    }
    assertEquals(names.getFirst(), names.get(1), "the Dockerfile's and docker-compose.yml's");
  }

  @Test
  void composeFilesMountWhatIsThere() throws IOException {
    var missing = new TreeSet<String>();
    for (String name : List.of("docker-compose.yml", "docker-compose.observability.yml")) {
      for (Object service : at(read(DEPLOY.resolve(name)), "services").values()) {
        for (Object volume : list(service, "volumes")) {
          String source = volume.toString().split(":", 2)[0];
          if (source.startsWith("./") && !Files.exists(DEPLOY.resolve(source))) {
            missing.add(name + " " + source);
          }
        }
      }
    }
    assertEquals(new TreeSet<>(), missing);
  }

  @Test
  void prometheusOfTheComposeFileReadsAFileThatFindsHayloftByItsService() throws IOException {
    Map<?, ?> services = at(read(DEPLOY.resolve("docker-compose.observability.yml")), "services");
    String flag = list(at(services, "prometheus"), "command").stream().map(Object::toString)
        .filter(argument -> argument.startsWith("--config.file=/etc/prometheus/")).findFirst().orElseThrow();
    Path scrape = DEPLOY.resolve("prometheus").resolve(flag.substring(flag.lastIndexOf('/') + 1));
    Object job = list(read(scrape), "scrape_configs").getFirst();
    Object target = list(list(job, "static_configs").getFirst(), "targets").getFirst();
    String[] address = target.toString().split(":", 2);
    assertTrue(services.containsKey(address[0]), () -> target + " is no service");
    Map<?, ?> scraped = at(services, address[0]);
    assertEquals(List.of(address[1]), list(scraped, "expose"), "a port that nobody scrapes, or one that is not open");
    Map<?, ?> environment = at(scraped, "environment");
    assertEquals(address[1], environment.get("HAYLOFT_ADMIN_PORT"));
    assertEquals("0.0.0.0", environment.get("HAYLOFT_ADMIN_BIND"));
    assertEquals(address[0], environment.get("HAYLOFT_KNOWN_HOST"), "the port refuses other names");
    assertFalse(environment.containsKey("HAYLOFT_BIND"), "it opens the ports of master, volumes and catalog, too");
  }

  @Test
  void theUnitBacksOffAndDoesNotRepeatAWrongConfiguration() throws IOException {
    List<String> unit = Files.readAllLines(DEPLOY.resolve("deb").resolve("hayloft.service"));
    assertTrue(
        unit.containsAll(List.of("Restart=on-failure", "RestartSec=5", "RestartSteps=8", "RestartMaxDelaySec=5min",
            "RestartPreventExitStatus=2", "StartLimitIntervalSec=1h", "StartLimitBurst=60")),
        unit.toString());
    assertTrue(unit.indexOf("StartLimitBurst=60") < unit.indexOf("[Service]"), "systemd reads it in [Unit] only");
  }

  @Test
  void theUnitIsToldWhenAStartAndAReloadAreOver() throws IOException {
    List<String> unit = Files.readAllLines(DEPLOY.resolve("deb").resolve("hayloft.service"));
    assertEquals(List.of("Type=notify"),
        unit.stream().filter(line -> line.startsWith("Type=")).toList());
    assertTrue(unit.stream().anyMatch(line -> line.equals("ExecReload=/bin/kill -HUP $MAINPID")));
  }

  private static Object read(Path file) throws IOException {
    return new Load(LoadSettings.builder().setLabel(file.toString()).build()).loadFromString(Files.readString(file));
  }

  private static Map<?, ?> at(Object map, String key) {
    return (Map<?, ?>) requireNonNull(((Map<?, ?>) map).get(key), key);
  }

  private static List<?> list(Object map, String key) {
    Object value = ((Map<?, ?>) map).get(key);
    return value == null ? List.of() : (List<?>) value;
  }
}
