/**
 * What the HTTP servers of the control plane (admin API, plain HTTP, demo backend) have in common: a request at a time, a deadline, an
 * end that does not reset the answer. Start reading at {@code Exchange}.
 */
@NullMarked
package io.terminator.admin.exchange;

import org.jspecify.annotations.NullMarked;
