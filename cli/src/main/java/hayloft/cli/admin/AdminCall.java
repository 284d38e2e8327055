package hayloft.cli.admin;

/// A request of an administrator. Confined to it.
record AdminCall(Caller caller, Arguments arguments, String requestId) {}
