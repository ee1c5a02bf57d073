/**
 * What the HTTP servers of the control plane (admin API, plain HTTP, demo backend) share: the
 * listening address with its limits, one request at a time, a deadline, and a close that does not
 * reset the response. Start reading at {@code ControlListener}.
 */
@NullMarked
package io.terminator.admin.exchange;

import org.jspecify.annotations.NullMarked;
