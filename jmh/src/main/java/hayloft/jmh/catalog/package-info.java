/// What the catalog costs over real volumes.
@NullMarked
package hayloft.jmh.catalog;

import org.jspecify.annotations.NullMarked;
