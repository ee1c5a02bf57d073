/** Many TLS clients on one thread, with a check of every byte and measured times. */
@NullMarked
package io.terminator.load.generator;

import org.jspecify.annotations.NullMarked;
