/// Tests.
@NullUnmarked
package hayloft.s3.body;

import org.jspecify.annotations.NullUnmarked;
