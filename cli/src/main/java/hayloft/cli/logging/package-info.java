/// Where log lines of all rooms and libraries go.
@NullMarked
package hayloft.cli.logging;

import org.jspecify.annotations.NullMarked;
