/**
 * The appliance, assembled by hand: how its parts are connected, and the step from one
 * configuration to the next. Start reading at {@code Terminator}.
 */
@NullMarked
package io.terminator.admin.appliance;

import org.jspecify.annotations.NullMarked;
