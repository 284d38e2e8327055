package hayloft.cli.admin;

/// Who asks: a user with the right to administer, in one session of a shell. Immutable.
///
/// @param session as the client calls it; tells two shells of the same user apart
record Caller(String userId, String session) {

  boolean isSameSession(Caller other) {
    return equals(other);
  }

  String text() {
    return session.isEmpty() ? userId : userId + " (session " + session + ")";
  }
}
