/// The memory of the server as one budget: how much there is, and who gets which part of it.
///
/// Belongs here: the limit of the container or machine, the arithmetic, the table for people, the options of the JVM
/// that follow from it. Belongs elsewhere: what a room does at its bound (each room), and the gauge of buffers in use
/// (`common.memory`).
@NullMarked
package hayloft.cli.memory;

import org.jspecify.annotations.NullMarked;
