package hayloft.cli.memory;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.log.EventLog;
import java.io.PrintWriter;

/// A plan for the eye and for programs. Immutable.
public final class MemoryTable {

  private static final EventLog LOG = EventLog.of(MemoryTable.class);

  private final MemoryPlan plan;

  public MemoryTable(MemoryPlan plan) {
    this.plan = plan;
  }

  public void print(PrintWriter out) {
    out.println("memory: " + MemoryPlan.text(plan.totalBytes()) + " (" + plan.source() + ")");
    for (MemoryPlan.Part part : plan.parts()) {
      out.println();
      out.printf("%-10s  %6d MiB  %s%n", part.name(), part.bytes() >> 20, part.use());
      out.printf("%-10s  %10s  when full: %s%n", "", "", part.atTheBound());
    }
  }

  /// As an event, with a warning if this JVM was given more heap than the plan has: then nothing holds the sum.
  public void log() {
    LOG.info("memory.planned").with("totalBytes", plan.totalBytes()).with("heapBytes", plan.heapBytes())
        .with("bufferBytes", plan.bufferBytes()).with("keyStoreBytes", plan.keyStoreBytes())
        .with("source", plan.source()).say();
    long jvmHeapBytes = Runtime.getRuntime().maxMemory();
    if (jvmHeapBytes > plan.heapBytes()) {
      LOG.warning("memory.heapDiffers").with("plannedBytes", plan.heapBytes()).with("jvmBytes", jvmHeapBytes)
          .with("options", String.join(" ", plan.jvmOptions())).say();
    }
  }

  /// `{"totalBytes", "source", "parts": [{"name", "bytes", "use", "atTheBound"}]}`.
  public void printJson(PrintWriter out) {
    ObjectNode document = new ObjectMapper().createObjectNode();
    document.put("totalBytes", plan.totalBytes()).put("source", plan.source());
    ArrayNode parts = document.putArray("parts");
    for (MemoryPlan.Part part : plan.parts()) {
      parts.addObject().put("name", part.name()).put("bytes", part.bytes()).put("use", part.use()).put("atTheBound",
          part.atTheBound());
    }
    out.println(document.toPrettyString());
  }
}
