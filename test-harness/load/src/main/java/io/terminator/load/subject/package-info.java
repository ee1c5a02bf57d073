/** The TLS terminators under test: how each is configured, started and stopped. */
@NullMarked
package io.terminator.load.subject;

import org.jspecify.annotations.NullMarked;
