package hayloft.filer;

import hayloft.common.memory.PageRoom;
import java.util.Optional;

/// A page of a bucket's current objects.
///
/// @param prefix only keys that begin with it; may be empty
/// @param delimiter empty for none; keys that contain it after the prefix roll up into common prefixes
/// @param after keys and common prefixes up to and including this one are left out
/// @param limit entries at most, keys and common prefixes together; 0 gives an empty page that is not truncated
/// @param room what rows may keep; a page that it ends holds fewer entries than the limit
public record ListQuery(String prefix, String delimiter, Optional<String> after, int limit, PageRoom room) {

  /// A page whose rows are bounded by the limit alone.
  public ListQuery(String prefix, String delimiter, Optional<String> after, int limit) {
    this(prefix, delimiter, after, limit, PageRoom.UNBOUNDED);
  }
}
