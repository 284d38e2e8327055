package hayloft.common.placement;

/// A volume server in the topology.
///
/// @param id stable name of the server
/// @param url `host:port` that other roles reach it at
/// @param publicUrl `host:port` that clients reach it at
public record NodeAddress(String id, String url, String publicUrl, String dataCentre, String rack) {}
