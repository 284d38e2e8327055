package hayloft.filer.audit;

import java.util.Map;

/// What an audit saw. Immutable.
///
/// @param mutations live commit needles
/// @param chunks live chunk needles
/// @param pendingChunks of these, chunks whose commit is under way or whose writer is gone: the collector's business;
///   and those
/// of objects one of whose lists of chunks cannot be read
/// @param rows that were looked at, by the letter of their table
/// @param findings how many of each kind
/// @param unnamedBytes of chunks that no object refers to
/// @param complete false if there were so many findings that it gave up
public record AuditReport(long mutations, long chunks, long pendingChunks, Map<Character, Long> rows,
    Map<Finding.Kind, Long> findings, long unnamedBytes, boolean complete) {

  public AuditReport {
    rows = Map.copyOf(rows);
    findings = Map.copyOf(findings);
  }

  public boolean isClean() {
    return findings.isEmpty() && complete;
  }
}
