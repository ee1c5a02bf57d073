/**
 * The appliance, assembled by hand: what is connected to what, and the step from one configuration to the next. Start reading
 * at {@code Terminator}.
 */
@NullMarked
package io.terminator.admin.appliance;

import org.jspecify.annotations.NullMarked;
