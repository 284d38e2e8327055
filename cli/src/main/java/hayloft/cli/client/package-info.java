/// What commands that talk to a running store share: where it is and who they are.
@NullMarked
package hayloft.cli.client;

import org.jspecify.annotations.NullMarked;
