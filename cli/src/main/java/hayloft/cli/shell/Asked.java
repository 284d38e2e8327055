package hayloft.cli.shell;

/// Whom a shell asks, as whom, and how it knows. Immutable.
///
/// @param endpointFrom `--endpoint`, a variable, a line of a file, or `default`
/// @param keysFrom a variable or a file
public record Asked(String endpoint, String endpointFrom, String accessKey, String keysFrom) {}
