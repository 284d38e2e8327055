package hayloft.filer;

import java.util.List;
import java.util.Optional;

/// Objects and common prefixes of a listing, each in UTF-8 byte order.
///
/// @param next what to pass as [ListQuery#after] for the next page; empty at the end. It is the last key or common
///   prefix.
public record ObjectPage(List<ListedVersion> objects, List<String> commonPrefixes, Optional<String> next) {}
