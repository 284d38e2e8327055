package hayloft.filer;

/// The answer to [Catalog#putPart].
public sealed interface PartOutcome {
  record Stored(Part part) implements PartOutcome {}

  record NoSuchUpload() implements PartOutcome {}
}
