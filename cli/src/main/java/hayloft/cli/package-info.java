/// The `hayloft` program: reads flags and files, builds the rooms, wires them together.
@NullMarked
package hayloft.cli;

import org.jspecify.annotations.NullMarked;
