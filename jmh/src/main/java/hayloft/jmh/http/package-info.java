/// What the HTTP stack costs by itself.
@NullMarked
package hayloft.jmh.http;

import org.jspecify.annotations.NullMarked;
