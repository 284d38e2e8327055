/// Tests of `hayloft token`.
@NullMarked
package hayloft.cli.token;

import org.jspecify.annotations.NullMarked;
