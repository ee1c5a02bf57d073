/**
 * What policies in report mode found: which clients they would refuse, and why. Start reading at
 * {@code PolicyReport}.
 */
@NullMarked
package io.terminator.tls.report;

import org.jspecify.annotations.NullMarked;
