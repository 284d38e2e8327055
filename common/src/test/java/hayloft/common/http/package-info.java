/// Tests of the HTTP server, with raw sockets: nothing between the test and the bytes.
@NullUnmarked
package hayloft.common.http;

import org.jspecify.annotations.NullUnmarked;
