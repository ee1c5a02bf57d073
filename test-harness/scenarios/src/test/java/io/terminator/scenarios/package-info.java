/** The whole appliance through real sockets. Start reading at {@code RunningTerminator}. */
@NullMarked
package io.terminator.scenarios;

import org.jspecify.annotations.NullMarked;
