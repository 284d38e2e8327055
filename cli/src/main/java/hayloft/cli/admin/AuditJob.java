package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.filer.VolumeCatalog;
import hayloft.filer.audit.AuditReport;
import hayloft.filer.audit.CatalogAudit;
import hayloft.filer.audit.Finding;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Locale;
import java.util.Set;

/// Compares catalog and volumes as a job. Stateless.
final class AuditJob {

  private static final int MOST_FINDINGS_TOLD = 10_000;

  private AuditJob() {}

  /// @param only these volumes; empty for all
  static JsonNode run(VolumeCatalog catalog, Set<Integer> only, Job job) throws IOException {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ArrayNode findings = answer.putArray("findings");
    AuditReport report = catalog.audit(only, new CatalogAudit.Watcher() {
      @Override
      public void progress(String doing, long done, long total, String unit) throws InterruptedIOException {
        job.doing(doing);
        job.progress(done, total, unit);
      }

      @Override
      public void found(Finding finding) {
        job.say(name(finding.kind()) + ": needle " + finding.needle() + ", " + finding.whose());
        if (findings.size() < MOST_FINDINGS_TOLD) {
          findings.addObject().put("kind", name(finding.kind())).put("needle", finding.needle().toString())
              .put("whose", finding.whose());
        }
      }
    });
    ObjectNode counts = answer.putObject("counts");
    report.findings().forEach((kind, count) -> counts.put(name(kind), count));
    ObjectNode rows = answer.putObject("rows");
    report.rows().forEach((table, count) -> rows.put(String.valueOf(table), count));
    return answer.put("mutations", report.mutations()).put("chunks", report.chunks())
        .put("pendingChunks", report.pendingChunks()).put("unnamedBytes", report.unnamedBytes())
        .put("complete", report.complete()).put("clean", report.isClean());
  }

  private static String name(Finding.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
