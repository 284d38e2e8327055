package hayloft.filer.keystore;

/// What a key store occupies.
///
/// @param rows an estimate
public record StoreSizes(long memoryBytes, long fileBytes, long rows) {}
