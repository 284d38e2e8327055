/// What commands that talk to a running store share: where it is, by URL or by the name that its user gave it, and who
/// they are.
@NullMarked
package hayloft.cli.client;

import org.jspecify.annotations.NullMarked;
