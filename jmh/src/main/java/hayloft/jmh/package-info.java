/// Micro-benchmarks of single parts.
@NullMarked
package hayloft.jmh;

import org.jspecify.annotations.NullMarked;
