/// Tests.
@NullUnmarked
package hayloft.s3.auth;

import org.jspecify.annotations.NullUnmarked;
