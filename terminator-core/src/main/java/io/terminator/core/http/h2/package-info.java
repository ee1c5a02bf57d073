/**
 * HTTP/2 (RFC 9113): frames, header compression, streams, flow control and their limits, without a
 * pipeline. Start reading at {@code FrameReader}.
 */
@NullMarked
package io.terminator.core.http.h2;

import org.jspecify.annotations.NullMarked;
