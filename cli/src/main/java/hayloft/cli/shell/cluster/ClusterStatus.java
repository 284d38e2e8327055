package hayloft.cli.shell.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.Asked;
import hayloft.cli.shell.Column;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import hayloft.cli.shell.ShellSession;
import hayloft.cli.shell.Watch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import picocli.CommandLine.Command;

/// `cluster.status`.
@Command(name = "cluster.status", description = "What the store is, where it listens, how full it is, what is damaged, "
    + "who works on it.")
public final class ClusterStatus extends RemoteCommand {

  @Override
  protected JsonNode ask(ShellSession session, String name, ObjectNode arguments, Watch watch) throws IOException {
    JsonNode answer = super.ask(session, name, arguments, watch);
    if (answer instanceof ObjectNode status) {
      Asked asked = session.asked();
      status.putObject("asked").put("endpoint", asked.endpoint()).put("endpointFrom", asked.endpointFrom())
          .put("accessKey", asked.accessKey()).put("keysFrom", asked.keysFrom());
    }
    return answer;
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.pair("version", answer.path("version").asText());
    screen.pair("store", answer.path("store").asText() + ", durability " + answer.path("durability").asText());
    JsonNode asked = answer.path("asked");
    screen.pair("asked", asked.path("endpoint").asText() + " (" + asked.path("endpointFrom").asText() + "), as "
        + asked.path("accessKey").asText() + " (" + asked.path("keysFrom").asText() + ")");
    screen.pair("up", time(answer.path("uptimeSeconds").asLong()) + ", since " + answer.path("started").asText());
    answer.path("endpoints").forEach(one -> screen.pair(one.path("role").asText(), one.path("url").asText()));
    JsonNode volumes = answer.path("volumes");
    screen.pair("volumes", volumes.path("writable").asLong() + " writable, " + volumes.path("readOnly").asLong()
        + " read-only, " + volumes.path("sealed").asLong() + " sealed, " + volumes.path("failed").asLong() + " failed; "
        + Screen.bytes(volumes.path("sizeBytes").asLong()) + ", of which "
        + Screen.bytes(volumes.path("deadBytes").asLong()) + " dead; " + volumes.path("liveNeedles").asLong()
        + " needles");
    JsonNode catalog = answer.path("catalog");
    screen.pair("catalog", (catalog.path("stopped").asBoolean() ? "STOPPED, " : "") + catalog.path("buckets").asLong()
        + " buckets, " + catalog.path("users").asLong() + " users, about " + catalog.path("rowsEstimated").asLong()
        + " rows, epoch " + catalog.path("epoch").asLong());
    showTroubles(answer, screen);
    JsonNode scrub = answer.path("scrub");
    screen.pair("scrub", "oldest unverified byte " + time(scrub.path("debtSeconds").asLong()) + " old, period "
        + (scrub.path("periodSeconds").asLong() == 0 ? "none" : time(scrub.path("periodSeconds").asLong())) + ", "
        + Screen.bytes(scrub.path("bytesVerified").asLong()) + " verified since the start");
    screen.pair("audit log", answer.path("auditLog").asText());
    if (answer.has("lock")) {
      JsonNode lock = answer.path("lock");
      screen.warning("locked by " + lock.path("who").asText() + " (session " + lock.path("session").asText() + ") for "
          + lock.path("reason").asText() + ", until " + lock.path("until").asText());
    }
    screen.line("");
    screen.table(answer.path("disks"), "no disks", Column.text("DIRECTORY", "directory"),
        Column.bytes("TOTAL", "totalBytes"), Column.bytes("FREE", "freeBytes"), Column.bytes("RESERVE", "reserveBytes"),
        Column.yesNo("WRITABLE", "writable"), Column.count("FAILURES", "failures"));
    if (!answer.path("jobs").isEmpty()) {
      screen.line("");
      screen.table(answer.path("jobs"), "", Column.text("JOB", "job"), Column.text("ACTION", "action"),
          Column.text("WHO", "who"), Column.text("DOING", "doing"), Column.count("DONE", "done"),
          Column.count("OF", "total"), Column.text("UNIT", "unit"));
    }
    for (JsonNode damage : scrub.path("damages")) {
      damage.path("objects").forEach(name -> screen.bad("damaged: " + name.asText() + ": "
          + damage.path("what").asText()));
    }
  }

  /// Lines that are there only if something is wrong.
  private static void showTroubles(JsonNode answer, Screen screen) {
    JsonNode catalog = answer.path("catalog");
    if (catalog.path("lostTruths").asLong() > 0) {
      screen.bad(
          "lost: the newest state of " + catalog.path("lostTruths").asLong() + " things cannot be read; catalog.lost");
    }
    if (!catalog.path("givenUpVolumes").isEmpty()) {
      screen.pair("given up", "volumes " + list(catalog.path("givenUpVolumes")));
    }
    var aside = new ArrayList<String>();
    catalog.path("garbagePutAside").properties().forEach(reason -> {
      if (reason.getValue().asLong() > 0) {
        aside.add(reason.getValue().asLong() + " " + reason.getKey().replace('_', ' '));
      }
    });
    if (!aside.isEmpty()) {
      screen.pair("garbage", "put aside: " + String.join(", ", aside));
    }
    answer.path("compactionsPostponed").properties().forEach(
        volume -> screen
            .warning("compaction of volume " + volume.getKey() + " postponed: " + volume.getValue().asText()));
  }

  private static String list(JsonNode values) {
    var texts = new ArrayList<String>();
    values.forEach(value -> texts.add(value.asText()));
    return String.join(", ", texts);
  }

  private static String time(long seconds) {
    Duration time = Duration.ofSeconds(seconds);
    return time.toDays() > 0
        ? time.toDays() + " d " + time.toHoursPart() + " h"
        : time.toHours() > 0
            ? time.toHours() + " h " + time.toMinutesPart() + " min"
            : time.toMinutes() + " min "
                + time.toSecondsPart() + " s";
  }
}
