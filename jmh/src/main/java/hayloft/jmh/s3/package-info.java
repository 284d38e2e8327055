/// What the gateway's own work costs.
@NullMarked
package hayloft.jmh.s3;

import org.jspecify.annotations.NullMarked;
