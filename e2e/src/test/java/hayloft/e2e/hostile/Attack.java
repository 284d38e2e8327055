package hayloft.e2e.hostile;

import java.net.URI;
import java.time.Duration;

/// What each connection of a crowd does.
///
/// @param sender who it claims to be
/// @param connections how many it takes where descriptors and time allow
/// @param every how often what trickles is sent again; zero for never
/// @param reads whether answers are taken; who does not take them does not see either that the server has left
record Attack(String name, String sender, URI to, int connections, Opening opening, byte[] trickle, Duration every,
    boolean reads) {

  /// What a connection sends first.
  interface Opening {
    byte[] bytes(int number);
  }
}
